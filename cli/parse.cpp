// detent parse: translates the text format into the binary one.
#include "cli/command.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct ParseOptions {
    std::string file;
    std::string out;
    bool names = false;
};

ExitCode parse(const ParseOptions& options, bool json) {
    const ModuleFile file = ModuleFile::read(options.file, LimitValues::of(Preset::spec), {.names = options.names});
    if (!file.is_text()) throw Failure(ExitCode::failed, options.file, "is not in the text format");
    if (!options.out.empty()) write_file(options.out, std::span(file.bytes()));
    if (json) {
        print_json({{"file", options.file}, {"bytes", file.bytes().size()}, {"output", options.out}});
        return ExitCode::done;
    }
    std::cout << options.file << ": " << grouped(file.bytes().size()) << " bytes"
              << (options.out.empty() ? "" : " written to " + options.out) << "\n";
    return ExitCode::done;
}

} // namespace

void add_parse(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "parse", "Translate a module from the text format into the binary one",
                    "  detent parse add.wat\n"
                    "  detent parse add.wat -o add.wasm --names\n"
                    "The grammar is checked and names are resolved; `detent validate` checks the types.\n");
    auto options = std::make_shared<ParseOptions>();
    command.add_option("FILE", options->file, "A module in the text format")->type_name("")->required();
    command.add_option("-o,--output", options->out, "Where to write the module; without it, nothing is written")
        ->type_name("OUT");
    command.add_flag("--names", options->names, "Write the identifiers into a name section");
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return parse(*options, program.json); }; });
}

} // namespace detent::cli
