// Bodies of parametric, variable and constant instructions. Source: spec, Execution, Instructions.
#pragma once

#include "engine/exec/machine.hpp"

namespace detent::body {

/// Words of the operands of a `drop` or `select`.
inline std::uint32_t operand_words(Machine& m) noexcept {
    const FunctionCode& code = m.code();
    return code.wide_count != 0 && m.instance().code->is_wide(code, m.position()) ? 2 : 1;
}

inline Step drop(Machine& m) noexcept {
    m.drop(operand_words(m));
    return Step::next;
}

inline Step select(Machine& m) noexcept {
    const std::uint32_t words = operand_words(m);
    const bool first = m.pop_u32() != 0;
    for (std::uint32_t i = 0; i < words; ++i) {
        const std::uint64_t second_value = m.pop();
        if (!first) m.peek(words - 1) = second_value;
    }
    return Step::next;
}

inline Step select_t(Machine& m) noexcept {
    for (std::uint32_t types = m.read_u32(); types != 0; --types)
        m.skip_type();
    return select(m);
}

/// Numbers of locals are words, unless the function has one of two words.
inline LocalSlot read_local(Machine& m) noexcept {
    const std::uint32_t index = m.read_u32();
    if (!m.code().has_wide_locals) return {index, 1};
    return m.instance().code->local(m.top().function, index);
}

inline Step local_get(Machine& m) noexcept {
    const LocalSlot slot = read_local(m);
    m.push(m.local(slot.word));
    if (slot.words == 2) m.push(m.local(slot.word + 1));
    return Step::next;
}

inline Step local_tee(Machine& m) noexcept {
    const LocalSlot slot = read_local(m);
    m.local(slot.word) = m.peek(slot.words - 1);
    if (slot.words == 2) m.local(slot.word + 1) = m.peek(0);
    return Step::next;
}

inline Step local_set(Machine& m) noexcept {
    const LocalSlot slot = read_local(m);
    if (slot.words == 2) m.local(slot.word + 1) = m.pop();
    m.local(slot.word) = m.pop();
    return Step::next;
}

inline GlobalCell& read_global(Machine& m) noexcept { return m.store().global(m.instance().globals[m.read_u32()]); }

inline Step global_get(Machine& m) noexcept {
    const GlobalCell& global = read_global(m);
    m.push(global.low);
    if (global.type.value == kV128) m.push(global.high);
    return Step::next;
}

inline Step global_set(Machine& m) noexcept {
    GlobalCell& global = read_global(m);
    if (global.type.value == kV128) global.high = m.pop();
    global.low = m.pop();
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

} // namespace detent::body
