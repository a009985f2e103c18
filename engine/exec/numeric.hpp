// The bodies of the numeric instructions: one function each, named as in opcodes.def, whose C++ signature is the row's
// type. Source: spec, Execution, Numerics. i32 and i64 are unsigned words; two's complement is explicit (DET-7).
#pragma once

#include "engine/exec/floats.hpp"
#include "engine/runtime/value.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace detent {

/// A result, or the trap that the operator is instead.
template <class T>
struct Checked {
    T value{};
    bool trapped = false;
    TrapCode trap = TrapCode::Unreachable;

    constexpr Checked(T result) noexcept : value(result) {}
    constexpr Checked(TrapCode code) noexcept : trapped(true), trap(code) {}
};

namespace body {

using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

// Helpers over both widths.

template <class U>
using Signed = std::make_signed_t<U>;

template <class U>
[[nodiscard]] constexpr Signed<U> as_signed(U x) noexcept {
    return static_cast<Signed<U>>(x);
}

template <class U>
[[nodiscard]] constexpr bool overflows(U a, U b) noexcept {
    return as_signed(a) == std::numeric_limits<Signed<U>>::min() && as_signed(b) == -1;
}

template <class U>
[[nodiscard]] constexpr Checked<U> divide_signed(U a, U b) noexcept {
    if (b == 0) return TrapCode::IntegerDivideByZero;
    if (overflows(a, b)) return TrapCode::IntegerOverflow;
    return static_cast<U>(as_signed(a) / as_signed(b));
}

template <class U>
[[nodiscard]] constexpr Checked<U> divide_unsigned(U a, U b) noexcept {
    if (b == 0) return TrapCode::IntegerDivideByZero;
    return a / b;
}

template <class U>
[[nodiscard]] constexpr Checked<U> remainder_signed(U a, U b) noexcept {
    if (b == 0) return TrapCode::IntegerDivideByZero;
    if (overflows(a, b)) return U{0};
    return static_cast<U>(as_signed(a) % as_signed(b));
}

template <class U>
[[nodiscard]] constexpr Checked<U> remainder_unsigned(U a, U b) noexcept {
    if (b == 0) return TrapCode::IntegerDivideByZero;
    return a % b;
}

/// Shift counts are taken modulo the width.
template <class U>
[[nodiscard]] constexpr unsigned shift_count(U count) noexcept {
    return static_cast<unsigned>(count & (std::numeric_limits<U>::digits - 1));
}

template <class U>
[[nodiscard]] constexpr U shift_left(U x, U count) noexcept {
    return x << shift_count(count);
}

template <class U>
[[nodiscard]] constexpr U shift_right_signed(U x, U count) noexcept {
    return static_cast<U>(as_signed(x) >> shift_count(count));
}

template <class U>
[[nodiscard]] constexpr U shift_right_unsigned(U x, U count) noexcept {
    return x >> shift_count(count);
}

template <class U>
[[nodiscard]] constexpr U rotate_left(U x, U count) noexcept {
    return std::rotl(x, static_cast<int>(shift_count(count)));
}

template <class U>
[[nodiscard]] constexpr U rotate_right(U x, U count) noexcept {
    return std::rotr(x, static_cast<int>(shift_count(count)));
}

template <class Narrow, class U>
[[nodiscard]] constexpr U sign_extend(U x) noexcept {
    return static_cast<U>(static_cast<Signed<U>>(static_cast<Narrow>(x)));
}

template <class Int, class F>
[[nodiscard]] constexpr Checked<std::make_unsigned_t<Int>> truncate_or_trap(F x) noexcept {
    const Truncated<Int> truncated = truncate<Int>(x);
    if (truncated.fit == Fit::nan) return TrapCode::InvalidConversionToInteger;
    if (truncated.fit != Fit::fits) return TrapCode::IntegerOverflow;
    return static_cast<std::make_unsigned_t<Int>>(truncated.value);
}

template <class Int, class F>
[[nodiscard]] constexpr std::make_unsigned_t<Int> truncate_saturating(F x) noexcept {
    using Limits = std::numeric_limits<Int>;
    const Truncated<Int> truncated = truncate<Int>(x);
    switch (truncated.fit) {
    case Fit::fits: return static_cast<std::make_unsigned_t<Int>>(truncated.value);
    case Fit::nan: return 0;
    case Fit::below: return static_cast<std::make_unsigned_t<Int>>(Limits::min());
    case Fit::above: return static_cast<std::make_unsigned_t<Int>>(Limits::max());
    }
    return 0;
}

// Comparisons and tests.

inline U32 i32_eqz(U32 a) noexcept { return a == 0; }
inline U32 i32_eq(U32 a, U32 b) noexcept { return a == b; }
inline U32 i32_ne(U32 a, U32 b) noexcept { return a != b; }
inline U32 i32_lt_s(U32 a, U32 b) noexcept { return as_signed(a) < as_signed(b); }
inline U32 i32_lt_u(U32 a, U32 b) noexcept { return a < b; }
inline U32 i32_gt_s(U32 a, U32 b) noexcept { return as_signed(a) > as_signed(b); }
inline U32 i32_gt_u(U32 a, U32 b) noexcept { return a > b; }
inline U32 i32_le_s(U32 a, U32 b) noexcept { return as_signed(a) <= as_signed(b); }
inline U32 i32_le_u(U32 a, U32 b) noexcept { return a <= b; }
inline U32 i32_ge_s(U32 a, U32 b) noexcept { return as_signed(a) >= as_signed(b); }
inline U32 i32_ge_u(U32 a, U32 b) noexcept { return a >= b; }

inline U32 i64_eqz(U64 a) noexcept { return a == 0; }
inline U32 i64_eq(U64 a, U64 b) noexcept { return a == b; }
inline U32 i64_ne(U64 a, U64 b) noexcept { return a != b; }
inline U32 i64_lt_s(U64 a, U64 b) noexcept { return as_signed(a) < as_signed(b); }
inline U32 i64_lt_u(U64 a, U64 b) noexcept { return a < b; }
inline U32 i64_gt_s(U64 a, U64 b) noexcept { return as_signed(a) > as_signed(b); }
inline U32 i64_gt_u(U64 a, U64 b) noexcept { return a > b; }
inline U32 i64_le_s(U64 a, U64 b) noexcept { return as_signed(a) <= as_signed(b); }
inline U32 i64_le_u(U64 a, U64 b) noexcept { return a <= b; }
inline U32 i64_ge_s(U64 a, U64 b) noexcept { return as_signed(a) >= as_signed(b); }
inline U32 i64_ge_u(U64 a, U64 b) noexcept { return a >= b; }

inline U32 f32_eq(F32 a, F32 b) noexcept { return native(a) == native(b); }
inline U32 f32_ne(F32 a, F32 b) noexcept { return native(a) != native(b); }
inline U32 f32_lt(F32 a, F32 b) noexcept { return native(a) < native(b); }
inline U32 f32_gt(F32 a, F32 b) noexcept { return native(a) > native(b); }
inline U32 f32_le(F32 a, F32 b) noexcept { return native(a) <= native(b); }
inline U32 f32_ge(F32 a, F32 b) noexcept { return native(a) >= native(b); }

inline U32 f64_eq(F64 a, F64 b) noexcept { return native(a) == native(b); }
inline U32 f64_ne(F64 a, F64 b) noexcept { return native(a) != native(b); }
inline U32 f64_lt(F64 a, F64 b) noexcept { return native(a) < native(b); }
inline U32 f64_gt(F64 a, F64 b) noexcept { return native(a) > native(b); }
inline U32 f64_le(F64 a, F64 b) noexcept { return native(a) <= native(b); }
inline U32 f64_ge(F64 a, F64 b) noexcept { return native(a) >= native(b); }

// Integer arithmetic.

inline U32 i32_clz(U32 a) noexcept { return static_cast<U32>(std::countl_zero(a)); }
inline U32 i32_ctz(U32 a) noexcept { return static_cast<U32>(std::countr_zero(a)); }
inline U32 i32_popcnt(U32 a) noexcept { return static_cast<U32>(std::popcount(a)); }
inline U32 i32_add(U32 a, U32 b) noexcept { return a + b; }
inline U32 i32_sub(U32 a, U32 b) noexcept { return a - b; }
inline U32 i32_mul(U32 a, U32 b) noexcept { return a * b; }
inline Checked<U32> i32_div_s(U32 a, U32 b) noexcept { return divide_signed(a, b); }
inline Checked<U32> i32_div_u(U32 a, U32 b) noexcept { return divide_unsigned(a, b); }
inline Checked<U32> i32_rem_s(U32 a, U32 b) noexcept { return remainder_signed(a, b); }
inline Checked<U32> i32_rem_u(U32 a, U32 b) noexcept { return remainder_unsigned(a, b); }
inline U32 i32_and(U32 a, U32 b) noexcept { return a & b; }
inline U32 i32_or(U32 a, U32 b) noexcept { return a | b; }
inline U32 i32_xor(U32 a, U32 b) noexcept { return a ^ b; }
inline U32 i32_shl(U32 a, U32 b) noexcept { return shift_left(a, b); }
inline U32 i32_shr_s(U32 a, U32 b) noexcept { return shift_right_signed(a, b); }
inline U32 i32_shr_u(U32 a, U32 b) noexcept { return shift_right_unsigned(a, b); }
inline U32 i32_rotl(U32 a, U32 b) noexcept { return rotate_left(a, b); }
inline U32 i32_rotr(U32 a, U32 b) noexcept { return rotate_right(a, b); }
inline U32 i32_extend8_s(U32 a) noexcept { return sign_extend<std::int8_t>(a); }
inline U32 i32_extend16_s(U32 a) noexcept { return sign_extend<std::int16_t>(a); }

inline U64 i64_clz(U64 a) noexcept { return static_cast<U64>(std::countl_zero(a)); }
inline U64 i64_ctz(U64 a) noexcept { return static_cast<U64>(std::countr_zero(a)); }
inline U64 i64_popcnt(U64 a) noexcept { return static_cast<U64>(std::popcount(a)); }
inline U64 i64_add(U64 a, U64 b) noexcept { return a + b; }
inline U64 i64_sub(U64 a, U64 b) noexcept { return a - b; }
inline U64 i64_mul(U64 a, U64 b) noexcept { return a * b; }
inline Checked<U64> i64_div_s(U64 a, U64 b) noexcept { return divide_signed(a, b); }
inline Checked<U64> i64_div_u(U64 a, U64 b) noexcept { return divide_unsigned(a, b); }
inline Checked<U64> i64_rem_s(U64 a, U64 b) noexcept { return remainder_signed(a, b); }
inline Checked<U64> i64_rem_u(U64 a, U64 b) noexcept { return remainder_unsigned(a, b); }
inline U64 i64_and(U64 a, U64 b) noexcept { return a & b; }
inline U64 i64_or(U64 a, U64 b) noexcept { return a | b; }
inline U64 i64_xor(U64 a, U64 b) noexcept { return a ^ b; }
inline U64 i64_shl(U64 a, U64 b) noexcept { return shift_left(a, b); }
inline U64 i64_shr_s(U64 a, U64 b) noexcept { return shift_right_signed(a, b); }
inline U64 i64_shr_u(U64 a, U64 b) noexcept { return shift_right_unsigned(a, b); }
inline U64 i64_rotl(U64 a, U64 b) noexcept { return rotate_left(a, b); }
inline U64 i64_rotr(U64 a, U64 b) noexcept { return rotate_right(a, b); }
inline U64 i64_extend8_s(U64 a) noexcept { return sign_extend<std::int8_t>(a); }
inline U64 i64_extend16_s(U64 a) noexcept { return sign_extend<std::int16_t>(a); }
inline U64 i64_extend32_s(U64 a) noexcept { return sign_extend<std::int32_t>(a); }

// Float arithmetic.

inline F32 f32_abs(F32 a) noexcept { return absolute(a); }
inline F32 f32_neg(F32 a) noexcept { return negate(a); }
inline F32 f32_ceil(F32 a) noexcept { return round_integral(a, Rounding::up); }
inline F32 f32_floor(F32 a) noexcept { return round_integral(a, Rounding::down); }
inline F32 f32_trunc(F32 a) noexcept { return round_integral(a, Rounding::to_zero); }
inline F32 f32_nearest(F32 a) noexcept { return round_integral(a, Rounding::to_nearest); }
inline F32 f32_sqrt(F32 a) noexcept { return square_root(a); }
inline F32 f32_add(F32 a, F32 b) noexcept { return add(a, b); }
inline F32 f32_sub(F32 a, F32 b) noexcept { return subtract(a, b); }
inline F32 f32_mul(F32 a, F32 b) noexcept { return multiply(a, b); }
inline F32 f32_div(F32 a, F32 b) noexcept { return divide(a, b); }
inline F32 f32_min(F32 a, F32 b) noexcept { return minimum(a, b); }
inline F32 f32_max(F32 a, F32 b) noexcept { return maximum(a, b); }
inline F32 f32_copysign(F32 a, F32 b) noexcept { return copy_sign(a, b); }

inline F64 f64_abs(F64 a) noexcept { return absolute(a); }
inline F64 f64_neg(F64 a) noexcept { return negate(a); }
inline F64 f64_ceil(F64 a) noexcept { return round_integral(a, Rounding::up); }
inline F64 f64_floor(F64 a) noexcept { return round_integral(a, Rounding::down); }
inline F64 f64_trunc(F64 a) noexcept { return round_integral(a, Rounding::to_zero); }
inline F64 f64_nearest(F64 a) noexcept { return round_integral(a, Rounding::to_nearest); }
inline F64 f64_sqrt(F64 a) noexcept { return square_root(a); }
inline F64 f64_add(F64 a, F64 b) noexcept { return add(a, b); }
inline F64 f64_sub(F64 a, F64 b) noexcept { return subtract(a, b); }
inline F64 f64_mul(F64 a, F64 b) noexcept { return multiply(a, b); }
inline F64 f64_div(F64 a, F64 b) noexcept { return divide(a, b); }
inline F64 f64_min(F64 a, F64 b) noexcept { return minimum(a, b); }
inline F64 f64_max(F64 a, F64 b) noexcept { return maximum(a, b); }
inline F64 f64_copysign(F64 a, F64 b) noexcept { return copy_sign(a, b); }

// Conversions.

inline U32 i32_wrap_i64(U64 a) noexcept { return static_cast<U32>(a); }
inline U64 i64_extend_i32_s(U32 a) noexcept { return sign_extend<std::int32_t>(U64{a}); }
inline U64 i64_extend_i32_u(U32 a) noexcept { return a; }
inline Checked<U32> i32_trunc_f32_s(F32 a) noexcept { return truncate_or_trap<S32>(a); }
inline Checked<U32> i32_trunc_f32_u(F32 a) noexcept { return truncate_or_trap<U32>(a); }
inline U32 i32_trunc_sat_f32_s(F32 a) noexcept { return truncate_saturating<S32>(a); }
inline U32 i32_trunc_sat_f32_u(F32 a) noexcept { return truncate_saturating<U32>(a); }
inline Checked<U32> i32_trunc_f64_s(F64 a) noexcept { return truncate_or_trap<S32>(a); }
inline Checked<U32> i32_trunc_f64_u(F64 a) noexcept { return truncate_or_trap<U32>(a); }
inline U32 i32_trunc_sat_f64_s(F64 a) noexcept { return truncate_saturating<S32>(a); }
inline U32 i32_trunc_sat_f64_u(F64 a) noexcept { return truncate_saturating<U32>(a); }
inline Checked<U64> i64_trunc_f32_s(F32 a) noexcept { return truncate_or_trap<S64>(a); }
inline Checked<U64> i64_trunc_f32_u(F32 a) noexcept { return truncate_or_trap<U64>(a); }
inline U64 i64_trunc_sat_f32_s(F32 a) noexcept { return truncate_saturating<S64>(a); }
inline U64 i64_trunc_sat_f32_u(F32 a) noexcept { return truncate_saturating<U64>(a); }
inline Checked<U64> i64_trunc_f64_s(F64 a) noexcept { return truncate_or_trap<S64>(a); }
inline Checked<U64> i64_trunc_f64_u(F64 a) noexcept { return truncate_or_trap<U64>(a); }
inline U64 i64_trunc_sat_f64_s(F64 a) noexcept { return truncate_saturating<S64>(a); }
inline U64 i64_trunc_sat_f64_u(F64 a) noexcept { return truncate_saturating<U64>(a); }
inline F32 f32_convert_i32_s(U32 a) noexcept { return from_integer<F32>(as_signed(a)); }
inline F32 f32_convert_i32_u(U32 a) noexcept { return from_integer<F32>(a); }
inline F32 f32_convert_i64_s(U64 a) noexcept { return from_integer<F32>(as_signed(a)); }
inline F32 f32_convert_i64_u(U64 a) noexcept { return from_integer<F32>(a); }
inline F64 f64_convert_i32_s(U32 a) noexcept { return from_integer<F64>(as_signed(a)); }
inline F64 f64_convert_i32_u(U32 a) noexcept { return from_integer<F64>(a); }
inline F64 f64_convert_i64_s(U64 a) noexcept { return from_integer<F64>(as_signed(a)); }
inline F64 f64_convert_i64_u(U64 a) noexcept { return from_integer<F64>(a); }
inline F32 f32_demote_f64(F64 a) noexcept { return demote(a); }
inline F64 f64_promote_f32(F32 a) noexcept { return promote(a); }
inline U32 i32_reinterpret_f32(F32 a) noexcept { return a.bits; }
inline U64 i64_reinterpret_f64(F64 a) noexcept { return a.bits; }
inline F32 f32_reinterpret_i32(U32 a) noexcept { return F32{a}; }
inline F64 f64_reinterpret_i64(U64 a) noexcept { return F64{a}; }

} // namespace body
} // namespace detent
