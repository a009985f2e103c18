// V128: sixteen bytes as lanes of any type, the same on every machine (DET-8), and how an operator of lanes becomes one
// of vectors. Source: spec, Execution, Numerics, Vector Operations.
#pragma once

#include "engine/exec/numeric.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace detent {

/// A vector as its two words on the operand stack, where `low` is pushed first. Lane 0 is in the lowest bits of `low`.
struct V128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend constexpr bool operator==(V128, V128) noexcept = default;
};

namespace body {

using U8 = std::uint8_t;
using U16 = std::uint16_t;
using S8 = std::int8_t;
using S16 = std::int16_t;

/// `T` is an integer, whose signedness says how a lane extends, or F32 or F64.
template <class T>
inline constexpr std::size_t kLanes = sizeof(V128) / sizeof(T);
template <class T>
using Lanes = std::array<T, kLanes<T>>;

template <class T>
[[nodiscard, gnu::always_inline]] constexpr U64 lane_bits(T lane) noexcept {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<std::make_unsigned_t<T>>(lane);
    } else {
        return lane.bits;
    }
}

template <class T>
[[nodiscard, gnu::always_inline]] constexpr T lane_from_bits(U64 bits) noexcept {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(bits);
    } else {
        return T{static_cast<typename T::Bits>(bits)};
    }
}

template <class T>
inline constexpr std::size_t kLanesInWord = sizeof(std::uint64_t) / sizeof(T);

/// How far up in its word a lane stands.
template <class T>
[[nodiscard]] constexpr std::size_t lane_shift(std::size_t index) noexcept {
    return 8 * sizeof(T) * (index % kLanesInWord<T>);
}

// Written as shifts, which say the order themselves; compilers make plain moves of them.

template <class T>
[[nodiscard, gnu::always_inline]] constexpr Lanes<T> lanes_of(V128 vector) noexcept {
    Lanes<T> lanes{};
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        const U64 word = i < kLanesInWord<T> ? vector.low : vector.high;
        lanes[i] = lane_from_bits<T>(word >> lane_shift<T>(i));
    }
    return lanes;
}

template <class T>
[[nodiscard, gnu::always_inline]] constexpr V128 vector_of(const Lanes<T>& lanes) noexcept {
    V128 vector;
    for (std::size_t i = 0; i < kLanesInWord<T>; ++i) {
        vector.low |= lane_bits(lanes[i]) << lane_shift<T>(i);
        vector.high |= lane_bits(lanes[i + kLanesInWord<T>]) << lane_shift<T>(i);
    }
    return vector;
}

/// The lane types of an operator of lanes: its result, and its first operand.
template <class Operator>
struct LaneOperator;

template <class To, class From, class... More>
struct LaneOperator<To (*)(From, More...) noexcept> {
    using Result = To;
    using Operand = From;
};

template <auto op>
using ResultLane = typename LaneOperator<decltype(op)>::Result;
template <auto op>
using OperandLane = typename LaneOperator<decltype(op)>::Operand;

/// Lane i of the result is the operator of lane i of the operand. Where the widths differ, high lanes of the operand
/// have no effect, and high lanes of the result are 0.
template <auto op>
[[nodiscard, gnu::always_inline]] constexpr V128 map(V128 vector) noexcept {
    const Lanes<OperandLane<op>> from = lanes_of<OperandLane<op>>(vector);
    Lanes<ResultLane<op>> to{};
    for (std::size_t i = 0; i < from.size() && i < to.size(); ++i)
        to[i] = op(from[i]);
    return vector_of<ResultLane<op>>(to);
}

template <auto op>
[[nodiscard, gnu::always_inline]] constexpr V128 zip(V128 a, V128 b) noexcept {
    using T = OperandLane<op>;
    Lanes<T> x = lanes_of<T>(a);
    const Lanes<T> y = lanes_of<T>(b);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = op(x[i], y[i]);
    return vector_of<T>(x);
}

/// The lanes as a vector type of the compiler's, in the machine's order: for what is the same in every lane. `T` is as
/// of Lanes.
template <class T>
struct PackedLanes {
    using Type [[gnu::vector_size(sizeof(V128))]] = T;
};
template <>
struct PackedLanes<F32> {
    using Type [[gnu::vector_size(sizeof(V128))]] = F32::Native;
};
template <>
struct PackedLanes<F64> {
    using Type [[gnu::vector_size(sizeof(V128))]] = F64::Native;
};
template <class T>
using Packed = typename PackedLanes<T>::Type;

template <class T>
[[nodiscard, gnu::always_inline]] inline Packed<T> packed(V128 vector) noexcept {
    return std::bit_cast<Packed<T>>(vector);
}

template <class P>
[[nodiscard, gnu::always_inline]] inline V128 unpacked(P lanes) noexcept {
    return std::bit_cast<V128>(lanes);
}

template <class T>
[[nodiscard, gnu::always_inline]] inline V128 splat(T lane) noexcept {
    using Bits = std::conditional_t<sizeof(T) == 8, U64, std::conditional_t<sizeof(T) == 4, U32, T>>;
    return unpacked(Packed<Bits>{} + static_cast<Bits>(lane_bits(lane)));
}

/// The operator on all lanes of a type at once. A relation gives lanes that are all ones where it holds, else 0.
template <class T, class Operator>
[[nodiscard, gnu::always_inline]] inline V128 lanewise(V128 a, V128 b, Operator op) noexcept {
    return unpacked(op(packed<T>(a), packed<T>(b)));
}
template <class T, class Operator>
[[nodiscard, gnu::always_inline]] inline V128 lanewise(V128 a, Operator op) noexcept {
    return unpacked(op(packed<T>(a)));
}

/// Where a lane of the mask is all ones that of `a`, where it is 0 that of `b`.
template <class P>
[[nodiscard, gnu::always_inline]] inline P choose(P mask, P a, P b) noexcept {
    return (a & mask) | (b & ~mask);
}

// Operators of packed lanes.

inline constexpr auto kEqual = [](auto a, auto b) { return a == b; };
inline constexpr auto kUnequal = [](auto a, auto b) { return a != b; };
inline constexpr auto kLess = [](auto a, auto b) { return a < b; };
inline constexpr auto kGreater = [](auto a, auto b) { return a > b; };
inline constexpr auto kLessOrEqual = [](auto a, auto b) { return a <= b; };
inline constexpr auto kGreaterOrEqual = [](auto a, auto b) { return a >= b; };
inline constexpr auto kSum = [](auto a, auto b) { return a + b; };
inline constexpr auto kDifference = [](auto a, auto b) { return a - b; };
inline constexpr auto kProduct = [](auto a, auto b) { return a * b; };
inline constexpr auto kQuotient = [](auto a, auto b) { return a / b; };

} // namespace body
} // namespace detent
