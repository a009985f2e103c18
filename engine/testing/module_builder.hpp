// ModuleBuilder: bytes of a module from a few words of C++, for tests. It writes what it is told and checks nothing.
//
//   ModuleBuilder b;
//   const auto type = b.type({kI32}, {kI32});
//   const auto f = b.function(type, {{1, kI64}}, code(Op::local_get, 0, Op::i32_const, -7, Op::i32_add));
//   b.export_function("f", f);
//   const Bytes module = b.build();
//
// `code` writes an Op as its opcode, a signed number as signed LEB128, an unsigned one as unsigned LEB128 (0 to 63 are
// the same in both), a float or double as its bits, a ValType as its byte, a std::uint8_t as it is, and Bytes as they
// are. Imports come first: an index is fixed when it is given.
#pragma once

#include "engine/opcodes.hpp"
#include "engine/syntax/types.hpp"

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace detent::testing {

using Bytes = std::vector<std::uint8_t>;

/// The least encoding.
inline Bytes unsigned_leb(std::uint64_t value) {
    Bytes out;
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value));
    return out;
}

inline Bytes signed_leb(std::int64_t value) {
    Bytes out;
    for (; value < -64 || value > 63; value >>= 7)
        out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value & 0x7F));
    return out;
}

inline std::uint8_t heap_byte(HeapType::Abstract heap) {
    using Abstract = HeapType::Abstract;
    switch (heap) {
    case Abstract::func: return 0x70;
    case Abstract::nofunc: return 0x73;
    case Abstract::extern_: return 0x6F;
    case Abstract::noextern: return 0x72;
    case Abstract::any: return 0x6E;
    case Abstract::eq: return 0x6D;
    case Abstract::i31: return 0x6C;
    case Abstract::struct_: return 0x6B;
    case Abstract::array: return 0x6A;
    case Abstract::none: return 0x71;
    case Abstract::exn: return 0x69;
    case Abstract::noexn: return 0x74;
    case Abstract::bottom: break;
    }
    throw std::logic_error("no such type in the binary format");
}

inline Bytes heap_bytes(HeapType heap) {
    return heap.is_index() ? signed_leb(number(heap.index())) : Bytes{heap_byte(heap.abstract())};
}

/// The type `(ref null ht)` in its short form where it has one.
inline Bytes type_bytes(ValType type) {
    switch (type.kind()) {
    case ValType::Kind::i32: return {0x7F};
    case ValType::Kind::i64: return {0x7E};
    case ValType::Kind::f32: return {0x7D};
    case ValType::Kind::f64: return {0x7C};
    case ValType::Kind::v128: return {0x7B};
    case ValType::Kind::ref: break;
    case ValType::Kind::bottom: throw std::logic_error("no such type in the binary format");
    }
    Bytes out = heap_bytes(type.heap());
    if (!type.is_nullable()) out.insert(out.begin(), 0x64);
    if (type.is_nullable() && type.heap().is_index()) out.insert(out.begin(), 0x63);
    return out;
}

inline Bytes little_endian(std::uint64_t value, unsigned size) {
    Bytes out;
    for (unsigned i = 0; i < size; ++i)
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return out;
}

inline Bytes op(Op one) {
    if (one == Op::else_) return {0x05};
    if (one == Op::end) return {0x0B};
    if (!is_instruction(one)) throw std::logic_error("no such instruction");
    const OpRow& facts = row(one);
    if (facts.prefix == 0) return {static_cast<std::uint8_t>(facts.code)};
    Bytes out = unsigned_leb(facts.code);
    out.insert(out.begin(), facts.prefix);
    return out;
}

inline Bytes part(Op one) { return op(one); }
inline Bytes part(const Bytes& bytes) { return bytes; }
inline Bytes part(std::uint8_t byte) { return {byte}; }
inline Bytes part(ValType type) { return type_bytes(type); }
inline Bytes part(HeapType heap) { return heap_bytes(heap); }
inline Bytes part(HeapType::Abstract heap) { return heap_bytes(heap); }
inline Bytes part(int value) { return signed_leb(value); }
inline Bytes part(long value) { return signed_leb(value); }
inline Bytes part(long long value) { return signed_leb(value); }
inline Bytes part(unsigned value) { return unsigned_leb(value); }
inline Bytes part(unsigned long value) { return unsigned_leb(value); }
inline Bytes part(unsigned long long value) { return unsigned_leb(value); }
inline Bytes part(float value) { return little_endian(std::bit_cast<std::uint32_t>(value), 4); }
inline Bytes part(double value) { return little_endian(std::bit_cast<std::uint64_t>(value), 8); }

