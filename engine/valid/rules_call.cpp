// Calls and tail calls.
#include "engine/valid/rules.hpp"

namespace detent {

namespace {

bool is_tail_call(Op op) noexcept {
    return op == Op::return_call || op == Op::return_call_indirect || op == Op::return_call_ref;
}

} // namespace

// spec: valid-call, valid-return_call
Status Rules::call(Op op) noexcept {
    DETENT_TRY(const std::uint32_t index, in_.u32());
    DETENT_CHECK(known(index, module_.functions.size(), ErrorCode::unknown_function));
    return apply(op, module_.function_type(FuncIdx{index}));
}

// spec: valid-call_indirect, valid-return_call_indirect
Status Rules::call_indirect(Op op) noexcept {
    DETENT_TRY(const std::uint32_t type, in_.u32());
    DETENT_TRY(const TableIdx index, read_call_table(in_, context_.features));
    DETENT_CHECK(known_table(number(index)));
    DETENT_CHECK(known_type(TypeIdx{type}, CompositeKind::func));
    DETENT_CHECK(agreed(is_subtype_of(module_.tables[number(index)].element, kFuncRef)));
    DETENT_CHECK(pop(value_type(table_address(number(index)))));
    return apply(op, module_.func_type(TypeIdx{type}));
}

// spec: valid-call_ref, valid-return_call_ref
Status Rules::call_ref(Op op) noexcept {
    DETENT_TRY(const TypeIdx type, type_index(CompositeKind::func));
    DETENT_CHECK(pop(nullable(HeapType(type))));
    return apply(op, module_.func_type(type));
}

/// A tail call gives its results to the caller of this function.
Status Rules::apply(Op op, const FuncType& type) noexcept {
    DETENT_CHECK(pop(type.parameters));
    if (!is_tail_call(op)) return push(type.results);
    DETENT_CHECK(agreed(are_subtypes_of(type.results, frames_[0].type.results())));
    return transfer();
}

} // namespace detent
