#include "cli/call_task.hpp"

#include "cli/call.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"
#include "cli/text.hpp"

namespace detent::cli {

namespace {

constexpr std::uint64_t kMaximumNumber = ~std::uint64_t{0};
constexpr std::uint64_t kMaximumInput = 64 << 20;

std::vector<std::uint8_t> input_from(const std::string& text) {
    return text.starts_with('@') ? read_file(text.substr(1), kMaximumInput) : parse_hex(text, "--input");
}

void fill_target(PreparedCall& call, const CallTask& task) {
    if (!task.deploys()) {
        if (!task.code.empty()) throw wrong_usage(printable(task.code), "only `deploy` takes a file");
        call.input.to = parse_address(task.target, "ADDRESS");
        return;
    }
    if (task.code.empty()) throw wrong_usage("deploy", "the file of the contract is missing");
    call.input.kind = TransactionInput::Kind::deploy;
    call.input.salt = parse_number(task.salt, "--salt", kMaximumNumber);
    call.code_bytes = ModuleFile::read(task.code, call.profile.limits()).bytes();
}

/// A deployment may begin a new file; a call of a contract that is nowhere is a mistake.
State begun_state(const CallTask& task) {
    if (task.deploys() && !file_exists(task.state)) return {};
    return read_state(task.state);
}

void add_block_options(CLI::App& command, CallTask& task) {
    command.add_option("--height", task.height, "The height of the block")->type_name("N")->capture_default_str();
    command.add_option("--time", task.time, "The time of the block in seconds")->type_name("N")->capture_default_str();
    command.add_option("--chain-id", task.chain_id, "The number of the chain")->type_name("N")->capture_default_str();
    command.add_option("--schedule", task.schedule, "The published schedule of prices")
        ->type_name("ID")
        ->capture_default_str();
    command.add_option("--profile", task.profile, "The published profile of modules")
        ->type_name("ID")
        ->capture_default_str();
}

void add_transaction_options(CLI::App& command, CallTask& task) {
    command.add_option("--state", task.state, "The state, as JSON; `deploy` begins a new one where there is none")
        ->type_name("FILE")
        ->required();
    command.add_option("TARGET", task.target, "The address to call, or `deploy`")->type_name("")->required();
    command.add_option("FILE", task.code, "With `deploy`: the contract, binary or text")->type_name("");
    command.add_option("--from", task.from, "The address that signs")->type_name("ADDRESS")->required();
    command.add_option("--input", task.input, "What the contract is given")->type_name("HEX|@FILE");
    command.add_option("--value", task.value, "The value that goes along")->type_name("N")->capture_default_str();
    command.add_option("--salt", task.salt, "With `deploy`: tells apart contracts of one code")
        ->type_name("N")
        ->capture_default_str();
    command.add_option("--fuel", task.fuel, "The limit")->type_name("N")->capture_default_str();
}

} // namespace

void CallTask::add_to(CLI::App& command) {
    add_transaction_options(command, *this);
    add_block_options(command, *this);
}

PreparedCall prepare(const CallTask& task) {
    PreparedCall call{published_profile(task.profile), published_schedule(task.schedule)};
    call.input.from = parse_address(task.from, "--from");
    call.input.value = parse_number(task.value, "--value", kMaximumNumber);
    call.input.fuel_limit = parse_fuel(task.fuel, "--fuel");
    call.block.height = parse_number(task.height, "--height", kMaximumNumber);
    call.block.time = parse_number(task.time, "--time", kMaximumNumber);
    call.block.chain_id = parse_number(task.chain_id, "--chain-id", kMaximumNumber);
    fill_target(call, task);
    call.input_bytes = input_from(task.input);
    call.input.input = call.input_bytes;
    call.input.code = call.code_bytes;
    call.state = begun_state(task);
    return call;
}

Transaction PreparedCall::begin(Fuel grant, CodeCache* cache) {
    return take(Transaction::begin(state, block, input, schedule, profile, grant, cache), "");
}

} // namespace detent::cli