inline void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

template <class... Parts>
Bytes code(const Parts&... parts) {
    Bytes out;
    (append(out, part(parts)), ...);
    return out;
}

inline Bytes repeated(std::size_t count, const Bytes& bytes) {
    Bytes out;
    out.reserve(count * bytes.size());
    for (std::size_t i = 0; i < count; ++i)
        append(out, bytes);
    return out;
}

/// A block type without parameters and results.
inline constexpr std::uint8_t kEmptyBlock = 0x40;

/// A length, then the bytes.
inline Bytes sized(const Bytes& bytes) { return code(bytes.size(), bytes); }
inline Bytes text_bytes(std::string_view text) { return {text.begin(), text.end()}; }
inline Bytes name_bytes(std::string_view text) { return sized(text_bytes(text)); }

inline Bytes section(std::uint8_t id, const Bytes& content) { return code(id, sized(content)); }

/// A section that is a vector of `entries`.
inline Bytes vector_section(std::uint8_t id, const std::vector<Bytes>& entries) {
    Bytes content = unsigned_leb(entries.size());
    for (const Bytes& entry : entries)
        append(content, entry);
    return section(id, content);
}

/// Magic, version and the parts after them.
template <class... Parts>
Bytes module_bytes(const Parts&... parts) {
    return code(Bytes{0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00}, parts...);
}

inline Bytes limits_bytes(std::uint64_t minimum, std::optional<std::uint64_t> maximum) {
    if (!maximum) return code(std::uint8_t{0}, minimum);
    return code(std::uint8_t{1}, minimum, *maximum);
}

inline Bytes limits_bytes(const Limits& limits, AddressType address) {
    const auto flags = static_cast<std::uint8_t>((limits.has_maximum ? 1 : 0) | (address == AddressType::i64 ? 4 : 0));
    if (!limits.has_maximum) return code(flags, limits.minimum);
    return code(flags, limits.minimum, limits.maximum);
}

inline Bytes memory_bytes(const MemType& type) {
    Bytes out = limits_bytes(type.limits, type.address);
    if (type.page_log == 16) return out;
    out[0] |= 8;
    return code(out, unsigned{type.page_log});
}

inline Bytes table_bytes(const TableType& type) { return code(type.element, limits_bytes(type.limits, type.address)); }

inline Bytes type_vector(const std::vector<ValType>& types) {
    Bytes out = unsigned_leb(types.size());
    for (const ValType type : types)
        append(out, type_bytes(type));
    return out;
}

// Composite types and what may stand around one in the type section.

inline Bytes function_type(const std::vector<ValType>& parameters, const std::vector<ValType>& results) {
    return code(std::uint8_t{0x60}, type_vector(parameters), type_vector(results));
}

inline Bytes field_bytes(const FieldType& field) {
    const std::uint8_t packed = field.storage.packed_bits == 8 ? 0x78 : 0x77;
    const Bytes storage = field.storage.is_packed() ? Bytes{packed} : type_bytes(field.storage.unpacked);
    return code(storage, std::uint8_t{field.is_mutable});
}

inline FieldType constant_field(ValType type) { return {{type}, false}; }
inline FieldType mutable_field(ValType type) { return {{type}, true}; }
inline FieldType packed_field(std::uint8_t bits) { return {{kI32, bits}, true}; }

inline Bytes structure_type(const std::vector<FieldType>& fields) {
    Bytes out = code(std::uint8_t{0x5F}, fields.size());
    for (const FieldType& field : fields)
        append(out, field_bytes(field));
    return out;
}

inline Bytes array_type(const FieldType& field) { return code(std::uint8_t{0x5E}, field_bytes(field)); }

/// A type that others may be below, itself below `super`, if any.
inline Bytes open_type(const Bytes& composite, std::optional<std::uint32_t> super = {}) {
    return super ? code(Bytes{0x50, 1}, *super, composite) : code(Bytes{0x50, 0}, composite);
}

inline Bytes final_type(const Bytes& composite, std::uint32_t super) { return code(Bytes{0x4F, 1}, super, composite); }

/// `count` locals of one type.
struct Locals {
    std::uint32_t count;
    ValType type;
};

