// The sections that declare, besides types: imports, functions, tables, memories, tags, globals, exports, start.
#include "engine/binary/decoder.hpp"
#include "engine/binary/immediates.hpp"

namespace detent {

// spec: binary-importsec
Status Decoder::import_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::imports));
    if (!module_.imports.reserve(entries)) return kOutOfMemory;
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(import(in));
    module_.imported_functions = static_cast<std::uint32_t>(module_.functions.size());
    module_.imported_tables = static_cast<std::uint32_t>(module_.tables.size());
    module_.imported_memories = static_cast<std::uint32_t>(module_.memories.size());
    module_.imported_tags = static_cast<std::uint32_t>(module_.tags.size());
    module_.imported_globals = static_cast<std::uint32_t>(module_.globals.size());
    return ok();
}

Status Decoder::import(Reader& in) noexcept {
    Import read;
    read.offset = in.position();
    DETENT_TRY(read.module_name, name(in));
    DETENT_TRY(read.name, name(in));
    DETENT_TRY(read.kind, extern_kind(in, ErrorCode::malformed_import_kind));
    DETENT_TRY(read.index, imported(read.kind, in));
    if (!module_.imports.push_back(read)) return kOutOfMemory;
    return ok();
}

/// Enters what is imported into its index space, and says where.
Result<std::uint32_t> Decoder::imported(ExternKind kind, Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    switch (kind) {
    case ExternKind::func:
        DETENT_CHECK(within(Limit::functions, module_.functions.size() + 1, begin));
        DETENT_CHECK(function(in));
        return static_cast<std::uint32_t>(module_.functions.size() - 1);
    case ExternKind::table:
        DETENT_CHECK(table(in, false));
        return static_cast<std::uint32_t>(module_.tables.size() - 1);
    case ExternKind::memory: DETENT_CHECK(memory(in)); return static_cast<std::uint32_t>(module_.memories.size() - 1);
    case ExternKind::global:
        DETENT_CHECK(imported_global(in));
        return static_cast<std::uint32_t>(module_.globals.size() - 1);
    case ExternKind::tag:
        DETENT_CHECK(within(Limit::tags, module_.tags.size() + 1, begin));
        DETENT_CHECK(tag(in));
        return static_cast<std::uint32_t>(module_.tags.size() - 1);
    }
    return Error{ErrorCode::malformed_import_kind, begin};
}

Status Decoder::imported_global(Reader& in) noexcept {
    Global read;
    read.offset = in.position();
    DETENT_CHECK(within(Limit::globals, module_.globals.size() + 1, read.offset));
    DETENT_TRY(read.type, global_type(in));
    if (read.type.is_mutable) DETENT_CHECK(require(features_, Feature::mutable_global, read.offset));
    return add_global(read);
}

Result<ExternKind> Decoder::extern_kind(Reader& in, ErrorCode otherwise) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t byte, in.byte());
    if (byte > static_cast<std::uint8_t>(ExternKind::tag)) {
        return Error{refused_or(otherwise, RefusedPlace::extern_kind, byte), begin};
    }
    const ExternKind kind{byte};
    if (kind == ExternKind::tag) DETENT_CHECK(require(features_, Feature::exceptions, begin));
    return kind;
}

// spec: binary-funcsec
Status Decoder::function_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::functions, module_.functions.size()));
    if (!module_.functions.reserve(module_.functions.size() + entries)) return kOutOfMemory;
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(function(in));
    return ok();
}

Status Decoder::function(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t type, in.u32());
    if (!module_.functions.push_back(TypeIdx{type}) || !module_.function_offsets.push_back(begin)) return kOutOfMemory;
    return ok();
}

// spec: binary-tablesec
Status Decoder::table_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::tables, module_.tables.size()));
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(table(in, true));
    return ok();
}

