// Identifiers and strings as literals.
#include "engine/text/number_text.hpp"
#include "engine/text/printer_names.hpp"

#include <algorithm>
#include <array>

namespace detent::text::printer {

namespace {

// spec: text-idchar
bool is_id_character(char c) noexcept {
    constexpr std::string_view kSymbols = "!#$%&'*+-./:<=>?@\\^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kSymbols.find(c) != std::string_view::npos;
}

void append_escaped(std::string& out, std::uint8_t byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    (out += '\\') += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
}

void append_ascii(std::string& out, std::uint8_t byte) {
    switch (byte) {
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    default: break;
    }
    if (byte < 0x20 || byte == 0x7F) return append_escaped(out, byte);
    out += static_cast<char>(byte);
}

struct Range {
    char32_t first;
    char32_t last;
};

/// Characters beyond ASCII that have no shape of their own or turn the text around them: controls, marks of direction,
/// separators of lines, what is invisible, private or not a character. They could make a text look like another one.
constexpr Range kHidden[] = {
    {0x80, 0xA0},     {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},      {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x2000, 0x200F}, {0x2028, 0x202F},    {0x205F, 0x206F},
    {0x3000, 0x3000}, {0x3164, 0x3164}, {0xE000, 0xF8FF}, {0xFDD0, 0xFDEF},    {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xE0000, 0x10FFFF},
};

bool is_hidden(char32_t c) noexcept {
    const auto holds = [c](const Range& range) { return c >= range.first && c <= range.last; };
    return std::any_of(std::begin(kHidden), std::end(kHidden), holds);
}

/// The number of bytes of a character whose first byte is given.
std::size_t length_of(std::uint8_t first) noexcept {
    if (first < 0xC0) return 1;
    if (first < 0xE0) return 2;
    return first < 0xF0 ? 3 : 4;
}

char32_t character_of(std::string_view utf8) noexcept {
    constexpr std::array<std::uint8_t, 5> kFirst = {0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t value = static_cast<std::uint8_t>(utf8.front()) & kFirst[utf8.size()];
    for (const char c : utf8.substr(1))
        value = value << 6 | (static_cast<std::uint8_t>(c) & 0x3FU);
    return value;
}

void append_character(std::string& out, std::string_view utf8) {
    if (utf8.size() == 1) return append_ascii(out, static_cast<std::uint8_t>(utf8.front()));
    if (!is_hidden(character_of(utf8))) {
        out += utf8;
        return;
    }
    for (const char c : utf8)
        append_escaped(out, static_cast<std::uint8_t>(c));
}

} // namespace

std::string identifier(std::string_view name) {
    if (name.empty()) return {};
    if (!std::all_of(name.begin(), name.end(), is_id_character)) return "$" + quoted_name(name);
    return "$" + std::string(name);
}

std::string quoted_name(std::string_view utf8) {
    std::string out = "\"";
    while (!utf8.empty()) {
        const std::size_t length = length_of(static_cast<std::uint8_t>(utf8.front()));
        append_character(out, utf8.substr(0, length));
        utf8.remove_prefix(std::min(length, utf8.size()));
    }
    return out + "\"";
}

std::string quoted_bytes(std::span<const std::uint8_t> bytes) {
    std::string out = "\"";
    for (const std::uint8_t byte : bytes) {
        if (byte < 0x80) {
            append_ascii(out, byte);
        } else {
            append_escaped(out, byte);
        }
    }
    return out + "\"";
}

} // namespace detent::text::printer
