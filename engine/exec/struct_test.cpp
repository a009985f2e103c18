// Structures: every instruction on them. Expected values are the specification's, worked out by hand.
#include "engine/testing/gc_cases.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint32_t kBase = 1;
constexpr std::uint32_t kDerived = 2;

// Locals of the module below, behind the parameter.
constexpr std::uint32_t kABase = 1;
constexpr std::uint32_t kADerived = 2;

/// "f": [i32] -> [i64]. Type 2 is a subtype of type 1.
Bytes module_running(const Bytes& body) {
    ModuleBuilder b;
    const auto main = b.type({kI32}, {kI64});
    const std::vector<FieldType> fields = {packed_field(8), packed_field(16), mutable_field(kI32), mutable_field(kI64)};
    b.type(open_type(structure_type(fields)));
    std::vector<FieldType> more = fields;
    more.insert(more.end(), {mutable_field(kF64), mutable_field(kV128), mutable_field(kEqRef)});
    b.type(final_type(structure_type(more), kBase));
    b.export_function("f", b.function(main, {{1, ref_null(kBase)}, {1, ref_null(kDerived)}}, body));
    return b.build();
}

/// -2, -3, -4 and -5, whose upper bits do not fit the packed fields.
Bytes new_base() {
    return code(Op::i32_const, -2, Op::i32_const, 0x1FFFD, Op::i32_const, -4, Op::i64_const, -5, Op::struct_new, kBase);
}

Bytes new_derived() {
    return code(Op::i32_const, 1, Op::i32_const, 2, Op::i32_const, 3, Op::i64_const, 4, Op::f64_const, 5.0,
                Op::v128_const, little_endian(6, 8), little_endian(7, 8), Op::i32_const, 8, Op::ref_i31, Op::struct_new,
                kDerived);
}

using T = TrapCode;

const std::vector<BodyCase> kCases = {
    {"struct.new, struct.get_s of i8",
     {Op::struct_new, Op::struct_get_s},
     code(new_base(), Op::struct_get_s, kBase, 0U, Op::i64_extend_i32_s),
     0,
     minus(2)},
    {"struct.get_u of i8",
     {Op::struct_get_u},
     code(new_base(), Op::struct_get_u, kBase, 0U, Op::i64_extend_i32_s),
     0,
     254},
    {"struct.get_s of i16",
     {Op::struct_get_s},
     code(new_base(), Op::struct_get_s, kBase, 1U, Op::i64_extend_i32_s),
     0,
     minus(3)},
    {"struct.get_u of i16",
     {Op::struct_get_u},
     code(new_base(), Op::struct_get_u, kBase, 1U, Op::i64_extend_i32_s),
     0,
     65533},
    {"struct.get of i32",
     {Op::struct_get},
     code(new_base(), Op::struct_get, kBase, 2U, Op::i64_extend_i32_s),
     0,
     minus(4)},
    {"struct.get of i64", {Op::struct_get}, code(new_base(), Op::struct_get, kBase, 3U), 0, minus(5)},
    {"struct.get of f64",
     {Op::struct_get},
     code(new_derived(), Op::struct_get, kDerived, 4U, Op::i64_reinterpret_f64),
     0,
     0x4014000000000000},
    {"struct.get of v128",
     {Op::struct_get},
     code(new_derived(), Op::struct_get, kDerived, 5U, Op::i64x2_extract_lane, std::uint8_t{1}),
     0,
     7},
    {"struct.get of the lower half of v128",
     {Op::struct_get},
     code(new_derived(), Op::struct_get, kDerived, 5U, Op::i64x2_extract_lane, std::uint8_t{0}),
     0,
     6},
    {"struct.get of a reference",
     {Op::struct_get},
     code(new_derived(), Op::struct_get, kDerived, 6U, i31_of_top()),
     0,
     8},
    {"struct.get through the supertype", {Op::struct_get}, code(new_derived(), Op::struct_get, kBase, 3U), 0, 4},
    {"struct.new_default",
     {Op::struct_new_default},
     code(Op::struct_new_default, kDerived, Op::struct_get, kDerived, 3U),
     0,
     0},
    {"struct.new_default of a reference",
     {Op::struct_new_default},
     code(Op::struct_new_default, kDerived, Op::struct_get, kDerived, 6U, Op::ref_is_null, Op::i64_extend_i32_u),
     0,
     1},
    {"struct.set of i8 keeps its neighbours",
     {Op::struct_set},
     code(new_base(), Op::local_tee, kABase, Op::i32_const, 0x177, Op::struct_set, kBase, 0U, Op::local_get, kABase,
          Op::struct_get_s, kBase, 0U, Op::local_get, kABase, Op::struct_get_s, kBase, 1U, Op::i32_add,
          Op::i64_extend_i32_s),
     0,
     0x77 - 3},
    {"struct.set of v128",
     {Op::struct_set},
     code(new_derived(), Op::local_tee, kADerived, Op::v128_const, little_endian(60, 8), little_endian(70, 8),
          Op::struct_set, kDerived, 5U, Op::local_get, kADerived, Op::struct_get, kDerived, 5U, Op::i64x2_extract_lane,
          std::uint8_t{1}, Op::local_get, kADerived, Op::struct_get, kDerived, 6U, i31_of_top(), Op::i64_add),
     0,
     78},
    {"struct.set of a reference to itself",
     {Op::struct_set},
     code(new_derived(), Op::local_tee, kADerived, Op::local_get, kADerived, Op::struct_set, kDerived, 6U,
          Op::local_get, kADerived, Op::struct_get, kDerived, 6U, Op::local_get, kADerived, Op::ref_eq,
          Op::i64_extend_i32_u),
     0,
     1},
    {"struct.get of null",
     {Op::struct_get},
     code(Op::local_get, kABase, Op::struct_get, kBase, 3U),
     0,
     0,
     T::NullReference},
    {"struct.get_s of null",
     {Op::struct_get_s},
     code(Op::local_get, kABase, Op::struct_get_s, kBase, 0U, Op::i64_extend_i32_s),
     0,
     0,
     T::NullReference},
    {"struct.get_u of null",
     {Op::struct_get_u},
     code(Op::local_get, kABase, Op::struct_get_u, kBase, 0U, Op::i64_extend_i32_s),
     0,
     0,
     T::NullReference},
    {"struct.set of null",
     {Op::struct_set},
     code(Op::local_get, kABase, Op::i64_const, 1, Op::struct_set, kBase, 3U, Op::i64_const, 0),
     0,
     0,
     T::NullReference},
};

} // namespace

TEST_CASE("exec-struct.new, DET-20: every instruction on structures does what the specification says, or traps",
          "[feature:gc]") {
    check_cases(kCases, 0x00, 0x06, module_running);
}
