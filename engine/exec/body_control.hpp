// Bodies of the control instructions. Source: spec, Execution, Control Instructions; MET-4, MET-7.
#pragma once

#include "engine/exec/machine.hpp"

namespace detent::body {

inline Step unreachable(Machine& m) noexcept { return m.trap(TrapCode::Unreachable); }
inline Step nop(Machine&) noexcept { return Step::next; }

inline Step block(Machine& m) noexcept {
    m.skip_type();
    return Step::next;
}

inline Step loop(Machine& m) noexcept { return block(m); }

inline Step if_(Machine& m) noexcept {
    m.skip_type();
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

inline Step return_call(Machine& m) noexcept { return m.tail_call(m.instance().functions[m.read_u32()]); }

/// Makes a call whose callee is the operand on top. A call that starts anew finds it where it was.
template <Step (Machine::*make)(FuncAddr) noexcept>
inline Step call_operand(Machine& m, Ref callee) noexcept {
    const std::uint64_t operand = m.pop();
    const Step step = (m.*make)(callee.func_address());
    if (starts_anew(step)) m.push(operand);
    return step;
}

/// spec: exec-call_indirect. Bounds, null, type, in this order.
template <Step (Machine::*make)(FuncAddr) noexcept>
inline Step call_element(Machine& m) noexcept {
    const TypeIdx expected{m.read_u32()};
    const Table& table = m.store().table(m.instance().tables[m.read_u32()]);
    const std::uint64_t index = m.peek(0);
    if (index >= table.words.size()) return m.trap(TrapCode::UndefinedElement);
    const Ref callee(table.words[static_cast<std::size_t>(index)]);
    if (callee.is_null()) return m.trap(TrapCode::UninitializedElement);
    const CanonicalType& actual = *m.store().function(callee.func_address()).canonical;
    if (!is_subtype(actual, m.instance().code->types()[expected])) return m.trap(TrapCode::IndirectCallTypeMismatch);
    return call_operand<make>(m, callee);
}

inline Step call_indirect(Machine& m) noexcept { return call_element<&Machine::call>(m); }
inline Step return_call_indirect(Machine& m) noexcept { return call_element<&Machine::tail_call>(m); }

/// The type is known from validation.
template <Step (Machine::*make)(FuncAddr) noexcept>
inline Step call_reference(Machine& m) noexcept {
    static_cast<void>(m.read_u32());
    const Ref callee(m.peek(0));
    if (callee.is_null()) return m.trap(TrapCode::NullReference);
    return call_operand<make>(m, callee);
}

inline Step call_ref(Machine& m) noexcept { return call_reference<&Machine::call>(m); }
inline Step return_call_ref(Machine& m) noexcept { return call_reference<&Machine::tail_call>(m); }

/// The reference goes where it is null, and stays otherwise.
inline Step br_on_null(Machine& m) noexcept {
    static_cast<void>(m.read_u32());
    if (const Step paid = m.charge(m.branch(0).kept); paid != Step::next) return paid;
    if (Ref(m.peek(0)).is_null()) {
        m.drop(1);
        m.take_branch(0);
    } else {
        m.skip_branches(1);
    }
    return Step::next;
}

/// The other way round: it goes along with the branch.
inline Step br_on_non_null(Machine& m) noexcept {
    static_cast<void>(m.read_u32());
    if (const Step paid = m.charge(m.branch(0).kept); paid != Step::next) return paid;
    if (Ref(m.peek(0)).is_null()) {
        m.drop(1);
        m.skip_branches(1);
    } else {
        m.take_branch(0);
    }
    return Step::next;
}

} // namespace detent::body
