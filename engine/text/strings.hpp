// String literals. Source: spec, Text Format, Strings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace detent::text {

/// The offset behind a string literal that begins, with its quote, at `begin`.
[[nodiscard]] std::size_t end_of_string(std::string_view source, std::size_t begin);

/// The bytes of a literal that `end_of_string` accepted, its quotes included in `literal`.
[[nodiscard]] std::string decoded(std::string_view literal);

[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

} // namespace detent::text
