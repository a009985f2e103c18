// detent vector: runs contract vectors and compares every expected field.
#include "cli/command.hpp"
#include "cli/counts.hpp"
#include "cli/crypto_check.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

#include "conformance/runner.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct Options {
    std::vector<std::string> paths;
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

ExitCode run_vectors(const Options& options, bool json) {
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

} // namespace

void add_vector(CLI::App& app, Program& program) {
    CLI::App& command = add_command(app, "vector", "Run contract vectors and compare every expected field",
                                    "  detent vector vectors\n"
                                    "  detent vector vectors/token/transfer.json --json\n");
    auto options = std::make_shared<Options>();
    command.add_option("PATH", options->paths, "Vectors, or folders with suites of them")->type_name("")->required();
    command
        .add_option("--moves", options->moves,
                    "Save transactions at amounts of fuel that the seed says, drop them, and go on from their bytes")
        ->type_name("SEED");
    options->tier.add_to(command);
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return run_vectors(*options, program.json); }; });
}

} // namespace detent::cli
