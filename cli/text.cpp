#include "cli/text.hpp"

#include "cli/failure.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace detent::cli {

namespace {

/// All of `text` as a number of the base, or nothing.
std::optional<std::uint64_t> whole_number(std::string_view text, int base) noexcept {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return value;
}

bool is_hexadecimal(std::string_view text) noexcept { return text.starts_with("0x") || text.starts_with("0X"); }

/// Decimal, or hexadecimal behind `0x`; no sign.
std::optional<std::uint64_t> unsigned_number(std::string_view text) noexcept {
    return is_hexadecimal(text) ? whole_number(text.substr(2), 16) : whole_number(text, 10);
}

/// A number of `bits` bits, signed or unsigned, as its bits.
std::optional<std::uint64_t> integer_bits(std::string_view text, unsigned bits) noexcept {
    const bool negative = text.starts_with('-');
    const std::optional<std::uint64_t> size = unsigned_number(negative ? text.substr(1) : text);
    const std::uint64_t mask = ~std::uint64_t{0} >> (64 - bits);
    const std::uint64_t most = negative ? (mask >> 1) + 1 : mask;
    if (!size || *size > most) return std::nullopt;
    return (negative ? ~*size + 1 : *size) & mask;
}

/// The bits behind `0x`, or a decimal number, `inf` or `nan`, rounded to nearest.
template <class Float, class Bits>
std::optional<std::uint64_t> float_bits(std::string_view text) noexcept {
    if (is_hexadecimal(text)) {
        const std::optional<std::uint64_t> bits = whole_number(text.substr(2), 16);
        if (!bits || *bits > std::numeric_limits<Bits>::max()) return std::nullopt;
        return bits;
    }
    Float value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end) return std::nullopt;
    // A NaN in decimal is the canonical one; any other is written by its bits.
    if (std::isnan(value)) value = std::numeric_limits<Float>::quiet_NaN();
    return std::bit_cast<Bits>(value);
}

std::optional<std::uint64_t> extern_word(std::string_view text) noexcept {
    if (text == "null") return Ref().word();
    const std::optional<std::uint64_t> number = unsigned_number(text);
    if (!number || *number >= Ref::kExternLimit) return std::nullopt;
    return Ref::external(*number).word();
}

std::optional<std::uint64_t> bits_of(std::string_view text, ValType type) noexcept {
    switch (type.kind()) {
    case ValType::Kind::i32: return integer_bits(text, 32);
    case ValType::Kind::i64: return integer_bits(text, 64);
    case ValType::Kind::f32: return float_bits<float, std::uint32_t>(text);
    case ValType::Kind::f64: return float_bits<double, std::uint64_t>(text);
    case ValType::Kind::ref:
        if (type == kExternRef) return extern_word(text);
        return text == "null" && type.is_nullable() ? std::optional(Ref().word()) : std::nullopt;
    case ValType::Kind::v128:
    case ValType::Kind::bottom: return std::nullopt;
    }
    return std::nullopt;
}

template <class Float>
std::string decimal(Float value) {
    if (std::isnan(value)) return "nan";
    char digits[64];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::string reference(const Value& value) {
    const Ref ref(value.low);
    return ref.is_null() ? "null" : std::to_string(ref.payload());
}

/// The value by its bits where it is a float, by its number else.
std::string exact(const Value& value) {
    switch (value.type.kind()) {
    case ValType::Kind::i32: return std::to_string(static_cast<std::int32_t>(static_cast<std::uint32_t>(value.low)));
    case ValType::Kind::i64: return std::to_string(static_cast<std::int64_t>(value.low));
    case ValType::Kind::f32: return "0x" + to_hex(value.low, 8);
    case ValType::Kind::f64: return "0x" + to_hex(value.low, 16);
    case ValType::Kind::v128: return "0x" + to_hex(value.high, 16) + to_hex(value.low, 16);
    case ValType::Kind::ref: return reference(value);
    case ValType::Kind::bottom: break;
    }
    return "?";
}

std::string join(std::span<const ValType> types) {
    std::string text;
    for (const ValType type : types)
        text += (text.empty() ? "" : " ") + std::string(to_text(type).c_str());
    return "(" + text + ")";
}

int hex_digit(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/// The size of the well-formed UTF-8 sequence that `text` begins with, or 0. Names in a module are well-formed; names
/// that come from elsewhere may not be.
std::size_t sequence_size(std::string_view text) noexcept {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
    if (size == 0 || size > text.size()) return 0;
    const bool continued = std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(size),
                                       [](char next) { return (static_cast<std::uint8_t>(next) & 0xC0) == 0x80; });
    return continued ? size : 0;
}

/// C0, DEL and C1: what a terminal would obey.
bool is_control(std::string_view sequence) noexcept {
    const auto first = static_cast<std::uint8_t>(sequence[0]);
    if (first < 0x20 || first == 0x7F) return true;
    return first == 0xC2 && static_cast<std::uint8_t>(sequence[1]) < 0xA0;
}

} // namespace

