#include "conformance/record.hpp"

#include "conformance/json_field.hpp"
#include "host_abi/crypto.hpp"

#include <new>
#include <stdexcept>
#include <utility>

namespace detent::conformance {

namespace {

template <class T>
T value_of(Result<T> result) {
    if (!result.has_value()) throw std::runtime_error(std::string(to_text(result.assume_error().code)));
    return std::move(result.assume_value());
}

void check(const Status& status) {
    if (!status.has_value()) throw std::runtime_error(std::string(to_text(status.assume_error().code)));
}

ByteString bytes_of(ByteView view) { return {view.begin(), view.end()}; }

void add_write(Buffer<Write>& writes, const StateSlot& slot, ByteView value) {
    Write write{slot, true, {}};
    if (!write.value.copy_from(value) || !writes.push_back(std::move(write))) throw std::bad_alloc();
}

void add_account(Buffer<Write>& writes, const Address& address, const AccountEntry& entry,
                 const std::map<std::string, Hash>& hashes) {
    const Account account{entry.balance, entry.code ? hashes.at(*entry.code) : Hash{}};
    if (!account.is_empty()) add_write(writes, StateSlot::account(address), account.encode()); // ABI-62
    for (const auto& [key, value] : entry.storage)
        add_write(writes, StateSlot::storage(address, key), value);
}

/// Calls `use` with each entry, in order.
template <class Use>
void for_each(const OrderedMap& map, Use use) {
    for (auto entry = map.first(); entry; entry = map.next(entry->key))
        use(*entry);
}

ExpectedWrite written(const Write& write) {
    const Address address = write.slot.address();
    if (write.slot.is_storage()) {
        ExpectedWrite::StorageEntry entry{bytes_of(write.slot.key()), std::nullopt};
        if (write.present) entry.value = bytes_of(write.value.span());
        return {address, std::move(entry)};
    }
    if (!write.present) return {address, ExpectedWrite::Removed{}};
    const Account account = Account::decode(write.value.span());
    return {address, ExpectedWrite::OwnEntry{account.balance, account.code_hash}};
}

Environment environment_of(const Block& block) {
    Environment environment{block.height, block.time, block.chain_id, {}};
    for (const BlockHash& known : block.hashes)
        environment.block_hashes.emplace(known.height, known.hash);
    return environment;
}

TransactionRequest request_of(const TransactionInput& input) {
    TransactionRequest request{CallRequest{input.to}, input.from, input.value, bytes_of(input.input), input.fuel_limit};
    if (input.kind == TransactionInput::Kind::deploy) {
        request.kind = DeployRequest{code_name(sha256(input.code)), input.salt};
    }
    return request;
}

void add_code(Vector& vector, const ByteString& code) {
    const Hash hash = sha256(code);
    vector.code.insert_or_assign(code_name(hash), CodeSource{code, hash});
}

/// The codes that the vector uses: those of accounts, and the one that is deployed.
void add_used_codes(Vector& vector, const RecordedCall& call) {
    const Codes known = codes_of(call.before);
    for (const auto& [address, account] : vector.pre) {
        if (account.code) add_code(vector, known.at(*account.code));
    }
    if (call.input.kind == TransactionInput::Kind::deploy) add_code(vector, bytes_of(call.input.code));
}

/// Only lower-case letters and digits, joined by `-`; `fallback` if none is left.
std::string word_of(std::string_view text, std::string_view fallback) {
    std::string word;
    for (char character : text) {
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
        const bool is_plain = (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
        if (is_plain) word += character;
        if (!is_plain && !word.empty() && word.back() != '-') word += '-';
    }
    if (word.ends_with('-')) word.pop_back();
    return word.empty() ? std::string(fallback) : word;
}

} // namespace

State make_state(const Accounts& accounts, const Codes& codes) {
    State state;
    std::map<std::string, Hash> hashes;
    for (const auto& [name, code] : codes)
        hashes.emplace(name, value_of(state.add_code(code)));
    Buffer<Write> writes;
    for (const auto& [address, entry] : accounts)
        add_account(writes, address, entry, hashes);
    check(state.apply(writes.span()));
    return state;
}

std::string code_name(const Hash& hash) { return "code-" + hex(hash.view()).substr(2, 16); }

Codes codes_of(const State& state) {
    Codes codes;
    for_each(state.codes(), [&](const OrderedMap::Entry& entry) {
        codes.insert_or_assign(code_name(hash_from(entry.key)), bytes_of(entry.value));
    });
    return codes;
}

Accounts accounts_of(const State& state) {
    Accounts accounts;
    for_each(state.entries(), [&](const OrderedMap::Entry& entry) {
        const StateSlot slot = StateSlot::decode(entry.key);
        AccountEntry& account = accounts[slot.address()];
        if (slot.is_storage()) {
            account.storage.insert_or_assign(bytes_of(slot.key()), bytes_of(entry.value));
            return;
        }
        const Account own = Account::decode(entry.value);
        account.balance = own.balance;
        if (own.has_code()) account.code = code_name(own.code_hash);
    });
    return accounts;
}

Expectation expectation_of(const Receipt& receipt, std::span<const Write> writes) {
    Expectation found;
    found.status = receipt.outcome;
    found.output = bytes_of(receipt.output.span());
    found.fuel_used = receipt.fuel_used;
    for (const Event& event : receipt.events) {
        found.events.push_back({event.address, bytes_of(event.topic.span()), bytes_of(event.data.span())});
    }
    for (const Write& write : writes)
        found.writes.push_back(written(write));
    found.receipt_hash = value_of(receipt.hash());
    found.post_root = receipt.post_root;
    return found;
}

Vector record(const RecordedCall& call, const std::string& name) {
    Vector vector;
    vector.name = name;
    vector.profile = {call.profile.id, value_of(hash_of(call.profile))};
    vector.schedule = {call.schedule.id(), value_of(hash_of(call.schedule))};
    vector.pre = accounts_of(call.before);
    add_used_codes(vector, call);
    vector.steps.push_back(
        {environment_of(call.block), request_of(call.input), call.resume, expectation_of(call.receipt, call.writes)});
    // What is written can be read: this refuses a name that is none.
    return parse_vector(to_text(vector));
}

std::string vector_name_for(const std::filesystem::path& path) {
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path().filename();
    return word_of(folder.string(), "recorded") + "/" + word_of(path.stem().string(), "call");
}

} // namespace detent::conformance
