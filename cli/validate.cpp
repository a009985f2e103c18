// detent validate: decodes and validates modules.
#include "cli/command.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct ValidateOptions {
    std::vector<std::string> files;
    Judgement judgement;
};

/// The failure that the file is, or nothing.
std::optional<Failure> flaw_of(const std::string& file, const Profile& profile) {
    try {
        static_cast<void>(ModuleFile::read(file, profile.limits()).code(profile));
        return std::nullopt;
    } catch (const Failure& flaw) {
        return flaw;
    }
}

Json verdict_on(const std::string& file, const std::optional<Failure>& flaw) {
    Json verdict{{"file", file}, {"valid", !flaw.has_value()}};
    if (flaw) verdict["error"] = to_json(*flaw);
    return verdict;
}

ExitCode validate(const ValidateOptions& options, bool json) {
    const Profile profile = options.judgement.chosen();
    Json verdicts = Json::array();
    ExitCode worst = ExitCode::done;
    std::size_t invalid = 0;
    for (const std::string& file : options.files) {
        const std::optional<Failure> flaw = flaw_of(file, profile);
        verdicts.push_back(verdict_on(file, flaw));
        if (flaw) {
            ++invalid;
            worst = std::max(worst, flaw->code());
            print(*flaw);
        } else if (!json) {
            std::cout << file << ": " << coloured(Colour::green, "valid") << "\n";
        }
    }
    if (json) {
        print_json({{"files", options.files.size()},
                    {"valid", options.files.size() - invalid},
                    {"invalid", invalid},
                    {"results", verdicts}});
    }
    return worst;
}

} // namespace

void add_validate(CLI::App& app, Program& program) {
    CLI::App& command = add_command(app, "validate", "Decode and validate modules",
                                    "  detent validate contracts/token/token.wasm\n"
                                    "  detent validate --preset spec *.wasm --json\n");
    auto options = std::make_shared<ValidateOptions>();
    command.add_option("FILE", options->files, "Modules, binary or text")->type_name("")->required();
    options->judgement.add_to(command);
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return validate(*options, program.json); }; });
}

} // namespace detent::cli
