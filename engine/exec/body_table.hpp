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
    const auto index = static_cast<std::uint32_t>(m.peek(0));
    if (index >= table.words.size()) return m.trap(TrapCode::OutOfBoundsTableAccess);
    m.peek(0) = table.words[index];
    return Step::next;
}

inline Step table_set(Machine& m) noexcept {
    Table& table = read_table(m);
    const auto index = static_cast<std::uint32_t>(m.peek(1));
    if (index >= table.words.size()) return m.trap(TrapCode::OutOfBoundsTableAccess);
    table.words[index] = m.peek(0);
    m.drop(2);
    return Step::next;
}

inline Step table_size(Machine& m) noexcept {
    m.push(read_table(m).words.size());
    return Step::next;
}

inline Step table_grow(Machine& m) noexcept {
    const TableAddr address = read_table_address(m);
    const auto elements = static_cast<std::uint32_t>(m.peek(0));
    const Ref value(m.peek(1));
    const std::uint64_t before = m.store().table(address).words.size();
    if (!m.store().may_grow_table(address, elements)) {
        m.drop(1);
        m.peek(0) = std::uint32_t{0xFFFFFFFF};
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
    const auto to = static_cast<std::uint32_t>(m.peek(2));
    const auto count = static_cast<std::uint32_t>(m.peek(0));
    if (!table.contains(to, count)) return m.trap(TrapCode::OutOfBoundsTableAccess);
    if (const Step paid = m.charge(count); paid != Step::next) return paid;
    std::fill_n(table.words.begin() + to, count, m.peek(1));
    m.drop(3);
    return Step::next;
}

/// Copies into a table from references, which may be its own.
inline Step copy_references(Machine& m, Table& to, std::span<const std::uint64_t> from) noexcept {
    const BulkOperands o = bulk_operands(m);
    const bool in_bounds = o.count <= from.size() && o.from <= from.size() - o.count && to.contains(o.to, o.count);
    if (!in_bounds) return m.trap(TrapCode::OutOfBoundsTableAccess);
    if (const Step paid = m.charge(o.count); paid != Step::next) return paid;
    if (o.count != 0) {
        std::memmove(to.words.data() + o.to, from.data() + o.from, o.count * sizeof(std::uint64_t));
    }
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
