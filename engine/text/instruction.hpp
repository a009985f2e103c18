// One instruction with its immediates, from text to bytes. Which immediates an instruction has, its row in opcodes.def
// says. Source: spec, Text Format, Instructions; Binary Format, Instructions.
#pragma once

#include "engine/opcodes.hpp"
#include "engine/text/labels.hpp"
#include "engine/text/module_state.hpp"
#include "engine/text/writer.hpp"

#include <optional>
#include <string_view>

namespace detent::text {

/// The instruction that a keyword names; of several, the first. Nothing for a delimiter or any other word.
[[nodiscard]] std::optional<Op> op_of(std::string_view mnemonic);

void write_opcode(Writer& out, Op op);

/// Writes instructions, the type of a block and its clauses, each from the token behind what is already known of it.
/// Refers to what it is made of.
class InstructionWriter {
  public:
    InstructionWriter(ModuleState& module, const Labels& labels, const IndexSpace& locals)
        : module_(module), cursor_(module.cursor), labels_(labels), locals_(locals) {}

    /// An instruction that is no block: its opcode and its immediates.
    void plain(Op op, Writer& out);

    /// The type of a block. spec: text-blocktype
    void block_type(Writer& out);

    /// The clauses of a `try_table`.
    void catch_clauses(Writer& out);

  private:
    void immediates(Op op, Writer& out);
    void index(Writer& out, const IndexSpace& space) { out.unsigned_leb(index_in(cursor_, space)); }
    void label(Writer& out) { out.unsigned_leb(labels_.index(cursor_)); }
    void optional_index(Writer& out, const IndexSpace& space);
    void label_table(Writer& out);
    void call_indirect(Writer& out);
    void segment_then_place(Writer& out, const IndexSpace& segments, const IndexSpace& places);
    void two_optional_indices(Writer& out, const IndexSpace& space);
    void memory_argument(Writer& out, unsigned natural_exponent, bool has_lane);
    void lane(Writer& out);
    void lanes(Writer& out);
    void select_types(Writer& out);
    void reference_test(Op op, Writer& out);
    void cast(Writer& out);
    void type_then(Writer& out, Immediate immediate);
    [[nodiscard]] bool catch_clause(Writer& out);

    ModuleState& module_;
    Cursor& cursor_;
    const Labels& labels_;
    const IndexSpace& locals_;
};

} // namespace detent::text
