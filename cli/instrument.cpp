// detent instrument: writes a module in which fuel is explicit, for engines that know of none.
#include "cli/command.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"

#include "engine/instrument/instrument.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct InstrumentOptions {
    std::string file;
    std::string out;
    std::uint32_t schedule = 0;
    Judgement judgement;
    instrument::Options how;
};

instrument::Instrumented instrumented(const ModuleFile& file, const InstrumentOptions& options) {
    const std::shared_ptr<const Code> code = file.code(options.judgement.chosen());
    Result<instrument::Instrumented> made =
        instrument::instrument(*code, published_schedule(options.schedule), options.how);
    if (made.has_error()) throw file.failure(made.assume_error());
    return std::move(made).assume_value();
}

/// What is written is valid, with the same features; it may be larger than a contract.
void require_valid(const instrument::Instrumented& made, const InstrumentOptions& options) {
    Profile judge = options.judgement.chosen();
    judge.preset = Preset::spec;
    const auto valid = compile(made.bytes, judge);
    if (valid.has_error()) throw failure_of(options.out, valid.assume_error());
}

ExitCode write_instrumented(const InstrumentOptions& options, bool json) {
    const ModuleFile file = ModuleFile::read(options.file, options.judgement.chosen().limits());
    const instrument::Instrumented made = instrumented(file, options);
    require_valid(made, options);
    write_file(options.out, std::span(made.bytes));
    if (json) {
        print_json(
            {{"file", options.file}, {"bytes", made.bytes.size()}, {"output", options.out}, {"exports", made.names}});
        return ExitCode::done;
    }
    std::cout << options.file << ": " << grouped(made.bytes.size()) << " bytes written to " << options.out
              << "; the state is exported as";
    for (const std::string& name : made.names)
        std::cout << " " << name;
    std::cout << "\n";
    return ExitCode::done;
}

} // namespace

void add_instrument(CLI::App& app, Program& program) {
    CLI::App& command = add_command(app, "instrument", "Write a module in which fuel is explicit, for other engines",
                                    "  detent instrument token.wasm -o token.fuel.wasm --schedule 1\n"
                                    "  detent instrument kernel.wat -o kernel.fuel.wasm --schedule 1 --canonical-nan\n"
                                    "What it promises, and to whom, is in engine/instrument/INSTRUMENT.md.\n");
    auto options = std::make_shared<InstrumentOptions>();
    command.add_option("FILE", options->file, "A module, binary or text")->type_name("")->required();
    command.add_option("-o,--output", options->out, "Where to write the module")->type_name("OUT")->required();
    command.add_option("--schedule", options->schedule, "The published schedule of the prices")
        ->type_name("ID")
        ->required();
    command.add_flag("--canonical-nan", options->how.canonical_nan, "Make every NaN the canonical one, as Detent does");
    options->judgement.add_to(command);
    add_json(command, program);
    command.callback([&program, options] {
        program.action = [&program, options] { return write_instrumented(*options, program.json); };
    });
}

} // namespace detent::cli
