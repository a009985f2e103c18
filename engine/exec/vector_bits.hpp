// The bodies of vector instructions that only move bits: logic, splats and swizzles. Source: spec, Execution, Vector
// Instructions.
#pragma once

#include "engine/exec/vector.hpp"

namespace detent::body {

inline V128 v128_not(V128 a) noexcept { return {~a.low, ~a.high}; }
inline V128 v128_and(V128 a, V128 b) noexcept { return {a.low & b.low, a.high & b.high}; }
inline V128 v128_andnot(V128 a, V128 b) noexcept { return v128_and(a, v128_not(b)); }
inline V128 v128_or(V128 a, V128 b) noexcept { return {a.low | b.low, a.high | b.high}; }
inline V128 v128_xor(V128 a, V128 b) noexcept { return {a.low ^ b.low, a.high ^ b.high}; }
inline V128 v128_bitselect(V128 a, V128 b, V128 mask) noexcept {
    return v128_or(v128_and(a, mask), v128_andnot(b, mask));
}
inline U32 v128_any_true(V128 a) noexcept { return (a.low | a.high) != 0; }

inline V128 i8x16_splat(U32 a) noexcept { return splat(static_cast<U8>(a)); }
inline V128 i16x8_splat(U32 a) noexcept { return splat(static_cast<U16>(a)); }
inline V128 i32x4_splat(U32 a) noexcept { return splat(a); }
inline V128 i64x2_splat(U64 a) noexcept { return splat(a); }
inline V128 f32x4_splat(F32 a) noexcept { return splat(a); }
inline V128 f64x2_splat(F64 a) noexcept { return splat(a); }

/// An index beyond the vector gives 0.
inline V128 i8x16_swizzle(V128 a, V128 indices) noexcept {
    const Lanes<U8> from = lanes_of<U8>(a);
    Lanes<U8> lanes = lanes_of<U8>(indices);
    for (U8& lane : lanes)
        lane = lane < from.size() ? from[lane] : U8{0};
    return vector_of<U8>(lanes);
}

} // namespace detent::body
