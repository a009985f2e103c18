// The relaxed vector instructions: the specification's first choice for each, which is the deterministic profile's.
#include "engine/testing/vector_cases.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;
using namespace detent::body;

namespace {

V128 bytes(int even, int odd) {
    const V128 word = splat(static_cast<U16>((even & 0xFF) | (odd & 0xFF) << 8));
    return word;
}

V128 f32s(float x) { return f32x4_splat(F32{std::bit_cast<U32>(x)}); }
V128 f64s(double x) { return f64x2_splat(F64{std::bit_cast<U64>(x)}); }

} // namespace

TEST_CASE("DET-1: each relaxed body is the model's first choice", "[feature:relaxed-simd]") {
    const std::map<Op, DirectCall> bodies = plain_bodies<Feature::relaxed_simd>();
    CHECK(rc::check("relaxed bodies", [&](std::uint64_t seed) {
        Random random(seed);
        for (const auto& [op, body] : bodies) {
            const std::vector<Cell> operands = operands_at_random(random, op);
            RC_LOG() << row(op).mnemonic << '\n';
            RC_ASSERT(body(operands) == VectorModel(row(op).mnemonic)(operands).value());
        }
    }));
}

TEST_CASE("exec-instructions: each relaxed vector instruction computes in a module, at the price of its class",
          "[feature:relaxed-simd]") {
    Random random(5);
    for (const auto& [op, body] : plain_bodies<Feature::relaxed_simd>()) {
        CAPTURE(to_text(op));
        const std::vector<Cell> operands = operands_at_random(random, op);
        const Executed executed = execute(op, operands);
        CHECK(executed.result == VectorModel(row(op).mnemonic)(operands).value());
        CHECK(executed.used == price(op));
    }
}

TEST_CASE("DET-20: every relaxed vector instruction has a case above", "[feature:relaxed-simd]") {
    const std::map<Op, DirectCall> bodies = plain_bodies<Feature::relaxed_simd>();
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const Op op = static_cast<Op>(i);
        CAPTURE(to_text(op));
        CHECK(bodies.contains(op) == (row(op).feature == Feature::relaxed_simd));
    }
    CHECK(bodies.size() == 20);
}

// By hand from the specification's equations; the model is not asked.

TEST_CASE("DET-2: relaxed_madd rounds twice, and relaxed_nmadd changes the sign of its first operand",
          "[feature:relaxed-simd]") {
    // a * b = 1 - 2^-46 exactly, which rounds to 1 in f32; fused, -2^-46 would be left.
    const V128 a = f32s(1.0F + 0x1p-23F);
    const V128 b = f32s(1.0F - 0x1p-23F);
    CHECK(f32x4_relaxed_madd(a, b, f32s(-1)) == f32s(0));
    CHECK(f32x4_relaxed_nmadd(a, b, f32s(1)) == f32s(0));
    const V128 c = f64s(1.0 + 0x1p-52);
    const V128 d = f64s(1.0 - 0x1p-52);
    CHECK(f64x2_relaxed_madd(c, d, f64s(-1)) == f64s(0));
    CHECK(f64x2_relaxed_nmadd(c, d, f64s(1)) == f64s(0));
    // The product overflows before the sum could bring it back.
    CHECK(f32x4_relaxed_madd(f32s(0x1p127F), f32s(2), f32s(-0x1p127F)) == f32s(std::numeric_limits<float>::infinity()));
    CHECK(f32x4_relaxed_nmadd(f32x4_splat(F32{0x7FC00001}), b, b) == f32x4_splat(F32{0x7FC00000}));
}

TEST_CASE("DET-1: relaxed_min and relaxed_max order zeros and make the canonical NaN", "[feature:relaxed-simd]") {
    const V128 zeros = vector_of<U32>({0x00000000, 0x80000000, 0xFFC00001, 0x3F800000});
    const V128 others = vector_of<U32>({0x80000000, 0x00000000, 0x3F800000, 0x7F800001});
    CHECK(f32x4_relaxed_min(zeros, others) == vector_of<U32>({0x80000000, 0x80000000, 0x7FC00000, 0x7FC00000}));
    CHECK(f32x4_relaxed_max(zeros, others) == vector_of<U32>({0, 0, 0x7FC00000, 0x7FC00000}));
    CHECK(f64x2_relaxed_min({0, 0xFFF8000000000001}, {0x8000000000000000, 0}) ==
          V128{0x8000000000000000, 0x7FF8000000000000});
    CHECK(f64x2_relaxed_max({0, 0xFFF8000000000001}, {0x8000000000000000, 0}) == V128{0, 0x7FF8000000000000});
}

