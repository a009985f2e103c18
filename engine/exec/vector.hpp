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
using Lanes = std::array<T, sizeof(V128) / sizeof(T)>;

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

template <class T>
[[nodiscard, gnu::always_inline]] constexpr V128 splat(T lane) noexcept {
    Lanes<T> lanes{};
    lanes.fill(lane);
    return vector_of<T>(lanes);
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

/// A lane of the result is all ones where the relation holds, else 0.
template <auto relation>
[[nodiscard, gnu::always_inline]] constexpr V128 compare(V128 a, V128 b) noexcept {
    using T = OperandLane<relation>;
    const Lanes<T> x = lanes_of<T>(a);
    const Lanes<T> y = lanes_of<T>(b);
    Lanes<T> mask{};
    for (std::size_t i = 0; i < x.size(); ++i)
        mask[i] = lane_from_bits<T>(relation(x[i], y[i]) ? ~U64{0} : 0);
    return vector_of<T>(mask);
}

/// Every lane by the same count, which is taken modulo the width of a lane.
template <auto op>
[[nodiscard, gnu::always_inline]] constexpr V128 shift(V128 vector, U32 count) noexcept {
    using T = OperandLane<op>;
    Lanes<T> lanes = lanes_of<T>(vector);
    const unsigned within = count & (8 * sizeof(T) - 1);
    for (T& lane : lanes)
        lane = op(lane, within);
    return vector_of<T>(lanes);
}

} // namespace body
} // namespace detent