Status Decoder::table(Reader& in, bool defined) noexcept {
    const std::uint32_t begin = in.position();
    if (!module_.tables.empty()) DETENT_CHECK(require(features_, Feature::reference_types, begin));
    DETENT_CHECK(within(Limit::tables, module_.tables.size() + 1, begin));
    bool has_initializer = false;
    if (defined) {
        DETENT_TRY(has_initializer, table_has_initializer(in));
    }
    TableType type;
    DETENT_TRY(type.element, read_reference_type(in, features_));
    DETENT_TRY(const ReadLimits read, limits(in, false));
    type.limits = read.limits;
    type.address = read.address;
    std::optional<ConstExpr> initializer;
    if (has_initializer) {
        DETENT_TRY(initializer, constant_expression(in));
    }
    const bool is_added = module_.tables.push_back(type) && module_.table_initializers.push_back(initializer) &&
                          module_.table_offsets.push_back(begin);
    if (!is_added) return kOutOfMemory;
    return ok();
}

/// Reads what stands in front of the type of a table with an initializer, if this is one.
Result<bool> Decoder::table_has_initializer(Reader& in) noexcept {
    constexpr std::uint8_t kWithInitializer = 0x40;
    const std::uint32_t begin = in.position();
    if (Reader ahead = in; ahead.byte() != outcome::success(kWithInitializer)) return false;
    DETENT_CHECK(require(features_, Feature::function_references, begin));
    DETENT_CHECK(in.skip(1));
    DETENT_TRY(const std::uint8_t zero, in.byte());
    if (zero != 0) return Error{ErrorCode::zero_byte_expected, in.position() - 1};
    return true;
}

// spec: binary-memsec
Status Decoder::memory_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::memories, module_.memories.size()));
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(memory(in));
    return ok();
}

Status Decoder::memory(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    if (!module_.memories.empty()) DETENT_CHECK(require(features_, Feature::multi_memory, begin));
    DETENT_CHECK(within(Limit::memories, module_.memories.size() + 1, begin));
    DETENT_TRY(const ReadLimits read, limits(in, true));
    MemType type;
    type.limits = read.limits;
    type.address = read.address;
    if (read.has_page_size) {
        DETENT_TRY(type.page_log, page_log(in));
    }
    if (!module_.memories.push_back(type) || !module_.memory_offsets.push_back(begin)) return kOutOfMemory;
    return ok();
}

Result<std::uint8_t> Decoder::page_log(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t log, in.u32());
    if (log >= 64) return Error{ErrorCode::malformed_page_size, begin};
    return static_cast<std::uint8_t>(log);
}

// spec: binary-tagsec
Status Decoder::tag_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::tags, module_.tags.size()));
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(tag(in));
    return ok();
}

// spec: binary-tagtype
Status Decoder::tag(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t attribute, in.byte());
    if (attribute != 0) return Error{ErrorCode::zero_byte_expected, begin};
    DETENT_TRY(const std::uint32_t type, in.u32());
    if (!module_.tags.push_back(TypeIdx{type}) || !module_.tag_offsets.push_back(begin)) return kOutOfMemory;
    return ok();
}

// spec: binary-globalsec
Status Decoder::global_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::globals, module_.globals.size()));
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(global(in));
    return ok();
}

Result<GlobalType> Decoder::global_type(Reader& in) noexcept {
    GlobalType type;
    DETENT_TRY(type.value, read_value_type(in, features_));
    DETENT_TRY(type.is_mutable, mutability(in));
    return type;
}

Status Decoder::global(Reader& in) noexcept {
    Global read;
    read.offset = in.position();
    DETENT_TRY(read.type, global_type(in));
    DETENT_TRY(const ConstExpr initializer, constant_expression(in));
    read.initializer = initializer;
    return add_global(read);
}

Status Decoder::add_global(const Global& global) noexcept {
    if (!module_.globals.push_back(global)) return kOutOfMemory;
    return ok();
}

// spec: binary-exportsec
Status Decoder::export_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::exports));
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(export_entry(in));
    return ok();
}

Status Decoder::export_entry(Reader& in) noexcept {
    Export read;
    read.offset = in.position();
    DETENT_TRY(read.name, name(in));
    DETENT_TRY(read.kind, extern_kind(in, ErrorCode::malformed_export_kind));
    DETENT_TRY(read.index, in.u32());
    if (!module_.exports.push_back(read)) return kOutOfMemory;
    return ok();
}

// spec: binary-startsec
Status Decoder::start_section(Reader& in) noexcept {
    module_.start_offset = in.position();
    DETENT_TRY(const std::uint32_t function, in.u32());
    module_.start = FuncIdx{function};
    return ok();
}

} // namespace detent
