#include "engine/text/strings.hpp"

#include "engine/binary/utf8.hpp"
#include "engine/text/failure.hpp"
#include "engine/text/literals.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace detent::text {

namespace {

/// A character that `\` and one letter stand for; 0 for any other letter.
char simple_escape(char letter) noexcept {
    switch (letter) {
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case '"':
    case '\'':
    case '\\': return letter;
    default: return 0;
    }
}

bool is_scalar_value(std::uint64_t number) noexcept {
    return number < 0xD800 || (number >= 0xE000 && number < 0x110000);
}

/// The number in `{…}`, whose digits begin at `begin`; none if there is no such number or no closing brace.
std::optional<std::uint64_t> braced_number(std::string_view source, std::size_t begin, std::size_t& end) {
    end = begin;
    while (end < source.size() && (is_hex_digit(source[end]) || source[end] == '_'))
        ++end;
    if (end == source.size() || source[end] != '}') return std::nullopt;
    return hex_number(source.substr(begin, end++ - begin));
}

/// The offset behind an escape that begins, with its backslash, at `begin`.
std::size_t end_of_escape(std::string_view source, std::size_t begin) {
    const std::string_view rest = source.substr(begin + 1, 2);
    if (!rest.empty() && simple_escape(rest[0]) != 0) return begin + 2;
    if (rest == "u{") {
        std::size_t end = 0;
        const std::optional<std::uint64_t> number = braced_number(source, begin + 3, end);
        if (number && is_scalar_value(*number)) return end;
    } else if (rest.size() == 2 && is_hex_digit(rest[0]) && is_hex_digit(rest[1])) {
        return begin + 3;
    }
    fail(ErrorCode::illegal_escape, begin);
}

void append_utf8(std::string& out, std::uint64_t number) {
    const auto put = [&](std::uint64_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
    if (number < 0x80) return put(number);
    if (number < 0x800) {
        put(0xC0 | (number >> 6));
    } else {
        if (number < 0x10000) {
            put(0xE0 | (number >> 12));
        } else {
            put(0xF0 | (number >> 18));
            put(0x80 | ((number >> 12) & 0x3F));
        }
        put(0x80 | ((number >> 6) & 0x3F));
    }
    put(0x80 | (number & 0x3F));
}

/// Appends what the escape at `begin` stands for; returns the offset behind it.
std::size_t append_escape(std::string& out, std::string_view literal, std::size_t begin) {
    const char letter = literal[begin + 1];
    if (const char simple = simple_escape(letter)) {
        out.push_back(simple);
        return begin + 2;
    }
    if (letter == 'u') {
        std::size_t end = 0;
        append_utf8(out, *braced_number(literal, begin + 3, end));
        return end;
    }
    out.push_back(static_cast<char>(16 * hex_value(letter) + hex_value(literal[begin + 2])));
    return begin + 3;
}

} // namespace

std::size_t end_of_string(std::string_view source, std::size_t begin) {
    std::size_t at = begin + 1;
    while (at < source.size() && source[at] != '"') {
        const auto byte = static_cast<unsigned char>(source[at]);
        // A line that ends inside a string is a string that was not closed; any other control character is refused.
        if (byte == '\n' || byte == '\r') fail(ErrorCode::unclosed_string, begin);
        if (byte < 0x20 || byte == 0x7F) fail(ErrorCode::illegal_character, at);
        at = byte == '\\' ? end_of_escape(source, at) : at + 1;
    }
    if (at >= source.size()) fail(ErrorCode::unclosed_string, begin);
    return at + 1;
}

std::string decoded(std::string_view literal) {
    std::string out;
    out.reserve(literal.size() - 2);
    std::size_t at = 1;
    while (at + 1 < literal.size()) {
        if (literal[at] == '\\') {
            at = append_escape(out, literal, at);
        } else {
            out.push_back(literal[at++]);
        }
    }
    return out;
}

bool is_utf8(std::string_view bytes) noexcept {
    return !find_malformed_utf8({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

} // namespace detent::text
