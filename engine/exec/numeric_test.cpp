// The numeric bodies. Expected values are the specification's, worked out by hand, or those of another implementation:
// libm for rounding, 128-bit integers for conversions.
#include "engine/exec/numeric.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

using namespace detent;
using namespace detent::body;

namespace {

F32 f32(float x) { return F32{std::bit_cast<std::uint32_t>(x)}; }
F64 f64(double x) { return F64{std::bit_cast<std::uint64_t>(x)}; }

constexpr std::uint32_t kNan32 = 0x7FC00000;
constexpr std::uint64_t kNan64 = 0x7FF8000000000000;
constexpr F32 kSignalling32{0xFF800001};
constexpr F64 kSignalling64{0xFFF0000000000001};
constexpr F32 kInfinity32{0x7F800000};
constexpr F64 kInfinity64{0x7FF0000000000000};

/// Values at every edge of the exponent, with several fractions, both signs.
std::vector<F64> edges64() {
    std::vector<F64> all;
    for (std::uint64_t exponent = 0; exponent < 2048; ++exponent) {
        for (const std::uint64_t fraction : {0ULL, 1ULL, 1ULL << 51, (1ULL << 51) + 1, (1ULL << 51) - 1,
                                             0xAAAAAAAAAAAAAULL, 0x5555555555555ULL, 0xFFFFFFFFFFFFFULL}) {
            all.push_back(F64{exponent << 52 | fraction});
            all.push_back(F64{1ULL << 63 | exponent << 52 | fraction});
        }
    }
    return all;
}

template <class F>
typename F::Bits without_nan_payload(F x) {
    return is_nan(x) ? Format<F>::kCanonicalNan : x.bits;
}

/// Every `stride`th of the 2^32 floats against libm.
void check_rounding32(std::uint64_t stride) {
    std::uint64_t wrong = 0;
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += stride) {
        const F32 x{static_cast<std::uint32_t>(bits)};
        const float native_x = native(x);
        wrong += f32_ceil(x).bits != without_nan_payload(f32(std::ceil(native_x)));
        wrong += f32_floor(x).bits != without_nan_payload(f32(std::floor(native_x)));
        wrong += f32_trunc(x).bits != without_nan_payload(f32(std::trunc(native_x)));
        wrong += f32_nearest(x).bits != without_nan_payload(f32(std::nearbyint(native_x)));
    }
    CHECK(wrong == 0);
}

} // namespace

TEST_CASE("DET-1: every operator that makes a NaN makes the positive canonical one") {
    for (const F32 nan : {kSignalling32, F32{0x7FC00001}, F32{0xFFC00000}}) {
        for (const F32 result :
             {f32_add(nan, f32(1)), f32_sub(f32(1), nan), f32_mul(nan, nan), f32_div(nan, f32(1)), f32_min(nan, f32(1)),
              f32_max(f32(1), nan), f32_ceil(nan), f32_floor(nan), f32_trunc(nan), f32_nearest(nan), f32_sqrt(nan)}) {
            CHECK(result.bits == kNan32);
        }
        CHECK(f64_promote_f32(nan).bits == kNan64);
    }
    CHECK(f32_div(f32(0), f32(0)).bits == kNan32);
    CHECK(f32_sub(kInfinity32, kInfinity32).bits == kNan32);
    CHECK(f32_sqrt(f32(-1)).bits == kNan32);
    CHECK(f32_mul(kInfinity32, f32(0)).bits == kNan32);
    CHECK(f64_div(f64(0), f64(0)).bits == kNan64);
    CHECK(f64_sub(kInfinity64, kInfinity64).bits == kNan64);
    CHECK(f64_sqrt(f64(-1)).bits == kNan64);
    CHECK(f64_add(kSignalling64, f64(1)).bits == kNan64);
    CHECK(f32_demote_f64(kSignalling64).bits == kNan32);
}

TEST_CASE("DET-1: operators that are exact on bits keep every NaN") {
    CHECK(f32_neg(kSignalling32).bits == 0x7F800001);
    CHECK(f32_abs(kSignalling32).bits == 0x7F800001);
    CHECK(f32_copysign(F32{0x7FA00000}, f32(-1)).bits == 0xFFA00000);
    CHECK(f64_neg(kSignalling64).bits == 0x7FF0000000000001);
    CHECK(f64_abs(kSignalling64).bits == 0x7FF0000000000001);
    CHECK(f64_copysign(f64(1), kSignalling64).bits == f64(-1).bits);
    CHECK(i32_reinterpret_f32(kSignalling32) == 0xFF800001);
    CHECK(f64_reinterpret_i64(0xFFF0000000000001).bits == 0xFFF0000000000001);
}

