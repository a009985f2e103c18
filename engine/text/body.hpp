// Sequences of instructions, plain and folded, as function bodies and constant expressions have them. Source: spec,
// Text Format, Instructions; Expressions.
#pragma once

#include "engine/text/instruction.hpp"
#include "engine/text/module_state.hpp"
#include "engine/text/writer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace detent::text {

/// Parses one sequence. What is open is on a stack here and not on that of the machine, so that instructions nest as
/// deeply as they like.
class Body {
  public:
    /// Without locals, and with the hints that a function's instructions may have.
    explicit Body(ModuleState& module) : Body(module, no_locals()) {}
    Body(ModuleState& module, const IndexSpace& locals)
        : module_(module), cursor_(module.cursor), writer_(module, labels_, locals) {}

    /// Instructions up to a closing parenthesis, which stays, and the end of the expression. `code` holds what is in
    /// front of them, which branch hints count from.
    void sequence(Chunk& code);

    /// One folded instruction, and the end of the expression.
    void folded(Chunk& code);

    [[nodiscard]] const std::vector<BranchHint>& hints() const noexcept { return hints_; }
    /// The identifiers of the labels, in the order of their blocks.
    [[nodiscard]] const std::vector<std::string_view>& label_ids() const noexcept { return label_ids_; }

  private:
    enum class Kind : std::uint8_t {
        /// The sequence itself.
        body,
        /// `block … end`, also of loop and try_table.
        block,
        /// `if …`, up to `else` or `end`, and what is behind `else`.
        if_,
        else_,
        /// `(op …)`, where only folded operands stand; the instruction itself waits for them.
        folded_plain,
        /// `(block …)`, also of loop and try_table.
        folded_block,
        /// `(if …)` in front of its `(then …)`, where folded operands stand; between the two; behind `(else …)`.
        folded_if,
        folded_if_then_done,
        folded_if_else_done,
        /// `(then …)`, `(else …)`
        folded_then,
        folded_else,
    };

    /// Something that is open. What waits in `waiting_` for it to go on begins at `waits_from`.
    struct Frame {
        Kind kind;
        Op op = Op::nop;
        std::uint32_t text_offset = 0;
        std::size_t waits_from = 0;
        std::string_view label{};
        std::optional<bool> hint{};
    };

    static const IndexSpace& no_locals();

    void run();
    void step();
    void open_group();
    void open_folded();
    void open_then();
    void open_else();
    void close_group();
    void word();
    void delimiter_else();
    void delimiter_end();
    void check_label();
    [[nodiscard]] std::optional<bool> take_hint(std::uint32_t token);

    /// The instruction whose keyword is next; an error if it is none.
    Frame instruction(std::optional<bool> hint);
    /// Opens a block, whose opcode, type and clauses it writes.
    void begin_block(Frame frame, Kind kind);
    /// Parses the immediates, or the type of an `if`, and lets them wait.
    void wait(Frame& frame);
    /// Writes what waited for a frame.
    void emit(const Frame& frame);
    void end_block();
    void push_label(std::string_view id);

    ModuleState& module_;
    Cursor& cursor_;
    Labels labels_;
    InstructionWriter writer_;
    Chunk* code_ = nullptr;
    std::vector<Frame> frames_;
    Writer waiting_;
    std::vector<BranchHint> hints_;
    std::vector<std::string_view> label_ids_;
};

} // namespace detent::text
