// The bodies of the float vector instructions: each is the scalar instruction, lane by lane, with its NaN (DET-1).
// Source: spec, Execution, Numerics.
#pragma once

#include "engine/exec/vector.hpp"

#include <functional>

namespace detent::body {

// These two return an operand as it is, NaNs too.

template <class F>
[[nodiscard]] inline F pseudo_minimum(F a, F b) noexcept {
    return native(b) < native(a) ? b : a;
}

template <class F>
[[nodiscard]] inline F pseudo_maximum(F a, F b) noexcept {
    return native(a) < native(b) ? b : a;
}

/// The operator on all lanes, then the NaNs: two loops that a compiler makes vector code of, without a branch.
template <class F, class Operator>
[[nodiscard]] inline V128 arithmetic(V128 a, V128 b, Operator op) noexcept {
    const Lanes<F> x = lanes_of<F>(a);
    const Lanes<F> y = lanes_of<F>(b);
    std::array<typename F::Native, x.size()> raw{};
    for (std::size_t i = 0; i < x.size(); ++i)
        raw[i] = op(native(x[i]), native(y[i]));
    Lanes<F> lanes{};
    for (std::size_t i = 0; i < x.size(); ++i)
        lanes[i] = canonical_lane<F>(raw[i]);
    return vector_of<F>(lanes);
}

// f32x4

inline V128 f32x4_eq(V128 a, V128 b) noexcept { return compare<f32_eq>(a, b); }
inline V128 f32x4_ne(V128 a, V128 b) noexcept { return compare<f32_ne>(a, b); }
inline V128 f32x4_lt(V128 a, V128 b) noexcept { return compare<f32_lt>(a, b); }
inline V128 f32x4_gt(V128 a, V128 b) noexcept { return compare<f32_gt>(a, b); }
inline V128 f32x4_le(V128 a, V128 b) noexcept { return compare<f32_le>(a, b); }
inline V128 f32x4_ge(V128 a, V128 b) noexcept { return compare<f32_ge>(a, b); }
inline V128 f32x4_ceil(V128 a) noexcept { return map<f32_ceil>(a); }
inline V128 f32x4_floor(V128 a) noexcept { return map<f32_floor>(a); }
inline V128 f32x4_trunc(V128 a) noexcept { return map<f32_trunc>(a); }
inline V128 f32x4_nearest(V128 a) noexcept { return map<f32_nearest>(a); }
inline V128 f32x4_abs(V128 a) noexcept { return map<f32_abs>(a); }
inline V128 f32x4_neg(V128 a) noexcept { return map<f32_neg>(a); }
inline V128 f32x4_sqrt(V128 a) noexcept { return map<f32_sqrt>(a); }
inline V128 f32x4_add(V128 a, V128 b) noexcept { return arithmetic<F32>(a, b, std::plus<>{}); }
inline V128 f32x4_sub(V128 a, V128 b) noexcept { return arithmetic<F32>(a, b, std::minus<>{}); }
inline V128 f32x4_mul(V128 a, V128 b) noexcept { return arithmetic<F32>(a, b, std::multiplies<>{}); }
inline V128 f32x4_div(V128 a, V128 b) noexcept { return arithmetic<F32>(a, b, std::divides<>{}); }
inline V128 f32x4_min(V128 a, V128 b) noexcept { return zip<f32_min>(a, b); }
inline V128 f32x4_max(V128 a, V128 b) noexcept { return zip<f32_max>(a, b); }
inline V128 f32x4_pmin(V128 a, V128 b) noexcept { return zip<pseudo_minimum<F32>>(a, b); }
inline V128 f32x4_pmax(V128 a, V128 b) noexcept { return zip<pseudo_maximum<F32>>(a, b); }

// f64x2

inline V128 f64x2_eq(V128 a, V128 b) noexcept { return compare<f64_eq>(a, b); }
inline V128 f64x2_ne(V128 a, V128 b) noexcept { return compare<f64_ne>(a, b); }
inline V128 f64x2_lt(V128 a, V128 b) noexcept { return compare<f64_lt>(a, b); }
inline V128 f64x2_gt(V128 a, V128 b) noexcept { return compare<f64_gt>(a, b); }
inline V128 f64x2_le(V128 a, V128 b) noexcept { return compare<f64_le>(a, b); }
inline V128 f64x2_ge(V128 a, V128 b) noexcept { return compare<f64_ge>(a, b); }
inline V128 f64x2_ceil(V128 a) noexcept { return map<f64_ceil>(a); }
inline V128 f64x2_floor(V128 a) noexcept { return map<f64_floor>(a); }
inline V128 f64x2_trunc(V128 a) noexcept { return map<f64_trunc>(a); }
inline V128 f64x2_nearest(V128 a) noexcept { return map<f64_nearest>(a); }
inline V128 f64x2_abs(V128 a) noexcept { return map<f64_abs>(a); }
inline V128 f64x2_neg(V128 a) noexcept { return map<f64_neg>(a); }
inline V128 f64x2_sqrt(V128 a) noexcept { return map<f64_sqrt>(a); }
inline V128 f64x2_add(V128 a, V128 b) noexcept { return arithmetic<F64>(a, b, std::plus<>{}); }
inline V128 f64x2_sub(V128 a, V128 b) noexcept { return arithmetic<F64>(a, b, std::minus<>{}); }
inline V128 f64x2_mul(V128 a, V128 b) noexcept { return arithmetic<F64>(a, b, std::multiplies<>{}); }
inline V128 f64x2_div(V128 a, V128 b) noexcept { return arithmetic<F64>(a, b, std::divides<>{}); }
inline V128 f64x2_min(V128 a, V128 b) noexcept { return zip<f64_min>(a, b); }
inline V128 f64x2_max(V128 a, V128 b) noexcept { return zip<f64_max>(a, b); }
inline V128 f64x2_pmin(V128 a, V128 b) noexcept { return zip<pseudo_minimum<F64>>(a, b); }
inline V128 f64x2_pmax(V128 a, V128 b) noexcept { return zip<pseudo_maximum<F64>>(a, b); }

} // namespace detent::body
