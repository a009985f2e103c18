// The code section: the functions that the module defines, and one instruction of them alone.
#include "engine/text/number_text.hpp"
#include "engine/text/printer_module.hpp"
#include "engine/text/printer_types.hpp"

#include <algorithm>

namespace detent::text::printer {

namespace {

/// Deeper nesting is not shown, so that the text of a deep module is not the square of its depth.
constexpr std::size_t kDeepestShown = 40;

} // namespace

// spec: binary-codesec
void ModulePrinter::code_section(Input& in) {
    const std::uint32_t bodies = in.count();
    const std::size_t declared = context_.functions.size() - context_.defined(NameKind::func);
    if (bodies != declared) refuse(ErrorCode::function_code_mismatch, in.module().size());
    for (std::uint32_t left = bodies; left != 0; --left) {
        Input body = in.sized();
        function(body);
        if (!body.at_end()) refuse(ErrorCode::section_size_mismatch, body.position());
    }
}

void ModulePrinter::function(Input& body) {
    const std::uint32_t function = context_.defined(NameKind::func);
    const Identifiers& locals = context_.names().owned(NameKind::local, function);
    out_ << "\n  (func" << context_.bind_next(NameKind::func);
    append_type_use(out_, context_, context_.functions[function], &locals);
    append_locals(function, body);
    append_instructions(function, body);
    out_ << ")";
}

/// spec: binary-func. The locals come in runs of one type each, and are numbered behind the parameters.
void ModulePrinter::append_locals(std::uint32_t function, Input& body) {
    constexpr std::uint64_t kMost = 0xFFFF'FFFF;
    const Signature* signature = context_.signature(context_.functions[function]);
    std::uint64_t next = signature != nullptr ? signature->parameters.count : 0;
    LocalList list(out_, context_, "local", context_.names().owned(NameKind::local, function));
    std::uint32_t runs = body.count();
    if (runs != 0) out_ << "\n   ";
    for (; runs != 0; --runs) {
        const std::uint32_t begin = body.position();
        const std::uint64_t end = next + body.u32();
        if (end > kMost) refuse(ErrorCode::too_many_locals, begin);
        const std::string type = value_type(context_, body);
        for (; next != end; ++next)
            list.add(static_cast<std::uint32_t>(next), type);
    }
    list.finish();
}

InstructionPrinter ModulePrinter::printer_of(std::uint32_t function) {
    return {line_, context_, context_.names().owned(NameKind::local, function),
            context_.names().owned(NameKind::label, function)};
}

/// The final `end` is the closing parenthesis of the function.
void ModulePrinter::append_instructions(std::uint32_t function, Input& body) {
    InstructionPrinter printer = printer_of(function);
    for (InstructionPrinter::Line line = printer.next(body); !printer.ended(); line = printer.next(body))
        append_line(line);
    line_.clear();
}

void ModulePrinter::append_line(const InstructionPrinter::Line& line) {
    out_ << "\n    " << std::string(2 * std::min(line.depth, kDeepestShown), ' ');
    if (context_.options().offsets) out_ << "(;" << hexadecimal(line.offset) << ";) ";
    out_ << line_.str();
    line_.clear();
}

std::string ModulePrinter::instruction(std::uint32_t offset) {
    for (const Section& one : sections_) {
        if (one.id == SectionId::custom) continue;
        Input in = context_.at(one.begin, one.end);
        if (one.id != SectionId::code) {
            content(one.id, in);
            continue;
        }
        if (offset < one.begin || offset >= one.end) break;
        find_body(offset, in);
        return line_.take();
    }
    refuse(ErrorCode::no_instruction, offset);
}

void ModulePrinter::find_body(std::uint32_t offset, Input& in) {
    std::uint32_t function = context_.defined(NameKind::func);
    for (std::uint32_t left = in.count(); left != 0 && function < context_.functions.size(); --left, ++function) {
        Input body = in.sized();
        if (offset < body.end()) return find_instruction(offset, function, body);
    }
    refuse(ErrorCode::no_instruction, offset);
}

void ModulePrinter::find_instruction(std::uint32_t offset, std::uint32_t function, Input& body) {
    append_locals(function, body);
    InstructionPrinter printer = printer_of(function);
    while (!printer.ended() && body.position() <= offset) {
        line_.clear();
        if (printer.next(body).offset == offset) return;
    }
    refuse(ErrorCode::no_instruction, offset);
}

} // namespace detent::text::printer
