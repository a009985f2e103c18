// Sinks: what validating a body tells whoever wants to know, so that validating and recording are one pass.
#pragma once

#include "engine/opcodes.hpp"
#include "engine/valid/operands.hpp"

#include <concepts>
#include <cstdint>

namespace detent {

/// A transfer of control: where its instruction stands, and the operand words that go along and that are dropped.
struct Jump {
    std::uint32_t position = 0;
    std::uint32_t kept = 0;
    std::uint32_t dropped = 0;
};

/// A `try_table`: where its opcode and its first catch clause stand, how many clauses it has, and the operand words
/// below it, its parameters popped: those that an exception leaves.
struct TryTable {
    std::uint32_t position = 0;
    std::uint32_t clauses = 0;
    std::uint32_t count = 0;
    std::uint32_t words = 0;
};

/// Events come in the order of the bytes, also from code that is never reached. A sink keeps a `Label` with each open
/// block. An event that is false ends validation with out_of_memory.
template <class S>
concept BodySink = requires(S sink, typename S::Label& label, Op op, const Jump& jump, const TryTable& tried,
                            const Operands& operands, std::uint32_t number) {
    requires std::default_initializable<typename S::Label> && std::is_trivially_copyable_v<typename S::Label>;
    /// An instruction or delimiter comes next, at `number`, in code that may not be reached; or nothing, behind the
    /// body.
    { sink.at(number, operands) } noexcept -> std::same_as<bool>;
    /// Every instruction, before its other events.
    { sink.instruction(op) } noexcept -> std::same_as<void>;
    /// A block opens, or the body; what `number` says stands behind the block type.
    { sink.open(label, op, number) } noexcept -> std::same_as<void>;
    /// Every branch: of a `br_table` each target, the default last; of a `try_table` each catch clause, before it
    /// opens, `dropped` being what lies between the target's operands and `TryTable::words`.
    { sink.branch(label, jump) } noexcept -> std::same_as<bool>;
    /// A `br_table` has so many targets, the default included.
    { sink.branch_table(number) } noexcept -> std::same_as<void>;
    /// An `if` goes to its second arm, or to behind its end.
    { sink.skip(label, jump) } noexcept -> std::same_as<bool>;
    /// The first arm goes to behind the end; the second one begins at `number`.
    { sink.otherwise(label, jump, number) } noexcept -> std::same_as<bool>;
    /// A `try_table` has opened.
    { sink.catches(label, tried) } noexcept -> std::same_as<bool>;
    /// The `drop` or `select` at `number` is of v128.
    { sink.wide(number) } noexcept -> std::same_as<bool>;
    /// A block closes; `number` is behind its end.
    { sink.close(label, number) } noexcept -> std::same_as<bool>;
};

/// Wants to know nothing.
struct NullSink {
    struct Label {};

    [[nodiscard]] bool at(std::uint32_t, const Operands&) noexcept { return true; }
    void instruction(Op) noexcept {}
    void open(Label&, Op, std::uint32_t) noexcept {}
    [[nodiscard]] bool branch(Label&, const Jump&) noexcept { return true; }
    void branch_table(std::uint32_t) noexcept {}
    [[nodiscard]] bool skip(Label&, const Jump&) noexcept { return true; }
    [[nodiscard]] bool otherwise(Label&, const Jump&, std::uint32_t) noexcept { return true; }
    [[nodiscard]] bool catches(Label&, const TryTable&) noexcept { return true; }
    [[nodiscard]] bool wide(std::uint32_t) noexcept { return true; }
    [[nodiscard]] bool close(Label&, std::uint32_t) noexcept { return true; }
};

static_assert(BodySink<NullSink>);

} // namespace detent
