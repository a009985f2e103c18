// Reading contract-vector version 1: what vectors/schema.json allows, and nothing else.
#include "conformance/vector_parts.hpp"
#include "host_abi/crypto.hpp"
#include "host_abi/state.hpp"

#include <algorithm>

namespace detent::conformance {

namespace {

constexpr std::size_t kMaximumTopicBytes = 64; // ABI-23

/// A path below a folder that cannot leave it: each part begins with no dot.
bool is_relative_path(std::string_view text) {
    const auto is_safe = [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
               (character >= '0' && character <= '9') || std::string_view("._-").find(character) != std::string::npos;
    };
    bool at_start = true;
    for (const char character : text) {
        const bool allowed = at_start ? is_safe(character) && character != '.' : is_safe(character) || character == '/';
        if (!allowed) return false;
        at_start = character == '/';
    }
    return !at_start;
}

/// "MET-5" or "ABI-31": a letter sequence, a hyphen, a number without leading zero.
bool is_clause(std::string_view text) {
    if (!text.starts_with("ABI-") && !text.starts_with("MET-")) return false;
    text.remove_prefix(4);
    const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
    return !text.empty() && text.front() != '0' && std::all_of(text.begin(), text.end(), is_digit);
}

std::string parse_name(const Field& field) {
    const std::string& name = field.text();
    const std::size_t slash = name.find('/');
    const std::string_view view = name;
    if (slash == std::string::npos || !is_word(view.substr(0, slash)) || !is_word(view.substr(slash + 1))) {
        field.refuse("a suite and a case are expected, as in \"token/transfer\"");
    }
    return name;
}

/// A list that is there has items.
std::vector<Field> items_of(const Field& field) {
    std::vector<Field> items = field.items();
    if (items.empty()) field.refuse("an empty list: leave the key out");
    return items;
}

std::vector<std::string> parse_texts(const Field& field) {
    std::vector<std::string> texts;
    for (const Field& item : items_of(field))
        texts.push_back(item.text());
    return texts;
}

std::vector<std::string> parse_clauses(const Field& field) {
    std::vector<std::string> clauses;
    for (const Field& item : items_of(field)) {
        if (!is_clause(item.text())) item.refuse("a clause is expected, as in \"MET-5\"");
        if (std::count(clauses.begin(), clauses.end(), item.text()) > 0) item.refuse("the clause stands twice");
        clauses.push_back(item.text());
    }
    return clauses;
}

NamedHash parse_named_hash(const Field& field) {
    field.shape({"id", "hash"});
    return {field.at("id").u32(), field.at("hash").hash()};
}

CodeSource parse_code(const Field& field) {
    field.shape({"hash"}, {"file", "hex"});
    if (field.has("file") == field.has("hex")) field.refuse("either file or hex is expected");
    const Hash hash = field.at("hash").hash();
    if (field.has("hex")) return {field.at("hex").bytes(0, kMaximumCodeBytes), hash};
    const Field file = field.at("file");
    if (!is_relative_path(file.text())) file.refuse("a path below the project's root is expected");
    return {file.text(), hash};
}

std::map<std::string, CodeSource> parse_codes(const Field& field) {
    std::map<std::string, CodeSource> codes;
    for (const Field& member : field.members())
        codes.emplace(member.name_word(), parse_code(member));
    return codes;
}

std::map<ByteString, ByteString> parse_storage(const Field& field) {
    std::map<ByteString, ByteString> storage;
    for (const Field& member : field.members()) {
        storage.emplace(member.name_bytes(1, kMaximumKeyBytes), member.bytes(0, kMaximumValueBytes)); // ABI-20
    }
    if (storage.empty()) field.refuse("an empty storage: leave the key out");
    return storage;
}

AccountEntry parse_account(const Field& field) {
    field.shape({"balance"}, {"code", "storage"});
    AccountEntry account;
    account.balance = field.at("balance").u64();
    if (field.has("code")) account.code = field.at("code").word();
    if (field.has("storage")) account.storage = parse_storage(field.at("storage"));
    return account;
}

Environment parse_environment(const Field& field) {
    field.shape({"height", "time", "chain_id"}, {"block_hashes"});
    Environment environment{field.at("height").u64(), field.at("time").u64(), field.at("chain_id").u64(), {}};
    if (!field.has("block_hashes")) return environment;
    for (const Field& member : field.at("block_hashes").members()) {
        environment.block_hashes.emplace(member.name_u64(), member.hash());
    }
    if (environment.block_hashes.empty()) field.at("block_hashes").refuse("an empty map: leave the key out");
    return environment;
}

TransactionRequest parse_call(const Field& field) {
    field.shape({"kind", "from", "to", "value", "input", "fuel_limit"});
    return {CallRequest{field.at("to").address()}, field.at("from").address(), field.at("value").u64(),
            field.at("input").bytes(), field.at("fuel_limit").fuel()};
}

TransactionRequest parse_deploy(const Field& field) {
    field.shape({"kind", "from", "code", "salt", "value", "input", "fuel_limit"});
    return {DeployRequest{field.at("code").word(), field.at("salt").u64()}, field.at("from").address(),
            field.at("value").u64(), field.at("input").bytes(), field.at("fuel_limit").fuel()};
}

TransactionRequest parse_transaction(const Field& field) {
    (void)field.members();
    if (!field.has("kind")) field.refuse("the key kind is missing");
    const Field kind = field.at("kind");
    if (kind.text() == "call") return parse_call(field);
    if (kind.text() == "deploy") return parse_deploy(field);
    kind.refuse("\"call\" or \"deploy\" is expected");
}

Refuel parse_refuel(const Field& field) {
    field.shape({}, {"grant", "limit"});
    if (field.has("grant") == field.has("limit")) field.refuse("either grant or limit is expected");
    if (field.has("grant")) return {Refuel::Kind::grant, field.at("grant").fuel()};
    return {Refuel::Kind::limit, field.at("limit").fuel()};
}

std::vector<Refuel> parse_resume(const Field& field) {
    std::vector<Refuel> resume;
    for (const Field& item : items_of(field))
        resume.push_back(parse_refuel(item));
    return resume;
}

ExpectedWrite parse_write(const Field& field) {
    field.shape({"address"}, {"balance", "code_hash", "removed", "key", "value"});
    const Address address = field.at("address").address();
    if (field.has("removed")) {
        field.shape({"address", "removed"});
        field.at("removed").must_be_true();
        return {address, ExpectedWrite::Removed{}};
    }
    if (field.has("key")) {
        field.shape({"address", "key", "value"});
        ExpectedWrite::StorageEntry entry{field.at("key").bytes(1, kMaximumKeyBytes), std::nullopt};
        if (!field.at("value").is_null()) entry.value = field.at("value").bytes(0, kMaximumValueBytes);
        return {address, std::move(entry)};
    }
    field.shape({"address", "balance", "code_hash"});
    return {address, ExpectedWrite::OwnEntry{field.at("balance").u64(), field.at("code_hash").hash()}};
}

Expectation parse_expectation(const Field& field) {
    field.shape({"status", "output", "fuel_used", "events", "writes", "receipt_hash", "post_root"});
    return {field.at("status").outcome(),     field.at("output").bytes(),       field.at("fuel_used").fuel(),
            parse_events(field.at("events")), parse_writes(field.at("writes")), field.at("receipt_hash").hash(),
            field.at("post_root").hash()};
}

Step parse_step(const Field& field) {
    field.shape({"env", "tx", "expect"}, {"resume"});
    Step step{parse_environment(field.at("env")), parse_transaction(field.at("tx")), {}, {}};
    if (field.has("resume")) step.resume = parse_resume(field.at("resume"));
    step.expected = parse_expectation(field.at("expect"));
    return step;
}

/// Every name of code that is used must be one of the code section.
void check_code_names(const Field& field, const Vector& vector) {
    const Field pre = field.at("pre");
    for (const Field& account : pre.members()) {
        if (account.has("code") && !vector.code.contains(account.at("code").text())) {
            account.at("code").refuse("no code of that name");
        }
    }
    for (const Field& step : field.at("steps").items()) {
        const Field transaction = step.at("tx");
        if (transaction.has("code") && !vector.code.contains(transaction.at("code").text())) {
            transaction.at("code").refuse("no code of that name");
        }
    }
}

} // namespace

Accounts parse_accounts(const Field& field) {
    Accounts accounts;
    for (const Field& member : field.members())
        accounts.emplace(member.name_address(), parse_account(member));
    return accounts;
}

std::vector<ExpectedEvent> parse_events(const Field& field) {
    std::vector<ExpectedEvent> events;
    for (const Field& item : field.items()) {
        item.shape({"address", "topic", "data"});
        events.push_back({item.at("address").address(), item.at("topic").bytes(0, kMaximumTopicBytes),
                          item.at("data").bytes(0, kMaximumValueBytes)});
    }
    return events;
}

std::vector<ExpectedWrite> parse_writes(const Field& field) {
    std::vector<ExpectedWrite> writes;
    for (const Field& item : field.items())
        writes.push_back(parse_write(item));
    return writes;
}

Vector parse_vector(std::string_view text) {
    const Json document = parse_json(text);
    const Field field(document);
    field.shape({"format", "version", "name", "profile", "schedule", "code", "pre", "steps"}, {"note", "clauses"});
    field.at("format").must_be("contract-vector");
    field.at("version").must_be(1);
    Vector vector;
    vector.name = parse_name(field.at("name"));
    if (field.has("note")) vector.note = parse_texts(field.at("note"));
    if (field.has("clauses")) vector.clauses = parse_clauses(field.at("clauses"));
    vector.profile = parse_named_hash(field.at("profile"));
    vector.schedule = parse_named_hash(field.at("schedule"));
    vector.code = parse_codes(field.at("code"));
    vector.pre = parse_accounts(field.at("pre"));
    for (const Field& step : items_of(field.at("steps")))
        vector.steps.push_back(parse_step(step));
    check_code_names(field, vector);
    return vector;
}

Vector read_vector(const std::filesystem::path& path) { return parse_vector(read_file(path, JsonBounds{}.bytes)); }

ByteString load_code(const std::string& name, const CodeSource& code, const std::filesystem::path& root) {
    const std::string place = "/code/" + name;
    const auto* file = std::get_if<std::string>(&code.source);
    ByteString bytes;
    if (file != nullptr) {
        const std::string text = read_file(root / *file, kMaximumCodeBytes);
        bytes.assign(text.begin(), text.end());
    } else {
        bytes = std::get<ByteString>(code.source);
    }
    const Hash found = sha256(bytes);
    if (found != code.hash) throw FormatError(below(place, "hash"), "the code has the hash " + hex(found.view()));
    return bytes;
}

} // namespace detent::conformance
