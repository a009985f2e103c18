// The typing rules of structures, arrays and the type section. Source: spec, Validation, Instructions, Aggregate
// Reference Instructions; Validation, Types, Recursive Types.
#include "engine/testing/typed_body.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;
using Abstract = HeapType::Abstract;

namespace {

constexpr std::uint32_t kMixed = 0;     // struct { mut i32, i64, mut i8, mut funcref, v128 }
constexpr std::uint32_t kNeverNull = 1; // struct { i32, (ref func) }
constexpr std::uint32_t kWords = 2;     // array of mut i32
constexpr std::uint32_t kBytes = 3;     // array of mut i8
constexpr std::uint32_t kConstants = 4; // array of i64
constexpr std::uint32_t kFunctions = 5; // array of mut funcref
constexpr std::uint32_t kDefinite = 6;  // array of mut (ref func)
constexpr std::uint32_t kUnary = 7;     // (i32) -> (i32)
constexpr std::uint32_t kVectors = 8;   // array of mut v128
constexpr std::uint32_t kShorts = 9;    // array of mut i16

/// Element segment 0 is of (ref func), 1 of funcref, 2 of externref; data segment 0 exists.
ModuleBuilder surroundings() {
    ModuleBuilder b;
    b.type(structure_type(
        {mutable_field(kI32), constant_field(kI64), packed_field(8), mutable_field(kFuncRef), constant_field(kV128)}));
    b.type(structure_type({constant_field(kI32), constant_field(some(Abstract::func))}));
    b.type(array_type(mutable_field(kI32)));
    b.type(array_type(packed_field(8)));
    b.type(array_type(constant_field(kI64)));
    b.type(array_type(mutable_field(kFuncRef)));
    b.type(array_type(mutable_field(some(Abstract::func))));
    b.type({kI32}, {kI32});
    b.type(array_type(mutable_field(kV128)));
    b.type(array_type(packed_field(16)));
    b.import_function("m", "f", kUnary);
    b.passive_elements({0});
    b.passive_elements(kFuncRef, {code(Op::ref_null, Abstract::func)});
    b.passive_elements(kExternRef, {});
    b.passive_data({1, 2, 3});
    return b;
}

bool is_valid(const TypedBody& body) { return agrees(surroundings(), body); }

ErrorCode error_of(const TypedBody& body) { return refusal_of(surroundings(), body).value().code; }

/// Whether the types of a module are accepted, each as its bytes are; what is wrong must have this code.
bool are_valid(const std::vector<Bytes>& types, ErrorCode otherwise = ErrorCode::bad_subtype) {
    const std::optional<Error> error = refusal(module_bytes(vector_section(1, types)), all_features());
    if (error) CHECK(error->code == otherwise);
    return !error;
}

Bytes group(const std::vector<Bytes>& types) {
    Bytes out = code(std::uint8_t{0x4E}, types.size());
    for (const Bytes& one : types)
        append(out, one);
    return out;
}

} // namespace

TEST_CASE("valid-struct.new: a value for each field, packed ones as i32", "[feature:gc]") {
    const std::vector<ValType> values = {kI32, kI64, kI32, kFuncRef, kV128};
    CHECK(is_valid({values, code(Op::struct_new, kMixed), {ref_to(kMixed)}}));
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::vector<ValType> given = values;
        given[i] = kF32;
        CHECK_FALSE(is_valid({given, code(Op::struct_new, kMixed), {ref_to(kMixed)}}));
    }
    CHECK(is_valid({{}, code(Op::struct_new_default, kMixed), {ref_to(kMixed)}}));
    CHECK_FALSE(is_valid({{}, code(Op::struct_new_default, kNeverNull), {ref_to(kNeverNull)}}));
    CHECK(is_valid({{kI32}, code(Op::unreachable, Op::struct_new, kNeverNull), {ref_to(kNeverNull)}}));
    CHECK_FALSE(is_valid({{kI32, kFuncRef}, code(Op::struct_new, kNeverNull), {ref_to(kNeverNull)}}));
    CHECK(error_of({{}, code(Op::struct_new, 99, Op::drop), {}}) == ErrorCode::unknown_type);
    CHECK_FALSE(is_valid({{kI32}, code(Op::struct_new, kWords, Op::drop), {}}));
}

