// Texts for tests, with a mark where something is to be found.
#pragma once

#include "engine/text/wat.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text {

/// A text without its mark `¦`, and where the mark was; npos without one.
struct Marked {
    std::string source;
    std::size_t offset;
};

inline Marked marked(std::string_view text) {
    constexpr std::string_view kMark = "¦";
    Marked out{std::string(text), text.find(kMark)};
    if (out.offset != out.source.npos) out.source.erase(out.offset, kMark.size());
    return out;
}

/// Bytes as people write them: `60 01 7f`.
inline std::string hex(const std::vector<std::uint8_t>& bytes) {
    std::string out;
    for (const std::uint8_t byte : bytes) {
        char digits[4];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(byte));
        out.append(out.empty() ? "" : " ").append(digits);
    }
    return out;
}

/// The bytes of a text behind the eight of the preamble, or what is wrong with it.
inline std::string assembled(std::string_view source, const ParseOptions& options = {}) {
    const Result<ParsedModule> module = parse_module(source, options);
    if (!module.has_value()) return describe(source, module.assume_error());
    const std::vector<std::uint8_t>& bytes = module.assume_value().bytes;
    return hex({bytes.begin() + 8, bytes.end()});
}

/// The code of an error and its offset, or an empty text.
inline std::string refusal(std::string_view source) {
    const Result<ParsedModule> module = parse_module(source);
    if (module.has_value()) return {};
    return message_of(source, module.assume_error()) + " at " + std::to_string(module.assume_error().offset);
}

} // namespace detent::text
