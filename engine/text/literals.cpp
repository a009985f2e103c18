#include "engine/text/literals.hpp"

namespace detent::text {

namespace {

bool is_hex_prefix(std::string_view word) noexcept { return word.starts_with("0x"); }
bool is_sign(char c) noexcept { return c == '+' || c == '-'; }

std::string_view without_sign(std::string_view word) noexcept {
    return !word.empty() && is_sign(word[0]) ? word.substr(1) : word;
}

/// Takes digits, `_` between them, off the front; whether there was one.
bool take_digits(std::string_view& rest, bool (*is_one)(char) noexcept) noexcept {
    std::size_t count = 0;
    while (count < rest.size() && is_one(rest[count])) {
        const bool goes_on = count + 2 < rest.size() && rest[count + 1] == '_' && is_one(rest[count + 2]);
        count += goes_on ? 2 : 1;
    }
    rest.remove_prefix(count);
    return count != 0;
}

/// Takes an exponent off the front, `e` or `p` with a sign and digits; whether what is there is one, or is nothing.
bool take_exponent(std::string_view& rest, char letter) noexcept {
    if (rest.empty() || (rest[0] | 0x20) != letter) return true;
    rest.remove_prefix(1);
    rest = without_sign(rest);
    return take_digits(rest, is_digit);
}

/// A digit's worth more, or none past 64 bits.
std::optional<std::uint64_t> shifted_in(std::uint64_t value, unsigned base, unsigned digit) noexcept {
    if (value > (~std::uint64_t{0} - digit) / base) return std::nullopt;
    return value * base + digit;
}

std::optional<std::uint64_t> digits_value(std::string_view digits, unsigned base) noexcept {
    std::optional<std::uint64_t> value = 0;
    for (const char c : digits) {
        if (c != '_' && value) value = shifted_in(*value, base, hex_value(c));
    }
    return value;
}

} // namespace

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_hex_digit(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

unsigned hex_value(char c) noexcept { return static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10); }

std::optional<std::uint64_t> hex_number(std::string_view digits) noexcept {
    std::string_view rest = digits;
    if (!take_digits(rest, is_hex_digit) || !rest.empty()) return std::nullopt;
    return digits_value(digits, 16);
}

TokenKind kind_of_number(std::string_view word) noexcept {
    std::string_view rest = without_sign(word);
    const bool has_sign = rest.size() != word.size();
    if (is_float_word(rest)) return TokenKind::real;
    const bool is_hex = is_hex_prefix(rest);
    if (is_hex) rest.remove_prefix(2);
    const auto is_one = is_hex ? is_hex_digit : is_digit;
    if (!take_digits(rest, is_one)) return TokenKind::reserved;
    if (rest.empty()) return has_sign ? TokenKind::integer : TokenKind::natural;
    if (rest[0] == '.') {
        rest.remove_prefix(1);
        take_digits(rest, is_one);
    }
    return take_exponent(rest, is_hex ? 'p' : 'e') && rest.empty() ? TokenKind::real : TokenKind::reserved;
}

bool is_float_word(std::string_view word) noexcept {
    const std::string_view magnitude = without_sign(word);
    if (magnitude == "inf" || magnitude == "nan") return true;
    std::string_view payload = magnitude;
    if (!payload.starts_with("nan:0x")) return false;
    payload.remove_prefix(6);
    return take_digits(payload, is_hex_digit) && payload.empty();
}

std::optional<std::uint64_t> natural_value(std::string_view word) noexcept {
    return is_hex_prefix(word) ? digits_value(word.substr(2), 16) : digits_value(word, 10);
}

std::optional<std::uint64_t> integer_bits(std::string_view word, unsigned bits) noexcept {
    const std::uint64_t mask = ~std::uint64_t{0} >> (64 - bits);
    const std::optional<std::uint64_t> magnitude = natural_value(without_sign(word));
    if (!magnitude) return std::nullopt;
    if (word[0] == '-') {
        if (*magnitude > (mask >> 1) + 1) return std::nullopt;
        return (~*magnitude + 1) & mask;
    }
    if (*magnitude > (word[0] == '+' ? mask >> 1 : mask)) return std::nullopt;
    return magnitude;
}

} // namespace detent::text
