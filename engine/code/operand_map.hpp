// OperandMap: which operand words hold references at given positions. What the canonical state does not say itself, and
// whoever traces or loads it must know; made by validating a body once more.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/code/code.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

class OperandMap {
  public:
    /// The operand words at the position of number `index`, the lowest first: 1 where a word is a reference, else 0.
    [[nodiscard]] std::span<const std::uint8_t> at(std::size_t index) const noexcept {
        const std::uint32_t begin = index == 0 ? 0 : ends_[index - 1];
        return words_.span().subspan(begin, ends_[index] - begin);
    }

  private:
    friend class OperandMapSink;

    Buffer<std::uint8_t> words_;
    Buffer<std::uint32_t> ends_;
};

/// For positions of one function that the module defines: offsets in the module of instructions or delimiters, in
/// ascending order, that validation reaches. The operands are those before the instruction; at the position behind a
/// call they are the caller's own and the results. Takes the time of one validation, and fails only by a Fault.
[[nodiscard]] Result<OperandMap> map_operands(const Code& code, FuncIdx function,
                                              std::span<const std::uint32_t> positions) noexcept;

/// Whether a reference is ever among the locals or operands of a function that the module defines. Takes the time of
/// one validation, and fails only by a Fault.
[[nodiscard]] Result<bool> has_references(const Code& code, FuncIdx function) noexcept;

} // namespace detent
