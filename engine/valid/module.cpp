#include "engine/valid/module.hpp"

namespace detent {

namespace {

// spec: valid-limits
Status validate_limits(const Limits& limits, std::uint32_t offset) noexcept {
    if (limits.has_maximum && limits.minimum > limits.maximum) return Error{ErrorCode::minimum_over_maximum, offset};
    return ok();
}

// spec: valid-tabletype
Status validate_table_type(const TableType& type, std::uint32_t offset) noexcept {
    const Limits& limits = type.limits;
    const std::uint64_t most = type.most_elements();
    if (limits.minimum > most || limits.maximum > most) return Error{ErrorCode::table_too_large, offset};
    return validate_limits(limits, offset);
}

// spec: valid-memtype
Status validate_memory(const MemType& type, std::uint32_t offset) noexcept {
    if (type.page_log != 0 && type.page_log != 16) return Error{ErrorCode::invalid_page_size, offset};
    const Limits& limits = type.limits;
    const std::uint64_t most = type.most_pages();
    if (limits.minimum > most || limits.maximum > most) return Error{ErrorCode::memory_too_large, offset};
    return validate_limits(limits, offset);
}

// spec: valid-tag
Status validate_tag(const Context& context, std::size_t index) noexcept {
    const TypeIdx type = context.module.tags[index];
    const std::uint32_t offset = context.module.tag_offsets[index];
    if (!context.knows_function_type(type)) return Error{ErrorCode::unknown_type, offset};
    if (!context.module.func_type(type).results.empty()) return Error{ErrorCode::nonempty_tag_results, offset};
    return ok();
}

struct IndexSpace {
    std::size_t count;
    ErrorCode unknown;
};

IndexSpace space_of(const Module& module, ExternKind kind) noexcept {
    switch (kind) {
    case ExternKind::func: return {module.functions.size(), ErrorCode::unknown_function};
    case ExternKind::table: return {module.tables.size(), ErrorCode::unknown_table};
    case ExternKind::memory: return {module.memories.size(), ErrorCode::unknown_memory};
    case ExternKind::global: return {module.globals.size(), ErrorCode::unknown_global};
    case ExternKind::tag: return {module.tags.size(), ErrorCode::unknown_tag};
    }
    return {0, ErrorCode::malformed_export_kind};
}

// spec: valid-export
Status validate_export(Context& context, const Export& one) noexcept {
    const IndexSpace space = space_of(context.module, one.kind);
    if (one.index >= space.count) return Error{space.unknown, one.offset};
    if (one.kind == ExternKind::func) context.declared[one.index] = 1;
    if (one.kind == ExternKind::global && context.module.globals[one.index].type.is_mutable) {
        return require(context.features, Feature::mutable_global, one.offset);
    }
    return ok();
}

/// The first export, in the order of the bytes, whose name an earlier one has; or their number.
std::uint32_t first_repeated_export(const Module& module) noexcept {
    const std::span<const std::uint32_t> order = module.exports_by_name.span();
    auto first = static_cast<std::uint32_t>(order.size());
    for (std::size_t i = 1; i < order.size(); ++i) {
        const bool repeats =
            module.text(module.exports[order[i]].name) == module.text(module.exports[order[i - 1]].name);
        if (repeats) first = std::min(first, order[i]);
    }
    return first;
}

} // namespace

Status validate_functions(const Context& context) noexcept {
    const Module& module = context.module;
    for (std::size_t i = 0; i < module.functions.size(); ++i) {
        if (context.knows_function_type(module.functions[i])) continue;
        return Error{ErrorCode::unknown_type, module.function_offsets[i]};
    }
    return ok();
}

/// What has no initializer begins with null.
Status validate_table(const Context& context, TableIdx table) noexcept {
    const Module& module = context.module;
    const TableType& type = module.tables[number(table)];
    const std::uint32_t offset = module.table_offsets[number(table)];
    if (!context.knows(type.element)) return Error{ErrorCode::unknown_type, offset};
    DETENT_CHECK(validate_table_type(type, offset));
    if (number(table) < module.imported_tables) return ok();
    if (!module.table_initializers[number(table)] && !is_defaultable(type.element)) {
        return Error{ErrorCode::type_mismatch, offset};
    }
    // Where addresses may have 64 bits, a table may ask for more than any store gives; the store judges it then.
    const bool is_judged_here = !context.features.has(Feature::memory64);
    if (is_judged_here && type.limits.minimum > context.limits[Limit::table_elements]) {
        return Error{ErrorCode::limit_exceeded, offset, static_cast<std::uint32_t>(Limit::table_elements)};
    }
    return ok();
}

Status validate_memories(const Context& context) noexcept {
    const Module& module = context.module;
    for (std::size_t i = 0; i < module.memories.size(); ++i) {
        DETENT_CHECK(validate_memory(module.memories[i], module.memory_offsets[i]));
    }
    return ok();
}

Status validate_tags(const Context& context) noexcept {
    for (std::size_t i = 0; i < context.module.tags.size(); ++i)
        DETENT_CHECK(validate_tag(context, i));
    return ok();
}

Status validate_exports(Context& context) noexcept {
    const Module& module = context.module;
    const std::uint32_t repeated = first_repeated_export(module);
    for (std::uint32_t i = 0; i < module.exports.size(); ++i) {
        if (i == repeated) return Error{ErrorCode::duplicate_export_name, module.exports[i].offset};
        DETENT_CHECK(validate_export(context, module.exports[i]));
    }
    return ok();
}

// spec: valid-start
Status validate_start(const Context& context) noexcept {
    const Module& module = context.module;
    if (!module.start) return ok();
    if (number(*module.start) >= module.functions.size()) {
        return Error{ErrorCode::unknown_function, module.start_offset};
    }
    const FuncType type = module.function_type(*module.start);
    if (!type.parameters.empty() || !type.results.empty()) {
        return Error{ErrorCode::bad_start_function, module.start_offset};
    }
    return ok();
}

Status validate_element_indices(Context& context, const ElementSegment& segment) noexcept {
    Reader in(context.module.bytes.span(), segment.entries.begin, segment.entries.end);
    for (std::uint32_t i = 0; i < segment.count; ++i) {
        const std::uint32_t begin = in.position();
        DETENT_TRY(const std::uint32_t function, in.u32());
        if (function >= context.module.functions.size()) return Error{ErrorCode::unknown_function, begin};
        context.declared[function] = 1;
    }
    return ok();
}

Status validate(const Module& module, const Profile& profile) noexcept {
    NullSink sink;
    TypeSpace types;
    ModuleValidator<NullSink, NullSink> validator(module, types, profile, sink, sink);
    DETENT_CHECK(validator.declarations());
    for (std::size_t i = module.imported_functions; i < module.functions.size(); ++i) {
        DETENT_CHECK(validator.body(FuncIdx{static_cast<std::uint32_t>(i)}));
    }
    return validator.data();
}

} // namespace detent
