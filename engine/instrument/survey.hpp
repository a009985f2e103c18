// Survey: what validation knows of the instructions of a body, for rewriting it.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/code/code.hpp"
#include "engine/opcodes.hpp"

#include <cstdint>

namespace detent::instrument {

/// An instruction, or one of the delimiters Op::else_ and Op::end.
struct Instruction {
    /// Of its opcode, in the module; the next one's says where it ends.
    std::uint32_t position = 0;
    Op op = Op::illegal;
    /// Whether validation reaches it (MET-8).
    bool is_reached = false;
    /// Of an `end`: whether a branch goes to it, and whether that of a catch clause does.
    bool is_target = false;
    bool is_caught = false;
    /// Of a branch the words of its label's types; of a `try_table` its clauses.
    std::uint32_t units = 0;
};

/// The instructions of a body that the module defines, in their order, then one that is none, behind its last `end`.
/// Fails only by a Fault.
[[nodiscard]] Result<Buffer<Instruction>> survey(const Code& code, FuncIdx function) noexcept;

} // namespace detent::instrument
