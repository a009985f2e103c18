// detent trace: carries out what `run` would, by the stepper, and says what each instruction did, or where the fuel
// went.
#include "cli/trace.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/profile_report.hpp"
#include "cli/steps.hpp"
#include "cli/text.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct TraceCommand {
    Task task;
    CallTask call;
    TraceOptions trace;
};

Json results_json(const Runner& runner, Ending ending) {
    Json results = Json::array();
    if (ending != Ending::returned) return results;
    for (const Value& value : runner.results())
        results.push_back(to_machine(value));
    return results;
}

/// What `run --json` says of the end.
Json end_json(const Runner& runner, Ending ending) {
    return {{"status", to_text(ending)},
            {"results", results_json(runner, ending)},
            {"trap", ending == Ending::trapped ? Json(to_text(runner.trap().code)) : Json(nullptr)},
            {"fuel_used", std::to_string(runner.used().units())},
            {"fuel_left", std::to_string(runner.left().units())}};
}

/// Carries out the steps until one does not return. `say` takes an object for each that is no call.
template <class Say>
Ending carry_out(Runner& runner, const std::vector<Step>& steps, Say say) {
    Ending ending = runner.instantiate();
    for (const Step& step : steps) {
        if (ending != Ending::returned) break;
        if (const auto* invoke = std::get_if<Invoke>(&step)) ending = runner.invoke(*invoke);
        if (const auto* write = std::get_if<Write>(&step)) {
            runner.write(*write);
            say(Json{{"event", "write"}, {"address", write->address}, {"bytes", write->bytes.size()}});
        }
        if (const auto* read = std::get_if<Read>(&step))
            say(Json{{"event", "read"}, {"address", read->address}, {"hex", to_hex(runner.read(*read))}});
    }
    return ending;
}

ExitCode trace_lines(TraceCommand& options, const Prepared& task) {
    const FunctionNames names(task.code->module());
    for (const std::string& each : options.trace.functions)
        static_cast<void>(names.meant_by(each, "--function"));
    Tracer tracer(options.trace.filter(), task.limit);
    Runner runner(task);
    runner.observe(tracer);
    const Ending ending =
        carry_out(runner, options.task.steps, [](const Json& event) { print_trace_line(event.dump()); });
    Json end = end_json(runner, ending);
    end["instructions"] = tracer.instructions();
    print_trace_line(end.dump());
    return exit_code_of(ending);
}

void print_profile(const trace::Profiler& profile, const Prepared& task, const Runner& runner, Ending ending) {
    std::cout << to_text(ProfileReport(profile, *task.code));
    if (ending == Ending::trapped) {
        std::cout << to_text(ending) << ": " << to_text(runner.trap().code);
    } else {
        std::cout << to_text(ending);
    }
    std::cout << "; fuel used " << grouped(runner.used().units()) << " of " << grouped(runner.limit().units()) << "\n";
}

ExitCode trace_profile(TraceCommand& options, const Prepared& task, bool json) {
    options.trace.expect_no_filter();
    trace::Profiler profile;
    Runner runner(task);
    runner.observe(profile);
    const Ending ending = carry_out(runner, options.task.steps, [](const Json&) {});
    profile.finish();
    if (!options.trace.flame.empty()) write_flame(options.trace.flame, ProfileReport(profile, *task.code), task.file);
    if (json) {
        Json object = end_json(runner, ending);
        object.update(to_json(ProfileReport(profile, *task.code)));
        print_json(object);
    } else {
        print_profile(profile, task, runner, ending);
    }
    return exit_code_of(ending);
}

ExitCode run_trace(TraceCommand& options, bool json) {
    if (options.task.file.empty()) throw wrong_usage("FILE", "a module, or `call`, is missing");
    // Names stand behind all that runs, so that no position and no price depends on them.
    const Prepared task = prepare(options.task, "trace", {.names = true});
    if (options.trace.makes_profile()) return trace_profile(options, task, json);
    return trace_lines(options, task);
}

void add_filters(CLI::App& command, TraceOptions& options) {
    command
        .add_option("--function", options.functions,
                    "Only instructions of this function, by its name or index; may be given several times")
        ->type_name("NAME|INDEX")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command.add_option("--from", options.from, "Only from the instruction of this number on, the first being 1")
        ->type_name("N");
    command.add_option("--to", options.to, "Only up to the instruction of this number")->type_name("N");
    command.add_option("--fuel-from", options.fuel_from, "Only where at least this much was used before")
        ->type_name("N");
    command.add_option("--fuel-to", options.fuel_to, "Only where at most this much was used before")->type_name("N");
}

void add_profile_options(CLI::App& command, TraceOptions& options) {
    command.add_flag("--fuel-profile", options.profile,
                     "Instead of a trace, show the fuel of each function and each line of source");
    command
        .add_option("--flame", options.flame, "Also write a flame graph of the fuel by paths of calls; a profile too")
        ->type_name("FILE.svg");
}

/// `trace call`, whose own options are those of `call`; what stands before it is of the trace.
void add_trace_call(CLI::App& trace, Program& program, const std::shared_ptr<TraceCommand>& options) {
    CLI::App& command = add_command(
        trace, "call", "Trace what `detent call` would do, which leaves the state as it is",
        "  detent trace call --state chain.json 0x5c0f... --from bob --input 02\n"
        "  detent trace --function transfer --to 5000 call --state chain.json 0x5c0f... --from bob\n"
        "  detent trace --flame call.svg call --state chain.json 0x5c0f... --from bob --json\n"
        "Filters, --fuel-profile and --flame stand before `call`, the options of `detent call` behind it.\n");
    options->call.add_to(command);
    add_json(command, program);
    command.callback([&program, options] {
        program.action = [&program, options] { return trace_call(options->trace, options->call, program.json); };
    });
}

} // namespace

TraceFilter TraceOptions::filter() const {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    TraceFilter filter;
    filter.functions = functions;
    if (!from.empty()) filter.from = parse_number(from, "--from", kMost);
    if (!to.empty()) filter.to = parse_number(to, "--to", kMost);
    if (!fuel_from.empty()) filter.fuel_from = parse_fuel(fuel_from, "--fuel-from");
    if (!fuel_to.empty()) filter.fuel_to = parse_fuel(fuel_to, "--fuel-to");
    return filter;
}

void TraceOptions::expect_no_filter() const {
    if (has_filter()) throw wrong_usage("--fuel-profile", "is of the whole run, and has no filter");
}

void add_trace(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "trace", "Trace what `run` would do, instruction by instruction, or profile its fuel",
                    "  detent trace add.wasm --invoke add i32:1 i32:2\n"
                    "  detent trace hash.wasm --invoke hash 1024 3 --function compress --from 1000 --to 2000\n"
                    "  detent trace hash.wasm --invoke hash 1024 3 --fuel-profile\n"
                    "  detent trace hash.wasm --invoke hash 1024 3 --flame hash.svg --json\n"
                    "  detent trace call --state chain.json 0x5c0f... --from bob --input 02\n"
                    "A trace is one object of JSON a line (docs/trace.md); the last line says how it ended.\n");
    auto options = std::make_shared<TraceCommand>();
    options->task.add_to(command);
    command.get_option("FILE")->required(false); // `call` stands in its place
    add_filters(command, options->trace);
    add_profile_options(command, options->trace);
    add_trace_call(command, program, options);
    add_json(command, program);
    command.callback([&command, &program, options] {
        if (command.got_subcommand("call")) return;
        program.action = [&program, options] { return run_trace(*options, program.json); };
    });
}

} // namespace detent::cli
