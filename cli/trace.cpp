// detent trace: carries out what `run` would, by the stepper, and says what each instruction did, or where the fuel
// went.
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/profile_report.hpp"
#include "cli/steps.hpp"
#include "cli/text.hpp"
#include "cli/tracer.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct Options {
    Task task;
    std::vector<std::string> functions;
    std::string from;
    std::string to;
    std::string fuel_from;
    std::string fuel_to;
    bool profile = false;
    std::string flame;

    [[nodiscard]] bool has_filter() const noexcept {
        return !functions.empty() || !from.empty() || !to.empty() || !fuel_from.empty() || !fuel_to.empty();
    }
};

TraceFilter filter_of(const Options& options, const Module& module) {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    TraceFilter filter;
    const FunctionNames names(module);
    for (const std::string& each : options.functions) {
        for (const FuncIdx function : names.meant_by(each, "--function"))
            filter.functions.push_back(function);
    }
    if (!options.from.empty()) filter.from = parse_number(options.from, "--from", kMost);
    if (!options.to.empty()) filter.to = parse_number(options.to, "--to", kMost);
    if (!options.fuel_from.empty()) filter.fuel_from = parse_fuel(options.fuel_from, "--fuel-from");
    if (!options.fuel_to.empty()) filter.fuel_to = parse_fuel(options.fuel_to, "--fuel-to");
    return filter;
}

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

ExitCode trace_lines(Options& options, const Prepared& task) {
    Tracer tracer(*task.code, filter_of(options, task.code->module()), task.limit);
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
    std::cout << to_text(profile, *task.code);
    if (ending == Ending::trapped) {
        std::cout << to_text(ending) << ": " << to_text(runner.trap().code);
    } else {
        std::cout << to_text(ending);
    }
    std::cout << "; fuel used " << grouped(runner.used().units()) << " of " << grouped(runner.limit().units()) << "\n";
}

ExitCode trace_profile(Options& options, const Prepared& task, bool json) {
    if (options.has_filter()) throw wrong_usage("--fuel-profile", "is of the whole run, and has no filter");
    trace::Profiler profile;
    Runner runner(task);
    runner.observe(profile);
    const Ending ending = carry_out(runner, options.task.steps, [](const Json&) {});
    profile.finish();
    if (!options.flame.empty()) write_flame(options.flame, profile, *task.code, task.file);
    if (profile.is_full())
        std::cerr << "detent: there are more than " << grouped(trace::Profiler::kMostPaths)
                  << " paths of calls; the flame graph counts the others as their caller's\n";
    if (json) {
        Json object = end_json(runner, ending);
        object.update(to_json(profile, *task.code));
        print_json(object);
    } else {
        print_profile(profile, task, runner, ending);
    }
    return exit_code_of(ending);
}

ExitCode run_trace(Options& options, bool json) {
    // Names stand behind all that runs, so that no position and no price depends on them.
    const Prepared task = prepare(options.task, "trace", {.names = true});
    if (options.profile || !options.flame.empty()) return trace_profile(options, task, json);
    return trace_lines(options, task);
}

void add_filters(CLI::App& command, Options& options) {
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

} // namespace

void add_trace(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "trace", "Trace what `run` would do, instruction by instruction, or profile its fuel",
                    "  detent trace add.wasm --invoke add i32:1 i32:2\n"
                    "  detent trace hash.wasm --invoke hash 1024 3 --function compress --from 1000 --to 2000\n"
                    "  detent trace hash.wasm --invoke hash 1024 3 --fuel-profile\n"
                    "  detent trace hash.wasm --invoke hash 1024 3 --flame hash.svg --json\n"
                    "A trace is one object of JSON a line (docs/trace.md); the last line says how it ended.\n");
    auto options = std::make_shared<Options>();
    options->task.add_to(command);
    add_filters(command, *options);
    command.add_flag("--fuel-profile", options->profile,
                     "Instead of a trace, show the fuel of each function and each line of source");
    command
        .add_option("--flame", options->flame, "Also write a flame graph of the fuel by paths of calls; a profile too")
        ->type_name("FILE.svg");
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return run_trace(*options, program.json); }; });
}

} // namespace detent::cli
