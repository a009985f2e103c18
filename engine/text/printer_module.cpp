#include "engine/text/printer_module.hpp"

#include "engine/refused.hpp"
#include "engine/text/printer_types.hpp"

#include <string_view>

namespace detent::text::printer {

namespace {

/// spec: binary-externidx
ExternKind extern_kind(Input& in, ErrorCode otherwise) {
    const ErrorCode error = refused_or(otherwise, RefusedPlace::extern_kind, in.peek());
    return ExternKind{in.byte_below(static_cast<std::uint8_t>(ExternKind::tag) + 1, error)};
}

NameKind space_of(ExternKind kind) noexcept {
    switch (kind) {
    case ExternKind::func: return NameKind::func;
    case ExternKind::table: return NameKind::table;
    case ExternKind::memory: return NameKind::memory;
    case ExternKind::global: return NameKind::global;
    case ExternKind::tag: return NameKind::tag;
    }
    return NameKind::module;
}

/// Every entry of a section that is a vector.
template <class Entry>
void for_each(Input& in, Entry entry) {
    for (std::uint32_t left = in.count(); left != 0; --left)
        entry();
}

} // namespace

void ModulePrinter::content(SectionId id, Input& in) {
    switch (id) {
    case SectionId::custom: return;
    case SectionId::type: return for_each(in, [&] { append_rec_type(out_, context_, in); });
    case SectionId::import: return for_each(in, [&] { import(in); });
    case SectionId::function: return for_each(in, [&] { context_.functions.push_back(in.u32()); });
    case SectionId::table: return for_each(in, [&] { table(in); });
    case SectionId::memory: return for_each(in, [&] { memory(in); });
    case SectionId::tag: return for_each(in, [&] { tag(in); });
    case SectionId::global: return for_each(in, [&] { global(in); });
    case SectionId::export_: return for_each(in, [&] { export_(in); });
    case SectionId::start: return start(in);
    case SectionId::element: return for_each(in, [&] { element(in); });
    case SectionId::data_count: context_.data_count = in.u32(); return;
    case SectionId::code: return code_section(in);
    case SectionId::data: return for_each(in, [&] { data(in); });
    }
}

// spec: binary-import
void ModulePrinter::import(Input& in) {
    const std::string_view module = in.name();
    const std::string_view name = in.name();
    const ExternKind kind = extern_kind(in, ErrorCode::malformed_import_kind);
    out_ << "\n  (import " << quoted_name(module) << " " << quoted_name(name) << " (" << to_text(kind)
         << context_.bind_next(space_of(kind));
    imported(kind, in);
    out_ << "))";
}

void ModulePrinter::imported(ExternKind kind, Input& in) {
    switch (kind) {
    case ExternKind::func: return imported_function(in);
    case ExternKind::table: out_ << " " << table_type(context_, in); return;
    case ExternKind::memory: out_ << " " << memory_type(in); return;
    case ExternKind::global: out_ << " " << global_type(context_, in); return;
    case ExternKind::tag: return append_tag(in);
    }
}

void ModulePrinter::imported_function(Input& in) {
    const auto function = static_cast<std::uint32_t>(context_.functions.size());
    const std::uint32_t type = in.u32();
    context_.functions.push_back(type);
    append_type_use(out_, context_, type, &context_.names().owned(NameKind::local, function));
}

/// spec: binary-table. Two bytes in front of the type announce an initialiser.
void ModulePrinter::table(Input& in) {
    constexpr std::uint8_t kInitialised = 0x40;
    const bool is_initialised = in.peek() == kInitialised;
    if (is_initialised) {
        static_cast<void>(in.byte());
        static_cast<void>(in.byte_below(1, ErrorCode::zero_byte_expected));
    }
    out_ << "\n  (table" << context_.bind_next(NameKind::table) << " " << table_type(context_, in);
    if (is_initialised) append_expression(in, "");
    out_ << ")";
}

void ModulePrinter::memory(Input& in) {
    out_ << "\n  (memory" << context_.bind_next(NameKind::memory) << " " << memory_type(in) << ")";
}

void ModulePrinter::tag(Input& in) {
    out_ << "\n  (tag" << context_.bind_next(NameKind::tag);
    append_tag(in);
    out_ << ")";
}

// spec: binary-tagtype
void ModulePrinter::append_tag(Input& in) {
    static_cast<void>(in.byte_below(1, ErrorCode::zero_byte_expected));
    append_type_use(out_, context_, in.u32());
}

void ModulePrinter::global(Input& in) {
    out_ << "\n  (global" << context_.bind_next(NameKind::global) << " " << global_type(context_, in);
    append_expression(in, "");
    out_ << ")";
}

void ModulePrinter::export_(Input& in) {
    out_ << "\n  (export " << quoted_name(in.name()) << " (";
    const ExternKind kind = extern_kind(in, ErrorCode::malformed_export_kind);
    out_ << to_text(kind) << context_.reference(space_of(kind), in.u32()) << "))";
}

void ModulePrinter::start(Input& in) { out_ << "\n  (start" << context_.reference(NameKind::func, in.u32()) << ")"; }

} // namespace detent::text::printer
