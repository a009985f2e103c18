// The bodies of the integer vector instructions whose lanes stay as wide as they are. Source: spec, Execution,
// Numerics.
#pragma once

#include "engine/exec/vector.hpp"

#include <algorithm>
#include <limits>

namespace detent::body {

// Arithmetic is on unsigned lanes, where nothing overflows in C++ (DET-7); a signed lane type says how lanes compare
// and shift.

template <class T>
using SignedLane = std::make_signed_t<T>;
template <class T>
using UnsignedLane = std::make_unsigned_t<T>;

template <class T>
[[nodiscard, gnu::always_inline]] inline V128 negations(V128 a) noexcept {
    return unpacked(Packed<T>{} - packed<T>(a));
}

/// The least value is its own magnitude.
template <class T>
[[nodiscard, gnu::always_inline]] inline V128 magnitudes(V128 a) noexcept {
    const auto is_negative = std::bit_cast<Packed<T>>(packed<SignedLane<T>>(a) < 0);
    return unpacked(choose(is_negative, Packed<T>{} - packed<T>(a), packed<T>(a)));
}

/// Where the relation holds lanes of `a`, else of `b`.
template <class T, class Relation>
[[nodiscard, gnu::always_inline]] inline V128 first_where(Relation holds, V128 a, V128 b) noexcept {
    using Bits = Packed<UnsignedLane<T>>;
    const auto mask = std::bit_cast<Bits>(holds(packed<T>(a), packed<T>(b)));
    return unpacked(choose(mask, std::bit_cast<Bits>(a), std::bit_cast<Bits>(b)));
}

template <class T>
[[nodiscard, gnu::always_inline]] inline V128 lesser(V128 a, V128 b) noexcept {
    return first_where<T>(kLess, a, b);
}

template <class T>
[[nodiscard, gnu::always_inline]] inline V128 larger(V128 a, V128 b) noexcept {
    return first_where<T>(kGreater, a, b);
}

/// To the range of `T`.
template <class T>
[[nodiscard]] constexpr T saturate(S32 x) noexcept {
    return static_cast<T>(std::clamp<S32>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

/// What overflows has gone beyond the end on the side of `a`.
template <class T>
[[nodiscard, gnu::always_inline]] inline V128 unless_overflow(Packed<T> overflow, Packed<T> result,
                                                              Packed<T> a) noexcept {
    constexpr T kHighest = std::numeric_limits<SignedLane<T>>::max();
    const auto is_over = std::bit_cast<Packed<T>>(std::bit_cast<Packed<SignedLane<T>>>(overflow) < 0);
    const auto is_negative = std::bit_cast<Packed<T>>(std::bit_cast<Packed<SignedLane<T>>>(a) < 0);
    return unpacked(choose(is_over, is_negative ^ kHighest, result));
}

template <class T>
[[nodiscard, gnu::always_inline]] inline V128 saturating_sum(V128 a, V128 b) noexcept {
    using Bits = Packed<UnsignedLane<T>>;
    const auto x = std::bit_cast<Bits>(a);
    const auto y = std::bit_cast<Bits>(b);
    const Bits result = x + y;
    if constexpr (std::is_signed_v<T>)
        return unless_overflow<UnsignedLane<T>>((x ^ result) & (y ^ result), result, x);
    else
        return unpacked(result | std::bit_cast<Bits>(result < x));
}

template <class T>
[[nodiscard, gnu::always_inline]] inline V128 saturating_difference(V128 a, V128 b) noexcept {
    using Bits = Packed<UnsignedLane<T>>;
    const auto x = std::bit_cast<Bits>(a);
    const auto y = std::bit_cast<Bits>(b);
    const Bits result = x - y;
    if constexpr (std::is_signed_v<T>)
        return unless_overflow<UnsignedLane<T>>((x ^ y) & (x ^ result), result, x);
    else
        return unpacked(result & std::bit_cast<Bits>(x > y));
}

/// Half of the sum, upwards: what both have, and half of what one has, from above.
template <class T>
[[nodiscard, gnu::always_inline]] inline V128 rounded_averages(V128 a, V128 b) noexcept {
    const Packed<T> x = packed<T>(a);
    const Packed<T> y = packed<T>(b);
    return unpacked((x | y) - ((x ^ y) >> 1));
}

/// Fractions of 15 bits; only the square of -1 saturates.
[[nodiscard]] constexpr S16 q15_product(S16 a, S16 b) noexcept { return saturate<S16>((S32{a} * b + 0x4000) >> 15); }

/// Counted in pairs, then fours, then eights.
[[nodiscard, gnu::always_inline]] inline V128 populations(V128 a) noexcept {
    const Packed<U8> bits = packed<U8>(a);
    const Packed<U8> pairs = bits - (bits >> 1 & 0x55);
    const Packed<U8> fours = (pairs & 0x33) + (pairs >> 2 & 0x33);
    return unpacked((fours + (fours >> 4)) & 0x0F);
}

// Every lane by the same count, which is taken modulo the width of a lane.

template <class T>
[[nodiscard, gnu::always_inline]] inline V128 shifted_left(V128 a, U32 count) noexcept {
    return unpacked(packed<T>(a) << static_cast<T>(count % (8 * sizeof(T))));
}

template <class T>
[[nodiscard, gnu::always_inline]] inline V128 shifted_right(V128 a, U32 count) noexcept {
    return unpacked(packed<T>(a) >> static_cast<T>(count % (8 * sizeof(T))));
}

// Tests of whole vectors.

template <class T>
[[nodiscard, gnu::always_inline]] inline U32 all_true(V128 a) noexcept {
    const V128 zeros = lanewise<T>(a, V128{}, kEqual);
    return (zeros.low | zeros.high) == 0 ? 1 : 0;
}

/// Bit i is the sign of lane i. The product brings the signs of a word together at its upper end, and nothing else
/// there.
template <class T>
[[nodiscard]] constexpr U32 bitmask(V128 a) noexcept {
    constexpr int kWidth = 8 * sizeof(T);
    constexpr int kCount = kLanesInWord<T>;
    U64 lowest = 0;
    U64 factor = 0;
    for (int i = 0; i < kCount; ++i) {
        lowest |= U64{1} << (kWidth * i);
        factor |= U64{1} << ((kWidth - 1) * (kCount - 1 - i));
    }
    const auto signs = [&](U64 word) {
        return static_cast<U32>((word >> (kWidth - 1) & lowest) * factor >> ((kWidth - 1) * (kCount - 1))) &
               ((1U << kCount) - 1);
    };
    return signs(a.low) | signs(a.high) << kCount;
}

// i8x16

inline V128 i8x16_eq(V128 a, V128 b) noexcept { return lanewise<U8>(a, b, kEqual); }
inline V128 i8x16_ne(V128 a, V128 b) noexcept { return lanewise<U8>(a, b, kUnequal); }
inline V128 i8x16_lt_s(V128 a, V128 b) noexcept { return lanewise<S8>(a, b, kLess); }
inline V128 i8x16_lt_u(V128 a, V128 b) noexcept { return lanewise<U8>(a, b, kLess); }
inline V128 i8x16_gt_s(V128 a, V128 b) noexcept { return lanewise<S8>(a, b, kGreater); }
inline V128 i8x16_gt_u(V128 a, V128 b) noexcept { return lanewise<U8>(a, b, kGreater); }
inline V128 i8x16_le_s(V128 a, V128 b) noexcept { return lanewise<S8>(a, b, kLessOrEqual); }
inline V128 i8x16_le_u(V128 a, V128 b) noexcept { return lanewise<U8>(a, b, kLessOrEqual); }
inline V128 i8x16_ge_s(V128 a, V128 b) noexcept { return lanewise<S8>(a, b, kGreaterOrEqual); }
inline V128 i8x16_ge_u(V128 a, V128 b) noexcept { return lanewise<U8>(a, b, kGreaterOrEqual); }
inline V128 i8x16_abs(V128 a) noexcept { return magnitudes<U8>(a); }
inline V128 i8x16_neg(V128 a) noexcept { return negations<U8>(a); }
inline V128 i8x16_popcnt(V128 a) noexcept { return populations(a); }
inline U32 i8x16_all_true(V128 a) noexcept { return all_true<U8>(a); }
inline U32 i8x16_bitmask(V128 a) noexcept { return bitmask<U8>(a); }
inline V128 i8x16_shl(V128 a, U32 b) noexcept { return shifted_left<U8>(a, b); }
inline V128 i8x16_shr_s(V128 a, U32 b) noexcept { return shifted_right<S8>(a, b); }
inline V128 i8x16_shr_u(V128 a, U32 b) noexcept { return shifted_right<U8>(a, b); }
inline V128 i8x16_add(V128 a, V128 b) noexcept { return lanewise<U8>(a, b, kSum); }
inline V128 i8x16_add_sat_s(V128 a, V128 b) noexcept { return saturating_sum<S8>(a, b); }
inline V128 i8x16_add_sat_u(V128 a, V128 b) noexcept { return saturating_sum<U8>(a, b); }
inline V128 i8x16_sub(V128 a, V128 b) noexcept { return lanewise<U8>(a, b, kDifference); }
inline V128 i8x16_sub_sat_s(V128 a, V128 b) noexcept { return saturating_difference<S8>(a, b); }
inline V128 i8x16_sub_sat_u(V128 a, V128 b) noexcept { return saturating_difference<U8>(a, b); }
inline V128 i8x16_min_s(V128 a, V128 b) noexcept { return lesser<S8>(a, b); }
inline V128 i8x16_min_u(V128 a, V128 b) noexcept { return lesser<U8>(a, b); }
inline V128 i8x16_max_s(V128 a, V128 b) noexcept { return larger<S8>(a, b); }
inline V128 i8x16_max_u(V128 a, V128 b) noexcept { return larger<U8>(a, b); }
inline V128 i8x16_avgr_u(V128 a, V128 b) noexcept { return rounded_averages<U8>(a, b); }

// i16x8

inline V128 i16x8_eq(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kEqual); }
inline V128 i16x8_ne(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kUnequal); }
inline V128 i16x8_lt_s(V128 a, V128 b) noexcept { return lanewise<S16>(a, b, kLess); }
inline V128 i16x8_lt_u(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kLess); }
inline V128 i16x8_gt_s(V128 a, V128 b) noexcept { return lanewise<S16>(a, b, kGreater); }
inline V128 i16x8_gt_u(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kGreater); }
inline V128 i16x8_le_s(V128 a, V128 b) noexcept { return lanewise<S16>(a, b, kLessOrEqual); }
inline V128 i16x8_le_u(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kLessOrEqual); }
inline V128 i16x8_ge_s(V128 a, V128 b) noexcept { return lanewise<S16>(a, b, kGreaterOrEqual); }
inline V128 i16x8_ge_u(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kGreaterOrEqual); }
inline V128 i16x8_abs(V128 a) noexcept { return magnitudes<U16>(a); }
inline V128 i16x8_neg(V128 a) noexcept { return negations<U16>(a); }
inline U32 i16x8_all_true(V128 a) noexcept { return all_true<U16>(a); }
inline U32 i16x8_bitmask(V128 a) noexcept { return bitmask<U16>(a); }
inline V128 i16x8_shl(V128 a, U32 b) noexcept { return shifted_left<U16>(a, b); }
inline V128 i16x8_shr_s(V128 a, U32 b) noexcept { return shifted_right<S16>(a, b); }
inline V128 i16x8_shr_u(V128 a, U32 b) noexcept { return shifted_right<U16>(a, b); }
inline V128 i16x8_add(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kSum); }
inline V128 i16x8_add_sat_s(V128 a, V128 b) noexcept { return saturating_sum<S16>(a, b); }
inline V128 i16x8_add_sat_u(V128 a, V128 b) noexcept { return saturating_sum<U16>(a, b); }
inline V128 i16x8_sub(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kDifference); }
inline V128 i16x8_sub_sat_s(V128 a, V128 b) noexcept { return saturating_difference<S16>(a, b); }
inline V128 i16x8_sub_sat_u(V128 a, V128 b) noexcept { return saturating_difference<U16>(a, b); }
inline V128 i16x8_mul(V128 a, V128 b) noexcept { return lanewise<U16>(a, b, kProduct); }
inline V128 i16x8_min_s(V128 a, V128 b) noexcept { return lesser<S16>(a, b); }
inline V128 i16x8_min_u(V128 a, V128 b) noexcept { return lesser<U16>(a, b); }
inline V128 i16x8_max_s(V128 a, V128 b) noexcept { return larger<S16>(a, b); }
inline V128 i16x8_max_u(V128 a, V128 b) noexcept { return larger<U16>(a, b); }
inline V128 i16x8_avgr_u(V128 a, V128 b) noexcept { return rounded_averages<U16>(a, b); }
inline V128 i16x8_q15mulr_sat_s(V128 a, V128 b) noexcept { return zip<q15_product>(a, b); }

