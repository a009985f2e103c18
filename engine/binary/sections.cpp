// The sections that declare: types, imports, functions, tables, memories, globals, exports, start.
#include "engine/binary/decoder.hpp"
#include "engine/binary/immediates.hpp"

namespace detent {

// spec: binary-typesec
Status Decoder::type_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::types));
    if (!module_.types.reserve(entries)) return kOutOfMemory;
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(function_type(in));
    return ok();
}

// spec: binary-functype
Status Decoder::function_type(Reader& in) noexcept {
    constexpr std::uint8_t kFunction = 0x60;
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t form, in.byte());
    // Recursive groups, subtypes, structures and arrays.
    for (const int later : {0x4E, 0x4F, 0x50, 0x5E, 0x5F}) {
        if (form == later) return feature_off(Feature::gc, begin);
    }
    if (form != kFunction) return Error{ErrorCode::malformed_type_form, begin};
    FuncTypeRange range;
    range.begin = static_cast<std::uint32_t>(module_.type_pool.size());
    DETENT_TRY(range.parameters, value_types(in, Limit::parameters));
    const std::uint32_t results_begin = in.position();
    DETENT_TRY(range.results, value_types(in, Limit::results));
    if (range.results > 1) DETENT_CHECK(require(features_, Feature::multi_value, results_begin));
    if (!module_.types.push_back(range)) return kOutOfMemory;
    return ok();
}

Result<std::uint32_t> Decoder::value_types(Reader& in, Limit limit) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t entries, count(in, limit));
    DETENT_CHECK(within(Limit::type_words, module_.type_pool.size() + entries, begin));
    for (std::uint32_t i = 0; i < entries; ++i) {
        DETENT_TRY(const ValType type, read_value_type(in, features_));
        if (!module_.type_pool.push_back(type)) return kOutOfMemory;
    }
    return entries;
}

// spec: binary-importsec
Status Decoder::import_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::imports));
    if (!module_.imports.reserve(entries)) return kOutOfMemory;
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(import(in));
    module_.imported_functions = static_cast<std::uint32_t>(module_.functions.size());
    module_.imported_tables = static_cast<std::uint32_t>(module_.tables.size());
    module_.imported_memories = static_cast<std::uint32_t>(module_.memories.size());
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
    case ExternKind::tag: break;
    }
    return feature_off(Feature::exceptions, begin);
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
    if (byte > static_cast<std::uint8_t>(ExternKind::tag)) return Error{otherwise, begin};
    const ExternKind kind{byte};
    if (kind == ExternKind::tag) return feature_off(Feature::exceptions, begin);
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
    constexpr std::uint8_t kWithInitializer = 0x40;
    const std::uint32_t begin = in.position();
    if (!module_.tables.empty()) DETENT_CHECK(require(features_, Feature::reference_types, begin));
    DETENT_CHECK(within(Limit::tables, module_.tables.size() + 1, begin));
    if (Reader ahead = in; defined && ahead.byte() == outcome::success(kWithInitializer)) {
        return feature_off(Feature::function_references, begin);
    }
    TableType type;
    DETENT_TRY(type.element, read_reference_type(in, features_));
    DETENT_TRY(type.limits, limits(in));
    if (!module_.tables.push_back(type) || !module_.table_offsets.push_back(begin)) return kOutOfMemory;
    return ok();
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
    MemType type;
    DETENT_TRY(type.limits, limits(in));
    if (!module_.memories.push_back(type) || !module_.memory_offsets.push_back(begin)) return kOutOfMemory;
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
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t mutability, in.byte());
    if (mutability > 1) return Error{ErrorCode::malformed_mutability, begin};
    type.is_mutable = mutability == 1;
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
