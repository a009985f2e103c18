// The bodies of the integer vector instructions whose lanes stay as wide as they are. Source: spec, Execution,
// Numerics.
#pragma once

#include "engine/exec/vector.hpp"

#include <algorithm>
#include <limits>

namespace detent::body {

// Operators of lanes. Arithmetic is on unsigned words of at least 32 bits, where nothing overflows in C++ (DET-7); a
// signed lane type says how lanes compare, saturate and shift.

template <class T>
[[nodiscard]] constexpr bool equal(T a, T b) noexcept {
    return a == b;
}

template <class T>
[[nodiscard]] constexpr bool unequal(T a, T b) noexcept {
    return a != b;
}

template <class T>
[[nodiscard]] constexpr bool less(T a, T b) noexcept {
    return a < b;
}

template <class T>
[[nodiscard]] constexpr bool greater(T a, T b) noexcept {
    return a > b;
}

template <class T>
[[nodiscard]] constexpr bool less_or_equal(T a, T b) noexcept {
    return a <= b;
}

template <class T>
[[nodiscard]] constexpr bool greater_or_equal(T a, T b) noexcept {
    return a >= b;
}

template <class T>
[[nodiscard]] constexpr T sum(T a, T b) noexcept {
    return static_cast<T>(1U * a + b);
}

template <class T>
[[nodiscard]] constexpr T difference(T a, T b) noexcept {
    return static_cast<T>(1U * a - b);
}

template <class T>
[[nodiscard]] constexpr T product(T a, T b) noexcept {
    return static_cast<T>(1U * a * b);
}

template <class T>
[[nodiscard]] constexpr T negation(T a) noexcept {
    return static_cast<T>(0U - a);
}

/// The least value is its own magnitude.
template <class T>
[[nodiscard]] constexpr T magnitude(T a) noexcept {
    return as_signed(a) < 0 ? negation(a) : a;
}

template <class T>
[[nodiscard]] constexpr T lesser(T a, T b) noexcept {
    return a < b ? a : b;
}

template <class T>
[[nodiscard]] constexpr T larger(T a, T b) noexcept {
    return a < b ? b : a;
}

/// To the range of `T`.
template <class T>
[[nodiscard]] constexpr T saturate(S32 x) noexcept {
    return static_cast<T>(std::clamp<S32>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class T>
[[nodiscard]] constexpr T saturating_sum(T a, T b) noexcept {
    return saturate<T>(S32{a} + b);
}

template <class T>
[[nodiscard]] constexpr T saturating_difference(T a, T b) noexcept {
    return saturate<T>(S32{a} - b);
}

template <class T>
[[nodiscard]] constexpr T rounded_average(T a, T b) noexcept {
    return static_cast<T>((1U + a + b) / 2);
}

/// Fractions of 15 bits; only the square of -1 saturates.
[[nodiscard]] constexpr S16 q15_product(S16 a, S16 b) noexcept { return saturate<S16>((S32{a} * b + 0x4000) >> 15); }

/// Counted in pairs, then fours, then eights. Not std::popcount: GCC 12 for s390x, which has no vector of eight bytes,
/// makes one count of a whole word out of eight lanes.
[[nodiscard]] constexpr U8 population(U8 a) noexcept {
    const unsigned pairs = a - (a >> 1 & 0x55U);
    const unsigned fours = (pairs & 0x33U) + (pairs >> 2 & 0x33U);
    return static_cast<U8>((fours + (fours >> 4)) & 0x0FU);
}

template <class T>
[[nodiscard]] constexpr T shifted_left(T a, unsigned count) noexcept {
    return static_cast<T>(1U * a << count);
}

template <class T>
[[nodiscard]] constexpr T shifted_right(T a, unsigned count) noexcept {
    return static_cast<T>(a >> count);
}

// Tests of whole vectors.

template <class T>
[[nodiscard]] constexpr U32 all_true(V128 a) noexcept {
    U32 all = 1;
    for (const T lane : lanes_of<T>(a))
        all &= lane != 0 ? 1U : 0U;
    return all;
}

/// Bit i is the sign of lane i.
template <class T>
[[nodiscard]] constexpr U32 bitmask(V128 a) noexcept {
    const Lanes<T> lanes = lanes_of<T>(a);
    U32 mask = 0;
    for (std::size_t i = 0; i < lanes.size(); ++i)
        mask |= (as_signed(lanes[i]) < 0 ? 1U : 0U) << i;
    return mask;
}

// i8x16

inline V128 i8x16_eq(V128 a, V128 b) noexcept { return compare<equal<U8>>(a, b); }
inline V128 i8x16_ne(V128 a, V128 b) noexcept { return compare<unequal<U8>>(a, b); }
inline V128 i8x16_lt_s(V128 a, V128 b) noexcept { return compare<less<S8>>(a, b); }
inline V128 i8x16_lt_u(V128 a, V128 b) noexcept { return compare<less<U8>>(a, b); }
inline V128 i8x16_gt_s(V128 a, V128 b) noexcept { return compare<greater<S8>>(a, b); }
inline V128 i8x16_gt_u(V128 a, V128 b) noexcept { return compare<greater<U8>>(a, b); }
inline V128 i8x16_le_s(V128 a, V128 b) noexcept { return compare<less_or_equal<S8>>(a, b); }
inline V128 i8x16_le_u(V128 a, V128 b) noexcept { return compare<less_or_equal<U8>>(a, b); }
inline V128 i8x16_ge_s(V128 a, V128 b) noexcept { return compare<greater_or_equal<S8>>(a, b); }
inline V128 i8x16_ge_u(V128 a, V128 b) noexcept { return compare<greater_or_equal<U8>>(a, b); }
inline V128 i8x16_abs(V128 a) noexcept { return map<magnitude<U8>>(a); }
inline V128 i8x16_neg(V128 a) noexcept { return map<negation<U8>>(a); }
inline V128 i8x16_popcnt(V128 a) noexcept { return map<population>(a); }
inline U32 i8x16_all_true(V128 a) noexcept { return all_true<U8>(a); }
inline U32 i8x16_bitmask(V128 a) noexcept { return bitmask<U8>(a); }
inline V128 i8x16_shl(V128 a, U32 b) noexcept { return shift<shifted_left<U8>>(a, b); }
inline V128 i8x16_shr_s(V128 a, U32 b) noexcept { return shift<shifted_right<S8>>(a, b); }
inline V128 i8x16_shr_u(V128 a, U32 b) noexcept { return shift<shifted_right<U8>>(a, b); }
inline V128 i8x16_add(V128 a, V128 b) noexcept { return zip<sum<U8>>(a, b); }
inline V128 i8x16_add_sat_s(V128 a, V128 b) noexcept { return zip<saturating_sum<S8>>(a, b); }
inline V128 i8x16_add_sat_u(V128 a, V128 b) noexcept { return zip<saturating_sum<U8>>(a, b); }
inline V128 i8x16_sub(V128 a, V128 b) noexcept { return zip<difference<U8>>(a, b); }
inline V128 i8x16_sub_sat_s(V128 a, V128 b) noexcept { return zip<saturating_difference<S8>>(a, b); }
inline V128 i8x16_sub_sat_u(V128 a, V128 b) noexcept { return zip<saturating_difference<U8>>(a, b); }
inline V128 i8x16_min_s(V128 a, V128 b) noexcept { return zip<lesser<S8>>(a, b); }
inline V128 i8x16_min_u(V128 a, V128 b) noexcept { return zip<lesser<U8>>(a, b); }
inline V128 i8x16_max_s(V128 a, V128 b) noexcept { return zip<larger<S8>>(a, b); }
inline V128 i8x16_max_u(V128 a, V128 b) noexcept { return zip<larger<U8>>(a, b); }
inline V128 i8x16_avgr_u(V128 a, V128 b) noexcept { return zip<rounded_average<U8>>(a, b); }

// i16x8

inline V128 i16x8_eq(V128 a, V128 b) noexcept { return compare<equal<U16>>(a, b); }
inline V128 i16x8_ne(V128 a, V128 b) noexcept { return compare<unequal<U16>>(a, b); }
inline V128 i16x8_lt_s(V128 a, V128 b) noexcept { return compare<less<S16>>(a, b); }
inline V128 i16x8_lt_u(V128 a, V128 b) noexcept { return compare<less<U16>>(a, b); }
inline V128 i16x8_gt_s(V128 a, V128 b) noexcept { return compare<greater<S16>>(a, b); }
inline V128 i16x8_gt_u(V128 a, V128 b) noexcept { return compare<greater<U16>>(a, b); }
inline V128 i16x8_le_s(V128 a, V128 b) noexcept { return compare<less_or_equal<S16>>(a, b); }
inline V128 i16x8_le_u(V128 a, V128 b) noexcept { return compare<less_or_equal<U16>>(a, b); }
inline V128 i16x8_ge_s(V128 a, V128 b) noexcept { return compare<greater_or_equal<S16>>(a, b); }
inline V128 i16x8_ge_u(V128 a, V128 b) noexcept { return compare<greater_or_equal<U16>>(a, b); }
inline V128 i16x8_abs(V128 a) noexcept { return map<magnitude<U16>>(a); }
inline V128 i16x8_neg(V128 a) noexcept { return map<negation<U16>>(a); }
inline U32 i16x8_all_true(V128 a) noexcept { return all_true<U16>(a); }
inline U32 i16x8_bitmask(V128 a) noexcept { return bitmask<U16>(a); }
inline V128 i16x8_shl(V128 a, U32 b) noexcept { return shift<shifted_left<U16>>(a, b); }
inline V128 i16x8_shr_s(V128 a, U32 b) noexcept { return shift<shifted_right<S16>>(a, b); }
inline V128 i16x8_shr_u(V128 a, U32 b) noexcept { return shift<shifted_right<U16>>(a, b); }
inline V128 i16x8_add(V128 a, V128 b) noexcept { return zip<sum<U16>>(a, b); }
inline V128 i16x8_add_sat_s(V128 a, V128 b) noexcept { return zip<saturating_sum<S16>>(a, b); }
inline V128 i16x8_add_sat_u(V128 a, V128 b) noexcept { return zip<saturating_sum<U16>>(a, b); }
inline V128 i16x8_sub(V128 a, V128 b) noexcept { return zip<difference<U16>>(a, b); }
inline V128 i16x8_sub_sat_s(V128 a, V128 b) noexcept { return zip<saturating_difference<S16>>(a, b); }
inline V128 i16x8_sub_sat_u(V128 a, V128 b) noexcept { return zip<saturating_difference<U16>>(a, b); }
inline V128 i16x8_mul(V128 a, V128 b) noexcept { return zip<product<U16>>(a, b); }
inline V128 i16x8_min_s(V128 a, V128 b) noexcept { return zip<lesser<S16>>(a, b); }
inline V128 i16x8_min_u(V128 a, V128 b) noexcept { return zip<lesser<U16>>(a, b); }
inline V128 i16x8_max_s(V128 a, V128 b) noexcept { return zip<larger<S16>>(a, b); }
inline V128 i16x8_max_u(V128 a, V128 b) noexcept { return zip<larger<U16>>(a, b); }
inline V128 i16x8_avgr_u(V128 a, V128 b) noexcept { return zip<rounded_average<U16>>(a, b); }
inline V128 i16x8_q15mulr_sat_s(V128 a, V128 b) noexcept { return zip<q15_product>(a, b); }

// i32x4

inline V128 i32x4_eq(V128 a, V128 b) noexcept { return compare<equal<U32>>(a, b); }
inline V128 i32x4_ne(V128 a, V128 b) noexcept { return compare<unequal<U32>>(a, b); }
inline V128 i32x4_lt_s(V128 a, V128 b) noexcept { return compare<less<S32>>(a, b); }
inline V128 i32x4_lt_u(V128 a, V128 b) noexcept { return compare<less<U32>>(a, b); }
inline V128 i32x4_gt_s(V128 a, V128 b) noexcept { return compare<greater<S32>>(a, b); }
inline V128 i32x4_gt_u(V128 a, V128 b) noexcept { return compare<greater<U32>>(a, b); }
inline V128 i32x4_le_s(V128 a, V128 b) noexcept { return compare<less_or_equal<S32>>(a, b); }
inline V128 i32x4_le_u(V128 a, V128 b) noexcept { return compare<less_or_equal<U32>>(a, b); }
inline V128 i32x4_ge_s(V128 a, V128 b) noexcept { return compare<greater_or_equal<S32>>(a, b); }
inline V128 i32x4_ge_u(V128 a, V128 b) noexcept { return compare<greater_or_equal<U32>>(a, b); }
inline V128 i32x4_abs(V128 a) noexcept { return map<magnitude<U32>>(a); }
inline V128 i32x4_neg(V128 a) noexcept { return map<negation<U32>>(a); }
inline U32 i32x4_all_true(V128 a) noexcept { return all_true<U32>(a); }
inline U32 i32x4_bitmask(V128 a) noexcept { return bitmask<U32>(a); }
inline V128 i32x4_shl(V128 a, U32 b) noexcept { return shift<shifted_left<U32>>(a, b); }
inline V128 i32x4_shr_s(V128 a, U32 b) noexcept { return shift<shifted_right<S32>>(a, b); }
inline V128 i32x4_shr_u(V128 a, U32 b) noexcept { return shift<shifted_right<U32>>(a, b); }
inline V128 i32x4_add(V128 a, V128 b) noexcept { return zip<sum<U32>>(a, b); }
inline V128 i32x4_sub(V128 a, V128 b) noexcept { return zip<difference<U32>>(a, b); }
inline V128 i32x4_mul(V128 a, V128 b) noexcept { return zip<product<U32>>(a, b); }
inline V128 i32x4_min_s(V128 a, V128 b) noexcept { return zip<lesser<S32>>(a, b); }
inline V128 i32x4_min_u(V128 a, V128 b) noexcept { return zip<lesser<U32>>(a, b); }
inline V128 i32x4_max_s(V128 a, V128 b) noexcept { return zip<larger<S32>>(a, b); }
inline V128 i32x4_max_u(V128 a, V128 b) noexcept { return zip<larger<U32>>(a, b); }

// i64x2

inline V128 i64x2_eq(V128 a, V128 b) noexcept { return compare<equal<U64>>(a, b); }
inline V128 i64x2_ne(V128 a, V128 b) noexcept { return compare<unequal<U64>>(a, b); }
inline V128 i64x2_lt_s(V128 a, V128 b) noexcept { return compare<less<S64>>(a, b); }
inline V128 i64x2_gt_s(V128 a, V128 b) noexcept { return compare<greater<S64>>(a, b); }
inline V128 i64x2_le_s(V128 a, V128 b) noexcept { return compare<less_or_equal<S64>>(a, b); }
inline V128 i64x2_ge_s(V128 a, V128 b) noexcept { return compare<greater_or_equal<S64>>(a, b); }
inline V128 i64x2_abs(V128 a) noexcept { return map<magnitude<U64>>(a); }
inline V128 i64x2_neg(V128 a) noexcept { return map<negation<U64>>(a); }
inline U32 i64x2_all_true(V128 a) noexcept { return all_true<U64>(a); }
inline U32 i64x2_bitmask(V128 a) noexcept { return bitmask<U64>(a); }
inline V128 i64x2_shl(V128 a, U32 b) noexcept { return shift<shifted_left<U64>>(a, b); }
inline V128 i64x2_shr_s(V128 a, U32 b) noexcept { return shift<shifted_right<S64>>(a, b); }
inline V128 i64x2_shr_u(V128 a, U32 b) noexcept { return shift<shifted_right<U64>>(a, b); }
inline V128 i64x2_add(V128 a, V128 b) noexcept { return zip<sum<U64>>(a, b); }
inline V128 i64x2_sub(V128 a, V128 b) noexcept { return zip<difference<U64>>(a, b); }
inline V128 i64x2_mul(V128 a, V128 b) noexcept { return zip<product<U64>>(a, b); }

} // namespace detent::body
