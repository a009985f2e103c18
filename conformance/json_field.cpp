#include "conformance/json_field.hpp"

#include <algorithm>
#include <limits>

namespace detent::conformance {

namespace {

bool contains(std::initializer_list<std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_control(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte < 0x20 || byte == 0x7f;
}

bool is_plain(char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

bool is_joint(char character) { return character == '-' || character == '_'; }

/// The value of a lower-case digit, or nothing.
std::optional<unsigned> hex_digit(char character) {
    if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0');
    if (character >= 'a' && character <= 'f') return static_cast<unsigned>(character - 'a' + 10);
    return std::nullopt;
}

} // namespace

void Field::shape(std::initializer_list<std::string_view> required,
                  std::initializer_list<std::string_view> optional) const {
    for (const Json::Member& member : members_of(Json::Kind::object, "an object")) {
        if (!contains(required, member.name) && !contains(optional, member.name)) {
            throw FormatError(below(pointer_, member.name), "unknown key");
        }
    }
    for (const std::string_view name : required) {
        if (!has(name)) refuse("the key " + std::string(name) + " is missing");
    }
}

std::vector<Field> Field::members() const {
    std::vector<Field> fields;
    for (const Json::Member& member : members_of(Json::Kind::object, "an object")) {
        fields.push_back(Field(member.value, below(pointer_, member.name), member.name));
    }
    return fields;
}

std::vector<Field> Field::items() const {
    std::vector<Field> fields;
    for (const Json::Member& member : members_of(Json::Kind::array, "an array")) {
        fields.push_back(Field(member.value, below(pointer_, std::to_string(fields.size()))));
    }
    return fields;
}

void Field::must_be(std::string_view expected) const {
    if (text() != expected) refuse("\"" + std::string(expected) + "\" is expected");
}

void Field::must_be(std::uint64_t expected) const {
    if (value_->kind != Json::Kind::integer || value_->integer != expected) {
        refuse("the number " + std::to_string(expected) + " is expected");
    }
}

void Field::must_be_true() const {
    if (value_->kind != Json::Kind::boolean || !value_->boolean) refuse("true is expected");
}

const std::string& Field::text() const {
    if (value_->kind != Json::Kind::string) refuse("a string is expected");
    const std::string& text = value_->string;
    if (std::any_of(text.begin(), text.end(), is_control)) refuse("a control character in a string");
    return text;
}

std::uint32_t Field::u32() const {
    if (value_->kind != Json::Kind::integer) refuse("an integer is expected");
    if (value_->integer > std::numeric_limits<std::uint32_t>::max()) refuse("more than 2^32 - 1");
    return static_cast<std::uint32_t>(value_->integer);
}

Fuel Field::fuel() const {
    const std::optional<Fuel> fuel = Fuel::from(u64());
    if (!fuel) refuse("more than 2^63 - 1"); // MET-16
    return *fuel;
}

ByteString Field::bytes(std::size_t least, std::size_t most) const { return bytes_of(text(), least, most); }

const std::string& Field::word() const {
    if (!is_word(text())) refuse("a name of lower-case letters and digits is expected");
    return text();
}

const std::string& Field::name_word() const {
    if (!is_word(name_)) refuse("a name of lower-case letters and digits is expected");
    return name_;
}

Outcome Field::outcome() const {
    const std::optional<Outcome> outcome = outcome_named(text());
    if (!outcome) refuse("an unknown status");
    return *outcome;
}

const std::vector<Json::Member>& Field::members_of(Json::Kind kind, const char* what) const {
    if (value_->kind != kind) refuse(std::string(what) + " is expected");
    return value_->members;
}

std::uint64_t Field::number_of(std::string_view digits) const {
    const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
    const bool has_leading_zero = digits.size() > 1 && digits.front() == '0';
    if (digits.empty() || has_leading_zero || !std::all_of(digits.begin(), digits.end(), is_digit)) {
        refuse("a decimal number without sign or leading zero is expected, as a string");
    }
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t number = 0;
    for (const char character : digits) {
        const auto digit = static_cast<std::uint64_t>(character - '0');
        if (number > (kMost - digit) / 10) refuse("more than 2^64 - 1");
        number = number * 10 + digit;
    }
    return number;
}

ByteString Field::bytes_of(std::string_view hex, std::size_t least, std::size_t most) const {
    if (!hex.starts_with("0x") || hex.size() % 2 != 0) refuse("bytes are expected, as 0x and pairs of hex digits");
    hex.remove_prefix(2);
    if (hex.size() / 2 < least || hex.size() / 2 > most) {
        refuse(least == most ? std::to_string(least) + " bytes are expected"
                             : "from " + std::to_string(least) + " to " + std::to_string(most) + " bytes are expected");
    }
    ByteString bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const std::optional<unsigned> high = hex_digit(hex[i]);
        const std::optional<unsigned> low = hex_digit(hex[i + 1]);
        if (!high || !low) refuse("a character that is no lower-case hex digit");
        bytes.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
    }
    return bytes;
}

std::string hex(ByteView bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "0x";
    text.reserve(2 + 2 * bytes.size());
    for (const std::uint8_t byte : bytes)
        (text += kDigits[byte >> 4]) += kDigits[byte & 15];
    return text;
}

bool is_word(std::string_view text) noexcept {
    bool joined = true;
    for (const char character : text) {
        if (!is_plain(character) && (joined || !is_joint(character))) return false;
        joined = is_joint(character);
    }
    return !joined;
}

} // namespace detent::conformance
