// detent resume: goes on with an execution that was saved.
#include "cli/resume.hpp"

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <iostream>

namespace detent::cli {

namespace {

struct Options {
    std::string file;
    std::string fuel = "1000000000";
    std::string slice;
    std::string save;
    std::string pause;
    CommitmentChoice commitments;
    TierChoice tier;
};

std::vector<Value> results_of(const Execution& execution, Ending ending) {
    std::vector<Value> results;
    for (std::size_t i = 0; ending == Ending::returned && i < execution.result_count(); ++i)
        results.push_back(execution.result(i));
    return results;
}

Json object_of(const Execution& execution, Ending ending, const std::string& saved) {
    Json results = Json::array();
    for (const Value& value : results_of(execution, ending))
        results.push_back(to_machine(value));
    const bool is_trap = ending == Ending::trapped;
    return {{"status", to_text(ending)},
            {"results", results},
            {"trap", is_trap ? Json(to_text(execution.trap().code)) : Json(nullptr)},
            {"fuel_used", std::to_string(execution.used().units())},
            {"fuel_left", std::to_string((execution.limit() - execution.used()).units())},
            {"saved", saved.empty() ? Json(nullptr) : Json(saved)}};
}

void print_people(const Execution& execution, Ending ending, const std::string& saved) {
    for (const Value& value : results_of(execution, ending))
        std::cout << to_people(value) << "\n";
    std::string end(to_text(ending));
    if (ending == Ending::trapped) {
        const TrapCode code = execution.trap().code;
        end += ": " + std::string(to_text(code)) + " (" + std::string(message(code)) + ")";
    }
    const Colour colour = ending == Ending::returned  ? Colour::green
                          : ending == Ending::trapped ? Colour::red
                                                      : Colour::yellow;
    std::cout << coloured(colour, end) << "; fuel used " << grouped(execution.used().units()) << " of "
              << grouped(execution.limit().units()) << "\n";
    if (!saved.empty()) std::cout << "saved to " << printable(saved) << "\n";
}

ExitCode exit_code_of(Ending ending) noexcept {
    if (ending == Ending::returned) return ExitCode::done;
    return ending == Ending::trapped ? ExitCode::trapped : ExitCode::exhausted;
}

ExitCode resume(const Options& options, bool json) {
    const Fuel more = parse_fuel(options.fuel, "--fuel");
    const Fuel slice = options.slice.empty() ? Fuel::maximum() : parse_fuel(options.slice, "--slice");
    if (slice == Fuel()) throw wrong_usage("--slice", "a slice of 0 never ends");
    Continued continued = read_saved(options.file);
    Execution& execution = continued.loaded.execution;
    execution.use(options.tier.chosen(), options.tier.chosen_handover());
    require_ok(execution.raise_limit(execution.limit() + more), options.file);
    const Fuel pause = options.pause.empty() ? Fuel::maximum() : parse_fuel(options.pause, "--pause");
    Resumable resumable{continued.beginning, *continued.loaded.store, execution, slice, pause,
                        options.save,        options.commitments};
    return resumable.run(options.file, json);
}

} // namespace

/// With further grants until it ends, is at its limit or is to pause.
ExitCode Resumable::run(const std::string& where, bool json) {
    std::optional<Committer> committer;
    if (commitments.is_wanted())
        committer = commitments.begin(store, published_schedule(beginning.schedule), execution.used());
    const Fuel end = std::min(pause, execution.limit());
    if (end < execution.grant()) throw wrong_usage("--pause", "that much has been used already");
    Ending ending = Ending::exhausted;
    do {
        require_ok(execution.refuel(std::min(execution.grant() + slice, end)), where);
        ending = take(committer ? committer->run(execution) : execution.run(), where);
    } while (ending == Ending::exhausted && !execution.at_limit() && execution.grant() < end);
    if (committer) commitments.write(*committer);
    const std::string saved = ending == Ending::exhausted ? save : "";
    if (!saved.empty()) write_saved(saved, beginning, execution);
    if (json) {
        Json object = object_of(execution, ending, saved);
        if (committer) object["commitments"] = CommitmentChoice::to_json(*committer);
        print_json(object);
    } else {
        print_people(execution, ending, saved);
        if (committer)
            std::cout << grouped(committer->commitments().size()) << " commitments, the last "
                      << to_hex(committer->head()) << "\n";
    }
    return exit_code_of(ending);
}

void add_resume(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "resume", "Go on with an execution that was saved",
                    "  detent run loop.wasm --invoke loop 1000 --fuel 5000 --save loop.saved\n"
                    "  detent resume loop.saved --fuel 5000 --save loop.saved\n"
                    "  detent resume loop.saved --json\n"
                    "The file has all that the execution needs. It ends as it would have with the fuel of\n"
                    "all runs at once.\n");
    auto options = std::make_shared<Options>();
    command.add_option("FILE", options->file, "What --save has written")->type_name("")->required();
    command.add_option("--fuel", options->fuel, "What the limit is raised by")->type_name("N")->capture_default_str();
    command.add_option("--slice", options->slice, "Run in grants of N, which changes nothing that can be observed")
        ->type_name("N");
    command.add_option("--save", options->save, "Where to save the execution if it is exhausted again")
        ->type_name("FILE");
    command.add_option("--pause", options->pause, "Stop once N units are used in all, whatever the limit")
        ->type_name("N");
    options->commitments.add_to(command);
    options->tier.add_to(command);
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return resume(*options, program.json); }; });
}

} // namespace detent::cli
