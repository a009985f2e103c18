#include "engine/refused.hpp"

#include <cstddef>

namespace detent {

namespace {

/// Whether a word is one of a pattern: from the last `*` passed, the word is tried from each of its characters on.
bool is_of_pattern(std::string_view word, std::string_view pattern) noexcept {
    std::optional<std::size_t> star;
    std::size_t tried = 0;
    std::size_t p = 0;
    for (std::size_t w = 0; w < word.size();) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            tried = w;
        } else if (p < pattern.size() && pattern[p] == word[w]) {
            ++p;
            ++w;
        } else if (star) {
            p = *star + 1;
            w = ++tried;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

} // namespace

ErrorCode illegal_because(std::uint8_t prefix, std::uint32_t code) noexcept {
    for (const RefusedOpcodes& range : kRefusedOpcodes) {
        if (range.prefix == prefix && code >= range.first && code <= range.last) return range.error;
    }
    return ErrorCode::illegal_opcode;
}

ErrorCode refused_or(ErrorCode otherwise, RefusedPlace place, std::uint8_t byte) noexcept {
    for (const RefusedByte& one : kRefusedBytes) {
        if (one.place == place && one.byte == byte) return one.error;
    }
    return otherwise;
}

std::optional<ErrorCode> refused_word(std::string_view word) noexcept {
    for (const RefusedWord& one : kRefusedWords) {
        if (is_of_pattern(word, one.pattern)) return one.error;
    }
    return std::nullopt;
}

} // namespace detent
