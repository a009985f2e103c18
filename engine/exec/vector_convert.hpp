// The bodies of the vector instructions between lanes of different widths or kinds. Source: spec, Execution, Numerics.
#pragma once

#include "engine/exec/vector_integer.hpp"

namespace detent::body {

/// The unsigned type of twice the width. An integer of any sign becomes one by its own sign.
template <class T>
using Wide = std::conditional_t<sizeof(T) == 1, U16, std::conditional_t<sizeof(T) == 2, U32, U64>>;

enum class Half : U8 { low, high };

/// The lanes of one half, each extended.
template <class T, Half half>
[[nodiscard]] constexpr V128 extend(V128 a) noexcept {
    const Lanes<T> from = lanes_of<T>(a);
    Lanes<Wide<T>> to{};
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] = static_cast<Wide<T>>(from[half == Half::low ? i : i + to.size()]);
    return vector_of<Wide<T>>(to);
}

/// The lanes of `a`, then those of `b`, each in the range of `T`.
template <class T>
[[nodiscard]] constexpr V128 narrow(V128 a, V128 b) noexcept {
    using From = Signed<Wide<T>>;
    const Lanes<From> x = lanes_of<From>(a);
    const Lanes<From> y = lanes_of<From>(b);
    Lanes<T> to{};
    for (std::size_t i = 0; i < x.size(); ++i) {
        to[i] = saturate<T>(x[i]);
        to[i + x.size()] = saturate<T>(y[i]);
    }
    return vector_of<T>(to);
}

/// Two neighbours make one lane; the sum fits.
template <class T>
[[nodiscard]] constexpr V128 add_pairs(V128 a) noexcept {
    const Lanes<T> from = lanes_of<T>(a);
    Lanes<Wide<T>> to{};
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] = sum(static_cast<Wide<T>>(from[2 * i]), static_cast<Wide<T>>(from[2 * i + 1]));
    return vector_of<Wide<T>>(to);
}

/// The product of two extended lanes fits.
template <class T, Half half>
[[nodiscard]] constexpr V128 multiply_extended(V128 a, V128 b) noexcept {
    return zip<product<Wide<T>>>(extend<T, half>(a), extend<T, half>(b));
}

// i8x16 to i16x8 and back

inline V128 i16x8_extend_low_i8x16_s(V128 a) noexcept { return extend<S8, Half::low>(a); }
inline V128 i16x8_extend_high_i8x16_s(V128 a) noexcept { return extend<S8, Half::high>(a); }
inline V128 i16x8_extend_low_i8x16_u(V128 a) noexcept { return extend<U8, Half::low>(a); }
inline V128 i16x8_extend_high_i8x16_u(V128 a) noexcept { return extend<U8, Half::high>(a); }
inline V128 i16x8_extmul_low_i8x16_s(V128 a, V128 b) noexcept { return multiply_extended<S8, Half::low>(a, b); }
inline V128 i16x8_extmul_high_i8x16_s(V128 a, V128 b) noexcept { return multiply_extended<S8, Half::high>(a, b); }
inline V128 i16x8_extmul_low_i8x16_u(V128 a, V128 b) noexcept { return multiply_extended<U8, Half::low>(a, b); }
inline V128 i16x8_extmul_high_i8x16_u(V128 a, V128 b) noexcept { return multiply_extended<U8, Half::high>(a, b); }
inline V128 i16x8_extadd_pairwise_i8x16_s(V128 a) noexcept { return add_pairs<S8>(a); }
inline V128 i16x8_extadd_pairwise_i8x16_u(V128 a) noexcept { return add_pairs<U8>(a); }
inline V128 i8x16_narrow_i16x8_s(V128 a, V128 b) noexcept { return narrow<S8>(a, b); }
inline V128 i8x16_narrow_i16x8_u(V128 a, V128 b) noexcept { return narrow<U8>(a, b); }

// i16x8 to i32x4 and back

