// Floating-point operations as the deterministic profile has them: on bits, the same on every machine.
// Source: spec, Execution, Numerics; DET-1 to DET-6.
#pragma once

#include <bit>
#include <cfloat>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace detent {

static_assert(FLT_EVAL_METHOD == 0, "operations must round to their own type (DET-3)");
static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

/// A float as its bits, so that no calling convention or register ever alters a NaN (DET-1).
struct F32 {
    using Bits = std::uint32_t;
    using Native = float;
    static constexpr int kFractionBits = 23;
    static constexpr int kExponentBits = 8;
    Bits bits = 0;
};

struct F64 {
    using Bits = std::uint64_t;
    using Native = double;
    static constexpr int kFractionBits = 52;
    static constexpr int kExponentBits = 11;
    Bits bits = 0;
};

/// The parts of a format. `F` is F32 or F64.
template <class F>
struct Format {
    using Bits = typename F::Bits;
    static constexpr int kBias = (1 << (F::kExponentBits - 1)) - 1;
    static constexpr Bits kSign = Bits{1} << (F::kFractionBits + F::kExponentBits);
    static constexpr Bits kFraction = (Bits{1} << F::kFractionBits) - 1;
    static constexpr Bits kExponent = (kSign - 1) & ~kFraction;
    /// Positive, as the deterministic profile has it.
    static constexpr Bits kCanonicalNan = kExponent | (Bits{1} << (F::kFractionBits - 1));
    static constexpr Bits kOne = Bits(kBias) << F::kFractionBits;
    static constexpr Bits kHalf = Bits(kBias - 1) << F::kFractionBits;
};

template <class F>
[[nodiscard]] constexpr bool is_nan(F x) noexcept {
    return (x.bits & ~Format<F>::kSign) > Format<F>::kExponent;
}

template <class F>
[[nodiscard]] constexpr bool is_negative(F x) noexcept {
    return (x.bits & Format<F>::kSign) != 0;
}

template <class F>
[[nodiscard]] constexpr F canonical_nan() noexcept {
    return F{Format<F>::kCanonicalNan};
}

template <class F>
[[nodiscard]] constexpr typename F::Native native(F x) noexcept {
    return std::bit_cast<typename F::Native>(x.bits);
}

/// The result of an operator that may make a NaN: every NaN becomes the canonical one (DET-1). Not in a build that
/// bench/run measures the cost of this with, which is fit for nothing else.
template <class F>
[[nodiscard]] inline F canonical(typename F::Native x) noexcept {
    const F result{std::bit_cast<typename F::Bits>(x)};
#ifndef DETENT_BENCH_NO_CANONICAL_NANS
    if (x != x) [[unlikely]] {
        asm volatile(""); // stays a branch: a choice would make every result wait for it
        return canonical_nan<F>();
    }
#endif
    return result;
}

// One operation each, never contracted (DET-2).

template <class F>
[[nodiscard]] inline F add(F a, F b) noexcept {
    return canonical<F>(native(a) + native(b));
}

template <class F>
[[nodiscard]] inline F subtract(F a, F b) noexcept {
    return canonical<F>(native(a) - native(b));
}

template <class F>
[[nodiscard]] inline F multiply(F a, F b) noexcept {
    return canonical<F>(native(a) * native(b));
}

template <class F>
[[nodiscard]] inline F divide(F a, F b) noexcept {
    return canonical<F>(native(a) / native(b));
}

/// Correctly rounded by IEEE 754 and by every square root instruction (DET-5).
[[nodiscard]] inline F32 square_root(F32 x) noexcept { return canonical<F32>(__builtin_sqrtf(native(x))); }
[[nodiscard]] inline F64 square_root(F64 x) noexcept { return canonical<F64>(__builtin_sqrt(native(x))); }

/// Of two zeros -0 is the less; libc's fmin promises neither that nor its NaN.
template <class F>
[[nodiscard]] inline F minimum(F a, F b) noexcept {
    if (is_nan(a) || is_nan(b)) return canonical_nan<F>();
    if (native(a) == native(b)) return F{a.bits | b.bits};
    return native(a) < native(b) ? a : b;
}

template <class F>
[[nodiscard]] inline F maximum(F a, F b) noexcept {
    if (is_nan(a) || is_nan(b)) return canonical_nan<F>();
    if (native(a) == native(b)) return F{a.bits & b.bits};
    return native(a) < native(b) ? b : a;
}

template <class F>
[[nodiscard]] constexpr F absolute(F x) noexcept {
    return F{x.bits & ~Format<F>::kSign};
}

template <class F>
[[nodiscard]] constexpr F negate(F x) noexcept {
    return F{x.bits ^ Format<F>::kSign};
}

template <class F>
[[nodiscard]] constexpr F copy_sign(F x, F sign) noexcept {
    return F{(x.bits & ~Format<F>::kSign) | (sign.bits & Format<F>::kSign)};
}

enum class Rounding : std::uint8_t { up, down, to_zero, to_nearest };

/// What is added to the integral part's lowest bit: whether magnitude grows when `rest` of `unit` is cut off.
template <class F>
[[nodiscard]] constexpr bool rounds_away(F x, Rounding mode, typename F::Bits rest, typename F::Bits unit,
                                         bool odd) noexcept {
    switch (mode) {
    case Rounding::up: return !is_negative(x) && rest != 0;
    case Rounding::down: return is_negative(x) && rest != 0;
    case Rounding::to_zero: return false;
    case Rounding::to_nearest: return rest > unit / 2 || (rest == unit / 2 && odd);
    }
    return false;
}