TEST_CASE("DET-2: a product and a sum are rounded twice") {
    // a * b = 1 - 2^-46 (exact), which rounds to 1 in f32; fused, minus 1 would leave -2^-46.
    const F32 a = f32(1.0F + 0x1p-23F);
    const F32 b = f32(1.0F - 0x1p-23F);
    CHECK(f32_add(f32_mul(a, b), f32(-1)).bits == f32(0).bits);
    const F64 c = f64(1.0 + 0x1p-52);
    const F64 d = f64(1.0 - 0x1p-52);
    CHECK(f64_add(f64_mul(c, d), f64(-1)).bits == f64(0).bits);
}

TEST_CASE("DET-5: minimum and maximum order zeros and propagate NaN") {
    CHECK(f32_min(f32(0), f32(-0.0F)).bits == f32(-0.0F).bits);
    CHECK(f32_min(f32(-0.0F), f32(0)).bits == f32(-0.0F).bits);
    CHECK(f32_max(f32(-0.0F), f32(0)).bits == f32(0).bits);
    CHECK(f64_max(f64(0), f64(-0.0)).bits == f64(0).bits);
    CHECK(f64_min(f64(1), f64(2)).bits == f64(1).bits);
    CHECK(f64_max(f64(1), f64(2)).bits == f64(2).bits);
    CHECK(f64_min(F64{0xFFF0000000000000}, f64(1)).bits == 0xFFF0000000000000);
}

TEST_CASE("DET-5: rounding to an integral value agrees with libm, f32 in strides") { check_rounding32(2503); }

TEST_CASE("DET-5: rounding to an integral value agrees with libm, every f32", "[.][exhaustive]") {
    check_rounding32(1);
}

TEST_CASE("DET-5: rounding to an integral value agrees with libm at every exponent of f64") {
    for (const F64 x : edges64()) {
        CHECK(f64_ceil(x).bits == without_nan_payload(f64(std::ceil(native(x)))));
        CHECK(f64_floor(x).bits == without_nan_payload(f64(std::floor(native(x)))));
        CHECK(f64_trunc(x).bits == without_nan_payload(f64(std::trunc(native(x)))));
        CHECK(f64_nearest(x).bits == without_nan_payload(f64(std::nearbyint(native(x)))));
    }
}

TEST_CASE("DET-5: nearest takes ties to even and keeps the sign of zero") {
    CHECK(f32_nearest(f32(0.5F)).bits == f32(0).bits);
    CHECK(f32_nearest(f32(-0.5F)).bits == f32(-0.0F).bits);
    CHECK(f32_nearest(f32(1.5F)).bits == f32(2).bits);
    CHECK(f32_nearest(f32(2.5F)).bits == f32(2).bits);
    CHECK(f32_ceil(f32(-0.25F)).bits == f32(-0.0F).bits);
}

TEST_CASE("DET-6: conversions from integers round once, to nearest, ties to even") {
    CHECK(f32_convert_i32_u(0xFFFFFFFF).bits == f32(4294967296.0F).bits);
    CHECK(f32_convert_i32_s(16777217).bits == f32(16777216.0F).bits);
    CHECK(f32_convert_i32_s(16777219).bits == f32(16777220.0F).bits);
    // 2^63 + 2^39 is a tie in f32; one more is above it. Rounding by way of f64 would lose the one.
    CHECK(f32_convert_i64_u((1ULL << 63) + (1ULL << 39)).bits == f32(0x1p63F).bits);
    CHECK(f32_convert_i64_u((1ULL << 63) + (1ULL << 39) + 1).bits == f32(0x1.000002p63F).bits);
    CHECK(f64_convert_i64_u(0xFFFFFFFFFFFFFFFF).bits == f64(0x1p64).bits);
    CHECK(f64_convert_i64_s(0x8000000000000000).bits == f64(-0x1p63).bits);
    CHECK(f64_convert_i64_u((1ULL << 53) + 1).bits == f64(0x1p53).bits);
    CHECK(f64_convert_i32_s(0xFFFFFFFF).bits == f64(-1).bits);
    CHECK(f64_convert_i32_u(0).bits == 0);
}

