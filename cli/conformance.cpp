// detent conformance: the registers of clauses and features, and what a foreign engine can claim.
#include "cli/command.hpp"
#include "cli/crypto_check.hpp"
#include "cli/output.hpp"

#include "conformance/clauses.hpp"
#include "conformance/features.hpp"
#include "conformance/levels.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct ConformanceOptions {
    std::string source;
    bool every_test = false;
    std::string engine;
    std::string level = "L2";
    std::vector<std::string> paths;
};

std::filesystem::path source_of(const ConformanceOptions& options) {
    return options.source.empty() ? conformance::find_source(std::filesystem::current_path())
                                  : std::filesystem::path(options.source);
}

Json to_json(const conformance::FeatureRegister& features) {
    Json list = Json::array();
    for (const conformance::CoveredFeature& each : features.features)
        list.push_back({{"name", to_text(each.feature)}, {"tests", each.tests}});
    return list;
}

Json to_json(const conformance::ClauseRegister& clauses, const conformance::FeatureRegister& features) {
    Json list = Json::array();
    for (const conformance::Clause& each : clauses.clauses) {
        list.push_back({{"id", each.id}, {"title", each.title}, {"tests", each.tests}});
    }
    std::vector<std::string> problems = clauses.problems;
    problems.insert(problems.end(), features.problems.begin(), features.problems.end());
    return {{"clauses", list}, {"mentions", clauses.mentions}, {"features", to_json(features)}, {"problems", problems}};
}

conformance::ClauseRegister read(const std::filesystem::path& source) {
    try {
        return conformance::read_clauses(source);
    } catch (const std::runtime_error& reason) {
        throw wrong_usage("", std::string("nothing was checked: ") + reason.what() +
                                  "; name the project's root by --source");
    }
}

void print_problems(const std::vector<std::string>& problems) {
    for (const std::string& problem : problems)
        std::cerr << "detent: " << problem << "\n";
}

ExitCode print_registers(const ConformanceOptions& options, bool json) {
    const std::filesystem::path source = source_of(options);
    const conformance::ClauseRegister clauses = read(source);
    const auto features = conformance::read_features(source, *Profile::published(Profile::kDefault));
    if (json) {
        print_json(to_json(clauses, features));
    } else {
        std::cout << conformance::to_text(clauses, options.every_test) << "\n"
                  << conformance::to_text(features, options.every_test) << std::flush;
    }
    print_problems(clauses.problems);
    print_problems(features.problems);
    return clauses.passed() && features.problems.empty() ? ExitCode::done : ExitCode::failed;
}

Json to_json(const conformance::Claim& claim, const ConformanceOptions& options) {
    return {{"level", options.level}, {"vectors", claim.verdicts.size()}, {"assertions", claim.assertions},
            {"failed", claim.failed}, {"left_out", claim.left_out},       {"error", claim.error},
            {"holds", claim.holds()}};
}

ExitCode try_claim(const ConformanceOptions& options, bool json) {
    require_sound_crypto();
    const std::optional<conformance::Level> level = conformance::level_named(options.level);
    if (!level) throw wrong_usage("--level " + options.level, "no such level; there are L0, L1, L2 and L3");
    std::vector<std::filesystem::path> paths(options.paths.begin(), options.paths.end());
    if (paths.empty()) paths.push_back(source_of(options) / "vectors");
    conformance::ClaimOptions wanted;
    wanted.level = *level;
    const conformance::Claim claim = conformance::claim(options.engine, paths, wanted);
    print_lines(conformance::failures_text(claim));
    if (json) {
        print_json(to_json(claim, options));
    } else {
        std::cout << options.level
                  << (claim.holds() ? coloured(Colour::green, " holds") : coloured(Colour::red, " does not hold"))
                  << ": " << claim.verdicts.size() << " vectors, " << grouped(claim.assertions) << " assertions, "
                  << claim.failed << " failed, " << claim.left_out << " left out" << "\n";
    }
    if (claim.error.empty() && claim.assertions == 0) {
        print(wrong_usage(options.level, "nothing was checked: no vector here is asked at this level"));
        return ExitCode::usage;
    }
    return claim.holds() ? ExitCode::done : ExitCode::failed;
}

} // namespace

void add_conformance(CLI::App& app, Program& program) {
    CLI::App& command = add_command(
        app, "conformance", "Print the clauses and features with their tests, or test another engine's claim",
        "  detent conformance\n"
        "  detent conformance --source . --every-test\n"
        "  detent conformance --engine 'python3 conformance/engine.py' --level L1 vectors/metering\n");
    auto options = std::make_shared<ConformanceOptions>();
    command.add_option("--source", options->source, "The project's root; by default the one around this folder")
        ->type_name("ROOT");
    command.add_flag("--every-test", options->every_test, "List every test of each clause and feature");
    CLI::Option* const engine =
        command.add_option("--engine", options->engine, "A command that answers vectors on its standard input")
            ->type_name("CMD");
    command
        .add_option("--level", options->level,
                    "What it claims: L0 status, output, events and writes; L1 and fuel; L2 and receipts")
        ->type_name("L0|L1|L2|L3")
        ->needs(engine)
        ->capture_default_str();
    command.add_option("PATH", options->paths, "Vectors to ask for; by default all of the project")->needs(engine);
    add_json(command, program);
    command.callback([&program, options] {
        program.action = [&program, options] {
            return options->engine.empty() ? print_registers(*options, program.json)
                                           : try_claim(*options, program.json);
        };
    });
}

} // namespace detent::cli
