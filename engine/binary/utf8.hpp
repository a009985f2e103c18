// UTF-8. Source: spec, Binary Format, Names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace detent {

/// The position of the first byte that cannot stand where it stands, or of the end if a character is cut off there;
/// nothing if the bytes are UTF-8.
[[nodiscard]] std::optional<std::size_t> find_malformed_utf8(std::span<const std::uint8_t> bytes) noexcept;

} // namespace detent
