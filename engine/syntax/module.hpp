// Module: a decoded module. Source: spec, Structure, Modules. Immutable after decoding; it owns its bytes, and function
// bodies and constant expressions are ranges of them.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/syntax/types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace detent {

/// A range of the module's bytes.
struct ByteRange {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    [[nodiscard]] constexpr std::uint32_t size() const noexcept { return end - begin; }
};

/// A type that the module defines (spec: a sub type). Its value types stand in `Module::type_pool`, parameters before
/// results; its fields in `Module::field_pool`, one for an array.
struct SubType {
    CompositeKind kind = CompositeKind::func;
    bool is_final = true;
    std::optional<TypeIdx> supertype;
    /// The number of its supertypes, where they stand before it.
    std::uint32_t depth = 0;
    /// Where its types or fields begin in their pool.
    std::uint32_t begin = 0;
    std::uint32_t parameters = 0;
    std::uint32_t results = 0;
    std::uint32_t fields = 0;
    /// Whether each of its fields begins with a value by itself.
    bool has_defaults = true;
    std::uint32_t offset = 0;
};

/// A group of types that may name each other: `count` types from `first`.
struct RecGroup {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t offset = 0;
};

struct Import {
    ByteRange module_name;
    ByteRange name;
    ExternKind kind = ExternKind::func;
    /// The index that the import takes in the index space of its kind.
    std::uint32_t index = 0;
    std::uint32_t offset = 0;
};

struct Export {
    ByteRange name;
    ExternKind kind = ExternKind::func;
    std::uint32_t index = 0;
    std::uint32_t offset = 0;
};

/// A constant expression: its instructions, the final `end` included.
struct ConstExpr {
    ByteRange bytes;
};

struct Global {
    GlobalType type;
    /// Nothing for an imported global.
    std::optional<ConstExpr> initializer;
    std::uint32_t offset = 0;
};

struct ElementSegment {
    enum class Mode : std::uint8_t { passive, active, declarative };

    Mode mode = Mode::passive;
    ValType type = kFuncRef;
    TableIdx table{};
    ConstExpr offset_expression;
    /// Entries are function indices where true, constant expressions otherwise; `entries` holds them one after the
    /// other.
    bool entries_are_indices = true;
    ByteRange entries;
    std::uint32_t count = 0;
    std::uint32_t offset = 0;
};

struct DataSegment {
    bool active = false;
    MemIdx memory{};
    ConstExpr offset_expression;
    ByteRange bytes;
    std::uint32_t offset = 0;
};

/// The body of a function that the module defines.
struct Body {
    /// Local declarations and expression.
    ByteRange bytes;
    /// The expression: from its first instruction to behind the final `end`.
    ByteRange expression;
    /// Where the types of the declared locals stand in `Module::local_runs`.
    std::uint32_t first_run = 0;
    std::uint32_t runs = 0;
    /// Declared locals, parameters not included.
    std::uint32_t declared_locals = 0;
};

/// `count` locals of one type, as a body declares them.
struct LocalRun {
    std::uint32_t count = 0;
    ValType type;
};

/// Index spaces hold imports first, as the specification has it.
struct Module {
    Buffer<std::uint8_t> bytes;

    Buffer<ValType> type_pool;
    Buffer<FieldType> field_pool;
    /// For each field, the type of its value on the operand stack.
    Buffer<ValType> unpacked_pool;
    Buffer<SubType> types;
    Buffer<RecGroup> rec_groups;
    Buffer<Import> imports;
    Buffer<TypeIdx> functions;
    Buffer<TableType> tables;
    /// For each table, imported ones too: what its elements are at first; null where there is none.
    Buffer<std::optional<ConstExpr>> table_initializers;
    Buffer<MemType> memories;
    Buffer<TypeIdx> tags;
    Buffer<Global> globals;
    Buffer<Export> exports;
    /// The numbers of the exports in the order of their names; of equal names the first export stands first.
    Buffer<std::uint32_t> exports_by_name;
    std::optional<FuncIdx> start;
    std::uint32_t start_offset = 0;
    Buffer<ElementSegment> elements;
    Buffer<DataSegment> data;
    Buffer<Body> bodies;
    Buffer<LocalRun> local_runs;
    /// The number that a data count section states.
    std::optional<std::uint32_t> data_count;
    std::uint32_t custom_sections = 0;

    /// Where each function's type index, each table's and memory's type and each tag stands in the bytes, for errors.
    Buffer<std::uint32_t> function_offsets;
    Buffer<std::uint32_t> table_offsets;
    Buffer<std::uint32_t> memory_offsets;
    Buffer<std::uint32_t> tag_offsets;

    std::uint32_t imported_functions = 0;
    std::uint32_t imported_tables = 0;
    std::uint32_t imported_memories = 0;
    std::uint32_t imported_tags = 0;
    std::uint32_t imported_globals = 0;

    /// `index` MUST be that of a function type.
    [[nodiscard]] FuncType func_type(TypeIdx index) const noexcept {
        const SubType& type = types[number(index)];
        const std::span<const ValType> all = type_pool.span().subspan(type.begin, type.parameters + type.results);
        return {all.first(type.parameters), all.subspan(type.parameters)};
    }

    /// `index` MUST be that of a structure type, or of an array type, which has one field.
    [[nodiscard]] std::span<const FieldType> fields(TypeIdx index) const noexcept {
        const SubType& type = types[number(index)];
        return field_pool.span().subspan(type.begin, type.fields);
    }

    /// The same fields, as the types of their values on the operand stack.
    [[nodiscard]] std::span<const ValType> unpacked_fields(TypeIdx index) const noexcept {
        const SubType& type = types[number(index)];
        return unpacked_pool.span().subspan(type.begin, type.fields);
    }

    [[nodiscard]] FuncType function_type(FuncIdx index) const noexcept { return func_type(functions[number(index)]); }
    [[nodiscard]] FuncType tag_type(TagIdx index) const noexcept { return func_type(tags[number(index)]); }

    [[nodiscard]] const Body& body(FuncIdx index) const noexcept { return bodies[number(index) - imported_functions]; }

    [[nodiscard]] std::span<const std::uint8_t> slice(ByteRange range) const noexcept {
        return bytes.span().subspan(range.begin, range.size());
    }

    [[nodiscard]] std::string_view text(ByteRange range) const noexcept {
        return {reinterpret_cast<const char*>(bytes.data()) + range.begin, range.size()};
    }

    /// The export of that name, or null.
    [[nodiscard]] const Export* find_export(std::string_view name) const noexcept;
};

} // namespace detent
