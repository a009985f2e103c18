// FrameTypes: what frames at given positions of a function hold, by the validator's own judgement; for loading frames
// that somebody wrote.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/code/code.hpp"

#include <cstdint>
#include <span>

namespace detent {

/// Where a frame is said to stand, and with how many words of operands.
struct FramePlace {
    std::uint32_t position = 0;
    std::uint32_t words = 0;
    /// Whether it waits for a call that it has made; else it is about to execute an instruction.
    bool is_caller = false;

    // What validation says.

    /// Whether it reaches an instruction at the position, or a call that ends there.
    bool is_reached = false;
    /// Whether operands of so many words are there.
    bool has_operands = false;
    /// Of a caller: the type of what it has called.
    FuncType called;
    /// In the FrameTypes.
    std::size_t first_type = 0;
    std::size_t type_count = 0;
    std::size_t first_mark = 0;
};

class FrameTypes {
  public:
    /// Judges places of one function that the module defines, sorted by position. Takes the time of validating it once,
    /// and memory for as many operands and locals as the places have. Fails only by a Fault.
    [[nodiscard]] Status judge(const Code& code, FuncIdx function, std::span<FramePlace> places) noexcept;

    /// The types of the operands of a place that has them, the lowest first: those of a caller without what it waits
    /// for.
    [[nodiscard]] std::span<const ValType> operands(const FramePlace& place) const noexcept {
        return types_.span().subspan(place.first_type, place.type_count);
    }
    /// For each declared local that begins without a value, in their order: 1 where it has one at the place.
    [[nodiscard]] std::span<const std::uint8_t> set_locals(const FramePlace& place) const noexcept {
        return marks_.span().subspan(place.first_mark);
    }

  private:
    friend class FrameTypesSink;

    Buffer<ValType> types_;
    Buffer<std::uint8_t> marks_;
};

} // namespace detent
