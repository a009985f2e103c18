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
    TierChoice tier;
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
    const conformance::Report report =
        conformance::run_paths(paths, options.tier.chosen(), options.tier.chosen_handover());
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
    options->tier.add_to(command);
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return run_vectors(*options, program.json); }; });
}

} // namespace detent::cli
