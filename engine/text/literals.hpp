// Numbers as the text writes them. Source: spec, Text Format, Values.
#pragma once

#include "engine/text/token.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace detent::text {

[[nodiscard]] bool is_digit(char c) noexcept;
[[nodiscard]] bool is_hex_digit(char c) noexcept;
/// The value of a hexadecimal digit.
[[nodiscard]] unsigned hex_value(char c) noexcept;

/// Hexadecimal digits, `_` between them, without `0x`; none if they are written otherwise or pass 64 bits.
[[nodiscard]] std::optional<std::uint64_t> hex_number(std::string_view digits) noexcept;

/// The kind of a token that begins with a digit or a sign: natural, integer, real, or reserved if it is no number.
[[nodiscard]] TokenKind kind_of_number(std::string_view word) noexcept;

/// `inf`, `nan`, `nan:0x…` and the same behind a sign.
[[nodiscard]] bool is_float_word(std::string_view word) noexcept;

/// The value of a `natural`; none past 64 bits.
[[nodiscard]] std::optional<std::uint64_t> natural_value(std::string_view word) noexcept;

/// The value of a `natural` or an `integer` as an integer of `bits` bits, signed or unsigned, in two's complement; none
/// out of range. spec: text-int
[[nodiscard]] std::optional<std::uint64_t> integer_bits(std::string_view word, unsigned bits) noexcept;

/// The bits of a number, or of a word that `is_float_word` knows, rounded to the nearest, ties to even; none out of
/// range. spec: text-float
[[nodiscard]] std::optional<std::uint32_t> f32_bits(std::string_view word);
[[nodiscard]] std::optional<std::uint64_t> f64_bits(std::string_view word);

} // namespace detent::text
