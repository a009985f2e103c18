// Bodies of the exception instructions; what catches is found in unwind.cpp. Source: spec, Execution, Control
// Instructions; MET-4, DET-11, DET-14.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/binary/immediates.hpp"
#include "engine/exec/machine.hpp"

namespace detent::body {

/// Clauses are read when something is thrown. The side table has an entry for each.
inline Step try_table(Machine& m) noexcept {
    m.skip_type();
    const std::uint32_t clauses = m.read_u32();
    if (const Step paid = m.charge(clauses); paid != Step::next) return paid;
    Reader reader = m.reader();
    for (std::uint32_t i = 0; i < clauses; ++i)
        static_cast<void>(read_catch_clause(reader).assume_value());
    m.top().position = reader.position();
    m.skip_branches(clauses);
    return Step::next;
}

inline Step throw_(Machine& m) noexcept {
    const TagAddr tag = m.instance().tags[m.read_u32()];
    const std::span<const ValType> types = m.store().tag(tag).type.parameters;
    const std::uint32_t words = words_of(types);
    if (const Step room = m.make_room(exception_bytes(words), words); room != Step::next) return room;
    HeapObject* const made = m.store().heap().make_exception(tag, types);
    if (made == nullptr) return m.fail(kOutOfMemory);
    for (std::uint32_t i = words; i > 0; --i)
        write_little_endian(made->bytes() + std::size_t{8} * (i - 1), m.pop());
    return m.throw_exception(made->ref());
}

inline Step throw_ref(Machine& m) noexcept {
    const Ref exception(m.peek(0));
    return exception.is_null() ? m.trap(TrapCode::NullReference) : m.throw_exception(exception);
}

} // namespace detent::body