// i32x4

inline V128 i32x4_eq(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kEqual); }
inline V128 i32x4_ne(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kUnequal); }
inline V128 i32x4_lt_s(V128 a, V128 b) noexcept { return lanewise<S32>(a, b, kLess); }
inline V128 i32x4_lt_u(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kLess); }
inline V128 i32x4_gt_s(V128 a, V128 b) noexcept { return lanewise<S32>(a, b, kGreater); }
inline V128 i32x4_gt_u(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kGreater); }
inline V128 i32x4_le_s(V128 a, V128 b) noexcept { return lanewise<S32>(a, b, kLessOrEqual); }
inline V128 i32x4_le_u(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kLessOrEqual); }
inline V128 i32x4_ge_s(V128 a, V128 b) noexcept { return lanewise<S32>(a, b, kGreaterOrEqual); }
inline V128 i32x4_ge_u(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kGreaterOrEqual); }
inline V128 i32x4_abs(V128 a) noexcept { return magnitudes<U32>(a); }
inline V128 i32x4_neg(V128 a) noexcept { return negations<U32>(a); }
inline U32 i32x4_all_true(V128 a) noexcept { return all_true<U32>(a); }
inline U32 i32x4_bitmask(V128 a) noexcept { return bitmask<U32>(a); }
inline V128 i32x4_shl(V128 a, U32 b) noexcept { return shifted_left<U32>(a, b); }
inline V128 i32x4_shr_s(V128 a, U32 b) noexcept { return shifted_right<S32>(a, b); }
inline V128 i32x4_shr_u(V128 a, U32 b) noexcept { return shifted_right<U32>(a, b); }
inline V128 i32x4_add(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kSum); }
inline V128 i32x4_sub(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kDifference); }
inline V128 i32x4_mul(V128 a, V128 b) noexcept { return lanewise<U32>(a, b, kProduct); }
inline V128 i32x4_min_s(V128 a, V128 b) noexcept { return lesser<S32>(a, b); }
inline V128 i32x4_min_u(V128 a, V128 b) noexcept { return lesser<U32>(a, b); }
inline V128 i32x4_max_s(V128 a, V128 b) noexcept { return larger<S32>(a, b); }
inline V128 i32x4_max_u(V128 a, V128 b) noexcept { return larger<U32>(a, b); }

