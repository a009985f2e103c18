#include "engine/text/printer_instructions.hpp"

#include "engine/text/number_text.hpp"
#include "engine/text/printer_types.hpp"

#include <algorithm>

namespace detent::text::printer {

InstructionPrinter::Line InstructionPrinter::next(Input& in) {
    const std::uint32_t begin = in.position();
    const std::size_t before = open_.size();
    const Op op = in.op();
    out_ << to_text(op);
    if (is_instruction(op)) {
        immediate(op, in);
    } else {
        delimiter(op, begin);
    }
    // The delimiters stand where their block began, and `end` has left it already.
    const std::size_t around = op == Op::else_ ? before - 1 : std::min(before, std::max<std::size_t>(open_.size(), 1));
    return {begin, op, around - 1};
}

/// spec: binary-if. `else` stands once in an `if`.
void InstructionPrinter::delimiter(Op op, std::uint32_t offset) {
    if (op == Op::end) return close();
    if (!open_.back().is_if) refuse(ErrorCode::illegal_opcode, offset);
    open_.back().is_if = false;
}

void InstructionPrinter::immediate(Op op, Input& in) {
    switch (row(op).immediate) {
    case Immediate::none: return;
    case Immediate::block_type:
    case Immediate::try_table: return open(op, in);
    case Immediate::label: return label(in);
    case Immediate::label_table: return label_table(in);
    case Immediate::func: return index(NameKind::func, in);
    case Immediate::type: return index(NameKind::type, in);
    case Immediate::type_table: return type_and_table(in);
    case Immediate::local: return local(in);
    case Immediate::global: return index(NameKind::global, in);
    case Immediate::table: return index(NameKind::table, in);
    case Immediate::table_table: return two_indices(NameKind::table, in);
    case Immediate::elem_table: return segment_and_target(NameKind::table, in, NameKind::elem);
    case Immediate::elem: return index(NameKind::elem, in);
    case Immediate::data: return data_index(in);
    case Immediate::memory: return index_unless_zero(NameKind::memory, in);
    case Immediate::memory_memory: return two_indices(NameKind::memory, in);
    case Immediate::data_memory: return segment_and_target(NameKind::memory, in, NameKind::data);
    case Immediate::mem_8: return memarg(0, in);
    case Immediate::mem_16: return memarg(1, in);
    case Immediate::mem_32: return memarg(2, in);
    case Immediate::mem_64: return memarg(3, in);
    case Immediate::mem_128: return memarg(4, in);
    case Immediate::mem_8_lane: return memarg(0, in), lanes(1, in);
    case Immediate::mem_16_lane: return memarg(1, in), lanes(1, in);
    case Immediate::mem_32_lane: return memarg(2, in), lanes(1, in);
    case Immediate::mem_64_lane: return memarg(3, in), lanes(1, in);
    case Immediate::lane_16:
    case Immediate::lane_8:
    case Immediate::lane_4:
    case Immediate::lane_2: return lanes(1, in);
    case Immediate::lanes_16: return lanes(16, in);
    case Immediate::i32: out_ << " " << signed_decimal(in.s32()); return;
    case Immediate::i64: out_ << " " << signed_decimal(in.s64()); return;
    case Immediate::f32: out_ << " " << f32_text(in.f32_bits()); return;
    case Immediate::f64: out_ << " " << f64_text(in.f64_bits()); return;
    case Immediate::v128: return v128(in);
    case Immediate::select_types: return select_types(in);
    case Immediate::heap_type: return heap_type(op, in);
    case Immediate::cast: return cast(in);
    case Immediate::type_field: return type_and_field(in);
    case Immediate::type_count: index(NameKind::type, in), out_ << " " << decimal(in.u32()); return;
    case Immediate::type_data: return type_and(NameKind::data, in);
    case Immediate::type_elem: return type_and(NameKind::elem, in);
    case Immediate::type_type: return type_and(NameKind::type, in);
    case Immediate::tag: return index(NameKind::tag, in);
    }
}

void InstructionPrinter::index_unless_zero(NameKind kind, Input& in) {
    if (const std::uint32_t value = in.u32(); value != 0) index_text(kind, value);
}

/// spec: binary-module. Bodies that name a data segment need a data count section; the text has no place for it, since
/// its reader writes the section for such bodies.
void InstructionPrinter::data_index(Input& in) {
    const std::uint32_t begin = in.position();
    const std::uint32_t value = in.u32();
    if (is_body_ && !context_.data_count) refuse(ErrorCode::data_count_required, begin);
    index_text(NameKind::data, value);
}

void InstructionPrinter::two_indices(NameKind kind, Input& in) {
    const std::uint32_t destination = in.u32();
    const std::uint32_t source = in.u32();
    if (destination == 0 && source == 0) return;
    index_text(kind, destination);
    index_text(kind, source);
}

/// The text has the table or memory first, the bytes have it last.
void InstructionPrinter::segment_and_target(NameKind target, Input& in, NameKind segment) {
    Input ahead = in;
    static_cast<void>(ahead.u32());
    index_unless_zero(target, ahead);
    if (segment == NameKind::data) {
        data_index(in);
    } else {
        index(segment, in);
    }
    in = ahead;
}

void InstructionPrinter::local(Input& in) {
    const std::uint32_t value = in.u32();
    const Identifiers::Entry* found = locals_.find(value);
    out_ << " " << (found != nullptr && !found->id.empty() ? found->id : decimal(value));
}

void InstructionPrinter::type_and(NameKind kind, Input& in) {
    index(NameKind::type, in);
    if (kind == NameKind::data) return data_index(in);
    index(kind, in);
}

void InstructionPrinter::type_and_field(Input& in) {
    const std::uint32_t type = in.u32();
    index_text(NameKind::type, type);
    out_ << context_.field_reference(type, in.u32());
}

/// The text has the table first, the bytes have it last.
void InstructionPrinter::type_and_table(Input& in) {
    const std::uint32_t type = in.u32();
    index_unless_zero(NameKind::table, in);
    append_type_use(out_, context_, type);
}

void InstructionPrinter::select_types(Input& in) {
    out_ << " (result";
    for (std::uint32_t left = in.count(); left != 0; --left)
        out_ << " " << value_type(context_, in);
    out_ << ")";
}

/// `ref.null` has a heap type; a test or a cast has the reference type, whose null is part of its opcode.
void InstructionPrinter::heap_type(Op op, Input& in) {
    const std::string type = printer::heap_type(context_, in);
    if (op == Op::ref_null) {
        out_ << " " << type;
    } else {
        out_ << (op == Op::ref_test_null || op == Op::ref_cast_null ? " (ref null " : " (ref ") << type << ")";
    }
}

// spec: binary-castop
void InstructionPrinter::cast(Input& in) {
    const std::uint8_t nulls = in.byte_below(4, ErrorCode::malformed_reference_type);
    label(in);
    for (const unsigned bit : {1U, 2U}) {
        out_ << ((nulls & bit) != 0 ? " (ref null " : " (ref ");
        out_ << printer::heap_type(context_, in) << ")";
    }
}

/// spec: binary-memarg. The alignment of a plain access is its width, and then it is left out.
void InstructionPrinter::memarg(unsigned natural, Input& in) {
    constexpr std::uint32_t kHasMemory = 0x40;
    const std::uint32_t begin = in.position();
    const std::uint32_t flags = in.u32();
    if (flags >= 2 * kHasMemory) refuse(ErrorCode::malformed_memop_flags, begin);
    if ((flags & kHasMemory) != 0) index_unless_zero(NameKind::memory, in);
    const std::uint64_t offset = in.u64();
    const std::uint32_t alignment = flags & (kHasMemory - 1);
    if (offset != 0) out_ << " offset=" << decimal(offset);
    if (alignment != natural) out_ << " align=" << decimal(std::uint64_t{1} << alignment);
}

void InstructionPrinter::lanes(unsigned count, Input& in) {
    for (; count != 0; --count)
        out_ << " " << decimal(in.byte());
}

void InstructionPrinter::v128(Input& in) {
    out_ << " i32x4";
    for (int lane = 0; lane < 4; ++lane)
        out_ << " " << hexadecimal(in.f32_bits(), 8);
}

} // namespace detent::text::printer