inline V128 i32x4_extend_low_i16x8_s(V128 a) noexcept { return extend<S16, Half::low>(a); }
inline V128 i32x4_extend_high_i16x8_s(V128 a) noexcept { return extend<S16, Half::high>(a); }
inline V128 i32x4_extend_low_i16x8_u(V128 a) noexcept { return extend<U16, Half::low>(a); }
inline V128 i32x4_extend_high_i16x8_u(V128 a) noexcept { return extend<U16, Half::high>(a); }
inline V128 i32x4_extmul_low_i16x8_s(V128 a, V128 b) noexcept { return multiply_extended<S16, Half::low>(a, b); }
inline V128 i32x4_extmul_high_i16x8_s(V128 a, V128 b) noexcept { return multiply_extended<S16, Half::high>(a, b); }
inline V128 i32x4_extmul_low_i16x8_u(V128 a, V128 b) noexcept { return multiply_extended<U16, Half::low>(a, b); }
inline V128 i32x4_extmul_high_i16x8_u(V128 a, V128 b) noexcept { return multiply_extended<U16, Half::high>(a, b); }
inline V128 i32x4_extadd_pairwise_i16x8_s(V128 a) noexcept { return add_pairs<S16>(a); }
inline V128 i32x4_extadd_pairwise_i16x8_u(V128 a) noexcept { return add_pairs<U16>(a); }
inline V128 i16x8_narrow_i32x4_s(V128 a, V128 b) noexcept { return narrow<S16>(a, b); }
inline V128 i16x8_narrow_i32x4_u(V128 a, V128 b) noexcept { return narrow<U16>(a, b); }

// i32x4 to i64x2 and back

inline V128 i64x2_extend_low_i32x4_s(V128 a) noexcept { return extend<S32, Half::low>(a); }
inline V128 i64x2_extend_high_i32x4_s(V128 a) noexcept { return extend<S32, Half::high>(a); }
inline V128 i64x2_extend_low_i32x4_u(V128 a) noexcept { return extend<U32, Half::low>(a); }
inline V128 i64x2_extend_high_i32x4_u(V128 a) noexcept { return extend<U32, Half::high>(a); }
inline V128 i64x2_extmul_low_i32x4_s(V128 a, V128 b) noexcept { return multiply_extended<S32, Half::low>(a, b); }
inline V128 i64x2_extmul_high_i32x4_s(V128 a, V128 b) noexcept { return multiply_extended<S32, Half::high>(a, b); }
inline V128 i64x2_extmul_low_i32x4_u(V128 a, V128 b) noexcept { return multiply_extended<U32, Half::low>(a, b); }
inline V128 i64x2_extmul_high_i32x4_u(V128 a, V128 b) noexcept { return multiply_extended<U32, Half::high>(a, b); }

/// Only four times the square of the least lane leaves 31 bits, and wraps.
inline V128 i32x4_dot_i16x8_s(V128 a, V128 b) noexcept {
    const V128 low = i32x4_extmul_low_i16x8_s(a, b);
    const V128 high = i32x4_extmul_high_i16x8_s(a, b);
    const Lanes<U32> x = lanes_of<U32>(low);
    const Lanes<U32> y = lanes_of<U32>(high);
    return vector_of<U32>({x[0] + x[1], x[2] + x[3], y[0] + y[1], y[2] + y[3]});
}

// Between integers and floats, and between floats: the scalar conversion of each lane.

inline V128 i32x4_trunc_sat_f32x4_s(V128 a) noexcept { return map<i32_trunc_sat_f32_s>(a); }
inline V128 i32x4_trunc_sat_f32x4_u(V128 a) noexcept { return map<i32_trunc_sat_f32_u>(a); }
inline V128 i32x4_trunc_sat_f64x2_s_zero(V128 a) noexcept { return map<i32_trunc_sat_f64_s>(a); }
inline V128 i32x4_trunc_sat_f64x2_u_zero(V128 a) noexcept { return map<i32_trunc_sat_f64_u>(a); }
inline V128 f32x4_convert_i32x4_s(V128 a) noexcept { return map<f32_convert_i32_s>(a); }
inline V128 f32x4_convert_i32x4_u(V128 a) noexcept { return map<f32_convert_i32_u>(a); }
inline V128 f64x2_convert_low_i32x4_s(V128 a) noexcept { return map<f64_convert_i32_s>(a); }
inline V128 f64x2_convert_low_i32x4_u(V128 a) noexcept { return map<f64_convert_i32_u>(a); }
inline V128 f32x4_demote_f64x2_zero(V128 a) noexcept { return map<f32_demote_f64>(a); }
inline V128 f64x2_promote_low_f32x4(V128 a) noexcept { return map<f64_promote_f32>(a); }

} // namespace detent::body
