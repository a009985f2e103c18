// Bodies of the table instructions. Source: spec, Execution, Table Instructions; MET-5, MET-6, DET-10, DET-15.
#pragma once

#include "engine/exec/body_memory.hpp"
#include "engine/exec/machine.hpp"

#include <algorithm>

namespace detent::body {

inline TableAddr read_table_address(Machine& m) noexcept { return m.instance().tables[m.read_u32()]; }
inline Table& read_table(Machine& m) noexcept { return m.store().table(read_table_address(m)); }

inline Step table_get(Machine& m) noexcept {
    const Table& table = read_table(m);
    const std::uint64_t index = m.peek(0);
    if (index >= table.words.size()) return m.trap(TrapCode::OutOfBoundsTableAccess);
    m.peek(0) = table.words[static_cast<std::size_t>(index)];
    return Step::next;
}

inline Step table_set(Machine& m) noexcept {
    Table& table = read_table(m);
    const std::uint64_t index = m.peek(1);
    if (index >= table.words.size()) return m.trap(TrapCode::OutOfBoundsTableAccess);
    table.words[static_cast<std::size_t>(index)] = m.peek(0);
    m.drop(2);
    return Step::next;
}

inline Step table_size(Machine& m) noexcept {
    m.push(read_table(m).words.size());
    return Step::next;
}

inline Step table_grow(Machine& m) noexcept {
    const TableAddr address = read_table_address(m);
    const std::uint64_t elements = m.peek(0);
    const Ref value(m.peek(1));
    const Table& table = m.store().table(address);
    const std::uint64_t before = table.words.size();
    if (!m.store().may_grow_table(address, elements)) {
        m.drop(1);
        m.peek(0) = minus_one(table.type.address);
        return Step::next;
    }
    if (const Step paid = m.charge(elements); paid != Step::next) return paid;
    if (const Status grown = m.store().grow_table(address, elements, value); grown.has_error()) {
        return m.fail(grown.error());
    }
    m.drop(1);
    m.peek(0) = before;
    return Step::next;
}

inline Step table_fill(Machine& m) noexcept {
    Table& table = read_table(m);
    const BulkOperands o = bulk_operands(m);
    if (!table.contains(o.to, o.count)) return m.trap(TrapCode::OutOfBoundsTableAccess);
    if (const Step paid = m.charge(o.count); paid != Step::next) return paid;
    std::fill_n(table.words.begin() + o.to, o.count, o.from);
    m.drop(3);
    return Step::next;
}

/// Copies into a table from references, which may be its own.
inline Step copy_references(Machine& m, Table& to, std::span<const std::uint64_t> from) noexcept {
    const BulkOperands o = bulk_operands(m);
    const bool in_bounds = fits(o.from, o.count, from.size()) && to.contains(o.to, o.count);
    if (!in_bounds) return m.trap(TrapCode::OutOfBoundsTableAccess);
    if (const Step paid = m.charge(o.count); paid != Step::next) return paid;
    const auto count = static_cast<std::size_t>(o.count);
    if (count != 0) std::memmove(to.words.data() + o.to, from.data() + o.from, count * sizeof(std::uint64_t));
    m.drop(3);
    return Step::next;
}

inline Step table_copy(Machine& m) noexcept {
    Table& to = read_table(m);
    return copy_references(m, to, read_table(m).words.span());
}

inline Step table_init(Machine& m) noexcept {
    const std::span<const std::uint64_t> from = m.instance().elements[m.read_u32()].span();
    return copy_references(m, read_table(m), from);
}

inline Step elem_drop(Machine& m) noexcept {
    const std::uint32_t index = m.read_u32();
    m.instance().elements[index] = {};
    return Step::next;
}

} // namespace detent::body