TEST_CASE("valid-struct.get_sx: packed fields are read with a sign, others without", "[feature:gc]") {
    const ValType mixed = ref_null_to(kMixed);
    CHECK(is_valid({{mixed}, code(Op::struct_get, kMixed, 0), {kI32}}));
    CHECK(is_valid({{mixed}, code(Op::struct_get, kMixed, 1), {kI64}}));
    CHECK(is_valid({{mixed}, code(Op::struct_get, kMixed, 4), {kV128}}));
    CHECK_FALSE(is_valid({{mixed}, code(Op::struct_get, kMixed, 2), {kI32}}));
    for (const Op op : {Op::struct_get_s, Op::struct_get_u}) {
        CHECK(is_valid({{mixed}, code(op, kMixed, 2), {kI32}}));
        CHECK_FALSE(is_valid({{mixed}, code(op, kMixed, 0), {kI32}}));
    }
    CHECK_FALSE(is_valid({{kStructRef}, code(Op::struct_get, kMixed, 0), {kI32}}));
    CHECK(error_of({{mixed}, code(Op::struct_get, kMixed, 5, Op::drop), {}}) == ErrorCode::unknown_field);
}

TEST_CASE("valid-struct.set: mutable fields only", "[feature:gc]") {
    const ValType mixed = ref_to(kMixed);
    CHECK(is_valid({{mixed, kI32}, code(Op::struct_set, kMixed, 0), {}}));
    CHECK(is_valid({{mixed, kI32}, code(Op::struct_set, kMixed, 2), {}}));
    CHECK(is_valid({{mixed, ref_to(kUnary)}, code(Op::struct_set, kMixed, 3), {}}));
    CHECK_FALSE(is_valid({{mixed, kExternRef}, code(Op::struct_set, kMixed, 3), {}}));
    CHECK_FALSE(is_valid({{kI32, mixed}, code(Op::struct_set, kMixed, 0), {}}));
    CHECK(error_of({{mixed, kI64}, code(Op::struct_set, kMixed, 1), {}}) == ErrorCode::immutable_field);
}

TEST_CASE("valid-array.new: of one value, of defaults, of many values", "[feature:gc]") {
    CHECK(is_valid({{kI32, kI32}, code(Op::array_new, kBytes), {ref_to(kBytes)}}));
    CHECK(is_valid({{kI64, kI32}, code(Op::array_new, kConstants), {ref_to(kConstants)}}));
    CHECK_FALSE(is_valid({{kI32, kI32}, code(Op::array_new, kConstants), {ref_to(kConstants)}}));
    CHECK_FALSE(is_valid({{kI64, kI64}, code(Op::array_new, kConstants), {ref_to(kConstants)}}));
    CHECK(is_valid({{kI32}, code(Op::array_new_default, kFunctions), {ref_to(kFunctions)}}));
    CHECK_FALSE(is_valid({{kI32}, code(Op::array_new_default, kDefinite), {ref_to(kDefinite)}}));
    CHECK(is_valid({{kI64, kI64, kI64}, code(Op::array_new_fixed, kConstants, 3), {ref_to(kConstants)}}));
    CHECK(is_valid({{kI64, kI64, kI64}, code(Op::array_new_fixed, kConstants, 2, Op::drop), {kI64}}));
    CHECK(is_valid({{}, code(Op::array_new_fixed, kConstants, 0), {ref_to(kConstants)}}));
    CHECK_FALSE(is_valid({{kI64, kI64}, code(Op::array_new_fixed, kConstants, 3), {ref_to(kConstants)}}));
    CHECK_FALSE(is_valid({{kI64, kI32, kI64}, code(Op::array_new_fixed, kConstants, 3), {ref_to(kConstants)}}));
    CHECK(is_valid({{ref_to(kUnary), kFuncRef}, code(Op::array_new_fixed, kFunctions, 2), {kArrayRef}}));
    const Bytes above_one = code(Op::unreachable, Op::i64_const, 1, Op::array_new_fixed, kConstants, 9);
    CHECK(is_valid({{}, above_one, {ref_to(kConstants)}}));
    CHECK_FALSE(is_valid({{kI32}, code(Op::array_new_fixed, kMixed, 1, Op::drop), {}}));
}

