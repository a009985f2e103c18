// Element and data segments, and constant expressions.
#include "engine/text/printer_module.hpp"
#include "engine/text/printer_types.hpp"

#include <string>

namespace detent::text::printer {

namespace {

// spec: binary-elemsec, binary-datasec
constexpr std::uint32_t kNotActive = 1;
/// Of an active segment: it names its table or memory. Of another element segment: it only declares.
constexpr std::uint32_t kExplicit = 2;
constexpr std::uint32_t kExpressions = 4;

bool is_plain(Op op) noexcept {
    if (!is_instruction(op)) return false;
    const Immediate kind = row(op).immediate;
    return kind != Immediate::block_type && kind != Immediate::try_table;
}

} // namespace

/// One form of a segment is written in one way, the shortest that says it; a reader of the text takes the shortest form
/// of the bytes that says that.
void ModulePrinter::element(Input& in) {
    const std::uint32_t begin = in.position();
    const std::uint32_t flags = in.u32();
    if (flags > (kNotActive | kExplicit | kExpressions)) refuse(ErrorCode::malformed_segment_kind, begin);
    out_ << "\n  (elem" << context_.bind_next(NameKind::elem);
    if ((flags & kNotActive) == 0) {
        const std::uint32_t table = (flags & kExplicit) != 0 ? in.u32() : 0;
        if (table != 0) out_ << " (table" << context_.reference(NameKind::table, table) << ")";
        append_expression(in, "offset");
    } else if ((flags & kExplicit) != 0) {
        out_ << " declare";
    }
    element_list(flags, in);
    out_ << ")";
}

void ModulePrinter::element_list(std::uint32_t flags, Input& in) {
    const bool has_type = (flags & (kNotActive | kExplicit)) != 0;
    if ((flags & kExpressions) != 0) {
        out_ << " " << (has_type ? reference_type(context_, in) : "funcref");
        for (std::uint32_t left = in.count(); left != 0; --left)
            append_expression(in, "item");
        return;
    }
    if (has_type) static_cast<void>(in.byte_below(1, ErrorCode::malformed_element_kind));
    out_ << " func";
    for (std::uint32_t left = in.count(); left != 0; --left)
        out_ << context_.reference(NameKind::func, in.u32());
}

void ModulePrinter::data(Input& in) {
    const std::uint32_t begin = in.position();
    const std::uint32_t flags = in.u32();
    if (flags > kExplicit) refuse(ErrorCode::malformed_segment_kind, begin);
    out_ << "\n  (data" << context_.bind_next(NameKind::data);
    if (flags != kNotActive) {
        const std::uint32_t memory = flags == kExplicit ? in.u32() : 0;
        if (memory != 0) out_ << " (memory" << context_.reference(NameKind::memory, memory) << ")";
        append_expression(in, "offset");
    }
    append_strings(in.sized().rest());
    out_ << ")";
}

/// Each plain instruction is in parentheses. Where a keyword is given, it may be left out around one such instruction,
/// and must not be otherwise.
void ModulePrinter::append_expression(Input& in, std::string_view keyword) {
    const bool is_one = is_one_instruction(in);
    if (!keyword.empty() && !is_one) out_ << " (" << keyword;
    InstructionPrinter printer(line_, context_);
    for (Op op = printer.next(in).op; !printer.ended(); op = printer.next(in).op) {
        out_ << (is_plain(op) ? " (" : " ") << line_.str() << (is_plain(op) ? ")" : "");
        line_.clear();
    }
    line_.clear();
    if (!keyword.empty() && !is_one) out_ << ")";
}

/// Whether an expression is one plain instruction and its `end`.
bool ModulePrinter::is_one_instruction(Input in) {
    InstructionPrinter printer(line_, context_);
    const bool is_one = is_plain(printer.next(in).op) && in.op() == Op::end;
    line_.clear();
    return is_one;
}

} // namespace detent::text::printer
