// Literals of numbers, read again by the C library, which shares no line with them. The seed is RapidCheck's; it is
// printed, and fixed by RC_PARAMS.
#include "engine/text/number_text.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <bit>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace detent::text {

namespace {

/// spec: text-float, as far as it goes beyond what strtod reads: a NaN with its payload.
template <class Float, unsigned Significand, class Bits>
Bits read_float(std::string text, Float (*read)(const char*, char**)) {
    constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
    constexpr Bits kInfinity = std::bit_cast<Bits>(std::numeric_limits<Float>::infinity());
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.erase(0, 1);
    Bits magnitude = kInfinity | (Bits{1} << (Significand - 1));
    if (text.starts_with("nan:")) {
        magnitude = kInfinity | static_cast<Bits>(std::strtoull(text.c_str() + 4, nullptr, 16));
    } else if (text != "nan") {
        char* end = nullptr;
        magnitude = std::bit_cast<Bits>(read(text.c_str(), &end));
        if (end != text.c_str() + text.size()) throw std::runtime_error("not a number: " + text);
    }
    return magnitude | (is_negative ? kSign : 0);
}

std::uint32_t read_f32(const std::string& text) { return read_float<float, 23, std::uint32_t>(text, std::strtof); }
std::uint64_t read_f64(const std::string& text) { return read_float<double, 52, std::uint64_t>(text, std::strtod); }

/// Bits at random rarely have an exponent that is special.
template <class Bits>
rc::Gen<Bits> float_bits(unsigned significand) {
    const Bits all = ~Bits{0};
    const Bits exponent = (all >> 1) & ~((Bits{1} << significand) - 1);
    return rc::gen::oneOf(rc::gen::arbitrary<Bits>(),
                          rc::gen::map(rc::gen::arbitrary<Bits>(), [exponent](Bits bits) { return bits | exponent; }),
                          rc::gen::map(rc::gen::arbitrary<Bits>(), [exponent](Bits bits) { return bits & ~exponent; }));
}

/// spec: text-frac, text-float: what strtod reads and the text format does not is a point or an exponent without
/// digits.
bool is_literal(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text == "inf" || text.starts_with("nan")) return true;
    const std::size_t point = text.find('.');
    const bool has_digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
    return has_digit && (point == std::string_view::npos || point + 1 < text.size()) &&
           text.find_first_not_of("0123456789.e+-") == std::string_view::npos;
}

} // namespace

TEST_CASE("text-float: a literal is read as the bits it was written from") {
    CHECK(rc::check("f32", [] {
        const auto bits = *float_bits<std::uint32_t>(23);
        const std::string text = f32_text(bits);
        RC_ASSERT(is_literal(text));
        RC_ASSERT(read_f32(text) == bits);
    }));
    CHECK(rc::check("f64", [] {
        const auto bits = *float_bits<std::uint64_t>(52);
        const std::string text = f64_text(bits);
        RC_ASSERT(is_literal(text));
        RC_ASSERT(read_f64(text) == bits);
    }));
}

// The texts are the shortest decimals, as IEEE 754 and the definition of a NaN's payload give them.
TEST_CASE("text-float: zeros, infinities, subnormals and NaNs") {
    CHECK(f32_text(0x0000'0000) == "0");
    CHECK(f32_text(0x8000'0000) == "-0");
    CHECK(f32_text(0x3FC0'0000) == "1.5");
    CHECK(f32_text(0x7F7F'FFFF) == "3.4028235e+38");
    CHECK(f32_text(0x0000'0001) == "1e-45");
    CHECK(f32_text(0x7F80'0000) == "inf");
    CHECK(f32_text(0xFF80'0000) == "-inf");
    CHECK(f32_text(0x7FC0'0000) == "nan");
    CHECK(f32_text(0xFFC0'0000) == "-nan");
    CHECK(f32_text(0x7FA0'0000) == "nan:0x200000");
    CHECK(f32_text(0xFFFF'FFFF) == "-nan:0x7fffff");
    CHECK(f64_text(0x0000'0000'0000'0001) == "5e-324");
    CHECK(f64_text(0xBFB9'9999'9999'999A) == "-0.1");
    CHECK(f64_text(0x7FF0'0000'0000'0000) == "inf");
    CHECK(f64_text(0x7FF8'0000'0000'0000) == "nan");
    CHECK(f64_text(0xFFF0'0000'0000'0001) == "-nan:0x1");
}

TEST_CASE("text-int: the ends of each range") {
    CHECK(signed_decimal(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(signed_decimal(-1) == "-1");
    CHECK(decimal(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(hexadecimal(0xAB) == "0xab");
    CHECK(hexadecimal(0xAB, 8) == "0x000000ab");
    CHECK(hexadecimal(0) == "0x0");
}

} // namespace detent::text
