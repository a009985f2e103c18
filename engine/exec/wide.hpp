// The bodies of the wide-arithmetic instructions: 128-bit integers as two words, the low one first. Source: the
// proposal's Execution, Numerics.
#pragma once

#include "engine/exec/numeric.hpp"

#include <cstdint>

namespace detent {

/// The two results of an instruction; `low` is pushed first.
struct WideResult {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend constexpr bool operator==(WideResult, WideResult) noexcept = default;
};

namespace body {

inline WideResult i64_add128(U64 a_low, U64 a_high, U64 b_low, U64 b_high) noexcept {
    const U64 low = a_low + b_low;
    const U64 carry = low < a_low ? 1 : 0;
    return {low, a_high + b_high + carry};
}

inline WideResult i64_sub128(U64 a_low, U64 a_high, U64 b_low, U64 b_high) noexcept {
    const U64 borrow = a_low < b_low ? 1 : 0;
    return {a_low - b_low, a_high - b_high - borrow};
}

/// By halves of 32 bits, as it is learnt in school, so that no machine needs wider words. No sum overflows: a product
/// of halves leaves room for two more halves.
inline WideResult i64_mul_wide_u(U64 a, U64 b) noexcept {
    constexpr U64 kHalf = 0xFFFFFFFF;
    const U64 a0 = a & kHalf;
    const U64 a1 = a >> 32;
    const U64 b0 = b & kHalf;
    const U64 b1 = b >> 32;
    const U64 lowest = a0 * b0;
    const U64 middle = a1 * b0 + (lowest >> 32);
    const U64 other_middle = a0 * b1 + (middle & kHalf);
    return {other_middle << 32 | (lowest & kHalf), a1 * b1 + (middle >> 32) + (other_middle >> 32)};
}

/// A negative operand is 2^64 less than its word, which takes the other operand off the high word.
inline WideResult i64_mul_wide_s(U64 a, U64 b) noexcept {
    const WideResult product = i64_mul_wide_u(a, b);
    const U64 for_a = as_signed(a) < 0 ? b : 0;
    const U64 for_b = as_signed(b) < 0 ? a : 0;
    return {product.low, product.high - for_a - for_b};
}

} // namespace body
} // namespace detent
