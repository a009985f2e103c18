// UTF-8. Source: spec, Binary Format, Names; RFC 3629.
#include "engine/binary/utf8.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace detent {

namespace {

using Found = std::optional<std::size_t>;

Found find(const std::vector<std::uint8_t>& bytes) { return find_malformed_utf8(bytes); }

/// The encoding of a number, were it a character, in as many bytes as are asked for.
std::vector<std::uint8_t> encoded(std::uint32_t number, unsigned bytes) {
    if (bytes == 1) return {static_cast<std::uint8_t>(number)};
    const unsigned marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    std::vector<std::uint8_t> out;
    for (unsigned i = bytes; i-- > 0;) {
        const std::uint32_t bits = number >> (6 * i);
        const bool is_first = i == bytes - 1;
        out.push_back(static_cast<std::uint8_t>(is_first ? marks[bytes] | bits : 0x80 | (bits & 0x3F)));
    }
    return out;
}

unsigned least_bytes(std::uint32_t number) {
    if (number < 0x80) return 1;
    if (number < 0x800) return 2;
    return number < 0x10000 ? 3 : 4;
}

} // namespace

TEST_CASE("binary-utf8: every character is accepted, and no surrogate") {
    std::size_t wrong = 0;
    for (std::uint32_t number = 0; number <= 0x10FFFF; ++number) {
        const bool is_surrogate = number >= 0xD800 && number <= 0xDFFF;
        const bool is_accepted = !find(encoded(number, least_bytes(number)));
        wrong += is_accepted == is_surrogate ? 1U : 0U;
    }
    CHECK(wrong == 0);
}

TEST_CASE("binary-utf8: overlong forms and numbers past U+10FFFF are refused at the byte that tells") {
    CHECK(find(encoded(0x00, 2)) == Found(0));
    CHECK(find(encoded(0x7F, 2)) == Found(0));
    CHECK(find(encoded(0x7FF, 3)) == Found(1));
    CHECK(find(encoded(0xFFFF, 4)) == Found(1));
    CHECK(find(encoded(0x110000, 4)) == Found(1));
    CHECK(find({0xF5, 0x80, 0x80, 0x80}) == Found(0));
    CHECK(find({0xFF}) == Found(0));
    CHECK(find({'a', 0x80}) == Found(1));
}

TEST_CASE("binary-utf8: a character that is cut off is refused at the end") {
    CHECK(find({'a', 0xC3}) == Found(2));
    CHECK(find({0xE2, 0x82}) == Found(2));
    CHECK(find({0xF0, 0x9F, 0x98}) == Found(3));
    CHECK(find({0xE2, 0x82, 'a'}) == Found(2));
    CHECK(find({}) == std::nullopt);
}

} // namespace detent
