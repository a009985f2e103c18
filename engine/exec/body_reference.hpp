// Bodies of the reference instructions. Source: spec, Execution, Reference Instructions; MET-4.
#pragma once

#include "engine/binary/immediates.hpp"
#include "engine/exec/machine.hpp"
#include "engine/runtime/reference.hpp"

namespace detent::body {

/// A heap type among the immediates.
inline HeapType read_heap(Machine& m) noexcept {
    Reader reader = m.reader();
    const HeapType heap = read_heap_type(reader, m.instance().code->profile().features).assume_value();
    m.top().position = reader.position();
    return heap;
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

/// The same object, the same small integer, or null both.
inline Step ref_eq(Machine& m) noexcept {
    const std::uint64_t second = m.pop();
    m.peek(0) = m.peek(0) == second ? 1 : 0;
    return Step::next;
}

inline Step ref_as_non_null(Machine& m) noexcept {
    return Ref(m.peek(0)).is_null() ? m.trap(TrapCode::NullReference) : Step::next;
}

inline bool top_is_of(Machine& m, ValType type) noexcept {
    return is_of(m.store(), Ref(m.peek(0)), type, m.instance().code->types());
}

template <bool is_nullable>
inline Step test_top(Machine& m) noexcept {
    const ValType type(read_heap(m), is_nullable);
    m.peek(0) = top_is_of(m, type) ? 1 : 0;
    return Step::next;
}

template <bool is_nullable>
inline Step cast_top(Machine& m) noexcept {
    const ValType type(read_heap(m), is_nullable);
    return top_is_of(m, type) ? Step::next : m.trap(TrapCode::CastFailure);
}

inline Step ref_test(Machine& m) noexcept { return test_top<false>(m); }
inline Step ref_test_null(Machine& m) noexcept { return test_top<true>(m); }
inline Step ref_cast(Machine& m) noexcept { return cast_top<false>(m); }
inline Step ref_cast_null(Machine& m) noexcept { return cast_top<true>(m); }

/// Words moved are charged whether the branch is taken or not (MET-4). The reference goes along.
template <bool taken_if>
inline Step branch_on_cast(Machine& m) noexcept {
    Reader reader = m.reader();
    const BranchCast cast = read_branch_cast(reader, m.instance().code->profile().features).assume_value();
    m.top().position = reader.position();
    if (const Step paid = m.charge(m.branch(0).kept); paid != Step::next) return paid;
    if (top_is_of(m, cast.types.to) == taken_if) {
        m.take_branch(0);
    } else {
        m.skip_branches(1);
    }
    return Step::next;
}

inline Step br_on_cast(Machine& m) noexcept { return branch_on_cast<true>(m); }
inline Step br_on_cast_fail(Machine& m) noexcept { return branch_on_cast<false>(m); }

/// The word stays as it is: what it refers to does not change with the hierarchy that it is seen in.
inline Step any_convert_extern(Machine&) noexcept { return Step::next; }
inline Step extern_convert_any(Machine&) noexcept { return Step::next; }

inline Step ref_i31(Machine& m) noexcept {
    m.peek(0) = Ref::i31(static_cast<std::uint32_t>(m.peek(0))).word();
    return Step::next;
}

inline Step i31_get_s(Machine& m) noexcept {
    const Ref ref(m.peek(0));
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    // The sign is bit 30.
    const auto shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(ref.payload()) << 1);
    m.peek(0) = static_cast<std::uint32_t>(shifted >> 1);
    return Step::next;
}

inline Step i31_get_u(Machine& m) noexcept {
    const Ref ref(m.peek(0));
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    m.peek(0) = ref.payload();
    return Step::next;
}

} // namespace detent::body
