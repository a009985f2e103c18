// detent schedule, detent profile, detent --version: what is published under a number, and its hash.
#include "cli/command.hpp"
#include "cli/documents.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"
#include "cli/schedules.hpp"
#include "cli/text.hpp"

#include "engine/exec/fast/cell.hpp"
#include "host_abi/receipt.hpp"

#include <algorithm>
#include <iostream>

namespace detent::cli {

namespace {

struct ScheduleOptions {
    std::uint32_t id = 1;
    bool hash = false;
    bool canonical = false;
    bool classification = false;
};

std::string canonical_hex(const Schedule& schedule) {
    std::vector<std::uint8_t> bytes(Schedule::canonical_size());
    schedule.write_canonical(bytes);
    return "0x" + to_hex(bytes);
}

std::string canonical_hex(const Profile& profile) {
    Bytes bytes;
    if (!profile.append_canonical(bytes)) throw failure_of("", kOutOfMemory);
    return "0x" + to_hex(bytes.span());
}

Json to_json(const Schedule& schedule) {
    Json prices = Json::object();
    for (std::size_t i = 0; i < kWorkClassCount; ++i) {
        const auto work_class = static_cast<WorkClass>(i);
        prices[std::string(to_text(work_class))] = schedule.base(work_class).units();
    }
    Json rates = Json::object();
    for (std::size_t i = 0; i < kUnitCount; ++i) {
        const auto unit = static_cast<Unit>(i);
        rates[std::string(to_text(unit))] = {schedule.rate(unit).numerator, schedule.rate(unit).denominator};
    }
    return {{"id", schedule.id()},
            {"hash", hash_text(schedule)},
            {"classification", "0x" + to_hex(schedule.classification())},
            {"prices", prices},
            {"rates", rates}};
}

Json to_json(const Profile& profile) {
    Json features = Json::array();
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        if (profile.features.has(static_cast<Feature>(i))) features.push_back(to_text(static_cast<Feature>(i)));
    }
    Json limits = Json::object();
    for (std::size_t i = 0; i < kLimitCount; ++i) {
        limits[std::string(to_text(static_cast<Limit>(i)))] = std::to_string(profile.limits()[static_cast<Limit>(i)]);
    }
    return {{"id", profile.id},
            {"hash", hash_text(profile)},
            {"features", features},
            {"preset", to_text(profile.preset)},
            {"limits", limits}};
}

void print_people(const Schedule& schedule) {
    std::vector<std::vector<std::string>> prices{{"work class", "base"}};
    for (std::size_t i = 0; i < kWorkClassCount; ++i) {
        const auto work_class = static_cast<WorkClass>(i);
        prices.push_back({std::string(to_text(work_class)), grouped(schedule.base(work_class).units())});
    }
    std::vector<std::vector<std::string>> rates{{"unit", "fuel", "per"}};
    for (std::size_t i = 0; i < kUnitCount; ++i) {
        const auto unit = static_cast<Unit>(i);
        rates.push_back({std::string(to_text(unit)), std::to_string(schedule.rate(unit).numerator),
                         std::to_string(schedule.rate(unit).denominator)});
    }
    std::cout << "schedule " << schedule.id() << "\nhash " << hash_text(schedule) << "\n"
              << table(prices, "1") << table(rates, "12");
}

void print_people(const Profile& profile) {
    std::cout << "profile " << profile.id << "\nhash " << hash_text(profile) << "\nfeatures\n";
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        if (profile.features.has(static_cast<Feature>(i)))
            std::cout << "  " << to_text(static_cast<Feature>(i)) << "\n";
    }
    std::vector<std::vector<std::string>> limits;
    for (std::size_t i = 0; i < kLimitCount; ++i) {
        const auto limit = static_cast<Limit>(i);
        limits.push_back(
            {std::string(to_text(limit)), grouped(profile.limits()[limit]), std::string(description(limit))});
    }
    std::cout << "preset " << to_text(profile.preset) << "\n" << table(limits, "1");
}

template <class Published>
ExitCode print_published(const ScheduleOptions& options, const Published& published, bool json) {
    if (options.classification) {
        std::cout << classification();
    } else if (options.hash) {
        std::cout << hash_text(published) << "\n";
    } else if (options.canonical) {
        std::cout << canonical_hex(published) << "\n";
    } else if (json) {
        print_json(to_json(published));
    } else {
        print_people(published);
    }
    return ExitCode::done;
}

// Two schedules.

std::string times_text(std::uint64_t thousandths) {
    const std::string rest = std::to_string(thousandths % 1000 + 1000).substr(1);
    return grouped(thousandths / 1000) + "." + rest;
}

Json diff_json(const Schedule& before, const Schedule& after, const std::vector<PriceChange>& changes) {
    Json list = Json::array();
    for (const PriceChange& each : changes)
        list.push_back({{"kind", each.is_rate ? "rate" : "price"},
                        {"name", each.name},
                        {"before", each.before},
                        {"after", each.after}});
    const bool same_classes = std::ranges::equal(before.classification(), after.classification());
    return {{"before", {{"id", before.id()}, {"hash", hash_text(before)}}},
            {"after", {{"id", after.id()}, {"hash", hash_text(after)}}},
            {"same_classification", same_classes},
            {"changes", list}};
}

