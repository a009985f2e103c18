// Bodies of parametric, variable, constant and reference instructions. Source: spec, Execution, Instructions.
#pragma once

#include "engine/exec/machine.hpp"

namespace detent::body {

inline Step drop(Machine& m) noexcept {
    m.drop(1);
    return Step::next;
}

inline Step select(Machine& m) noexcept {
    const bool first = m.pop_u32() != 0;
    const std::uint64_t second_value = m.pop();
    if (!first) m.peek(0) = second_value;
    return Step::next;
}

inline Step select_t(Machine& m) noexcept {
    for (std::uint32_t types = m.read_u32(); types != 0; --types)
        static_cast<void>(m.read_byte());
    return select(m);
}

inline Step local_get(Machine& m) noexcept {
    m.push(m.local(m.read_u32()));
    return Step::next;
}

inline Step local_tee(Machine& m) noexcept {
    m.local(m.read_u32()) = m.peek(0);
    return Step::next;
}

inline Step local_set(Machine& m) noexcept {
    m.local(m.read_u32()) = m.pop();
    return Step::next;
}

inline GlobalCell& read_global(Machine& m) noexcept { return m.store().global(m.instance().globals[m.read_u32()]); }

inline Step global_get(Machine& m) noexcept {
    m.push(read_global(m).low);
    return Step::next;
}

inline Step global_set(Machine& m) noexcept {
    read_global(m).low = m.pop();
    return Step::next;
}

inline Step i32_const(Machine& m) noexcept {
    m.push(static_cast<std::uint32_t>(m.read_signed()));
    return Step::next;
}

inline Step i64_const(Machine& m) noexcept {
    m.push(m.read_signed());
    return Step::next;
}

inline Step f32_const(Machine& m) noexcept {
    m.push(m.read_bytes(4));
    return Step::next;
}

inline Step f64_const(Machine& m) noexcept {
    m.push(m.read_bytes(8));
    return Step::next;
}

inline Step ref_null(Machine& m) noexcept {
    static_cast<void>(m.read_signed());
    m.push(Ref().word());
    return Step::next;
}

inline Step ref_is_null(Machine& m) noexcept {
    m.peek(0) = Ref(m.peek(0)).is_null() ? 1 : 0;
    return Step::next;
}

inline Step ref_func(Machine& m) noexcept {
    m.push(Ref::func(m.instance().functions[m.read_u32()]).word());
    return Step::next;
}

} // namespace detent::body
