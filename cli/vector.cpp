// detent vector: runs contract vectors and compares every expected field.
#include "cli/command.hpp"
#include "cli/counts.hpp"
#include "cli/crypto_check.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"
#include "cli/schedules.hpp"
#include "cli/text.hpp"

#include "conformance/json_field.hpp"
#include "conformance/schedule_change.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct VectorOptions {
    std::vector<std::string> paths;
    std::string schedule;
    std::string moves;
    TierChoice tier;

    [[nodiscard]] conformance::RunMode mode() const {
        conformance::RunMode mode{tier.chosen(), tier.chosen_handover(), std::nullopt};
        if (!moves.empty()) mode.moves = parse_number(moves, "--moves", ~std::uint64_t{0});
        return mode;
    }
};

void print_people(const conformance::Report& report) {
    std::cout << report.suites << " suites, " << report.vectors() << " vectors, " << grouped(report.assertions)
              << " assertions, ";
    std::cout << coloured(report.failed == 0 ? Colour::green : Colour::red, std::to_string(report.failed) + " failed")
              << "\ndigest 0x" << to_hex(report.digest.bytes) << "\n";
}

ExitCode verdict(const conformance::Report& report) {
    if (report.failed > 0) return ExitCode::failed;
    return report.assertions == 0 ? ExitCode::usage : ExitCode::done;
}

ExitCode run_vectors(const VectorOptions& options, bool json) {
    require_sound_crypto();
    const std::vector<std::filesystem::path> paths(options.paths.begin(), options.paths.end());
    const conformance::Report report = conformance::run_paths(paths, options.mode());
    print_lines(conformance::failures_text(report));
    const ExitCode code = verdict(report);
    if (code == ExitCode::usage) print(wrong_usage(options.paths[0], "nothing was checked: there are no vectors here"));
    if (json) {
        print_json({{"suites", report.suites},
                    {"vectors", report.vectors()},
                    {"assertions", report.assertions},
                    {"failed", report.failed},
                    {"digest", "0x" + to_hex(report.digest.bytes)},
                    {"tiers", to_json(report.counts)}});
    } else {
        print_people(report);
        if (options.tier.chosen() != Tier::stepper) std::cout << to_text(report.counts) << "\n";
        if (!options.moves.empty()) std::cout << grouped(report.moves) << " moves\n";
    }
    return code;
}

// Under another schedule.

/// Of vectors: whose outcome changes, whose cost alone, and neither; and of those whose outcome changes, which could
/// not be run to their end.
struct Sums {
    std::size_t steps = 0;
    std::size_t outcomes = 0;
    std::size_t costs = 0;
    std::size_t same = 0;
    std::size_t not_run = 0;
    Fuel before;
    Fuel after;

    void add(const conformance::ScheduleChange& change) noexcept {
        steps += change.steps;
        before = before + change.fuel_before;
        after = after + change.fuel_after;
        not_run += !change.error.empty();
        std::size_t& sum = change.outcome_changes() ? outcomes : change.cost_changes ? costs : same;
        ++sum;
    }
};

std::string to_text(const conformance::ScheduleChange& change) {
    std::string text;
    for (const conformance::Mismatch& each : change.outcome)
        text += change.name + " step " + std::to_string(*each.step) + " " + each.field + ": from " + each.expected +
                " to " + each.got + "\n";
    if (!change.error.empty()) text += change.name + ": " + change.error + "\n";
    return text;
}

Json to_json(const conformance::ScheduleChange& change) {
    Json fields = Json::array();
    for (const conformance::Mismatch& each : change.outcome)
        fields.push_back({{"step", *each.step}, {"field", each.field}, {"from", each.expected}, {"to", each.got}});
    return {{"name", change.name},
            {"outcome", fields},
            {"fuel_from", std::to_string(change.fuel_before.units())},
            {"fuel_to", std::to_string(change.fuel_after.units())},
            {"error", change.error.empty() ? Json(nullptr) : Json(change.error)}};
}

void print_sums(const Sums& sums, std::size_t vectors, const Schedule& schedule) {
    std::cout << vectors << " vectors, " << grouped(sums.steps) << " steps under schedule " << schedule.id() << " "
              << hash_text(schedule) << "\n"
              << sums.outcomes << " outcomes change (" << sums.not_run << " could not be run to their end), "
              << sums.costs << " costs alone, " << sums.same << " nothing; fuel " << grouped(sums.before.units())
              << " to " << grouped(sums.after.units()) << "\n";
}

Json to_json(const Sums& sums, std::size_t vectors, const Schedule& schedule, Json changes) {
    return {{"schedule", {{"id", schedule.id()}, {"hash", hash_text(schedule)}}},
            {"vectors", vectors},
            {"steps", sums.steps},
            {"outcomes_change", sums.outcomes},
            {"not_run", sums.not_run},
            {"costs_change", sums.costs},
            {"same", sums.same},
            {"fuel_from", std::to_string(sums.before.units())},
            {"fuel_to", std::to_string(sums.after.units())},
            {"changes", std::move(changes)}};
}

std::vector<std::filesystem::path> files_of(const VectorOptions& options) {
    const std::vector<std::filesystem::path> paths(options.paths.begin(), options.paths.end());
    try {
        return conformance::vector_files(paths);
    } catch (const conformance::FormatError& error) {
        throw wrong_usage("", error.what());
    }
}

ExitCode compare_schedules(const VectorOptions& options, bool json) {
    require_sound_crypto();
    const Schedule schedule = schedule_named(options.schedule);
    const std::vector<std::filesystem::path> files = files_of(options);
    if (files.empty()) throw wrong_usage(options.paths[0], "nothing was compared: there are no vectors here");
    Sums sums;
    Json changes = Json::array();
    for (const std::filesystem::path& file : files) {
        const conformance::ScheduleChange change = conformance::change_under(file, schedule, options.mode());
        sums.add(change);
        if (!change.outcome_changes()) continue;
        print_lines(to_text(change));
        changes.push_back(to_json(change));
    }
    if (json) {
        print_json(to_json(sums, files.size(), schedule, std::move(changes)));
    } else {
        print_sums(sums, files.size(), schedule);
    }
    return sums.outcomes == 0 ? ExitCode::done : ExitCode::failed;
}

} // namespace

void add_vector(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "vector", "Run contract vectors and compare every expected field",
                    "  detent vector vectors\n"
                    "  detent vector vectors/token/transfer-success.json --json\n"
                    "  detent vector vectors --schedule draft.schedule\n"
                    "With --schedule each is run twice, under its own schedule and that one, and nothing else is\n"
                    "compared: 1 where an outcome changes, and not only the cost.\n");
    auto options = std::make_shared<VectorOptions>();
    command.add_option("PATH", options->paths, "Vectors, or folders with suites of them")->type_name("")->required();
    command
        .add_option("--schedule", options->schedule,
                    "Show whose outcome changes under another schedule: a published number, or a file")
        ->type_name("ID|FILE");
    command
        .add_option("--moves", options->moves,
                    "Save transactions at amounts of fuel that the seed says, drop them, and go on from their bytes")
        ->type_name("SEED");
    options->tier.add_to(command);
    add_json(command, program);
    command.callback([&program, options] {
        program.action = [&program, options] {
            return options->schedule.empty() ? run_vectors(*options, program.json)
                                             : compare_schedules(*options, program.json);
        };
    });
}

} // namespace detent::cli
