// Numbers as the text format writes them, so that reading them gives the same bits. Source: spec, Text Format, Values.
#pragma once

#include <cstdint>
#include <string>

namespace detent::text {

[[nodiscard]] std::string decimal(std::uint64_t value);
[[nodiscard]] std::string signed_decimal(std::int64_t value);

/// `0x` and the hexadecimal digits, with zeros in front up to `digits`.
[[nodiscard]] std::string hexadecimal(std::uint64_t value, unsigned digits = 1);

/// The float of these bits: the shortest decimal that is nearest to it, or `inf`, `nan`, `nan:0x…`, with its sign.
[[nodiscard]] std::string f32_text(std::uint32_t bits);
[[nodiscard]] std::string f64_text(std::uint64_t bits);

} // namespace detent::text
