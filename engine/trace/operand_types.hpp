// OperandTypes: which types the operands have at each position of a function. What the canonical state does not say
// itself, since values carry no types; made by validating the body once more.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/code/code.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace detent::trace {

/// Stacks of types that share what they have in common, from the bottom up: a body takes a constant times its bytes
/// where its instructions move few operands. A number of nodes, which are types on a stack, bounds it where they move
/// many; positions behind that are looked up by validating the body again.
class OperandTypes {
  public:
    static constexpr std::size_t kMostNodes = std::size_t{1} << 20;

    /// Of a function that the code defines. Takes the time of one validation, and of going once through all of its
    /// stacks. Fails only by a Fault. The code MUST outlive it.
    [[nodiscard]] static Result<OperandTypes> of(const Code& code, FuncIdx function,
                                                 std::size_t most_nodes = kMostNodes) noexcept;

    /// The types of the operands before the instruction at `position`, which validation MUST reach; the lowest first.
    [[nodiscard]] Result<Buffer<ValType>> at(std::uint32_t position) const noexcept;

    [[nodiscard]] std::size_t nodes() const noexcept { return nodes_.size() - 1; }

  private:
    friend class OperandTypesSink;

    /// A type on the stack of number `below`; 0 is the empty one.
    struct Node {
        std::uint32_t below = 0;
        std::uint32_t height = 0;
        ValType type = kI32;
    };
    struct Place {
        std::uint32_t position = 0;
        std::uint32_t stack = 0;
    };

    OperandTypes(const Code& code, FuncIdx function) noexcept : code_(&code), function_(function) {}

    const Code* code_;
    FuncIdx function_;
    Buffer<Node> nodes_;
    /// Ascending, as validation goes; complete up to the last one.
    Buffer<Place> places_;
};

} // namespace detent::trace
