// Bodies of the memory instructions. Source: spec, Execution, Memory Instructions; MET-5, MET-6, DET-10, DET-15.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/exec/machine.hpp"
#include "engine/exec/numeric.hpp"

#include <utility>

namespace detent::body {

inline Memory& read_memory(Machine& m) noexcept { return m.store().memory(m.instance().memories[m.read_u32()]); }

/// Where an access begins: the memory, and the address plus the static offset. A sum beyond 2^64 - 1 is that number, at
/// which no access fits (DET-30).
struct Access {
    Memory& memory;
    std::uint64_t offset;
};

/// The alignment is a hint and has no effect. Bit 6 of it says that a memory index follows.
inline Memory& read_memarg_memory(Machine& m) noexcept {
    constexpr std::uint32_t kHasMemory = 1U << 6;
    const std::uint32_t memory = (m.read_u32() & kHasMemory) != 0 ? m.read_u32() : 0;
    return m.store().memory(m.instance().memories[memory]);
}

/// `depth` is where the address stands below the top. An i32 has nothing in the upper half of its word, so that it is
/// read as an i64 is.
inline Access read_access(Machine& m, std::uint32_t depth) noexcept {
    Memory& memory = read_memarg_memory(m);
    const std::uint64_t offset = m.read_u64();
    const std::uint64_t address = offset + m.peek(depth);
    return {memory, address < offset ? ~std::uint64_t{0} : address};
}

/// Reads a `Stored` and extends it, by its sign, to `Loaded`.
template <class Stored, class Loaded>
inline Step load(Machine& m) noexcept {
    const Access access = read_access(m, 0);
    if (!access.memory.contains(access.offset, sizeof(Stored))) return m.trap(TrapCode::OutOfBoundsMemoryAccess);
    const auto stored = read_little_endian<Stored>(access.memory.at(access.offset, sizeof(Stored)));
    const auto loaded = static_cast<Loaded>(stored);
    m.peek(0) = loaded;
    return Step::next;
}

/// A store that straddles the end writes nothing (DET-25).
template <class Stored>
inline Step store(Machine& m) noexcept {
    const Access access = read_access(m, 1);
    if (!access.memory.contains(access.offset, sizeof(Stored))) return m.trap(TrapCode::OutOfBoundsMemoryAccess);
    write_little_endian(access.memory.for_writing(access.offset, sizeof(Stored)), static_cast<Stored>(m.peek(0)));
    m.drop(2);
    return Step::next;
}

#define LOAD(identifier, stored, loaded)                                                                               \
    inline Step identifier(Machine& m) noexcept { return load<stored, loaded>(m); }
#define STORE(identifier, stored)                                                                                      \
    inline Step identifier(Machine& m) noexcept { return store<stored>(m); }
#include "engine/exec/accesses.def"
#undef STORE
#undef LOAD

inline Step memory_size(Machine& m) noexcept {
    m.push(read_memory(m).pages());
    return Step::next;
}

/// The -1 of a grow that is refused, as a word.
inline std::uint64_t minus_one(AddressType type) noexcept {
    return type == AddressType::i32 ? 0xFFFF'FFFF : ~std::uint64_t{0};
}

/// Succeeds or fails by rule; the host's want of memory is a fault.
inline Step memory_grow(Machine& m) noexcept {
    const MemAddr address = m.instance().memories[m.read_u32()];
    const MemType& type = m.store().memory(address).type();
    const std::uint64_t pages = m.peek(0);
    if (!m.store().may_grow_memory(address, pages)) {
        m.peek(0) = minus_one(type.address);
        return Step::next;
    }
    if (const Step paid = m.charge(pages << type.page_log); paid != Step::next) return paid;
    const std::uint64_t before = m.store().memory(address).pages();
    if (const Status grown = m.store().grow_memory(address, pages); grown.has_error()) return m.fail(grown.error());
    m.peek(0) = before;
    return Step::next;
}

/// The three operands of a bulk instruction: to, from or value, and how many.
struct BulkOperands {
    std::uint64_t to;
    std::uint64_t from;
    std::uint64_t count;
};

inline BulkOperands bulk_operands(Machine& m) noexcept { return {m.peek(2), m.peek(1), m.peek(0)}; }

/// Whether [offset, offset + count) lies within `size`, with sums that do not wrap.
inline bool fits(std::uint64_t offset, std::uint64_t count, std::uint64_t size) noexcept {
    return count <= size && offset <= size - count;
}

inline Step memory_fill(Machine& m) noexcept {
    Memory& memory = read_memory(m);
    const BulkOperands o = bulk_operands(m);
    if (!memory.contains(o.to, o.count)) return m.trap(TrapCode::OutOfBoundsMemoryAccess);
    if (const Step paid = m.charge(o.count); paid != Step::next) return paid;
    const auto count = static_cast<std::size_t>(o.count);
    if (count != 0) std::memset(memory.for_writing(o.to, o.count), static_cast<std::uint8_t>(o.from), count);
    m.drop(3);
    return Step::next;
}

/// Copies into a memory from other bytes, which may overlap it.
inline Step copy_bytes(Machine& m, Memory& to, std::span<const std::uint8_t> from) noexcept {
    const BulkOperands o = bulk_operands(m);
    const bool in_bounds = fits(o.from, o.count, from.size()) && to.contains(o.to, o.count);
    if (!in_bounds) return m.trap(TrapCode::OutOfBoundsMemoryAccess);
    if (const Step paid = m.charge(o.count); paid != Step::next) return paid;
    const auto count = static_cast<std::size_t>(o.count);
    if (count != 0) std::memmove(to.for_writing(o.to, o.count), from.data() + o.from, count);
    m.drop(3);
    return Step::next;
}

inline Step memory_copy(Machine& m) noexcept {
    Memory& to = read_memory(m);
    return copy_bytes(m, to, std::as_const(read_memory(m)).bytes());
}

inline Step memory_init(Machine& m) noexcept {
    const std::span<const std::uint8_t> from = m.instance().data_segment(DataIdx{m.read_u32()});
    return copy_bytes(m, read_memory(m), from);
}

inline Step data_drop(Machine& m) noexcept {
    const std::uint32_t index = m.read_u32();
    m.instance().dropped_data[index] = 1;
    return Step::next;
}

} // namespace detent::body