// i64x2

inline V128 i64x2_eq(V128 a, V128 b) noexcept { return lanewise<U64>(a, b, kEqual); }
inline V128 i64x2_ne(V128 a, V128 b) noexcept { return lanewise<U64>(a, b, kUnequal); }
inline V128 i64x2_lt_s(V128 a, V128 b) noexcept { return lanewise<S64>(a, b, kLess); }
inline V128 i64x2_gt_s(V128 a, V128 b) noexcept { return lanewise<S64>(a, b, kGreater); }
inline V128 i64x2_le_s(V128 a, V128 b) noexcept { return lanewise<S64>(a, b, kLessOrEqual); }
inline V128 i64x2_ge_s(V128 a, V128 b) noexcept { return lanewise<S64>(a, b, kGreaterOrEqual); }
inline V128 i64x2_abs(V128 a) noexcept { return magnitudes<U64>(a); }
inline V128 i64x2_neg(V128 a) noexcept { return negations<U64>(a); }
inline U32 i64x2_all_true(V128 a) noexcept { return all_true<U64>(a); }
inline U32 i64x2_bitmask(V128 a) noexcept { return bitmask<U64>(a); }
inline V128 i64x2_shl(V128 a, U32 b) noexcept { return shifted_left<U64>(a, b); }
inline V128 i64x2_shr_s(V128 a, U32 b) noexcept { return shifted_right<S64>(a, b); }
inline V128 i64x2_shr_u(V128 a, U32 b) noexcept { return shifted_right<U64>(a, b); }
inline V128 i64x2_add(V128 a, V128 b) noexcept { return lanewise<U64>(a, b, kSum); }
inline V128 i64x2_sub(V128 a, V128 b) noexcept { return lanewise<U64>(a, b, kDifference); }
inline V128 i64x2_mul(V128 a, V128 b) noexcept { return lanewise<U64>(a, b, kProduct); }

} // namespace detent::body
