// A module among the tokens of a text, which may be a script's.
#pragma once

#include "engine/text/token.hpp"
#include "engine/text/wat.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace detent::text {

/// The fields between two tokens: `first` is the first of them, `last` the parenthesis, or the end, behind them. Throws
/// a Failure.
[[nodiscard]] ParsedModule parse_fields(const Tokens& tokens, std::uint32_t first, std::uint32_t last,
                                        std::optional<std::string> id, const ParseOptions& options);

/// A whole text: `(module …)` or bare fields. Throws a Failure.
[[nodiscard]] ParsedModule parse_text(std::string_view source, const ParseOptions& options);

} // namespace detent::text
