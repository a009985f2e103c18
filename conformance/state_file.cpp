#include "conformance/state_file.hpp"

#include "conformance/record.hpp"
#include "conformance/vector_parts.hpp"
#include "host_abi/crypto.hpp"

namespace detent::conformance {

namespace {

ByteString parse_state_code(const Field& field) {
    field.shape({"hex", "hash"});
    ByteString code = field.at("hex").bytes(0, kMaximumCodeBytes);
    const Hash found = sha256(code);
    if (found != field.at("hash").hash()) field.at("hash").refuse("the code has the hash " + hex(found.view()));
    return code;
}

Codes parse_state_codes(const Field& field) {
    Codes codes;
    for (const Field& member : field.members())
        codes.emplace(member.name_word(), parse_state_code(member));
    return codes;
}

void check_code_names(const Field& accounts, const Codes& codes) {
    for (const Field& account : accounts.members()) {
        if (account.has("code") && !codes.contains(account.at("code").text())) {
            account.at("code").refuse("no code of that name");
        }
    }
}

} // namespace

State parse_state(std::string_view text) {
    const Json document = parse_json(text);
    const Field field(document);
    field.shape({"format", "version", "code", "accounts"});
    field.at("format").must_be("detent-state");
    field.at("version").must_be(1);
    const Codes codes = parse_state_codes(field.at("code"));
    const Accounts accounts = parse_accounts(field.at("accounts"));
    check_code_names(field.at("accounts"), codes);
    return make_state(accounts, codes);
}

State read_state(const std::filesystem::path& path) { return parse_state(read_file(path, JsonBounds{}.bytes)); }

std::string to_text(const State& state) {
    JsonWriter out;
    out.open_object().field("format", "detent-state").key("version").integer(1).key("code").open_object();
    for (const auto& [name, code] : codes_of(state))
        write_code(out.key(name), code, sha256(code));
    out.close_object();
    write(out.key("accounts"), accounts_of(state));
    out.close_object();
    return out.take() + "\n";
}

void write_state(const std::filesystem::path& path, const State& state) {
    const std::string text = to_text(state);
    // What is written can be read again: a state that outgrew the bounds of the format is refused here, not later.
    if (parse_state(text).root() != state.root()) throw std::runtime_error("the state does not survive its own text");
    write_file(path, text);
}

} // namespace detent::conformance
