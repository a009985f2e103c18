// Bodies of the control instructions. Source: spec, Execution, Control Instructions; MET-4, MET-7.
#pragma once

#include "engine/exec/machine.hpp"

namespace detent::body {

inline Step unreachable(Machine& m) noexcept { return m.trap(TrapCode::Unreachable); }
inline Step nop(Machine&) noexcept { return Step::next; }

/// A block type is a signed number: a type index or, below zero, a value type.
inline Step block(Machine& m) noexcept {
    static_cast<void>(m.read_signed());
    return Step::next;
}

inline Step loop(Machine& m) noexcept { return block(m); }

inline Step if_(Machine& m) noexcept {
    static_cast<void>(m.read_signed());
    if (m.pop_u32() != 0) {
        m.skip_branches(1);
    } else {
        m.take_branch(0);
    }
    return Step::next;
}

inline Step br(Machine& m) noexcept {
    if (const Step paid = m.charge(m.branch(0).kept); paid != Step::next) return paid;
    m.take_branch(0);
    return Step::next;
}

/// Words moved are charged whether the branch is taken or not (MET-4).
inline Step br_if(Machine& m) noexcept {
    static_cast<void>(m.read_u32());
    if (const Step paid = m.charge(m.branch(0).kept); paid != Step::next) return paid;
    if (m.pop_u32() != 0) {
        m.take_branch(0);
    } else {
        m.skip_branches(1);
    }
    return Step::next;
}

/// The targets need no reading: the side table has an entry for each, and the default behind them.
inline Step br_table(Machine& m) noexcept {
    const std::uint32_t targets = m.read_u32();
    if (const Step paid = m.charge(m.branch(targets).kept); paid != Step::next) return paid;
    const std::uint32_t index = m.pop_u32();
    m.take_branch(index < targets ? index : targets);
    return Step::next;
}

inline Step return_(Machine& m) noexcept {
    if (const Step paid = m.charge(m.code().result_words); paid != Step::next) return paid;
    m.return_from_frame();
    return Step::next;
}

inline Step call(Machine& m) noexcept { return m.call(m.instance().functions[m.read_u32()]); }

/// Whether a function of the store has type `expected` of the calling module.
inline bool has_type(Machine& m, const Function& function, TypeIdx expected) noexcept {
    const Instance& here = m.instance();
    const Module& module = here.module();
    if (function.host == nullptr && m.store().instance(function.instance).code == here.code) {
        const TypeIdx actual = module.functions[number(function.index)];
        return module.canonical_types[number(actual)] == module.canonical_types[number(expected)];
    }
    return function.type == module.type(expected);
}

/// spec: exec-call_indirect. Bounds, null, type, in this order.
inline Step call_indirect(Machine& m) noexcept {
    const TypeIdx expected{m.read_u32()};
    const Table& table = m.store().table(m.instance().tables[m.read_u32()]);
    const auto index = static_cast<std::uint32_t>(m.peek(0));
    if (index >= table.words.size()) return m.trap(TrapCode::UndefinedElement);
    const Ref callee(table.words[index]);
    if (callee.is_null()) return m.trap(TrapCode::UninitializedElement);
    if (!has_type(m, m.store().function(callee.func_address()), expected)) {
        return m.trap(TrapCode::IndirectCallTypeMismatch);
    }
    m.drop(1);
    const Step step = m.call(callee.func_address());
    // A call that starts anew finds its index where it was.
    if (step != Step::next) m.push(index);
    return step;
}

} // namespace detent::body
