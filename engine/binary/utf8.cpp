#include "engine/binary/utf8.hpp"

namespace detent {

namespace {

/// What may follow a first byte: so many further bytes, the next of them in a range that excludes overlong forms,
/// surrogates and what lies beyond U+10FFFF. `more` is negative for a byte that begins nothing.
struct Sequence {
    int more;
    std::uint8_t least = 0x80;
    std::uint8_t greatest = 0xBF;
};

constexpr Sequence sequence_of(std::uint8_t first) noexcept {
    if (first < 0x80) return {0};
    if (first < 0xC2) return {-1};
    if (first < 0xE0) return {1};
    if (first == 0xE0) return {2, 0xA0, 0xBF};
    if (first == 0xED) return {2, 0x80, 0x9F};
    if (first < 0xF0) return {2};
    if (first == 0xF0) return {3, 0x90, 0xBF};
    if (first < 0xF4) return {3};
    if (first == 0xF4) return {3, 0x80, 0x8F};
    return {-1};
}

} // namespace

std::optional<std::size_t> find_malformed_utf8(std::span<const std::uint8_t> bytes) noexcept {
    std::size_t i = 0;
    while (i < bytes.size()) {
        Sequence sequence = sequence_of(bytes[i]);
        if (sequence.more < 0) return i;
        ++i;
        for (; sequence.more > 0; --sequence.more, ++i) {
            if (i == bytes.size() || bytes[i] < sequence.least || bytes[i] > sequence.greatest) return i;
            sequence.least = 0x80;
            sequence.greatest = 0xBF;
        }
    }
    return std::nullopt;
}

} // namespace detent