TEST_CASE("valid-array.get_sx, valid-array.set, valid-array.len", "[feature:gc]") {
    CHECK(is_valid({{ref_null_to(kWords), kI32}, code(Op::array_get, kWords), {kI32}}));
    CHECK_FALSE(is_valid({{ref_null_to(kWords), kI64}, code(Op::array_get, kWords), {kI32}}));
    CHECK_FALSE(is_valid({{kArrayRef, kI32}, code(Op::array_get, kWords), {kI32}}));
    CHECK_FALSE(is_valid({{ref_null_to(kBytes), kI32}, code(Op::array_get, kBytes), {kI32}}));
    for (const Op op : {Op::array_get_s, Op::array_get_u}) {
        CHECK(is_valid({{ref_null_to(kBytes), kI32}, code(op, kBytes), {kI32}}));
        CHECK_FALSE(is_valid({{ref_null_to(kWords), kI32}, code(op, kWords), {kI32}}));
    }
    CHECK(is_valid({{ref_to(kBytes), kI32, kI32}, code(Op::array_set, kBytes), {}}));
    CHECK_FALSE(is_valid({{ref_to(kFunctions), kI32, kI32}, code(Op::array_set, kFunctions), {}}));
    CHECK(error_of({{ref_to(kConstants), kI32, kI64}, code(Op::array_set, kConstants), {}}) ==
          ErrorCode::immutable_array);
    CHECK(is_valid({{kArrayRef}, code(Op::array_len), {kI32}}));
    CHECK(is_valid({{ref_to(kBytes)}, code(Op::array_len), {kI32}}));
    CHECK_FALSE(is_valid({{kStructRef}, code(Op::array_len), {kI32}}));
}

TEST_CASE("valid-array.fill, valid-array.copy: mutable arrays, elements that match", "[feature:gc]") {
    const auto fill = [](std::uint32_t array, ValType value) {
        return TypedBody{{ref_null_to(array), kI32, value, kI32}, code(Op::array_fill, array), {}};
    };
    CHECK(is_valid(fill(kBytes, kI32)));
    CHECK(is_valid(fill(kFunctions, ref_to(kUnary))));
    CHECK_FALSE(is_valid(fill(kFunctions, kI32)));
    CHECK(error_of(fill(kConstants, kI64)) == ErrorCode::immutable_array);
    const auto copy = [](std::uint32_t to, std::uint32_t from) {
        return TypedBody{{ref_null_to(to), kI32, ref_null_to(from), kI32, kI32}, code(Op::array_copy, to, from), {}};
    };
    CHECK(is_valid(copy(kBytes, kBytes)));
    CHECK(is_valid(copy(kFunctions, kDefinite)));
    CHECK(error_of(copy(kDefinite, kFunctions)) == ErrorCode::array_types_differ);
    CHECK(error_of(copy(kBytes, kWords)) == ErrorCode::array_types_differ);
    CHECK(error_of(copy(kBytes, kShorts)) == ErrorCode::array_types_differ);
    CHECK(error_of(copy(kWords, kBytes)) == ErrorCode::array_types_differ);
    CHECK(error_of(copy(kConstants, kConstants)) == ErrorCode::immutable_array);
}

