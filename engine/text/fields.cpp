#include "engine/text/fields.hpp"

#include "engine/text/body.hpp"
#include "engine/text/definitions.hpp"
#include "engine/text/function.hpp"
#include "engine/text/segments.hpp"

#include <algorithm>
#include <iterator>

namespace detent::text {

namespace {

constexpr const External& kTable = kExternals[1];
constexpr const External& kMemory = kExternals[2];
constexpr const External& kGlobal = kExternals[3];
constexpr const External& kTag = kExternals[4];

/// The kind of external that a keyword names; null if it names none.
const External* external_of(std::string_view keyword) noexcept {
    const auto* found = std::find_if(std::begin(kExternals), std::end(kExternals),
                                     [&](const External& one) noexcept { return one.keyword == keyword; });
    return found == std::end(kExternals) ? nullptr : found;
}

void table_field(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const Head head = definition_head(module, kTable);
    if (head.is_import) return external_type(module, kTable, module.out.imports.content.bytes);
    const bool is_64 = address_type(cursor);
    Section& tables = module.out.tables;
    if (cursor.kind() != TokenKind::natural) {
        const RefType type = ref_type(cursor, module.types.ids());
        cursor.expect_open("elem");
        const std::uint32_t size = inline_elements(module, head.index, type, is_64);
        Writer& out = tables.next(head.text_offset);
        write(out, type);
        return write_limits(out, {is_64, size, size}, 0);
    }
    const Limits size = limits(cursor, is_64);
    const RefType type = ref_type(cursor, module.types.ids());
    Writer& out = tables.next(head.text_offset);
    const bool has_initialiser = cursor.kind() != TokenKind::close;
    // spec: binary-table
    if (has_initialiser) out.append(std::string_view("\x40\x00", 2));
    write(out, type);
    write_limits(out, size, 0);
    if (has_initialiser) Body(module).sequence(tables.content);
}

void memory_field(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const Head head = definition_head(module, kMemory);
    if (head.is_import) return external_type(module, kMemory, module.out.imports.content.bytes);
    const bool is_64 = address_type(cursor);
    if (cursor.kind() == TokenKind::natural) {
        const Limits size = limits(cursor, is_64);
        return write_memory_type(module.out.memories.next(head.text_offset), size, page_size(cursor));
    }
    constexpr unsigned kPageExponent = 16;
    const std::optional<unsigned> exponent = page_size(cursor);
    cursor.expect_open("data");
    const std::uint64_t bytes = inline_data(module, head.index, is_64);
    const unsigned shift = exponent.value_or(kPageExponent);
    const std::uint64_t pages = (bytes >> shift) + ((bytes & ((std::uint64_t{1} << shift) - 1)) != 0 ? 1 : 0);
    write_memory_type(module.out.memories.next(head.text_offset), {is_64, pages, pages}, exponent);
}

void global_field(ModuleState& module) {
    const Head head = definition_head(module, kGlobal);
    if (head.is_import) return external_type(module, kGlobal, module.out.imports.content.bytes);
    external_type(module, kGlobal, module.out.globals.next(head.text_offset));
    Body(module).sequence(module.out.globals.content);
}

void tag_field(ModuleState& module) {
    const Head head = definition_head(module, kTag);
    Section& tags = module.out.tags;
    external_type(module, kTag, head.is_import ? module.out.imports.content.bytes : tags.next(head.text_offset));
}

/// The kind of external in `(kind …`, whose beginning is taken.
const External& external_keyword(Cursor& cursor) {
    cursor.expect(TokenKind::open);
    const External* found = cursor.kind() == TokenKind::keyword ? external_of(cursor.word()) : nullptr;
    if (found == nullptr) cursor.unexpected();
    cursor.next();
    return *found;
}

void import_field(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const std::uint32_t text_offset = cursor.group_offset();
    const std::string from = cursor.name();
    const std::string name = cursor.name();
    const External& external = external_keyword(cursor);
    static_cast<void>(cursor.optional_id());
    module.take_name(external.space, module.out.take_index(external.space));
    begin_import(module, external, from, name, text_offset);
    external_type(module, external, module.out.imports.content.bytes);
    cursor.close();
}

void export_field(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const std::uint32_t text_offset = cursor.group_offset();
    const std::string name = cursor.name();
    const External& external = external_keyword(cursor);
    const std::uint32_t index = index_in(cursor, space_of(module, external.space));
    write_export(module, external.kind, index, name, text_offset);
    cursor.close();
}

void start_field(ModuleState& module) {
    const std::uint32_t text_offset = module.cursor.group_offset();
    if (module.out.start) fail(ErrorCode::multiple_start_sections, text_offset);
    module.out.start = index_in(module.cursor, module.funcs);
    module.out.start_offset = text_offset;
}

struct Field {
    std::string_view keyword;
    void (*parse)(ModuleState&);
};

constexpr Field kFields[] = {
    {"func", func_field}, {"global", global_field}, {"table", table_field},   {"memory", memory_field},
    {"tag", tag_field},   {"import", import_field}, {"export", export_field}, {"start", start_field},
    {"elem", elem_field}, {"data", data_field},
};

} // namespace

bool is_field(std::string_view keyword) noexcept {
    const auto has_keyword = [&](const Field& one) noexcept { return one.keyword == keyword; };
    return keyword == "type" || keyword == "rec" || std::any_of(std::begin(kFields), std::end(kFields), has_keyword);
}

void parse_field(ModuleState& module) {
    Cursor& cursor = module.cursor;
    // The types were parsed before all other fields.
    if (cursor.is_open("type") || cursor.is_open("rec")) return cursor.skip_group();
    cursor.expect(TokenKind::open);
    for (const Field& field : kFields) {
        if (!cursor.accept_keyword(field.keyword)) continue;
        field.parse(module);
        return cursor.close();
    }
    cursor.unexpected();
}

} // namespace detent::text
