// Arrays.
#include "engine/valid/rules.hpp"

namespace detent {

namespace {

/// A number or vector can be read from bytes; a reference cannot.
bool is_readable(const FieldType& element) noexcept { return !element.storage.unpacked.is_reference(); }

} // namespace

/// The instructions with one index, of an array type.
Status Rules::array_of_type(Op op) noexcept {
    DETENT_TRY(const TypeIdx array, type_index(CompositeKind::array));
    return array_of(array, op);
}

// spec: valid-array.new, valid-array.new_default, valid-array.get_sx, valid-array.set, valid-array.fill
Status Rules::array_of(TypeIdx array, Op op) noexcept {
    const StorageType storage = element(array).storage;
    if (op == Op::array_new || op == Op::array_new_default) {
        DETENT_CHECK(pop(kI32));
        if (op == Op::array_new) DETENT_CHECK(pop(storage.unpacked));
        if (op == Op::array_new_default) DETENT_CHECK(agreed(is_defaultable(storage.unpacked)));
        return push(non_null(HeapType(array)));
    }
    if (op == Op::array_set || op == Op::array_fill) {
        DETENT_CHECK(mutable_array(array));
        if (op == Op::array_fill) DETENT_CHECK(pop(kI32));
        DETENT_CHECK(pop(storage.unpacked));
        DETENT_CHECK(pop(kI32));
        return pop(nullable(HeapType(array)));
    }
    DETENT_CHECK(agreed(storage.is_packed() == (op != Op::array_get)));
    DETENT_CHECK(pop(kI32));
    DETENT_CHECK(pop(nullable(HeapType(array))));
    return push(storage.unpacked);
}

// spec: valid-array.new_fixed
Status Rules::array_new_fixed() noexcept {
    DETENT_TRY(const TypeIdx array, type_index(CompositeKind::array));
    DETENT_TRY(const std::uint32_t count, in_.u32());
    if (count > context_.limits[Limit::array_new_fixed]) return limit(Limit::array_new_fixed, position_);
    DETENT_CHECK(judge(operands_.pop(element(array).storage.unpacked, count)));
    return push(non_null(HeapType(array)));
}

// spec: valid-array.new_data, valid-array.init_data
Status Rules::array_data(Op op) noexcept {
    DETENT_TRY(const std::uint32_t type, in_.u32());
    DETENT_TRY(const std::uint32_t segment, in_.u32());
    const TypeIdx array{type};
    DETENT_CHECK(known_type(array, CompositeKind::array));
    DETENT_CHECK(known_data(segment));
    if (op == Op::array_init_data) DETENT_CHECK(mutable_array(array));
    if (!is_readable(element(array))) return error(ErrorCode::array_of_references);
    return array_segment(array, op == Op::array_init_data);
}

// spec: valid-array.new_elem, valid-array.init_elem
Status Rules::array_elem(Op op) noexcept {
    DETENT_TRY(const std::uint32_t type, in_.u32());
    DETENT_TRY(const std::uint32_t segment, in_.u32());
    const TypeIdx array{type};
    DETENT_CHECK(known_type(array, CompositeKind::array));
    DETENT_CHECK(known(segment, module_.elements.size(), ErrorCode::unknown_element_segment));
    if (op == Op::array_init_elem) DETENT_CHECK(mutable_array(array));
    DETENT_CHECK(agreed(is_subtype_of(module_.elements[segment].type, element(array).storage.unpacked)));
    return array_segment(array, op == Op::array_init_elem);
}

/// The operands of an array that is made or filled from a segment.
Status Rules::array_segment(TypeIdx array, bool is_filled) noexcept {
    DETENT_CHECK(judge(operands_.pop(kI32, 2)));
    if (!is_filled) return push(non_null(HeapType(array)));
    DETENT_CHECK(pop(kI32));
    return pop(nullable(HeapType(array)));
}

// spec: valid-array.copy
Status Rules::array_copy() noexcept {
    DETENT_TRY(const TypeIdx to, type_index(CompositeKind::array));
    DETENT_TRY(const TypeIdx from, type_index(CompositeKind::array));
    DETENT_CHECK(mutable_array(to));
    if (!matches(element(from).storage, element(to).storage, context_.types)) {
        return error(ErrorCode::array_types_differ);
    }
    DETENT_CHECK(judge(operands_.pop(kI32, 2)));
    DETENT_CHECK(pop(nullable(HeapType(from))));
    DETENT_CHECK(pop(kI32));
    return pop(nullable(HeapType(to)));
}

// spec: valid-array.len
Status Rules::array_len() noexcept {
    DETENT_CHECK(pop(kArrayRef));
    return push(kI32);
}

Status Rules::mutable_array(TypeIdx array) const noexcept {
    if (!element(array).is_mutable) return error(ErrorCode::immutable_array);
    return ok();
}

} // namespace detent