TEST_CASE("valid-array.new_data: numbers and vectors come from bytes, references from elements", "[feature:gc]") {
    for (const std::uint32_t array : {kWords, kBytes, kConstants, kVectors, kShorts})
        CHECK(is_valid({{kI32, kI32}, code(Op::array_new_data, array, 0), {ref_to(array)}}));
    CHECK(error_of({{kI32, kI32}, code(Op::array_new_data, kFunctions, 0, Op::drop), {}}) ==
          ErrorCode::array_of_references);
    CHECK(error_of({{kI32, kI32}, code(Op::array_new_data, kWords, 1, Op::drop), {}}) ==
          ErrorCode::unknown_data_segment);
    const auto init_data = [](std::uint32_t array) {
        return TypedBody{{ref_null_to(array), kI32, kI32, kI32}, code(Op::array_init_data, array, 0), {}};
    };
    CHECK(is_valid(init_data(kBytes)));
    CHECK(error_of(init_data(kConstants)) == ErrorCode::immutable_array);
    CHECK(error_of(init_data(kFunctions)) == ErrorCode::array_of_references);
    CHECK(is_valid({{kI32, kI32}, code(Op::array_new_elem, kFunctions, 0), {ref_to(kFunctions)}}));
    CHECK(is_valid({{kI32, kI32}, code(Op::array_new_elem, kDefinite, 0), {ref_to(kDefinite)}}));
    CHECK_FALSE(is_valid({{kI32, kI32}, code(Op::array_new_elem, kDefinite, 1), {ref_to(kDefinite)}}));
    CHECK_FALSE(is_valid({{kI32, kI32}, code(Op::array_new_elem, kFunctions, 2), {ref_to(kFunctions)}}));
    CHECK_FALSE(is_valid({{kI32, kI32}, code(Op::array_new_elem, kWords, 0), {ref_to(kWords)}}));
    CHECK(error_of({{kI32, kI32}, code(Op::array_new_elem, kFunctions, 3, Op::drop), {}}) ==
          ErrorCode::unknown_element_segment);
    const auto init_elem = [](std::uint32_t array, std::uint32_t segment) {
        return TypedBody{{ref_null_to(array), kI32, kI32, kI32}, code(Op::array_init_elem, array, segment), {}};
    };
    CHECK(is_valid(init_elem(kFunctions, 1)));
    CHECK_FALSE(is_valid(init_elem(kDefinite, 1)));
}

TEST_CASE("valid-constant: what may be made in constant expressions", "[feature:gc]") {
    const auto global = [](ValType type, const Bytes& initializer) {
        ModuleBuilder b = surroundings();
        b.global(kI32, false, code(Op::i32_const, 7));
        b.global(kI32, true, code(Op::i32_const, 7));
        b.global(type, false, initializer);
        const std::optional<Error> error = refusal(b.build(), all_features());
        return error ? error->code : ErrorCode{};
    };
    constexpr ErrorCode kAccepted{};
    CHECK(global(kI31Ref, code(Op::global_get, 0, Op::ref_i31)) == kAccepted);
    CHECK(global(kI32, code(Op::global_get, 1)) == ErrorCode::constant_expression_required);
    CHECK(global(kI32, code(Op::global_get, 2)) == ErrorCode::unknown_global);
    CHECK(global(ref_to(kMixed), code(Op::struct_new_default, kMixed)) == kAccepted);
    CHECK(global(ref_to(kNeverNull), code(Op::i32_const, 1, Op::ref_func, 0, Op::struct_new, kNeverNull)) == kAccepted);
    CHECK(global(ref_to(kWords), code(Op::i32_const, 1, Op::i32_const, 2, Op::array_new, kWords)) == kAccepted);
    CHECK(global(kArrayRef, code(Op::i32_const, 1, Op::array_new_default, kWords)) == kAccepted);
    CHECK(global(kArrayRef, code(Op::i64_const, 1, Op::i64_const, 2, Op::array_new_fixed, kConstants, 2)) == kAccepted);
    CHECK(global(kExternRef, code(Op::i32_const, 1, Op::ref_i31, Op::extern_convert_any)) == kAccepted);
    CHECK(global(kAnyRef, code(Op::ref_null, Abstract::extern_, Op::any_convert_extern)) == kAccepted);
    CHECK(global(kV128, code(Op::v128_const, Bytes(16))) == kAccepted);
    CHECK(global(kI64, code(Op::i64_const, 2, Op::i64_const, 3, Op::i64_mul)) == kAccepted);
    CHECK(global(kArrayRef, code(Op::i32_const, 0, Op::i32_const, 1, Op::array_new_data, kWords, 0)) ==
          ErrorCode::constant_expression_required);
    CHECK(global(kI32, code(Op::i32_const, 0, Op::ref_i31, Op::i31_get_s)) == ErrorCode::constant_expression_required);
    CHECK(global(ref_to(kWords), code(Op::i32_const, 1, Op::array_new_fixed, kConstants, 1)) ==
          ErrorCode::type_mismatch);
}

