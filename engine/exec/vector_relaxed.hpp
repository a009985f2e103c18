// The bodies of the relaxed vector instructions. The specification lets an implementation choose; under its
// deterministic profile every choice is the first one listed, and so it is here (DET-1). Source: spec, Execution,
// Numerics, Relaxed Operations.
#pragma once

#include "engine/exec/vector_bits.hpp"
#include "engine/exec/vector_convert.hpp"
#include "engine/exec/vector_float.hpp"

namespace detent::body {

inline V128 i8x16_relaxed_swizzle(V128 a, V128 b) noexcept { return i8x16_swizzle(a, b); }
inline V128 i32x4_relaxed_trunc_f32x4_s(V128 a) noexcept { return i32x4_trunc_sat_f32x4_s(a); }
inline V128 i32x4_relaxed_trunc_f32x4_u(V128 a) noexcept { return i32x4_trunc_sat_f32x4_u(a); }
inline V128 i32x4_relaxed_trunc_f64x2_s_zero(V128 a) noexcept { return i32x4_trunc_sat_f64x2_s_zero(a); }
inline V128 i32x4_relaxed_trunc_f64x2_u_zero(V128 a) noexcept { return i32x4_trunc_sat_f64x2_u_zero(a); }

// Two roundings, never fused (DET-2).

inline V128 f32x4_relaxed_madd(V128 a, V128 b, V128 c) noexcept { return f32x4_add(f32x4_mul(a, b), c); }
inline V128 f32x4_relaxed_nmadd(V128 a, V128 b, V128 c) noexcept { return f32x4_relaxed_madd(f32x4_neg(a), b, c); }
inline V128 f64x2_relaxed_madd(V128 a, V128 b, V128 c) noexcept { return f64x2_add(f64x2_mul(a, b), c); }
inline V128 f64x2_relaxed_nmadd(V128 a, V128 b, V128 c) noexcept { return f64x2_relaxed_madd(f64x2_neg(a), b, c); }

// Bit by bit, whatever the lanes.

inline V128 i8x16_relaxed_laneselect(V128 a, V128 b, V128 mask) noexcept { return v128_bitselect(a, b, mask); }
inline V128 i16x8_relaxed_laneselect(V128 a, V128 b, V128 mask) noexcept { return v128_bitselect(a, b, mask); }
inline V128 i32x4_relaxed_laneselect(V128 a, V128 b, V128 mask) noexcept { return v128_bitselect(a, b, mask); }
inline V128 i64x2_relaxed_laneselect(V128 a, V128 b, V128 mask) noexcept { return v128_bitselect(a, b, mask); }

inline V128 f32x4_relaxed_min(V128 a, V128 b) noexcept { return f32x4_min(a, b); }
inline V128 f32x4_relaxed_max(V128 a, V128 b) noexcept { return f32x4_max(a, b); }
inline V128 f64x2_relaxed_min(V128 a, V128 b) noexcept { return f64x2_min(a, b); }
inline V128 f64x2_relaxed_max(V128 a, V128 b) noexcept { return f64x2_max(a, b); }

inline V128 i16x8_relaxed_q15mulr_s(V128 a, V128 b) noexcept { return i16x8_q15mulr_sat_s(a, b); }

/// Both operands are signed, and the sum of two products saturates: it leaves 16 bits where all four are -128.
inline V128 i16x8_relaxed_dot_i8x16_i7x16_s(V128 a, V128 b) noexcept {
    const auto product = [](auto x, auto y) { return unpacked(x * y); };
    return saturating_sum<S16>(product(lower_halves<S8>(a), lower_halves<S8>(b)),
                               product(upper_halves<S8>(a), upper_halves<S8>(b)));
}

/// The sums of 16 bits have saturated before they are added.
inline V128 i32x4_relaxed_dot_i8x16_i7x16_add_s(V128 a, V128 b, V128 c) noexcept {
    return i32x4_add(i32x4_extadd_pairwise_i16x8_s(i16x8_relaxed_dot_i8x16_i7x16_s(a, b)), c);
}

} // namespace detent::body