std::uint64_t parse_number(std::string_view text, const std::string& what, std::uint64_t maximum) {
    const std::optional<std::uint64_t> value = unsigned_number(text);
    if (!value || *value > maximum) {
        throw wrong_usage(what, "'" + printable(text) + "' is not a number from 0 to " + std::to_string(maximum));
    }
    return *value;
}

Fuel parse_fuel(std::string_view text, const std::string& what) {
    return Fuel(parse_number(text, what, Fuel::kMaximum));
}

std::vector<std::uint8_t> parse_hex(std::string_view text, const std::string& what) {
    const std::string_view digits = is_hexadecimal(text) ? text.substr(2) : text;
    if (digits.size() % 2 != 0) throw wrong_usage(what, "an odd number of hexadecimal digits");
    std::vector<std::uint8_t> bytes(digits.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = hex_digit(digits[2 * i]);
        const int low = hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0)
            throw wrong_usage(what, "'" + printable(digits.substr(2 * i, 2)) + "' is not hexadecimal");
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return bytes;
}

Value parse_value(std::string_view text, ValType wanted) {
    const std::string what = printable(text);
    const std::size_t colon = text.find(':');
    const std::string_view type = colon == text.npos ? "" : text.substr(0, colon);
    const std::string_view value = colon == text.npos ? text : text.substr(colon + 1);
    const std::string wanted_text = to_text(wanted).c_str();
    if (!type.empty() && type != wanted_text) throw wrong_usage(what, "the function wants " + wanted_text);
    const std::optional<std::uint64_t> bits = bits_of(value, wanted);
    if (!bits) throw wrong_usage(what, "is not a value of type " + wanted_text);
    return {wanted, *bits};
}

std::string to_machine(const Value& value) { return std::string(to_text(value.type).c_str()) + ":" + exact(value); }

std::string to_people(const Value& value) {
    const std::string type = std::string(to_text(value.type).c_str()) + ":";
    if (value.type == kF32) {
        return type + decimal(std::bit_cast<float>(static_cast<std::uint32_t>(value.low))) + " (" + exact(value) + ")";
    }
    if (value.type == kF64) return type + decimal(std::bit_cast<double>(value.low)) + " (" + exact(value) + ")";
    return type + exact(value);
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text(2 * bytes.size(), '0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text[2 * i] = kDigits[bytes[i] >> 4];
        text[2 * i + 1] = kDigits[bytes[i] & 15];
    }
    return text;
}

std::string to_hex(std::uint64_t number, unsigned digits) {
    char text[16];
    const char* const end = std::to_chars(text, text + sizeof text, number, 16).ptr;
    const std::string shown(text, static_cast<std::size_t>(end - text));
    return std::string(digits > shown.size() ? digits - shown.size() : 0, '0') + shown;
}

std::string hex_lines(std::uint64_t address, std::span<const std::uint8_t> bytes) {
    std::string lines;
    for (std::size_t begin = 0; begin < bytes.size(); begin += 16) {
        const std::span<const std::uint8_t> line =
            bytes.subspan(begin, std::min<std::size_t>(16, bytes.size() - begin));
        std::string digits;
        std::string shown;
        for (const std::uint8_t byte : line) {
            digits += " " + to_hex(byte, 2);
            shown += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
        }
        lines +=
            to_hex(address + begin, 8) + " " + digits + std::string(3 * (16 - line.size()) + 2, ' ') + shown + "\n";
    }
    return lines;
}

std::string signature_text(const FuncType& type) { return join(type.parameters) + " -> " + join(type.results); }

std::string printable(std::string_view name) {
    std::string shown;
    while (!name.empty()) {
        const std::size_t size = sequence_size(name);
        if (size == 0 || is_control(name.substr(0, size))) {
            shown += "\\" + to_hex(static_cast<std::uint8_t>(name[0]), 2);
            name.remove_prefix(1);
        } else {
            shown += name.substr(0, size);
            name.remove_prefix(size);
        }
    }
    return shown;
}

bool is_printable(std::span<const std::uint8_t> bytes) noexcept {
    return !bytes.empty() &&
           std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7F; });
}

} // namespace detent::cli
