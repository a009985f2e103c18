// Values, numbers and bytes as people write and read them.
#pragma once

#include "engine/runtime/value.hpp"
#include "metering/fuel.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::cli {

/// A decimal number, or a hexadecimal one behind `0x`, of at most `maximum`; else wrong usage that names `what`.
[[nodiscard]] std::uint64_t parse_number(std::string_view text, const std::string& what, std::uint64_t maximum);

/// From 0 to 2^63 - 1 (MET-16).
[[nodiscard]] Fuel parse_fuel(std::string_view text, const std::string& what);

/// Pairs of hexadecimal digits, with or without `0x`; else wrong usage that names `what`.
[[nodiscard]] std::vector<std::uint8_t> parse_hex(std::string_view text, const std::string& what);

/// `i32:7`, `i64:-3`, `f32:1.5`, `f32:0x7fc00000` (bits), `externref:null`, or a bare value of the wanted type.
/// Integers may be signed or unsigned, decimal or hexadecimal. Wrong usage where the value is not one of that type.
[[nodiscard]] Value parse_value(std::string_view text, ValType wanted);

/// `i32:7`, `f32:1.5 (0x3fc00000)`: floats by value and bits.
[[nodiscard]] std::string to_people(const Value& value);

/// `i32:7`, `f32:0x3fc00000`: floats by their bits.
[[nodiscard]] std::string to_machine(const Value& value);

/// Lower-case digits without a prefix.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::string to_hex(std::uint64_t number, unsigned digits);

/// Lines of 16 bytes, each behind its address, with the printable ones at the right.
[[nodiscard]] std::string hex_lines(std::uint64_t address, std::span<const std::uint8_t> bytes);

/// `(i32 i64) -> (f32)`.
[[nodiscard]] std::string signature_text(const FuncType& type);

/// The bytes of a name as they may be shown on a terminal: control characters and stray bytes by `\xx`.
[[nodiscard]] std::string printable(std::string_view name);

/// Whether bytes are text that may be shown: printable ASCII, at least one character.
[[nodiscard]] bool is_printable(std::span<const std::uint8_t> bytes) noexcept;

} // namespace detent::cli