void print_diff(const Schedule& before, const Schedule& after, const std::vector<PriceChange>& changes) {
    std::cout << "from schedule " << before.id() << " " << hash_text(before) << "\nto schedule " << after.id() << " "
              << hash_text(after) << "\n";
    if (!std::ranges::equal(before.classification(), after.classification()))
        std::cout << "their classifications differ: which instruction has which work class and unit\n";
    std::vector<std::vector<std::string>> rows{{"work class or unit", "from", "to", "times"}};
    for (const PriceChange& each : changes)
        rows.push_back({std::string(each.name), each.before, each.after, times_text(each.thousandths)});
    if (!changes.empty()) std::cout << table(rows, "123");
    std::cout << changes.size() << " of " << kWorkClassCount + kUnitCount << " prices and rates differ\n";
}

/// As diff does: 1 where they differ.
ExitCode diff(const std::string& from, const std::string& to, bool json) {
    const Schedule before = schedule_named(from);
    const Schedule after = schedule_named(to);
    const std::vector<PriceChange> changes = changes_between(before, after);
    if (json) {
        print_json(diff_json(before, after, changes));
    } else {
        print_diff(before, after, changes);
    }
    return before == after ? ExitCode::done : ExitCode::failed;
}

CLI::Option& add_options(CLI::App& command, ScheduleOptions& options, Program& program) {
    command.add_option("--id", options.id, "The number it was published under")->type_name("ID")->capture_default_str();
    CLI::Option* const hash = command.add_flag("--hash", options.hash, "Print the SHA-256 of the canonical bytes");
    command.add_flag("--canonical", options.canonical, "Print the canonical bytes in hexadecimal")->excludes(hash);
    add_json(command, program);
    return *hash;
}

} // namespace

namespace {

/// `what` is the help of the positional.
CLI::App& add_part(CLI::App& command, const std::string& name, const std::string& what, std::string& first) {
    CLI::App& part = *command.add_subcommand(name, what);
    part.add_option("SCHEDULE", first, "A published number, or a file")->type_name("")->capture_default_str();
    return part;
}

void add_show(CLI::App& command, Program& program) {
    auto which = std::make_shared<std::string>("1");
    auto options = std::make_shared<ScheduleOptions>();
    CLI::App& part = add_part(command, "show", "Print its prices and rates", *which);
    part.add_flag("--canonical", options->canonical, "Print the canonical bytes in hexadecimal");
    add_json(part, program);
    part.callback([&program, which, options] {
        program.action = [&program, which, options] {
            return print_published(*options, schedule_named(*which), program.json);
        };
    });
}

void add_hash(CLI::App& command, Program& program) {
    auto which = std::make_shared<std::string>("1");
    CLI::App& part = add_part(command, "hash", "Print the SHA-256 of its canonical bytes", *which);
    part.callback([&program, which] {
        program.action = [which] {
            std::cout << hash_text(schedule_named(*which)) << "\n";
            return ExitCode::done;
        };
    });
}

void add_diff(CLI::App& command, Program& program) {
    auto from = std::make_shared<std::string>();
    auto to = std::make_shared<std::string>();
    CLI::App& part = *command.add_subcommand("diff", "Print which prices and rates another schedule has differently");
    part.add_option("FROM", *from, "A published number, or a file")->type_name("")->required();
    part.add_option("TO", *to, "The other one")->type_name("")->required();
    add_json(part, program);
    part.callback(
        [&program, from, to] { program.action = [&program, from, to] { return diff(*from, *to, program.json); }; });
}

} // namespace

void add_schedule(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "schedule", "Print schedules of prices, and compare them",
                    "  detent schedule\n"
                    "  detent schedule --id 1 --hash\n"
                    "  detent schedule --classification | sha256sum\n"
                    "  detent schedule show draft.schedule\n"
                    "  detent schedule diff 1 draft.schedule\n"
                    "  detent schedule hash 1\n"
                    "A schedule is a published number, or a file with canonical bytes or their hexadecimal digits.\n"
                    "`diff` ends with 1 where the two differ.\n");
    auto options = std::make_shared<ScheduleOptions>();
    CLI::Option& hash = add_options(command, *options, program);
    command
        .add_flag("--classification", options->classification, "Print which instruction has which work class and unit")
        ->excludes(&hash);
    add_show(command, program);
    add_diff(command, program);
    add_hash(command, program);
    // This runs behind the parts' own.
    command.callback([&program, &command, options] {
        if (!command.get_subcommands().empty()) return;
        program.action = [&program, options] {
            return print_published(*options, published_schedule(options->id), program.json);
        };
    });
}

void add_profile(CLI::App& app, Program& program) {
    CLI::App& command = add_command(app, "profile", "Print a published profile: features, limits, float rules",
                                    "  detent profile\n"
                                    "  detent profile --id 2 --json\n");
    auto options = std::make_shared<ScheduleOptions>();
    options->id = Profile::kDefault;
    static_cast<void>(add_options(command, *options, program));
    command.callback([&program, options] {
        program.action = [&program, options] {
            return print_published(*options, published_profile(options->id), program.json);
        };
    });
}

std::string version_text() {
    std::string text = "detent " DETENT_VERSION "\n";
// Builds that bench/run measures a cost with.
#ifdef DETENT_BENCH_NO_FUEL
    text += "only for measuring: counts no fuel\n";
#endif
#ifdef DETENT_BENCH_NO_CANONICAL_NANS
    text += "only for measuring: leaves NaNs as the processor makes them\n";
#endif
    text += "compiler " DETENT_COMPILER "\n"
            "dispatch " +
            std::string(fast::dispatch_name());
    for (std::uint32_t id = 1; Schedule::published(id) != nullptr; ++id)
        text += "\nschedule " + std::to_string(id) + " " + hash_text(published_schedule(id));
    for (std::uint32_t id = 1; Profile::published(id) != nullptr; ++id)
        text += "\nprofile " + std::to_string(id) + " " + hash_text(published_profile(id));
    return text;
}

} // namespace detent::cli