class ModuleBuilder {
  public:
    std::uint32_t type(const std::vector<ValType>& parameters, const std::vector<ValType>& results) {
        return type(function_type(parameters, results));
    }
    /// A type as its bytes are, alone in its group.
    std::uint32_t type(const Bytes& bytes) {
        types_.push_back(bytes);
        return next_type_++;
    }
    /// Types that may name each other: the first one's index.
    std::uint32_t group(const std::vector<Bytes>& types) {
        Bytes all = code(std::uint8_t{0x4E}, types.size());
        for (const Bytes& one : types)
            append(all, one);
        types_.push_back(all);
        return std::exchange(next_type_, next_type_ + static_cast<std::uint32_t>(types.size()));
    }

    std::uint32_t import_function(std::string_view module, std::string_view name, std::uint32_t type) {
        import(module, name, code(std::uint8_t{0}, type), functions_.empty());
        return imported_functions_++;
    }
    std::uint32_t import_table(std::string_view module, std::string_view name, ValType element, std::uint64_t minimum,
                               std::optional<std::uint64_t> maximum = {}) {
        import(module, name, code(std::uint8_t{1}, element, limits_bytes(minimum, maximum)), tables_.empty());
        return imported_tables_++;
    }
    std::uint32_t import_memory(std::string_view module, std::string_view name, std::uint64_t minimum,
                                std::optional<std::uint64_t> maximum = {}) {
        import(module, name, code(std::uint8_t{2}, limits_bytes(minimum, maximum)), memories_.empty());
        return imported_memories_++;
    }
    std::uint32_t import_table(std::string_view module, std::string_view name, const TableType& type) {
        import(module, name, code(std::uint8_t{1}, table_bytes(type)), tables_.empty());
        return imported_tables_++;
    }
    std::uint32_t import_memory(std::string_view module, std::string_view name, const MemType& type) {
        import(module, name, code(std::uint8_t{2}, memory_bytes(type)), memories_.empty());
        return imported_memories_++;
    }
    std::uint32_t import_tag(std::string_view module, std::string_view name, std::uint32_t type) {
        import(module, name, code(Bytes{4, 0}, type), tags_.empty());
        return imported_tags_++;
    }
    std::uint32_t import_global(std::string_view module, std::string_view name, ValType type, bool is_mutable = false) {
        import(module, name, code(std::uint8_t{3}, type, std::uint8_t{is_mutable}), globals_.empty());
        return imported_globals_++;
    }

    /// `body` is the instructions without the final `end`.
    std::uint32_t function(std::uint32_t type, const std::vector<Locals>& locals, const Bytes& body) {
        Bytes whole = unsigned_leb(locals.size());
        for (const Locals& run : locals)
            append(whole, code(run.count, run.type));
        append(whole, code(body, Op::end));
        return raw_function(type, whole);
    }
    /// `body` is everything behind the body's size: local declarations, instructions and the final `end`.
    std::uint32_t raw_function(std::uint32_t type, const Bytes& body) {
        bodies_.push_back(sized(body));
        return imported_functions_ + add(functions_, unsigned_leb(type));
    }

    std::uint32_t table(ValType element, std::uint64_t minimum, std::optional<std::uint64_t> maximum = {}) {
        return imported_tables_ + add(tables_, code(element, limits_bytes(minimum, maximum)));
    }
    std::uint32_t memory(std::uint64_t minimum, std::optional<std::uint64_t> maximum = {}) {
        return imported_memories_ + add(memories_, limits_bytes(minimum, maximum));
    }
    std::uint32_t table(const TableType& type) { return imported_tables_ + add(tables_, table_bytes(type)); }
    /// `initializer` is without its `end`.
    std::uint32_t table(const TableType& type, const Bytes& initializer) {
        return imported_tables_ + add(tables_, code(Bytes{0x40, 0}, table_bytes(type), initializer, Op::end));
    }
    std::uint32_t memory(const MemType& type) { return imported_memories_ + add(memories_, memory_bytes(type)); }
    std::uint32_t tag(std::uint32_t type) { return imported_tags_ + add(tags_, code(std::uint8_t{0}, type)); }
    /// `initializer` and all other constant expressions are without their `end`.
    std::uint32_t global(ValType type, bool is_mutable, const Bytes& initializer) {
        return imported_globals_ + add(globals_, code(type, std::uint8_t{is_mutable}, initializer, Op::end));
    }

    void export_function(std::string_view name, std::uint32_t index) { export_as(name, ExternKind::func, index); }
    void export_table(std::string_view name, std::uint32_t index) { export_as(name, ExternKind::table, index); }
    void export_memory(std::string_view name, std::uint32_t index) { export_as(name, ExternKind::memory, index); }
    void export_global(std::string_view name, std::uint32_t index) { export_as(name, ExternKind::global, index); }