TEST_CASE("valid-table: an initializer sees imported globals, no others", "[feature:function-references]") {
    const auto with = [](std::uint32_t global) {
        ModuleBuilder b;
        b.import_global("m", "g", kFuncRef);
        b.table(TableType{kFuncRef, {1, 0, false}, AddressType::i32}, code(Op::global_get, global));
        b.global(kFuncRef, false, code(Op::ref_null, Abstract::func));
        return refusal(b.build(), all_features());
    };
    CHECK(with(0) == std::nullopt);
    CHECK(with(1).value().code == ErrorCode::unknown_global);
}

TEST_CASE("valid-rectype: a type names what stands before the end of its group", "[feature:gc]") {
    const auto holds = [](std::uint32_t type) { return structure_type({mutable_field(ref_null_to(type))}); };
    CHECK(are_valid({holds(0)}, ErrorCode::unknown_type));
    CHECK_FALSE(are_valid({holds(1), holds(0)}, ErrorCode::unknown_type));
    CHECK(are_valid({group({holds(1), holds(0)})}, ErrorCode::unknown_type));
    CHECK_FALSE(are_valid({group({holds(1), holds(2)}), holds(0)}, ErrorCode::unknown_type));
    CHECK(are_valid({group({}), holds(0), group({holds(2), holds(0), function_type({ref_to(2)}, {})})}));
    CHECK_FALSE(are_valid({function_type({}, {ref_to(1)})}, ErrorCode::unknown_type));
    CHECK_FALSE(are_valid({array_type(constant_field(ref_to(1)))}, ErrorCode::unknown_type));
}

TEST_CASE("valid-subtype: the supertype stands before, is open and of the same kind", "[feature:gc]") {
    const Bytes empty = structure_type({});
    CHECK(are_valid({open_type(empty), open_type(empty, 0), final_type(empty, 1)}));
    CHECK_FALSE(are_valid({empty, open_type(empty, 0)}));
    CHECK_FALSE(are_valid({open_type(empty), final_type(empty, 0), open_type(empty, 1)}));
    CHECK_FALSE(are_valid({open_type(empty), open_type(function_type({}, {}), 0)}));
    CHECK_FALSE(are_valid({open_type(empty), open_type(array_type(packed_field(8)), 0)}));
    CHECK_FALSE(are_valid({group({open_type(empty, 1), open_type(empty)})}, ErrorCode::unknown_type));
    CHECK(are_valid({group({open_type(empty), open_type(empty, 0)})}));
}

TEST_CASE("match-structtype: more fields, constant ones may be below, mutable ones are equal", "[feature:gc]") {
    const auto below = [](const std::vector<FieldType>& own, const std::vector<FieldType>& above) {
        return are_valid({open_type(structure_type(above)), open_type(structure_type(own), 0)});
    };
    CHECK(below({mutable_field(kI32), packed_field(8)}, {mutable_field(kI32)}));
    CHECK_FALSE(below({}, {mutable_field(kI32)}));
    CHECK_FALSE(below({mutable_field(kI64)}, {mutable_field(kI32)}));
    CHECK_FALSE(below({constant_field(kI32)}, {mutable_field(kI32)}));
    CHECK_FALSE(below({mutable_field(kI32)}, {constant_field(kI32)}));
    CHECK(below({constant_field(kEqRef)}, {constant_field(kAnyRef)}));
    CHECK_FALSE(below({constant_field(kAnyRef)}, {constant_field(kEqRef)}));
    CHECK_FALSE(below({mutable_field(kEqRef)}, {mutable_field(kAnyRef)}));
    CHECK(below({packed_field(16)}, {packed_field(16)}));
    CHECK_FALSE(below({packed_field(16)}, {packed_field(8)}));
    CHECK_FALSE(below({packed_field(8)}, {mutable_field(kI32)}));
    // A field may hold the type itself where the one above holds the one above.
    CHECK(below({constant_field(ref_to(1))}, {constant_field(ref_to(0))}));
    CHECK_FALSE(below({mutable_field(ref_to(1))}, {mutable_field(ref_to(0))}));
}

