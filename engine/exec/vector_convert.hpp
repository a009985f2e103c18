// The bodies of the vector instructions between lanes of different widths or kinds. Source: spec, Execution, Numerics.
#pragma once

#include "engine/exec/vector_integer.hpp"

namespace detent::body {

/// The unsigned type of twice the width. An integer of any sign becomes one by its own sign.
template <class T>
using Wide = std::conditional_t<sizeof(T) == 1, U16, std::conditional_t<sizeof(T) == 2, U32, U64>>;

template <class T>
using WideLane = std::conditional_t<std::is_signed_v<T>, Signed<Wide<T>>, Wide<T>>;

/// The position of a lane in a Packed, and back.
template <class T>
[[nodiscard]] constexpr int position_of(int lane) noexcept {
    constexpr int kTurn = std::endian::native == std::endian::big ? kLanesInWord<T> - 1 : 0;
    return lane ^ kTurn;
}

/// Lane i of the result is lane `from(i)` of `a` and `b`, one behind the other.
template <class T, auto from, std::size_t... positions>
[[nodiscard, gnu::always_inline]] inline V128 pick(V128 a, V128 b, std::index_sequence<positions...>) noexcept {
    constexpr auto kFrom = [](std::size_t position) {
        const int lane = from(position_of<T>(static_cast<int>(position)));
        constexpr int kCount = kLanes<T>;
        return lane < kCount ? position_of<T>(lane) : kCount + position_of<T>(lane - kCount);
    };
    return unpacked(__builtin_shufflevector(packed<T>(a), packed<T>(b), kFrom(positions)...));
}
template <class T, auto from>
[[nodiscard, gnu::always_inline]] inline V128 pick(V128 a, V128 b) noexcept {
    return pick<T, from>(a, b, std::make_index_sequence<kLanes<T>>{});
}

enum class Half : U8 { low, high };

/// The lanes of one half, each extended: twice beside itself, then shifted down by its own sign.
template <class T, Half half>
[[nodiscard, gnu::always_inline]] inline V128 extend(V128 a) noexcept {
    constexpr auto kFrom = [](int lane) { return lane / 2 + (half == Half::high ? int{kLanes<Wide<T>>} : 0); };
    return unpacked(packed<WideLane<T>>(pick<T, kFrom>(a, a)) >> 8 * sizeof(T));
}

/// The lanes of `a`, then those of `b`, each in the range of `T`.
template <class T>
[[nodiscard, gnu::always_inline]] inline V128 narrow(V128 a, V128 b) noexcept {
    using From = Signed<Wide<T>>;
    const V128 lowest = splat<From>(std::numeric_limits<T>::min());
    const V128 highest = splat<From>(std::numeric_limits<T>::max());
    const auto saturated = [&](V128 lanes) { return lesser<From>(larger<From>(lanes, lowest), highest); };
    return pick<T, [](int lane) { return 2 * lane; }>(saturated(a), saturated(b));
}

/// The lanes in the lower halves of lanes twice as wide, extended; and those in the upper halves.
template <class T>
[[nodiscard, gnu::always_inline]] inline Packed<WideLane<T>> lower_halves(V128 a) noexcept {
    constexpr int kBits = 8 * sizeof(T);
    return std::bit_cast<Packed<WideLane<T>>>(packed<Wide<T>>(a) << kBits) >> kBits;
}
template <class T>
[[nodiscard, gnu::always_inline]] inline Packed<WideLane<T>> upper_halves(V128 a) noexcept {
    constexpr int kBits = 8 * sizeof(T);
    return packed<WideLane<T>>(a) >> kBits;
}

/// Two neighbours make one lane; the sum fits.
template <class T>
[[nodiscard, gnu::always_inline]] inline V128 add_pairs(V128 a) noexcept {
    return unpacked(lower_halves<T>(a) + upper_halves<T>(a));
}

/// The product of two extended lanes fits.
template <class T, Half half>
[[nodiscard, gnu::always_inline]] inline V128 multiply_extended(V128 a, V128 b) noexcept {
    return lanewise<Wide<T>>(extend<T, half>(a), extend<T, half>(b), kProduct);
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
    const auto product = [](auto x, auto y) { return std::bit_cast<Packed<U32>>(x * y); };
    return unpacked(product(lower_halves<S16>(a), lower_halves<S16>(b)) +
                    product(upper_halves<S16>(a), upper_halves<S16>(b)));
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
