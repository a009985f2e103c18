// detent call: deploys and calls contracts on a state that is kept in a file.
#include "cli/call.hpp"

#include "cli/call_task.hpp"
#include "cli/command.hpp"
#include "cli/crypto_check.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"
#include "cli/resume.hpp"
#include "cli/text.hpp"

#include "conformance/record.hpp"
#include "conformance/state_file.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct CallOptions {
    CallTask task;
    std::string record;
    std::string save;
    std::string pause;
    CommitmentChoice commitments;
    TierChoice tier{"adaptive", ""};
    bool dry_run = false;
};

std::string recorded(const conformance::RecordedCall& call, const std::string& path) {
    return conformance::to_text(conformance::record(call, conformance::vector_name_for(path)));
}

ExitCode carry_out(const CallOptions& options, bool json) {
    require_sound_crypto();
    if (!options.record.empty() && !(options.save.empty() && options.pause.empty()))
        throw wrong_usage("--record", "goes with neither --save nor --pause");
    PreparedCall call = prepare(options.task);
    const State before = call.state;
    Transaction transaction = call.begin(Fuel());
    transaction.use(options.tier.chosen(), options.tier.chosen_handover());
    const auto write = [&](const Receipt& receipt) {
        if (!options.record.empty()) {
            write_file(
                options.record,
                recorded(
                    {before, call.block, call.input, call.schedule, call.profile, receipt, transaction.writes(), {}},
                    options.record));
        }
        const bool writes = receipt.outcome == Outcome::Success && !options.dry_run;
        if (writes) write_file(options.task.state, conformance::to_text(call.state));
    };
    const Law law{options.task.schedule, call.profile};
    ResumableCall resumable{
        law, before, transaction, Fuel::maximum(), pause_of(options.pause), options.save, options.commitments, write};
    return resumable.run("", json);
}

} // namespace

State state_from(const std::string& path, const std::function<State()>& read) {
    try {
        return read();
    } catch (const conformance::FormatError& error) {
        const std::string place = error.pointer().empty() ? "" : "at " + error.pointer() + ": ";
        throw Failure(ExitCode::failed, path, place + error.reason());
    }
}

State read_state(const std::string& path) {
    return state_from(path, [&path] { return conformance::read_state(path); });
}

ExitCode show_pause(const Transaction& transaction, const std::string& saved, const CommitmentChain* commitments,
                    bool json) {
    if (json) {
        Json object{{"status", "exhausted"},
                    {"fuel_used", std::to_string(transaction.used().units())},
                    {"fuel_limit", std::to_string(transaction.limit().units())},
                    {"saved", saved.empty() ? Json(nullptr) : Json(saved)}};
        if (commitments != nullptr) object["commitments"] = CommitmentChoice::to_json(*commitments);
        print_json(object);
    } else {
        std::cout << coloured(Colour::yellow, "exhausted") << "; fuel used " << grouped(transaction.used().units())
                  << " of " << grouped(transaction.limit().units()) << "\n";
        if (!saved.empty()) std::cout << "saved to " << printable(saved) << "\n";
        if (commitments != nullptr) std::cout << CommitmentChoice::to_people(*commitments);
    }
    return ExitCode::exhausted;
}

void add_call(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "call", "Deploy and call contracts on a state that is kept in a file",
                    "  detent call --state chain.json deploy contracts/token/token.wasm --from alice\n"
                    "  detent call --state chain.json 0x5c0f... --from alice --input 01\n"
                    "  detent call --state chain.json 0x5c0f... --from bob --input @transfer.bin --dry-run --json\n"
                    "  detent call --state chain.json 0x5c0f... --from bob --record vectors/mine/first.json\n"
                    "  detent call --state chain.json 0x5c0f... --from bob --fuel 5000 --save call.saved\n"
                    "An address is 0x and up to 64 digits, with zeros in front; or a name, its characters with zeros\n"
                    "behind: alice is 0x616c69636500... The state is written only after Success.\n");
    auto options = std::make_shared<CallOptions>();
    options->task.add_to(command);
    command.add_option("--record", options->record, "Write the call as a vector that needs nothing else")
        ->type_name("FILE");
    command
        .add_option("--save", options->save, "Where to save the transaction if it is exhausted, for `detent resume`")
        ->type_name("FILE");
    command.add_option("--pause", options->pause, "Stop once N units are used, whatever the limit")->type_name("N");
    options->commitments.add_to(command);
    options->tier.add_to(command);
    command.add_flag("--dry-run", options->dry_run, "Leave the state as it is");
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return carry_out(*options, program.json); }; });
}

} // namespace detent::cli