TEST_CASE("DET-6: conversions to integers trap or saturate exactly at the edges",
          "[feature:mvp][feature:saturating-conversion]") {
    CHECK(i32_trunc_f32_s(f32(2147483520.0F)).value == 2147483520U);
    CHECK(i32_trunc_f32_s(f32(2147483648.0F)).trap == TrapCode::IntegerOverflow);
    CHECK(i32_trunc_f32_s(f32(-2147483648.0F)).value == 0x80000000U);
    CHECK(i32_trunc_f32_s(f32(-2147483904.0F)).trap == TrapCode::IntegerOverflow);
    CHECK(i32_trunc_f64_s(f64(2147483647.9)).value == 2147483647U);
    CHECK(i32_trunc_f64_s(f64(-2147483648.9)).value == 0x80000000U);
    CHECK(i32_trunc_f64_s(f64(-2147483649.0)).trap == TrapCode::IntegerOverflow);
    CHECK(i32_trunc_f64_u(f64(-0.9)).value == 0);
    CHECK(i32_trunc_f64_u(f64(-1.0)).trap == TrapCode::IntegerOverflow);
    CHECK(i32_trunc_f64_u(f64(4294967295.9)).value == 0xFFFFFFFFU);
    CHECK(i64_trunc_f32_u(f32(0x1.fffffep63F)).value == 0xFFFFFF0000000000U);
    CHECK(i64_trunc_f32_u(f32(0x1p64F)).trap == TrapCode::IntegerOverflow);
    CHECK(i64_trunc_f64_s(f64(-0x1p63)).value == 0x8000000000000000U);
    CHECK(i64_trunc_f64_s(f64(0x1p63)).trap == TrapCode::IntegerOverflow);
    CHECK(i64_trunc_f64_s(kSignalling64).trap == TrapCode::InvalidConversionToInteger);
    CHECK(i64_trunc_f64_s(kInfinity64).trap == TrapCode::IntegerOverflow);
    CHECK(i32_trunc_sat_f32_s(kSignalling32) == 0);
    CHECK(i32_trunc_sat_f32_s(kInfinity32) == 0x7FFFFFFFU);
    CHECK(i32_trunc_sat_f32_u(f32(-5)) == 0);
    CHECK(i64_trunc_sat_f64_s(f64(-0x1p64)) == 0x8000000000000000U);
    CHECK(i64_trunc_sat_f64_u(kInfinity64) == 0xFFFFFFFFFFFFFFFFU);
}

TEST_CASE("DET-6: truncation agrees with 128-bit arithmetic at every exponent of f64") {
    for (const F64 x : edges64()) {
        const double value = native(x);
        if (is_nan(x) || std::fabs(value) >= 0x1p100) continue;
        __extension__ const auto whole = static_cast<__int128>(value);
        const bool fits =
            whole >= std::numeric_limits<std::int64_t>::min() && whole <= std::numeric_limits<std::int64_t>::max();
        CHECK(i64_trunc_f64_s(x).trapped == !fits);
        if (fits) CHECK(i64_trunc_f64_s(x).value == static_cast<std::uint64_t>(whole));
    }
}

TEST_CASE("DET-7: integer division has its own traps and no undefined behaviour") {
    CHECK(i32_div_s(0x80000000, 0xFFFFFFFF).trap == TrapCode::IntegerOverflow);
    CHECK(i32_rem_s(0x80000000, 0xFFFFFFFF).value == 0);
    CHECK(i32_div_s(7, 0).trap == TrapCode::IntegerDivideByZero);
    CHECK(i32_rem_u(7, 0).trap == TrapCode::IntegerDivideByZero);
    CHECK(i32_div_s(0xFFFFFFF9, 2).value == 0xFFFFFFFD);
    CHECK(i32_rem_s(0xFFFFFFF9, 2).value == 0xFFFFFFFF);
    CHECK(i64_div_s(0x8000000000000000, 0xFFFFFFFFFFFFFFFF).trap == TrapCode::IntegerOverflow);
    CHECK(i64_div_u(0x8000000000000000, 0xFFFFFFFFFFFFFFFF).value == 0);
    CHECK(i64_rem_s(0x8000000000000000, 0xFFFFFFFFFFFFFFFF).value == 0);
}

TEST_CASE("DET-7: shift counts are taken modulo the width") {
    CHECK(i32_shl(1, 33) == 2);
    CHECK(i32_shr_s(0x80000000, 63) == 0xFFFFFFFF);
    CHECK(i32_shr_u(0x80000000, 31) == 1);
    CHECK(i32_rotl(0x80000001, 33) == 3);
    CHECK(i32_rotr(1, 0xFFFFFFE1) == 0x80000000);
    CHECK(i64_shl(1, 65) == 2);
    CHECK(i64_rotl(0x8000000000000001, 1) == 3);
    CHECK(i64_rotr(1, 64) == 1);
}

TEST_CASE("exec-cvtop: extensions and wraps", "[feature:mvp][feature:sign-extension]") {
    CHECK(i32_extend8_s(0x80) == 0xFFFFFF80);
    CHECK(i32_extend16_s(0xFFFF7FFF) == 0x7FFF);
    CHECK(i64_extend32_s(0x80000000) == 0xFFFFFFFF80000000);
    CHECK(i64_extend_i32_s(0x80000000) == 0xFFFFFFFF80000000);
    CHECK(i64_extend_i32_u(0x80000000) == 0x80000000);
    CHECK(i32_wrap_i64(0x123456789) == 0x23456789);
    CHECK(i32_clz(0) == 32);
    CHECK(i64_ctz(0) == 64);
    CHECK(i64_popcnt(0xFF00FF) == 16);
}
