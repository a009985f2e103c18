// detent call: deploys and calls contracts on a state that is kept in a file.
#include "cli/call.hpp"

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

constexpr std::uint64_t kMaximumNumber = ~std::uint64_t{0};
constexpr std::uint64_t kMaximumInput = 64 << 20;

/// Numbers as they were typed; they are read when all options are there, so that a wrong one is reported like any
/// other.
struct Options {
    std::string state;
    std::string target;
    std::string code;
    std::string from;
    std::string input;
    std::string salt = "0";
    std::string value = "0";
    std::string fuel = "100000000";
    std::string height = "1";
    std::string time = "0";
    std::string chain_id = "1";
    std::uint32_t schedule = 1;
    std::uint32_t profile = Profile::kDefault;
    std::string record;
    std::string save;
    std::string pause;
    CommitmentChoice commitments;
    TierChoice tier{"adaptive", ""};
    bool dry_run = false;

    [[nodiscard]] bool deploys() const { return target == "deploy"; }
};

/// What a transaction looks at, kept alive.
struct Request {
    std::vector<std::uint8_t> input_bytes;
    std::vector<std::uint8_t> code_bytes;
    TransactionInput input;
    Block block;
};

std::vector<std::uint8_t> input_from(const std::string& text) {
    return text.starts_with('@') ? read_file(text.substr(1), kMaximumInput) : parse_hex(text, "--input");
}

void fill_target(Request& request, const Options& options, const Profile& profile) {
    if (!options.deploys()) {
        if (!options.code.empty()) throw wrong_usage(printable(options.code), "only `deploy` takes a file");
        request.input.to = parse_address(options.target, "ADDRESS");
        return;
    }
    if (options.code.empty()) throw wrong_usage("deploy", "the file of the contract is missing");
    request.input.kind = TransactionInput::Kind::deploy;
    request.input.salt = parse_number(options.salt, "--salt", kMaximumNumber);
    request.code_bytes = ModuleFile::read(options.code, profile.limits()).bytes();
}

Request request_from(const Options& options, const Profile& profile) {
    Request request;
    request.input.from = parse_address(options.from, "--from");
    request.input.value = parse_number(options.value, "--value", kMaximumNumber);
    request.input.fuel_limit = parse_fuel(options.fuel, "--fuel");
    request.block.height = parse_number(options.height, "--height", kMaximumNumber);
    request.block.time = parse_number(options.time, "--time", kMaximumNumber);
    request.block.chain_id = parse_number(options.chain_id, "--chain-id", kMaximumNumber);
    fill_target(request, options, profile);
    request.input_bytes = input_from(options.input);
    return request;
}

/// A deployment may begin a new file; a call of a contract that is nowhere is a mistake.
State begun_state(const Options& options) {
    if (options.deploys() && !file_exists(options.state)) return {};
    return read_state(options.state);
}

std::string recorded(const conformance::RecordedCall& call, const std::string& path) {
    return conformance::to_text(conformance::record(call, conformance::vector_name_for(path)));
}

ExitCode call(const Options& options, bool json) {
    require_sound_crypto();
    if (!options.record.empty() && !(options.save.empty() && options.pause.empty()))
        throw wrong_usage("--record", "goes with neither --save nor --pause");
    const Profile& profile = published_profile(options.profile);
    const Schedule& schedule = published_schedule(options.schedule);
    Request request = request_from(options, profile);
    request.input.input = request.input_bytes;
    request.input.code = request.code_bytes;
    State state = begun_state(options);
    const State before = state;
    Transaction transaction =
        take(Transaction::begin(state, request.block, request.input, schedule, profile, Fuel()), "");
    transaction.use(options.tier.chosen(), options.tier.chosen_handover());
    const auto write = [&](const Receipt& receipt) {
        if (!options.record.empty()) {
            write_file(
                options.record,
                recorded({before, request.block, request.input, schedule, profile, receipt, transaction.writes(), {}},
                         options.record));
        }
        const bool writes = receipt.outcome == Outcome::Success && !options.dry_run;
        if (writes) write_file(options.state, conformance::to_text(state));
    };
    const Law law{options.schedule, profile};
    ResumableCall resumable{
        law, before, transaction, Fuel::maximum(), pause_of(options.pause), options.save, options.commitments, write};
    return resumable.run("", json);
}

void add_block_options(CLI::App& command, Options& options) {
    command.add_option("--height", options.height, "The height of the block")->type_name("N")->capture_default_str();
    command.add_option("--time", options.time, "The time of the block in seconds")
        ->type_name("N")
        ->capture_default_str();
    command.add_option("--chain-id", options.chain_id, "The number of the chain")
        ->type_name("N")
        ->capture_default_str();
    command.add_option("--schedule", options.schedule, "The published schedule of prices")
        ->type_name("ID")
        ->capture_default_str();
    command.add_option("--profile", options.profile, "The published profile of modules")
        ->type_name("ID")
        ->capture_default_str();
}

void add_transaction_options(CLI::App& command, Options& options) {
    command.add_option("--state", options.state, "The state, as JSON; `deploy` begins a new one where there is none")
        ->type_name("FILE")
        ->required();
    command.add_option("TARGET", options.target, "The address to call, or `deploy`")->type_name("")->required();
    command.add_option("FILE", options.code, "With `deploy`: the contract, binary or text")->type_name("");
    command.add_option("--from", options.from, "The address that signs")->type_name("ADDRESS")->required();
    command.add_option("--input", options.input, "What the contract is given")->type_name("HEX|@FILE");
    command.add_option("--value", options.value, "The value that goes along")->type_name("N")->capture_default_str();
    command.add_option("--salt", options.salt, "With `deploy`: tells apart contracts of one code")
        ->type_name("N")
        ->capture_default_str();
    command.add_option("--fuel", options.fuel, "The limit")->type_name("N")->capture_default_str();
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
    auto options = std::make_shared<Options>();
    add_transaction_options(command, *options);
    add_block_options(command, *options);
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
        [&program, options] { program.action = [&program, options] { return call(*options, program.json); }; });
}

} // namespace detent::cli
