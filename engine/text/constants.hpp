// Constants from tokens, for instructions and for scripts alike.
#pragma once

#include "engine/text/cursor.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace detent::text {

/// A vector's shape: how many lanes of how many bits.
struct LaneShape {
    std::string_view word;
    unsigned lanes;
    unsigned bits;
    bool is_float;
};

inline constexpr LaneShape kLaneShapes[] = {
    {"i8x16", 16, 8, false}, {"i16x8", 8, 16, false}, {"i32x4", 4, 32, false},
    {"i64x2", 2, 64, false}, {"f32x4", 4, 32, true},  {"f64x2", 2, 64, true},
};

/// The shape that is next, as its place in kLaneShapes.
[[nodiscard]] std::size_t lane_shape(Cursor& cursor);

/// An integer of this many bits, in two's complement.
[[nodiscard]] std::uint64_t integer_constant(Cursor& cursor, unsigned bits);
/// A float of 32 or 64 bits.
[[nodiscard]] std::uint64_t float_constant(Cursor& cursor, unsigned bits);

/// Whether a token ahead can be a number, in range or not.
[[nodiscard]] bool is_number(const Cursor& cursor, std::uint32_t ahead = 0) noexcept;

void put_lane(std::array<std::uint8_t, 16>& bytes, const LaneShape& shape, unsigned lane, std::uint64_t value) noexcept;

/// The lanes of a shape.
[[nodiscard]] std::array<std::uint8_t, 16> vector_constant(Cursor& cursor);

} // namespace detent::text
