// Numbers. The expected bits of floats are counted by hand from IEEE 754, or come from the C library, which rounds
// exactly and is not what the parser uses.
#include "engine/text/literals.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <bit>
#include <cstdlib>
#include <string>

namespace detent::text {

TEST_CASE("text-int: both signs, both bases, up to their limits") {
    CHECK(integer_bits("0", 32) == 0U);
    CHECK(integer_bits("4294967295", 32) == 0xFFFFFFFFU);
    CHECK(integer_bits("-1", 32) == 0xFFFFFFFFU);
    CHECK(integer_bits("-2147483648", 32) == 0x80000000U);
    CHECK(integer_bits("+2147483647", 32) == 0x7FFFFFFFU);
    CHECK(integer_bits("0xdead_BEEF", 32) == 0xDEADBEEFU);
    CHECK(integer_bits("-0x80", 8) == 0x80U);
    CHECK(!integer_bits("256", 8));
    CHECK(!integer_bits("-129", 8));
    CHECK(integer_bits("-0x8000000000000000", 64) == 0x8000000000000000U);
    CHECK(integer_bits("18446744073709551615", 64) == 0xFFFFFFFFFFFFFFFFU);
    CHECK(integer_bits("-0", 64) == 0U);
    CHECK(!integer_bits("18446744073709551616", 64));
    CHECK(!integer_bits("99999999999999999999999999", 64));
}

TEST_CASE("text-float: words and payloads") {
    CHECK(f32_bits("inf") == 0x7F800000U);
    CHECK(f32_bits("-inf") == 0xFF800000U);
    CHECK(f32_bits("nan") == 0x7FC00000U);
    CHECK(f32_bits("-nan:0x1") == 0xFF800001U);
    CHECK(f64_bits("nan:0xf_ffff_ffff_ffff") == 0x7FFFFFFFFFFFFFFFU);
    CHECK(!f64_bits("nan:0x10000000000000"));
}

TEST_CASE("text-float: hexadecimal literals round to the nearest, ties to even") {
    CHECK(f32_bits("0x1") == 0x3F800000U);
    CHECK(f32_bits("-0x0p0") == 0x80000000U);
    CHECK(f32_bits("0x1.p1") == 0x40000000U);
    // One bit more than the mantissa has, at even and odd, and above the tie.
    CHECK(f32_bits("0x1000001") == 0x4B800000U);
    CHECK(f32_bits("0x1000003") == 0x4B800002U);
    CHECK(f32_bits("0x1.0000010000000000000000000001") == 0x3F800001U);
    // The largest number, what still rounds to it, and what does not.
    CHECK(f32_bits("0x1.fffffep127") == 0x7F7FFFFFU);
    CHECK(f32_bits("0x1.fffffeffffffffp127") == 0x7F7FFFFFU);
    CHECK(!f32_bits("0x1.ffffffp127"));
    // Subnormal ones: the smallest, half of it, a little more than half, and the largest, which rounds up to normal.
    CHECK(f32_bits("0x1p-149") == 0x00000001U);
    CHECK(f32_bits("0x1p-150") == 0x00000000U);
    CHECK(f32_bits("0x1.000002p-150") == 0x00000001U);
    CHECK(f32_bits("0x1p-99999999999999999999") == 0x00000000U);
    CHECK(f32_bits("0x0.ffffffp-126") == 0x00800000U);
    CHECK(f64_bits("0x0.0000000000001p-1022") == 0x0000000000000001U);
    CHECK(f64_bits("0x1.fffffffffffffp1023") == 0x7FEFFFFFFFFFFFFFU);
    CHECK(!f64_bits("0x1.fffffffffffff8p1023"));
    CHECK(f64_bits("0x0.00000000000000000000000000001p116") == 0x3FF0000000000000U);
    CHECK(f64_bits("0x100000000000000000000000000000000p-128") == 0x3FF0000000000000U);
}

TEST_CASE("text-float: decimal literals at the limits") {
    CHECK(f32_bits("1.") == 0x3F800000U);
    CHECK(f32_bits("1.e1") == 0x41200000U);
    CHECK(f32_bits("1_000.000_1E-0_3") == 0x3F800001U);
    CHECK(f32_bits("340282356779733623858607532500980858880") == 0x7F7FFFFFU);
    CHECK(!f32_bits("340282356779733661637539395458142568448"));
    CHECK(f64_bits("4.9e-324") == 1U);
    CHECK(f64_bits("2.4703282292062327e-324") == 0U);
    CHECK(f64_bits("1e-400") == 0U);
    CHECK(f64_bits("-0.0e99999999999") == 0x8000000000000000U);
    CHECK(f64_bits("0." + std::string(5000, '0') + "1e5001") == 0x3FF0000000000000U);
    CHECK(!f64_bits("1" + std::string(400, '0')));
    CHECK(f64_bits("1" + std::string(400, '0') + "e-400") == 0x3FF0000000000000U);
}

TEST_CASE("text-float: literals have the bits that the C library gives them") {
    const auto agrees = [](const std::string& literal) {
        const float narrow = std::strtof(literal.c_str(), nullptr);
        const double wide = std::strtod(literal.c_str(), nullptr);
        // What the library rounds to infinity is out of range here.
        const auto narrow_bits = std::bit_cast<std::uint32_t>(narrow);
        const auto wide_bits = std::bit_cast<std::uint64_t>(wide);
        RC_ASSERT(f32_bits(literal).value_or(0x7F800000U) == narrow_bits);
        RC_ASSERT(f64_bits(literal).value_or(0x7FF0000000000000U) == wide_bits);
    };
    const bool all[] = {
        rc::check("hexadecimal",
                  [&](std::uint64_t whole, std::uint64_t fraction) {
                      const int exponent = *rc::gen::inRange(-1200, 1200);
                      char literal[80];
                      std::snprintf(literal, sizeof literal, "0x%llx.%016llxp%d",
                                    static_cast<unsigned long long>(whole), static_cast<unsigned long long>(fraction),
                                    exponent);
                      agrees(literal);
                  }),
        rc::check("hexadecimal, near the limits of f32",
                  [&](std::uint32_t whole) {
                      const int exponent =
                          *rc::gen::elementOf(std::vector<int>{-181, -180, -179, -150, -149, 95, 96, 97});
                      char literal[80];
                      std::snprintf(literal, sizeof literal, "0x%xp%d", whole, exponent);
                      agrees(literal);
                  }),
        rc::check("decimal",
                  [&](std::uint64_t whole, std::uint64_t fraction) {
                      const int exponent = *rc::gen::inRange(-360, 320);
                      agrees(std::to_string(whole) + "." + std::to_string(fraction) + "e" + std::to_string(exponent));
                  }),
    };
    for (const bool holds : all)
        CHECK(holds);
}

TEST_CASE("text-num: a number is written in one of three ways, or is none") {
    CHECK(kind_of_number("10") == TokenKind::natural);
    CHECK(kind_of_number("0x1_0") == TokenKind::natural);
    CHECK(kind_of_number("-10") == TokenKind::integer);
    CHECK(kind_of_number("1.") == TokenKind::real);
    CHECK(kind_of_number("1e5") == TokenKind::real);
    CHECK(kind_of_number("0x1e5") == TokenKind::natural);
    CHECK(kind_of_number("0x1.8p-3") == TokenKind::real);
    CHECK(kind_of_number("-nan:0x7f") == TokenKind::real);
    CHECK(kind_of_number("+inf") == TokenKind::real);
    for (const char* word :
         {"1_", "_1", "1__0", "0x", "0x_1", "1e", "1e+", "1.e", "1._0", "0x1p", "--1", "+", "1a", "0X1"})
        CHECK(kind_of_number(word) == TokenKind::reserved);
}

} // namespace detent::text
