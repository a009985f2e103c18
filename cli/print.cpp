// detent print: shows a module in the text format.
#include "cli/command.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"

#include "engine/text/printer.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct PrintOptions {
    std::string file;
    std::string out;
    bool offsets = false;
};

ExitCode print_text(const PrintOptions& options) {
    const ModuleFile file = ModuleFile::read(options.file, LimitValues::of(Preset::spec), {.names = true});
    const Result<std::string> text = text::print_module(file.bytes(), {.offsets = options.offsets});
    if (text.has_error()) throw file.failure(text.assume_error());
    if (options.out.empty()) {
        std::cout << text.assume_value() << std::flush;
    } else {
        write_file(options.out, text.assume_value());
    }
    return ExitCode::done;
}

} // namespace

void add_print(CLI::App& app, Program& program) {
    CLI::App& command = add_command(app, "print", "Show a module in the text format",
                                    "  detent print contracts/token/token.wasm\n"
                                    "  detent print add.wasm --offsets -o add.wat\n"
                                    "`detent parse` makes the same bytes of it again.\n");
    auto options = std::make_shared<PrintOptions>();
    command.add_option("FILE", options->file, "A module, binary or text")->type_name("")->required();
    command.add_option("-o,--output", options->out, "Where to write the text; else it goes to standard output")
        ->type_name("OUT");
    command.add_flag("--offsets", options->offsets, "Put its offset in front of each instruction");
    command.callback([&program, options] { program.action = [options] { return print_text(*options); }; });
}

} // namespace detent::cli
