// The bodies of the float vector instructions: each does in every lane what the scalar one does, with its NaN (DET-1).
// Source: spec, Execution, Numerics.
#pragma once

#include "engine/exec/vector.hpp"

namespace detent::body {

/// Every NaN becomes the canonical one (DET-1), by a choice: a branch would be for one lane. Not in a build that
/// measures the cost of this.
template <class F>
[[nodiscard, gnu::always_inline]] inline V128 canonical_lanes(Packed<F> lanes) noexcept {
#ifdef DETENT_BENCH_NO_CANONICAL_NANS
    return unpacked(lanes);
#else
    using Bits = Packed<typename F::Bits>;
    const auto is_number = std::bit_cast<Bits>(lanes == lanes);
    return unpacked(choose(is_number, std::bit_cast<Bits>(lanes), Bits{} + Format<F>::kCanonicalNan));
#endif
}

template <class F, class Operator>
[[nodiscard, gnu::always_inline]] inline V128 arithmetic(V128 a, V128 b, Operator op) noexcept {
    return canonical_lanes<F>(op(packed<F>(a), packed<F>(b)));
}

/// Correctly rounded (DET-5), lane by lane, of which compilers make one instruction.
template <class F>
[[nodiscard, gnu::always_inline]] inline V128 square_roots(V128 a) noexcept {
    Packed<F> lanes = packed<F>(a);
    for (std::size_t i = 0; i < kLanes<F>; ++i) {
        if constexpr (std::is_same_v<F, F32>)
            lanes[i] = __builtin_sqrtf(lanes[i]);
        else
            lanes[i] = __builtin_sqrt(lanes[i]);
    }
    return canonical_lanes<F>(lanes);
}

template <class F>
[[nodiscard, gnu::always_inline]] inline V128 without_sign(V128 a) noexcept {
    return unpacked(packed<typename F::Bits>(a) & ~Format<F>::kSign);
}

template <class F>
[[nodiscard, gnu::always_inline]] inline V128 with_other_sign(V128 a) noexcept {
    return unpacked(packed<typename F::Bits>(a) ^ Format<F>::kSign);
}

/// Where a relation of the two does not hold, `a`; else `b`. Both as they are, NaNs too.
template <class F, class Relation>
[[nodiscard, gnu::always_inline]] inline Packed<typename F::Bits> second_where(Relation holds, V128 a,
                                                                               V128 b) noexcept {
    using Bits = Packed<typename F::Bits>;
    const auto mask = std::bit_cast<Bits>(holds(packed<F>(a), packed<F>(b)));
    return choose(mask, packed<typename F::Bits>(b), packed<typename F::Bits>(a));
}

/// As the scalar minimum or maximum: NaNs are canonical, and the bits of equal operands come together, which matters
/// for zeros alone.
template <class F, class Relation, class Together>
[[nodiscard, gnu::always_inline]] inline V128 extremes(V128 a, V128 b, Relation takes_second,
                                                       Together together) noexcept {
    using Bits = Packed<typename F::Bits>;
    const Packed<F> x = packed<F>(a);
    const Packed<F> y = packed<F>(b);
    const auto is_equal = std::bit_cast<Bits>(x == y);
    const auto are_numbers = std::bit_cast<Bits>((x == x) & (y == y));
    const Bits both = together(packed<typename F::Bits>(a), packed<typename F::Bits>(b));
    const Bits extreme = choose(is_equal, both, second_where<F>(takes_second, a, b));
    return unpacked(choose(are_numbers, extreme, Bits{} + Format<F>::kCanonicalNan));
}

template <class F>
[[nodiscard, gnu::always_inline]] inline V128 minimums(V128 a, V128 b) noexcept {
    return extremes<F>(a, b, kGreater, [](auto x, auto y) { return x | y; });
}

template <class F>
[[nodiscard, gnu::always_inline]] inline V128 maximums(V128 a, V128 b) noexcept {
    return extremes<F>(a, b, kLess, [](auto x, auto y) { return x & y; });
}

// f32x4

inline V128 f32x4_eq(V128 a, V128 b) noexcept { return lanewise<F32>(a, b, kEqual); }
inline V128 f32x4_ne(V128 a, V128 b) noexcept { return lanewise<F32>(a, b, kUnequal); }
inline V128 f32x4_lt(V128 a, V128 b) noexcept { return lanewise<F32>(a, b, kLess); }
inline V128 f32x4_gt(V128 a, V128 b) noexcept { return lanewise<F32>(a, b, kGreater); }
inline V128 f32x4_le(V128 a, V128 b) noexcept { return lanewise<F32>(a, b, kLessOrEqual); }
inline V128 f32x4_ge(V128 a, V128 b) noexcept { return lanewise<F32>(a, b, kGreaterOrEqual); }
inline V128 f32x4_ceil(V128 a) noexcept { return map<f32_ceil>(a); }
inline V128 f32x4_floor(V128 a) noexcept { return map<f32_floor>(a); }
inline V128 f32x4_trunc(V128 a) noexcept { return map<f32_trunc>(a); }
inline V128 f32x4_nearest(V128 a) noexcept { return map<f32_nearest>(a); }
inline V128 f32x4_abs(V128 a) noexcept { return without_sign<F32>(a); }
inline V128 f32x4_neg(V128 a) noexcept { return with_other_sign<F32>(a); }
inline V128 f32x4_sqrt(V128 a) noexcept { return square_roots<F32>(a); }
inline V128 f32x4_add(V128 a, V128 b) noexcept { return arithmetic<F32>(a, b, kSum); }
inline V128 f32x4_sub(V128 a, V128 b) noexcept { return arithmetic<F32>(a, b, kDifference); }
inline V128 f32x4_mul(V128 a, V128 b) noexcept { return arithmetic<F32>(a, b, kProduct); }
inline V128 f32x4_div(V128 a, V128 b) noexcept { return arithmetic<F32>(a, b, kQuotient); }
inline V128 f32x4_min(V128 a, V128 b) noexcept { return minimums<F32>(a, b); }
inline V128 f32x4_max(V128 a, V128 b) noexcept { return maximums<F32>(a, b); }
inline V128 f32x4_pmin(V128 a, V128 b) noexcept { return unpacked(second_where<F32>(kGreater, a, b)); }
inline V128 f32x4_pmax(V128 a, V128 b) noexcept { return unpacked(second_where<F32>(kLess, a, b)); }

// f64x2

inline V128 f64x2_eq(V128 a, V128 b) noexcept { return lanewise<F64>(a, b, kEqual); }
inline V128 f64x2_ne(V128 a, V128 b) noexcept { return lanewise<F64>(a, b, kUnequal); }
inline V128 f64x2_lt(V128 a, V128 b) noexcept { return lanewise<F64>(a, b, kLess); }
inline V128 f64x2_gt(V128 a, V128 b) noexcept { return lanewise<F64>(a, b, kGreater); }
inline V128 f64x2_le(V128 a, V128 b) noexcept { return lanewise<F64>(a, b, kLessOrEqual); }
inline V128 f64x2_ge(V128 a, V128 b) noexcept { return lanewise<F64>(a, b, kGreaterOrEqual); }
inline V128 f64x2_ceil(V128 a) noexcept { return map<f64_ceil>(a); }
inline V128 f64x2_floor(V128 a) noexcept { return map<f64_floor>(a); }
inline V128 f64x2_trunc(V128 a) noexcept { return map<f64_trunc>(a); }
inline V128 f64x2_nearest(V128 a) noexcept { return map<f64_nearest>(a); }
inline V128 f64x2_abs(V128 a) noexcept { return without_sign<F64>(a); }
inline V128 f64x2_neg(V128 a) noexcept { return with_other_sign<F64>(a); }
inline V128 f64x2_sqrt(V128 a) noexcept { return square_roots<F64>(a); }
inline V128 f64x2_add(V128 a, V128 b) noexcept { return arithmetic<F64>(a, b, kSum); }
inline V128 f64x2_sub(V128 a, V128 b) noexcept { return arithmetic<F64>(a, b, kDifference); }
inline V128 f64x2_mul(V128 a, V128 b) noexcept { return arithmetic<F64>(a, b, kProduct); }
inline V128 f64x2_div(V128 a, V128 b) noexcept { return arithmetic<F64>(a, b, kQuotient); }
inline V128 f64x2_min(V128 a, V128 b) noexcept { return minimums<F64>(a, b); }
inline V128 f64x2_max(V128 a, V128 b) noexcept { return maximums<F64>(a, b); }
inline V128 f64x2_pmin(V128 a, V128 b) noexcept { return unpacked(second_where<F64>(kGreater, a, b)); }
inline V128 f64x2_pmax(V128 a, V128 b) noexcept { return unpacked(second_where<F64>(kLess, a, b)); }

} // namespace detent::body
