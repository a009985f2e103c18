// detent wast: runs scripts of the official test suite.
#include "cli/command.hpp"
#include "cli/counts.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

#include "conformance/wast.hpp"
#include "conformance/wast_round_trip.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace detent::cli {

namespace {

namespace fs = std::filesystem;

/// No script of the suite has a tenth of it.
constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;

struct WastOptions {
    std::vector<std::string> paths;
    bool strict = false;
    bool verbose = false;
    bool round_trip = false;
    std::string slice;
    Judgement judgement{2, "spec"};
    TierChoice tier;
};

/// The scripts below a folder, in the order of their paths; a file as it is.
std::vector<std::string> scripts_of(const std::string& path) {
    std::error_code problem;
    if (!fs::is_directory(path, problem)) return {path};
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(path, problem)) {
        if (entry.is_regular_file() && entry.path().extension() == ".wast") found.push_back(entry.path().string());
    }
    if (problem) throw Failure(ExitCode::failed, path, problem.message());
    std::ranges::sort(found);
    return found;
}

std::vector<std::string> scripts_of(const std::vector<std::string>& paths) {
    std::vector<std::string> all;
    for (const std::string& path : paths) {
        const std::vector<std::string> found = scripts_of(path);
        all.insert(all.end(), found.begin(), found.end());
    }
    return all;
}

/// The text of a file, kept with its name.
struct ScriptFile {
    explicit ScriptFile(const std::string& path) : name(path), bytes(read_file(path, kMostBytes)) {}

    [[nodiscard]] std::string_view source() const noexcept {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    std::string name;
    std::vector<std::uint8_t> bytes;
};

/// "FILE:3:7: assert_return: expected …", and the line of the script with the place under it.
void print_finding(const ScriptFile& file, const conformance::Finding& finding) {
    const std::string said = std::string(to_text(finding.kind)) + ": " + finding.reason;
    print_lines(text::describe(file.source(), finding.place.offset, said, file.name));
}

class Suite {
  public:
    Suite(const conformance::ScriptOptions& options, bool verbose) : options_(options), verbose_(verbose) {}

    void run(const ScriptFile& file) {
        const conformance::ScriptReport report = conformance::run_script(file.name, file.source(), options_);
        for (const conformance::Finding& failure : report.failures)
            print_finding(file, failure);
        for (const conformance::Finding& remark : report.remarks)
            if (verbose_) print_finding(file, remark);
        ++files_;
        remarks_ += report.remarks.size();
        tallies_ += report.tallies;
        used_ = used_ + report.used;
        counts_ += report.counts;
    }

    [[nodiscard]] const conformance::Tallies& tallies() const noexcept { return tallies_; }

    [[nodiscard]] Json object() const {
        return {{"files", files_},
                {"commands", tallies_.commands()},
                {"assertions", tallies_.assertions()},
                {"failed", tallies_.failed()},
                {"fuel_used", std::to_string(used_.units())},
                {"tiers", to_json(counts_)}};
    }

    void print_people() const {
        std::vector<std::vector<std::string>> rows{{"command", "ran", "failed"}};
        for (std::size_t i = 0; i < conformance::kCommandKinds; ++i) {
            const conformance::Tally& tally = tallies_.kinds[i];
            if (tally.ran == 0) continue;
            rows.push_back({std::string(to_text(static_cast<conformance::CommandKind>(i))), grouped(tally.ran),
                            grouped(tally.failed)});
        }
        std::cout << table(rows, "12");
        if (tallies_.unreadable > 0) std::cout << grouped(tallies_.unreadable) << " files cannot be read\n";
        if (remarks_ > 0) std::cout << grouped(remarks_) << " messages differ (--verbose shows them)\n";
        std::cout << grouped(files_) << " files, " << grouped(tallies_.commands()) << " commands, "
                  << grouped(tallies_.assertions()) << " assertions, "
                  << coloured(tallies_.failed() == 0 ? Colour::green : Colour::red,
                              grouped(tallies_.failed()) + " failed")
                  << coloured(Colour::faint, "  " + grouped(used_.units()) + " fuel") << "\n";
        if (options_.tier != Tier::stepper) std::cout << to_text(counts_) << "\n";
    }

  private:
    const conformance::ScriptOptions& options_;
    bool verbose_;
    std::size_t files_ = 0;
    std::size_t remarks_ = 0;
    conformance::Tallies tallies_;
    Fuel used_;
    TierCounts counts_;
};

ExitCode verdict(std::size_t failed, std::size_t checked, const std::string& path) {
    if (failed > 0) return ExitCode::failed;
    if (checked > 0) return ExitCode::done;
    print(wrong_usage(path, "nothing was checked: there is nothing to check here"));
    return ExitCode::usage;
}

ExitCode run_wast(const WastOptions& options, bool json) {
    conformance::ScriptOptions chosen{options.judgement.chosen(), &published_schedule(1), options.strict};
    chosen.tier = options.tier.chosen();
    chosen.handover = options.tier.chosen_handover();
    if (!options.slice.empty()) chosen.slice = parse_fuel(options.slice, "--slice");
    if (chosen.slice == Fuel()) throw wrong_usage("--slice", "a slice of 0 never ends");
    Suite suite(chosen, options.verbose);
    for (const std::string& file : scripts_of(options.paths))
        suite.run(ScriptFile(file));
    if (json) {
        print_json(suite.object());
    } else {
        suite.print_people();
    }
    return verdict(suite.tallies().failed(), suite.tallies().assertions(), options.paths[0]);
}

ExitCode make_round_trips(const WastOptions& options, bool json) {
    std::size_t files = 0;
    std::size_t modules = 0;
    std::size_t failed = 0;
    for (const std::string& path : scripts_of(options.paths)) {
        const ScriptFile file(path);
        const conformance::RoundTrips made = conformance::round_trips(file.source());
        for (const conformance::Finding& failure : made.failures)
            print_finding(file, failure);
        ++files;
        modules += made.modules;
        failed += made.failures.size();
    }
    if (json) {
        print_json({{"files", files}, {"modules", modules}, {"failed", failed}});
    } else {
        std::cout << grouped(files) << " files, " << grouped(modules) << " modules, "
                  << coloured(failed == 0 ? Colour::green : Colour::red, grouped(failed) + " failed") << "\n";
    }
    return verdict(failed, modules, options.paths[0]);
}

} // namespace

void add_wast(CLI::App& app, Program& program) {
    CLI::App& command = add_command(app, "wast", "Run scripts of the official test suite",
                                    "  detent wast testsuite/i32.wast\n"
                                    "  detent wast testsuite/proposals/wide-arithmetic --strict --json\n"
                                    "  detent wast testsuite/call.wast --slice 1 --preset contract\n"
                                    "`scripts/check-wast` runs what a release has to pass.\n");
    auto options = std::make_shared<WastOptions>();
    command.add_option("PATH", options->paths, "Scripts, or folders with *.wast below them")->type_name("")->required();
    command.add_flag("--strict", options->strict, "Accept only the deterministic choice of results");
    command.add_flag("--verbose", options->verbose, "Show where an error has another message than the script");
    command.add_option("--slice", options->slice, "Run in grants of N, which changes nothing that can be observed")
        ->type_name("N");
    options->judgement.add_to(command);
    options->tier.add_to(command);
    command.add_flag("--round-trip", options->round_trip,
                     "Run nothing: print each module that is written as text, parse that, and compare the bytes");
    add_json(command, program);
    command.callback([&program, options] {
        program.action = [&program, options] {
            return options->round_trip ? make_round_trips(*options, program.json) : run_wast(*options, program.json);
        };
    });
}

} // namespace detent::cli
