// round_trip: whether the text of a module gives the module again.
#pragma once

#include "engine/text/printer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text::testing {

/// Nothing if printing a module and reading the text gives its bytes, else what went wrong. `read` takes the text and
/// returns a Result of bytes; it MUST make names of identifiers, since the text says the name section with them.
template <class Read>
[[nodiscard]] std::optional<std::string> round_trip(std::span<const std::uint8_t> module, Read read) {
    const Result<std::string> text = print_module(module);
    if (text.has_error()) {
        return "not printed: " + std::string(to_text(text.error().code)) + " at byte " +
               std::to_string(text.error().offset);
    }
    const Result<std::vector<std::uint8_t>> bytes = read(std::string_view(text.value()));
    if (bytes.has_error()) {
        return "not read: " + std::string(to_text(bytes.error().code)) + " at character " +
               std::to_string(bytes.error().offset) + " of\n" + text.value();
    }
    const auto [mine, theirs] = std::ranges::mismatch(module, bytes.value());
    if (mine == module.end() && theirs == bytes.value().end()) return std::nullopt;
    return "byte " + std::to_string(mine - module.begin()) + " is another one in\n" + text.value();
}

} // namespace detent::text::testing
