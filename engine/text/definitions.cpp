#include "engine/text/definitions.hpp"

#include <bit>

namespace detent::text {

IndexSpace& space_of(ModuleState& module, Space space) noexcept {
    switch (space) {
    case Space::func: return module.funcs;
    case Space::table: return module.tables;
    case Space::memory: return module.memories;
    case Space::tag: return module.tags;
    case Space::global: return module.globals;
    case Space::elem: return module.elems;
    case Space::data: return module.datas;
    case Space::type:
    case Space::local:
    case Space::label:
    case Space::field: break;
    }
    return module.types.ids();
}

Head definition_head(ModuleState& module, const External& external) {
    Cursor& cursor = module.cursor;
    Head head;
    head.text_offset = cursor.group_offset();
    head.index = module.out.take_index(external.space);
    static_cast<void>(cursor.optional_id());
    module.take_name(external.space, head.index);
    while (cursor.accept_open("export")) {
        const std::uint32_t offset = cursor.group_offset();
        write_export(module, external.kind, head.index, cursor.name(), offset);
        cursor.close();
    }
    head.is_import = cursor.accept_open("import");
    if (head.is_import) {
        const std::string from = cursor.name();
        const std::string name = cursor.name();
        cursor.close();
        begin_import(module, external, from, name, head.text_offset);
    } else if (!module.out.first_definition) {
        module.out.first_definition = external.space;
    }
    return head;
}

void begin_import(ModuleState& module, const External& external, std::string_view from, std::string_view name,
                  std::uint32_t text_offset) {
    if (const std::optional<Space> first = module.out.first_definition) {
        fail(ErrorCode::import_after_definition, text_offset, static_cast<std::uint32_t>(*first));
    }
    Writer& out = module.out.imports.next(text_offset);
    out.counted(from);
    out.counted(name);
    out.byte(external.kind);
}

void write_export(ModuleState& module, std::uint8_t kind, std::uint32_t index, std::string_view name,
                  std::uint32_t text_offset) {
    Writer& out = module.out.exports.next(text_offset);
    out.counted(name);
    out.byte(kind);
    out.unsigned_leb(index);
}

void external_type(ModuleState& module, const External& external, Writer& out) {
    Cursor& cursor = module.cursor;
    const IndexSpace& types = module.types.ids();
    if (external.space == Space::func || external.space == Space::tag) {
        if (external.space == Space::tag) out.byte(0);
        return out.unsigned_leb(module.types.use(cursor, Binding::allowed).index);
    }
    if (external.space == Space::global) {
        const bool is_mutable = cursor.accept_open("mut");
        value_type(cursor, types, out);
        if (is_mutable) cursor.close();
        return out.byte(is_mutable ? 1 : 0);
    }
    const bool is_64 = address_type(cursor);
    const Limits size = limits(cursor, is_64);
    if (external.space == Space::memory) return write_memory_type(out, size, page_size(cursor));
    write(out, ref_type(cursor, types));
    write_limits(out, size, 0);
}

bool address_type(Cursor& cursor) noexcept {
    if (cursor.accept_keyword("i32")) return false;
    return cursor.accept_keyword("i64");
}

Limits limits(Cursor& cursor, bool is_64) {
    Limits out;
    out.is_64 = is_64;
    out.minimum = cursor.u64();
    if (cursor.kind() == TokenKind::natural) out.maximum = cursor.u64();
    return out;
}

void write_limits(Writer& out, const Limits& limits, std::uint8_t more_flags) {
    const unsigned flags = (limits.maximum ? 1U : 0U) | (limits.is_64 ? 4U : 0U) | more_flags;
    out.byte(static_cast<std::uint8_t>(flags));
    out.unsigned_leb(limits.minimum);
    if (limits.maximum) out.unsigned_leb(*limits.maximum);
}

std::optional<unsigned> page_size(Cursor& cursor) {
    if (!cursor.accept_open("pagesize")) return std::nullopt;
    const std::uint32_t offset = cursor.offset();
    const std::uint64_t size = cursor.u64();
    if (!std::has_single_bit(size)) fail(ErrorCode::invalid_page_size_text, offset);
    cursor.close();
    return static_cast<unsigned>(std::countr_zero(size));
}

void write_memory_type(Writer& out, const Limits& limits, std::optional<unsigned> page_exponent) {
    constexpr std::uint8_t kHasPageSize = 8;
    write_limits(out, limits, page_exponent ? kHasPageSize : std::uint8_t{0});
    if (page_exponent) out.unsigned_leb(*page_exponent);
}

} // namespace detent::text
