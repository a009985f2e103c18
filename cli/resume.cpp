// detent resume: goes on with an execution, or a transaction, that was saved.
#include "cli/resume.hpp"

#include "cli/call.hpp"
#include "cli/command.hpp"
#include "cli/crypto_check.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

#include "conformance/state_file.hpp"
#include "host_abi/crypto.hpp"
#include "host_abi/transaction_commitment.hpp"

#include <algorithm>
#include <iostream>

namespace detent::cli {

namespace {

struct ResumeOptions {
    std::string file;
    std::string fuel = "1000000000";
    std::string slice;
    std::string save;
    std::string pause;
    CommitmentChoice commitments;
    std::string state;
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

/// How much more, and in which slices.
struct Fuelling {
    Fuel more;
    Fuel slice = Fuel::maximum();
};

ExitCode resume(Continued&& continued, const ResumeOptions& options, const Fuelling& fuelling, bool json) {
    if (!options.state.empty()) throw wrong_usage("--state", "only a transaction has a state");
    Execution& execution = continued.loaded.execution;
    execution.use(options.tier.chosen(), options.tier.chosen_handover());
    require_ok(execution.raise_limit(execution.limit() + fuelling.more), options.file);
    Resumable resumable{continued.beginning, *continued.loaded.store, execution,
                        fuelling.slice,      pause_of(options.pause), options.save,
                        options.commitments};
    return resumable.run(options.file, json);
}

/// A file that is there has to hold the state that the transaction was begun on.
void check_state(const std::string& path, const State& begun) {
    if (path.empty() || !file_exists(path) || read_state(path).root() == begun.root()) return;
    throw Failure(ExitCode::failed, path, "not the state that the transaction was begun on");
}

ExitCode resume(ContinuedCall&& continued, const ResumeOptions& options, const Fuelling& fuelling, bool json) {
    require_sound_crypto();
    check_state(options.state, *continued.state);
    Transaction& transaction = continued.transaction;
    transaction.use(options.tier.chosen(), options.tier.chosen_handover());
    require_ok(transaction.raise_limit(transaction.limit() + fuelling.more), options.file);
    const auto write = [&](const Receipt& receipt) {
        const bool writes = receipt.outcome == Outcome::Success && !options.state.empty();
        if (writes) write_file(options.state, conformance::to_text(*continued.state));
    };
    ResumableCall resumable{continued.law,           *continued.state, transaction,         fuelling.slice,
                            pause_of(options.pause), options.save,     options.commitments, write};
    return resumable.run(options.file, json);
}

ExitCode resume(const ResumeOptions& options, bool json) {
    Fuelling fuelling{parse_fuel(options.fuel, "--fuel")};
    if (!options.slice.empty()) fuelling.slice = parse_fuel(options.slice, "--slice");
    if (fuelling.slice == Fuel()) throw wrong_usage("--slice", "a slice of 0 never ends");
    return std::visit([&](auto&& saved) { return resume(std::move(saved), options, fuelling, json); },
                      read_saved(options.file));
}

} // namespace

Fuel pause_of(const std::string& text) { return text.empty() ? Fuel::maximum() : parse_fuel(text, "--pause"); }

/// With further grants until it ends, is at its limit or is to pause.
ExitCode Resumable::run(const std::string& where, bool json) {
    std::optional<Committer> committer;
    if (commitments.is_wanted()) {
        const Schedule& schedule = published_schedule(beginning.law.schedule);
        committer = take(Committer::begin(store, schedule, commitments.every(), digest_of), where);
        commitments.go_on(committer->chain(), execution.used());
    }
    const Fuel end = std::min(pause, execution.limit());
    if (end < execution.grant()) throw wrong_usage("--pause", "that much has been used already");
    Ending ending = Ending::exhausted;
    do {
        require_ok(execution.refuel(std::min(execution.grant() + slice, end)), where);
        ending = take(committer ? committer->run(execution) : execution.run(), where);
    } while (ending == Ending::exhausted && !execution.at_limit() && execution.grant() < end);
    const std::string saved = ending == Ending::exhausted ? save : "";
    if (!saved.empty()) write_saved(saved, beginning, execution);
    if (committer) commitments.write(committer->chain());
    if (json) {
        Json object = object_of(execution, ending, saved);
        if (committer) object["commitments"] = CommitmentChoice::to_json(committer->chain());
        print_json(object);
    } else {
        print_people(execution, ending, saved);
        if (committer) std::cout << CommitmentChoice::to_people(committer->chain());
    }
    return exit_code_of(ending);
}

/// The same. What is at its limit and is not to be saved settles.
ExitCode ResumableCall::run(const std::string& where, bool json) {
    std::optional<TransactionCommitter> committer;
    if (commitments.is_wanted()) {
        committer = take(TransactionCommitter::begin(transaction, commitments.every()), where);
        commitments.go_on(committer->chain(), transaction.used());
    }
    const CommitmentChain* const chain = committer ? &committer->chain() : nullptr;
    const Fuel end = std::min(pause, transaction.limit());
    if (end < transaction.grant()) throw wrong_usage("--pause", "that much has been used already");
    Progress progress = Progress::exhausted;
    do {
        require_ok(transaction.refuel(std::min(transaction.grant() + slice, end)), where);
        progress = take(committer ? committer->run(transaction) : transaction.run(), where);
    } while (progress == Progress::exhausted && !transaction.at_limit() && transaction.grant() < end);
    const bool is_paused = progress == Progress::exhausted && (!transaction.at_limit() || !save.empty());
    if (is_paused) {
        if (!save.empty()) write_saved(save, law, begun, transaction);
        if (chain != nullptr) commitments.write(*chain);
        return show_pause(transaction, save, chain, json);
    }
    const Receipt receipt = take(transaction.settle(), where);
    settled(receipt);
    if (chain != nullptr) commitments.write(*chain);
    TransactionInput input = transaction.input();
    input.fuel_limit = transaction.limit();
    return show({input, receipt, transaction.writes(), chain}, json);
}

void add_resume(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "resume", "Go on with an execution, or a transaction, that was saved",
                    "  detent run loop.wasm --invoke loop 1000 --fuel 5000 --save loop.saved\n"
                    "  detent resume loop.saved --fuel 5000 --save loop.saved\n"
                    "  detent resume loop.saved --json\n"
                    "  detent call --state chain.json 0x5c0f... --from bob --fuel 5000 --save call.saved\n"
                    "  detent resume call.saved --state chain.json\n"
                    "The file has all that it needs. An execution ends as it would have with the fuel of all runs\n"
                    "at once; a transaction as one whose limit was raised where it was reached.\n");
    auto options = std::make_shared<ResumeOptions>();
    command.add_option("FILE", options->file, "What --save has written")->type_name("")->required();
    command.add_option("--fuel", options->fuel, "What the limit is raised by")->type_name("N")->capture_default_str();
    command.add_option("--slice", options->slice, "Run in grants of N, which changes nothing that can be observed")
        ->type_name("N");
    command.add_option("--save", options->save, "Where to save it if it is exhausted again")->type_name("FILE");
    command
        .add_option("--state", options->state,
                    "Of a transaction: the file of its state, which is written after Success and else left")
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