    void export_tag(std::string_view name, std::uint32_t index) { export_as(name, ExternKind::tag, index); }

    void start(std::uint32_t function) { start_ = function; }

    std::uint32_t active_elements(const Bytes& offset, const std::vector<std::uint32_t>& functions) {
        return add(elements_, code(0U, offset, Op::end, indices(functions)));
    }
    std::uint32_t passive_elements(const std::vector<std::uint32_t>& functions) {
        return add(elements_, code(1U, std::uint8_t{0}, indices(functions)));
    }
    std::uint32_t active_elements(std::uint32_t table, const Bytes& offset,
                                  const std::vector<std::uint32_t>& functions) {
        return add(elements_, code(2U, table, offset, Op::end, std::uint8_t{0}, indices(functions)));
    }
    std::uint32_t declared_elements(const std::vector<std::uint32_t>& functions) {
        return add(elements_, code(3U, std::uint8_t{0}, indices(functions)));
    }
    std::uint32_t active_elements(std::uint32_t table, const Bytes& offset, ValType type,
                                  const std::vector<Bytes>& entries) {
        return add(elements_, code(6U, table, offset, Op::end, type, expressions(entries)));
    }
    std::uint32_t passive_elements(ValType type, const std::vector<Bytes>& entries) {
        return add(elements_, code(5U, type, expressions(entries)));
    }
    /// A segment as its bytes are.
    std::uint32_t raw_elements(const Bytes& segment) { return add(elements_, segment); }

    std::uint32_t active_data(const Bytes& offset, const Bytes& bytes) {
        return add(data_, code(0U, offset, Op::end, sized(bytes)));
    }
    std::uint32_t passive_data(const Bytes& bytes) { return add(data_, code(1U, sized(bytes))); }
    std::uint32_t raw_data(const Bytes& segment) { return add(data_, segment); }

    /// Custom sections go to the end.
    void custom(std::string_view name, const Bytes& bytes) {
        append(customs_, section(0, code(name_bytes(name), bytes)));
    }

    /// A data count section is written exactly if there are data segments.
    [[nodiscard]] Bytes build() const {
        Bytes out = module_bytes();
        append_section(out, 1, types_);
        append_section(out, 2, imports_);
        append_section(out, 3, functions_);
        append_section(out, 4, tables_);
        append_section(out, 5, memories_);
        append_section(out, 13, tags_);
        append_section(out, 6, globals_);
        append_section(out, 7, exports_);
        if (start_) append(out, section(8, unsigned_leb(*start_)));
        append_section(out, 9, elements_);
        if (!data_.empty()) append(out, section(12, unsigned_leb(data_.size())));
        append_section(out, 10, bodies_);
        append_section(out, 11, data_);
        append(out, customs_);
        return out;
    }

  private:
    using Entries = std::vector<Bytes>;

    static std::uint32_t add(Entries& entries, Bytes entry) {
        entries.push_back(std::move(entry));
        return static_cast<std::uint32_t>(entries.size() - 1);
    }
    static void append_section(Bytes& out, std::uint8_t id, const Entries& entries) {
        if (!entries.empty()) append(out, vector_section(id, entries));
    }
    static Bytes indices(const std::vector<std::uint32_t>& numbers) {
        Bytes out = unsigned_leb(numbers.size());
        for (const std::uint32_t number : numbers)
            append(out, unsigned_leb(number));
        return out;
    }
    static Bytes expressions(const std::vector<Bytes>& entries) {
        Bytes out = unsigned_leb(entries.size());
        for (const Bytes& entry : entries)
            append(out, code(entry, Op::end));
        return out;
    }
    void import(std::string_view module, std::string_view name, const Bytes& what, bool in_order) {
        if (!in_order) throw std::logic_error("imports come before definitions");
        imports_.push_back(code(name_bytes(module), name_bytes(name), what));
    }
    void export_as(std::string_view name, ExternKind kind, std::uint32_t index) {
        exports_.push_back(code(name_bytes(name), static_cast<std::uint8_t>(kind), index));
    }

    Entries types_, imports_, functions_, tables_, memories_, tags_, globals_, exports_, elements_, bodies_, data_;
    Bytes customs_;
    std::optional<std::uint32_t> start_;
    std::uint32_t imported_functions_ = 0;
    std::uint32_t imported_tables_ = 0;
    std::uint32_t imported_memories_ = 0;
    std::uint32_t imported_tags_ = 0;
    std::uint32_t imported_globals_ = 0;
    std::uint32_t next_type_ = 0;
};

} // namespace detent::testing
