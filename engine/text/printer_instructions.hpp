// Instructions as text, one after the other, by the rows of opcodes.def. Source: spec, Text Format, Instructions.
#pragma once

#include "engine/opcodes.hpp"
#include "engine/text/printer_context.hpp"
#include "engine/text/printer_input.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace detent::text::printer {

/// Prints the instructions of one expression: the body of a function, or a constant expression. It keeps the blocks
/// that are open, so that nesting takes no native stack.
class InstructionPrinter {
  public:
    struct Line {
        std::uint32_t offset;
        Op op;
        /// The blocks around it, the expression itself not counted.
        std::size_t depth;
    };

    /// The instructions of a constant expression. `out` gets the text of each.
    InstructionPrinter(Text& out, Context& context) : InstructionPrinter(out, context, kNoNames, kNoNames) {
        is_body_ = false;
    }

    /// Those of a function with these names.
    InstructionPrinter(Text& out, Context& context, const Identifiers& locals, const Identifiers& labels)
        : out_(out), context_(context), locals_(locals), labels_(labels), open_(1) {}

    /// Prints the next instruction or delimiter. The expression MUST NOT have ended.
    Line next(Input& in);

    /// Whether the expression's own `end` has been read.
    [[nodiscard]] bool ended() const noexcept { return open_.empty(); }

  private:
    struct Block {
        bool is_if = false;
        /// Its label's identifier; empty where it has none.
        std::string_view label = {};
        /// The block that the label stood for outside; 0 for none, which is the expression and never has a name.
        std::size_t outer = 0;
    };

    void delimiter(Op op, std::uint32_t offset);
    void immediate(Op op, Input& in);

    void index(NameKind kind, Input& in) { index_text(kind, in.u32()); }
    void index_text(NameKind kind, std::uint32_t value) { out_ << context_.reference(kind, value); }
    void index_unless_zero(NameKind kind, Input& in);
    void data_index(Input& in);
    void two_indices(NameKind kind, Input& in);
    void segment_and_target(NameKind target, Input& in, NameKind segment);
    void local(Input& in);
    void type_and(NameKind kind, Input& in);
    void type_and_field(Input& in);
    void type_and_table(Input& in);

    void label(Input& in);
    void label_table(Input& in);
    void cast(Input& in);
    void select_types(Input& in);
    void heap_type(Op op, Input& in);
    void memarg(unsigned natural, Input& in);
    void lanes(unsigned count, Input& in);
    void v128(Input& in);

    void open(Op op, Input& in);
    void close() noexcept;
    void block_type(Input& in);
    void catch_clauses(Input& in);

    static inline const Identifiers kNoNames;

    Text& out_;
    Context& context_;
    const Identifiers& locals_;
    const Identifiers& labels_;
    bool is_body_ = true;
    std::vector<Block> open_;
    /// The innermost open block of each label.
    std::map<std::string_view, std::size_t> innermost_;
    /// The blocks that have been opened: the index of the next label.
    std::uint32_t opened_ = 0;
};

} // namespace detent::text::printer
