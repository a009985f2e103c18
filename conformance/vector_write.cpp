// Writing contract-vector version 1 in canonical form: keys in the order of vectors/schema.json.
#include "conformance/vector_parts.hpp"

namespace detent::conformance {

namespace {

std::string decimal(std::uint64_t number) { return std::to_string(number); }

std::string hex_of(const Hash& hash) { return hex(hash.view()); }

std::string hex_of(const Address& address) { return hex(address.view()); }

void write_texts(JsonWriter& out, std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out.key(key).open_array();
    for (const std::string& text : texts)
        out.string(text);
    out.close_array();
}

void write(JsonWriter& out, const CodeSource& code) {
    if (const auto* bytes = std::get_if<ByteString>(&code.source)) return write_code(out, *bytes, code.hash);
    out.open_object().field("file", std::get<std::string>(code.source)).field("hash", hex_of(code.hash)).close_object();
}

void write_storage(JsonWriter& out, const std::map<ByteString, ByteString>& storage) {
    if (storage.empty()) return;
    out.key("storage").open_object();
    for (const auto& [key, value] : storage)
        out.field(hex(key), hex(value));
    out.close_object();
}

void write(JsonWriter& out, const AccountEntry& account) {
    out.open_object().field("balance", decimal(account.balance));
    if (account.code) out.field("code", *account.code);
    write_storage(out, account.storage);
    out.close_object();
}

void write(JsonWriter& out, const ExpectedWrite& expected) {
    out.open_object().field("address", hex_of(expected.address));
    if (const auto* own = std::get_if<ExpectedWrite::OwnEntry>(&expected.entry)) {
        out.field("balance", decimal(own->balance)).field("code_hash", hex_of(own->code_hash));
    } else if (const auto* stored = std::get_if<ExpectedWrite::StorageEntry>(&expected.entry)) {
        out.field("key", hex(stored->key)).key("value");
        (void)(stored->value ? out.string(hex(*stored->value)) : out.null());
    } else {
        out.key("removed").boolean(true);
    }
    out.close_object();
}

void write(JsonWriter& out, const Expectation& expected) {
    out.open_object().field("status", to_text(expected.status)).field("output", hex(expected.output));
    out.field("fuel_used", decimal(expected.fuel_used.units())).key("events");
    write(out, expected.events);
    out.key("writes");
    write(out, expected.writes);
    out.field("receipt_hash", hex_of(expected.receipt_hash)).field("post_root", hex_of(expected.post_root));
    out.close_object();
}

void write(JsonWriter& out, const Step& step) {
    out.open_object().key("env");
    write(out, step.environment);
    out.key("tx");
    write(out, step.transaction);
    if (!step.resume.empty()) {
        out.key("resume");
        write(out, step.resume);
    }
    out.key("expect");
    write(out, step.expected);
    out.close_object();
}

template <class T>
void write_list(JsonWriter& out, const std::vector<T>& items) {
    out.open_array();
    for (const T& item : items)
        write(out, item);
    out.close_array();
}

} // namespace

void write(JsonWriter& out, const Accounts& accounts) {
    out.open_object();
    for (const auto& [address, account] : accounts)
        write(out.key(hex_of(address)), account);
    out.close_object();
}

void write(JsonWriter& out, const NamedHash& named) {
    out.open_object().key("id").integer(named.id).field("hash", hex_of(named.hash)).close_object();
}

void write(JsonWriter& out, const Environment& environment) {
    out.open_object().field("height", decimal(environment.height)).field("time", decimal(environment.time));
    out.field("chain_id", decimal(environment.chain_id));
    if (!environment.block_hashes.empty()) {
        out.key("block_hashes").open_object();
        for (const auto& [height, hash] : environment.block_hashes)
            out.field(decimal(height), hex_of(hash));
        out.close_object();
    }
    out.close_object();
}

void write(JsonWriter& out, const TransactionRequest& transaction) {
    const auto* call = std::get_if<CallRequest>(&transaction.kind);
    const auto* deploy = std::get_if<DeployRequest>(&transaction.kind);
    out.open_object().field("kind", call != nullptr ? "call" : "deploy").field("from", hex_of(transaction.from));
    if (call != nullptr) out.field("to", hex_of(call->to));
    if (deploy != nullptr) out.field("code", deploy->code).field("salt", decimal(deploy->salt));
    out.field("value", decimal(transaction.value)).field("input", hex(transaction.input));
    out.field("fuel_limit", decimal(transaction.fuel_limit.units())).close_object();
}

void write(JsonWriter& out, const std::vector<Refuel>& resume) {
    out.open_array();
    for (const Refuel& refuel : resume) {
        const std::string_view key = refuel.kind == Refuel::Kind::grant ? "grant" : "limit";
        out.open_object().field(key, decimal(refuel.amount.units())).close_object();
    }
    out.close_array();
}

void write(JsonWriter& out, const std::vector<ExpectedEvent>& events) {
    out.open_array();
    for (const ExpectedEvent& event : events) {
        out.open_object().field("address", hex_of(event.address)).field("topic", hex(event.topic));
        out.field("data", hex(event.data)).close_object();
    }
    out.close_array();
}

void write(JsonWriter& out, const std::vector<ExpectedWrite>& writes) { write_list(out, writes); }

void write_code(JsonWriter& out, const ByteString& code, const Hash& hash) {
    out.open_object().field("hex", hex(code)).field("hash", hex_of(hash)).close_object();
}

std::string to_text(const Vector& vector) {
    JsonWriter out;
    out.open_object().field("format", "contract-vector").key("version").integer(1).field("name", vector.name);
    write_texts(out, "note", vector.note);
    write_texts(out, "clauses", vector.clauses);
    write(out.key("profile"), vector.profile);
    write(out.key("schedule"), vector.schedule);
    out.key("code").open_object();
    for (const auto& [name, code] : vector.code)
        write(out.key(name), code);
    out.close_object();
    write(out.key("pre"), vector.pre);
    write_list(out.key("steps"), vector.steps);
    out.close_object();
    return out.take() + "\n";
}

std::string to_text(const std::vector<ExpectedEvent>& events) {
    JsonWriter out(JsonWriter::Layout::line);
    write(out, events);
    return out.take();
}

std::string to_text(const std::vector<ExpectedWrite>& writes) {
    JsonWriter out(JsonWriter::Layout::line);
    write(out, writes);
    return out.take();
}

} // namespace detent::conformance