TEST_CASE("match-functype: parameters the other way round, results the same way; arrays as their element",
          "[feature:gc]") {
    const auto below = [](const Bytes& own, const Bytes& above) {
        return are_valid({open_type(above), open_type(own, 0)});
    };
    CHECK(below(function_type({kAnyRef}, {kEqRef}), function_type({kEqRef}, {kAnyRef})));
    CHECK_FALSE(below(function_type({kEqRef}, {}), function_type({kAnyRef}, {})));
    CHECK_FALSE(below(function_type({}, {kAnyRef}), function_type({}, {kEqRef})));
    CHECK_FALSE(below(function_type({kI32}, {}), function_type({}, {})));
    CHECK_FALSE(below(function_type({}, {kI32}), function_type({}, {})));
    CHECK(below(array_type(constant_field(kI31Ref)), array_type(constant_field(kAnyRef))));
    CHECK_FALSE(below(array_type(mutable_field(kI31Ref)), array_type(mutable_field(kAnyRef))));
}

TEST_CASE("match-deftype: equal groups are equal types, of whatever place in the module", "[feature:gc]") {
    // The function's type is 2 or 3, which stand in groups of the same contents, or are alone.
    const auto taken = [](const std::vector<Bytes>& groups, ValType from, ValType to) {
        ModuleBuilder b;
        for (const Bytes& one : groups)
            b.type(one);
        const Bytes bytes = module_bytes(vector_section(1,
                                                        [&] {
                                                            std::vector<Bytes> all = groups;
                                                            all.push_back(function_type({from}, {to}));
                                                            return all;
                                                        }()),
                                         vector_section(3, {code(4U)}),
                                         vector_section(10, {sized(code(0U, Op::local_get, 0, Op::end))}));
        const std::optional<Error> error = refusal(bytes, all_features());
        if (error) CHECK(error->code == ErrorCode::type_mismatch);
        return !error;
    };
    const Bytes a = structure_type({constant_field(kI32)});
    const Bytes b = structure_type({constant_field(kI64)});
    CHECK(taken({group({a, b}), group({a, b})}, ref_to(0), ref_to(2)));
    CHECK(taken({group({a, b}), group({a, b})}, ref_to(3), ref_to(1)));
    CHECK_FALSE(taken({group({a, b}), group({a, b})}, ref_to(0), ref_to(1)));
    CHECK_FALSE(taken({group({a, b}), a, b}, ref_to(0), ref_to(2)));
    CHECK(taken({a, b, a, b}, ref_to(0), ref_to(2)));
    // Within a group, equal types are different ones.
    CHECK_FALSE(taken({group({a, a}), group({a, a})}, ref_to(0), ref_to(3)));
    CHECK(taken({group({a, a}), group({a, a})}, ref_to(1), ref_to(3)));
    // Groups that name themselves are compared by what they say, not by where they stand.
    const auto chain = [](std::uint32_t first) {
        return group({structure_type({constant_field(ref_null_to(first + 1))}),
                      structure_type({constant_field(ref_null_to(first))})});
    };
    CHECK(taken({chain(0), chain(2)}, ref_to(0), ref_to(2)));
    const Bytes crossed =
        group({structure_type({constant_field(ref_null_to(1))}), structure_type({constant_field(ref_null_to(0))})});
    CHECK_FALSE(taken({chain(0), crossed}, ref_to(0), ref_to(2)));
}

} // namespace detent