TEST_CASE("DET-1: relaxed_trunc saturates, and NaN is 0", "[feature:relaxed-simd]") {
    const V128 far = vector_of<U32>({0x7FC00000, 0x4F800000, 0xCF800000, 0xBF800000});
    CHECK(i32x4_relaxed_trunc_f32x4_s(far) == vector_of<U32>({0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF}));
    CHECK(i32x4_relaxed_trunc_f32x4_u(far) == vector_of<U32>({0, 0xFFFFFFFF, 0, 0}));
    const V128 wide = {0xFFF8000000000000, 0x41F0000000000000};
    CHECK(i32x4_relaxed_trunc_f64x2_s_zero(wide) == vector_of<U32>({0, 0x7FFFFFFF, 0, 0}));
    CHECK(i32x4_relaxed_trunc_f64x2_u_zero(wide) == vector_of<U32>({0, 0xFFFFFFFF, 0, 0}));
}

TEST_CASE("DET-1: relaxed_swizzle gives 0 for every index from 16 on", "[feature:relaxed-simd]") {
    const V128 ones = splat(U8{0xFF});
    CHECK(i8x16_relaxed_swizzle(ones, splat(U8{15})) == ones);
    for (const int index : {16, 17, 31, 32, 127, 128, 143, 144, 255})
        CHECK(i8x16_relaxed_swizzle(ones, splat(static_cast<U8>(index))) == V128{});
}

TEST_CASE("DET-1: relaxed_laneselect selects bit by bit", "[feature:relaxed-simd]") {
    const V128 mask = splat(U8{0x0F});
    const V128 expected = splat(U8{0xCA});
    CHECK(i8x16_relaxed_laneselect(splat(U8{0xAA}), splat(U8{0xCC}), mask) == expected);
    CHECK(i16x8_relaxed_laneselect(splat(U8{0xAA}), splat(U8{0xCC}), mask) == expected);
    CHECK(i32x4_relaxed_laneselect(splat(U8{0xAA}), splat(U8{0xCC}), mask) == expected);
    CHECK(i64x2_relaxed_laneselect(splat(U8{0xAA}), splat(U8{0xCC}), mask) == expected);
}

TEST_CASE("DET-1: relaxed_q15mulr_s saturates the square of the least fraction", "[feature:relaxed-simd]") {
    CHECK(i16x8_relaxed_q15mulr_s(splat(U16{0x8000}), splat(U16{0x8000})) == splat(U16{0x7FFF}));
    CHECK(i16x8_relaxed_q15mulr_s(splat(U16{0x4000}), splat(U16{0xC000})) == splat(U16{0xE000}));
}

TEST_CASE("DET-1: relaxed_dot takes both operands as signed, and saturates each sum of two to 16 bits",
          "[feature:relaxed-simd]") {
    CHECK(i16x8_relaxed_dot_i8x16_i7x16_s(bytes(-128, -128), bytes(-128, -128)) == splat(U16{32767}));
    CHECK(i16x8_relaxed_dot_i8x16_i7x16_s(bytes(-128, -128), bytes(-128, -127)) == splat(U16{32640}));
    CHECK(i16x8_relaxed_dot_i8x16_i7x16_s(bytes(-128, -128), bytes(127, 127)) == splat(static_cast<U16>(-32512)));
    CHECK(i16x8_relaxed_dot_i8x16_i7x16_s(bytes(1, 2), bytes(3, -128)) == splat(static_cast<U16>(-253)));
    // Two saturated sums, so 65534 and not 65536; the last sum wraps.
    const V128 least = bytes(-128, -128);
    CHECK(i32x4_relaxed_dot_i8x16_i7x16_add_s(least, least, {}) == splat(U32{65534}));
    CHECK(i32x4_relaxed_dot_i8x16_i7x16_add_s(least, least, splat(U32{0x7FFFFFFF})) == splat(U32{0x8000FFFD}));
    CHECK(i32x4_relaxed_dot_i8x16_i7x16_add_s(bytes(1, 2), bytes(3, -128), splat(U32{6})) ==
          splat(static_cast<U32>(-500)));
}
