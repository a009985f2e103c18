// References: nulls, casts, conversions; and select with types.
#include "engine/valid/rules.hpp"

namespace detent {

// spec: valid-select
Status Rules::select_typed(Op op, ValType& selected) noexcept {
    const std::uint32_t begin = in_.position();
    DETENT_TRY(const std::uint32_t types, in_.u32());
    if (types > in_.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
    if (types != 1) return error(ErrorCode::invalid_result_arity);
    DETENT_TRY(selected, read_value_type(in_, context_.features));
    DETENT_CHECK(known_type(selected));
    return plain(op, {selected});
}

/// The instructions with a heap type.
Status Rules::heap_type(Op op) noexcept {
    if (op == Op::ref_null) return ref_null();
    const bool is_cast = op == Op::ref_cast || op == Op::ref_cast_null;
    return ref_test(op == Op::ref_test_null || op == Op::ref_cast_null, is_cast);
}

// spec: valid-ref.null
Status Rules::ref_null() noexcept {
    DETENT_TRY(const HeapType heap, read_heap_type(in_, context_.features));
    DETENT_CHECK(known_type(nullable(heap)));
    return push(nullable(heap));
}

// spec: valid-ref.is_null
Status Rules::ref_is_null() noexcept {
    DETENT_CHECK(pop_reference());
    return push(kI32);
}

/// In a constant expression the reference is itself the declaration. spec: valid-ref.func
Status Rules::ref_func() noexcept {
    DETENT_TRY(const std::uint32_t index, in_.u32());
    DETENT_CHECK(known(index, module_.functions.size(), ErrorCode::unknown_function));
    if (!context_.knows_declared) {
        if (is_constant_) context_.declared[index] = 1;
        if (context_.declared[index] == 0) return error(ErrorCode::undeclared_function_reference);
    }
    return push(non_null(HeapType(module_.functions[index])));
}

// spec: valid-ref.eq
Status Rules::ref_eq() noexcept {
    DETENT_CHECK(pop(kEqRef));
    DETENT_CHECK(pop(kEqRef));
    return push(kI32);
}

// spec: valid-ref.as_non_null
Status Rules::ref_as_non_null() noexcept {
    DETENT_TRY(const ValType found, pop_reference());
    return push(found.as_non_null());
}

/// What is tested is any reference of the hierarchy. spec: valid-ref.test, valid-ref.cast
Status Rules::ref_test(bool is_nullable, bool is_cast) noexcept {
    DETENT_TRY(const HeapType heap, read_heap_type(in_, context_.features));
    DETENT_CHECK(known_type(nullable(heap)));
    DETENT_CHECK(pop(nullable(top_of(heap, context_.types))));
    return push(is_cast ? ValType(heap, is_nullable) : kI32);
}

// spec: valid-any.convert_extern, valid-extern.convert_any
Status Rules::convert(HeapType from, HeapType to) noexcept {
    DETENT_TRY(const ValType found, pop_reference());
    DETENT_CHECK(agreed(is_subtype_of(found, nullable(from))));
    return push(ValType(to, found.is_nullable()));
}

// spec: valid-ref.i31, valid-i31.get_sx
Status Rules::i31(Op op) noexcept {
    const bool makes = op == Op::ref_i31;
    DETENT_CHECK(pop(makes ? kI32 : kI31Ref));
    return push(makes ? non_null(HeapType::Abstract::i31) : kI32);
}

/// Reads a cast that branches; what is asked for lies below what is there. spec: valid-br_on_cast
Result<BranchCast> Rules::branch_cast() noexcept {
    DETENT_TRY(const BranchCast cast, read_branch_cast(in_, context_.features));
    DETENT_CHECK(known_label(number(cast.label)));
    DETENT_CHECK(known_type(cast.types.from));
    DETENT_CHECK(known_type(cast.types.to));
    DETENT_CHECK(agreed(is_subtype_of(cast.types.to, cast.types.from)));
    return cast;
}

} // namespace detent