/// To an integral value, on bits; ties to even; the sign of zero is kept (DET-5).
template <class F>
[[nodiscard]] constexpr F round_integral(F x, Rounding mode) noexcept {
    using Bits = typename F::Bits;
    if (is_nan(x)) return canonical_nan<F>();
    const Bits magnitude = x.bits & ~Format<F>::kSign;
    const Bits sign = x.bits & Format<F>::kSign;
    const int exponent = static_cast<int>(magnitude >> F::kFractionBits) - Format<F>::kBias;
    if (exponent >= F::kFractionBits) return x;
    if (exponent < 0) {
        // Less than 1: what is cut off is all of it, told in quarters: nothing, under, at or over a half.
        const Bits rest = magnitude == 0 ? 0 : magnitude > Format<F>::kHalf ? 3 : magnitude == Format<F>::kHalf ? 2 : 1;
        return F{sign | (rounds_away(x, mode, rest, Bits{4}, false) ? Format<F>::kOne : 0)};
    }
    const Bits unit = Bits{1} << (F::kFractionBits - exponent);
    const Bits rest = magnitude & (unit - 1);
    const Bits whole = magnitude - rest;
    const bool odd = exponent == 0 || (whole & unit) != 0;
    return F{sign | (whole + (rounds_away(x, mode, rest, unit, odd) ? unit : 0))};
}

/// `magnitude` with its sign, rounded once to nearest, ties to even (DET-6).
template <class F>
[[nodiscard]] constexpr F from_magnitude(std::uint64_t magnitude, bool negative) noexcept {
    using Bits = typename F::Bits;
    const Bits sign = negative ? Format<F>::kSign : 0;
    if (magnitude == 0) return F{0};
    const int top = 63 - std::countl_zero(magnitude);
    const Bits exponent = Bits(Format<F>::kBias + top) << F::kFractionBits;
    if (top <= F::kFractionBits) {
        const Bits fraction = static_cast<Bits>(magnitude) << (F::kFractionBits - top);
        return F{sign | (exponent + (fraction & Format<F>::kFraction))};
    }
    const int cut = top - F::kFractionBits;
    const std::uint64_t rest = magnitude & ((std::uint64_t{1} << cut) - 1);
    const std::uint64_t half = std::uint64_t{1} << (cut - 1);
    const Bits fraction = static_cast<Bits>(magnitude >> cut) & Format<F>::kFraction;
    const bool away = rest > half || (rest == half && (fraction & 1) != 0);
    return F{sign | (exponent + fraction + (away ? 1 : 0))};
}

template <class F, class Int>
[[nodiscard]] constexpr F from_integer(Int value) noexcept {
    // Exact, so that there is nothing to round.
    if constexpr (std::numeric_limits<Int>::digits <= F::kFractionBits) {
        return F{std::bit_cast<typename F::Bits>(static_cast<typename F::Native>(value))};
    }
    const bool negative = std::is_signed_v<Int> && value < 0;
    const auto wide = static_cast<std::uint64_t>(value);
    return from_magnitude<F>(negative ? 0 - wide : wide, negative);
}

/// How a float relates to the range of an integer type, after truncation.
enum class Fit : std::uint8_t { fits, nan, below, above };

/// The truncated value where it fits: no conversion that C++ leaves undefined (DET-6).
template <class Int>
struct Truncated {
    Fit fit = Fit::fits;
    Int value = 0;
};

/// The power of two that is above every value of an integer type.
template <class Int, class F>
inline constexpr typename F::Native kBeyond =
    typename F::Native{2} * static_cast<typename F::Native>(Int{1} << (std::numeric_limits<Int>::digits - 1));

template <class Int, class F>
[[nodiscard]] constexpr Truncated<Int> truncate_bits(F x) noexcept {
    if (is_nan(x)) return {Fit::nan, 0};
    const bool negative = is_negative(x);
    const Fit outside = negative ? Fit::below : Fit::above;
    const auto magnitude_bits = static_cast<std::uint64_t>(x.bits & ~Format<F>::kSign);
    const int exponent = static_cast<int>(magnitude_bits >> F::kFractionBits) - Format<F>::kBias;
    if (exponent < 0) return {Fit::fits, 0};
    if (exponent > 63) return {outside, 0};
    const std::uint64_t significand = (magnitude_bits & Format<F>::kFraction) | (std::uint64_t{1} << F::kFractionBits);
    const std::uint64_t magnitude = exponent <= F::kFractionBits ? significand >> (F::kFractionBits - exponent)
                                                                 : significand << (exponent - F::kFractionBits);
    const auto highest = static_cast<std::uint64_t>(std::numeric_limits<Int>::max());
    const std::uint64_t allowed = !negative ? highest : std::is_signed_v<Int> ? highest + 1 : 0;
    if (magnitude > allowed) return {outside, 0};
    return {Fit::fits, static_cast<Int>(negative ? 0 - magnitude : magnitude)};
}

/// By the machine where C++ says that it fits; the edges are decided on bits.
template <class Int, class F>
[[nodiscard]] constexpr Truncated<Int> truncate(F x) noexcept {
    const typename F::Native value = native(x);
    const bool is_plain = value < kBeyond<Int, F> && value >= (std::is_signed_v<Int> ? -kBeyond<Int, F> : 0);
    if (is_plain) [[likely]]
        return {Fit::fits, static_cast<Int>(value)};
    return truncate_bits<Int>(x);
}

[[nodiscard]] inline F64 promote(F32 x) noexcept { return canonical<F64>(static_cast<double>(native(x))); }
[[nodiscard]] inline F32 demote(F64 x) noexcept { return canonical<F32>(static_cast<float>(native(x))); }

} // namespace detent
