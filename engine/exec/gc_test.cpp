// Structures and arrays: every instruction of the feature gc that makes, reads or writes one. Expected values are the
// specification's, worked out by hand; prices are counted from schedule 1.
#include "engine/testing/price.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace detent;
using namespace detent::testing;

namespace {

// The types of the module below.
constexpr std::uint32_t kMain = 0;
constexpr std::uint32_t kBase = 1;
constexpr std::uint32_t kDerived = 2;
constexpr std::uint32_t kBytes = 3;
constexpr std::uint32_t kShorts = 4;
constexpr std::uint32_t kLongs = 5;
constexpr std::uint32_t kRefs = 6;
constexpr std::uint32_t kVectors = 7;
constexpr std::uint32_t kFunctions = 8;
constexpr std::uint32_t kFloats = 9;

ValType ref_null(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }

// And its locals behind the parameter, an i32.
constexpr std::uint32_t kABase = 1;
constexpr std::uint32_t kADerived = 2;
constexpr std::uint32_t kSomeBytes = 3;
constexpr std::uint32_t kSomeLongs = 4;
constexpr std::uint32_t kSomeRefs = 5;

/// "f": [i32] -> [i64].
Bytes rich_module(const Bytes& body) {
    ModuleBuilder b;
    b.type({kI32}, {kI64});
    const std::vector<FieldType> fields = {packed_field(8), packed_field(16), mutable_field(kI32), mutable_field(kI64)};
    b.type(open_type(structure_type(fields)));
    std::vector<FieldType> more = fields;
    more.insert(more.end(), {mutable_field(kF64), mutable_field(kV128), mutable_field(kEqRef)});
    b.type(final_type(structure_type(more), kBase));
    b.type(array_type(packed_field(8)));
    b.type(array_type(packed_field(16)));
    b.type(array_type(mutable_field(kI64)));
    b.type(array_type(mutable_field(kEqRef)));
    b.type(array_type(mutable_field(kV128)));
    b.type(array_type(mutable_field(kFuncRef)));
    b.type(array_type(mutable_field(kF32)));
    const std::vector<Locals> locals = {{1, ref_null(kBase)},
                                        {1, ref_null(kDerived)},
                                        {1, ref_null(kBytes)},
                                        {1, ref_null(kLongs)},
                                        {1, ref_null(kRefs)}};
    b.export_function("f", b.function(kMain, locals, body));
    b.passive_data({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
    b.passive_elements(kEqRef, {code(Op::i32_const, 5, Op::ref_i31), code(Op::ref_null, HeapType::Abstract::eq),
                                code(Op::i32_const, 7, Op::ref_i31)});
    b.passive_elements({0, 0});
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

Bytes i31_of_top() { return code(Op::ref_cast, HeapType::Abstract::i31, Op::i31_get_s, Op::i64_extend_i32_s); }
Bytes i32s(int a, int b) { return code(Op::i32_const, a, Op::i32_const, b); }
Bytes i32s(int a, int b, int c) { return code(i32s(a, b), Op::i32_const, c); }

/// An array of i64 from `first` upwards, in a local.
Bytes longs(int first) {
    return code(Op::i64_const, first, Op::i64_const, first + 1, Op::i64_const, first + 2, Op::i64_const, first + 3,
                Op::array_new_fixed, kLongs, 4U, Op::local_set, kSomeLongs);
}

/// Its elements as the digits of a number.
Bytes digits_of_longs() {
    Bytes out = code(Op::i64_const, 0);
    for (int i = 0; i < 4; ++i) {
        append(out, code(Op::i64_const, 10, Op::i64_mul, Op::local_get, kSomeLongs, Op::i32_const, i, Op::array_get,
                         kLongs, Op::i64_add));
    }
    return out;
}

struct BodyCase {
    const char* name;
    std::set<Op> shows;
    Bytes body;
    std::uint32_t parameter;
    std::uint64_t result;
    std::optional<TrapCode> trap = {};
};

constexpr std::uint64_t minus(std::uint64_t value) { return 0 - value; }
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

    {"array.new, array.get",
     {Op::array_new, Op::array_get},
     code(Op::i64_const, -9, Op::i32_const, 3, Op::array_new, kLongs, Op::i32_const, 2, Op::array_get, kLongs),
     0,
     minus(9)},
    {"array.new of i8, array.get_s",
     {Op::array_new, Op::array_get_s},
     code(i32s(0x1FE, 3), Op::array_new, kBytes, Op::i32_const, 2, Op::array_get_s, kBytes, Op::i64_extend_i32_s),
     0,
     minus(2)},
    {"array.get_u of i8",
     {Op::array_get_u},
     code(i32s(0x1FE, 3), Op::array_new, kBytes, Op::i32_const, 0, Op::array_get_u, kBytes, Op::i64_extend_i32_s),
     0,
     254},
    {"array.get_s of i16",
     {Op::array_get_s},
     code(i32s(-7, 3), Op::array_new, kShorts, Op::i32_const, 1, Op::array_get_s, kShorts, Op::i64_extend_i32_s),
     0,
     minus(7)},
    {"array.get_u of i16",
     {Op::array_get_u},
     code(i32s(-7, 3), Op::array_new, kShorts, Op::i32_const, 1, Op::array_get_u, kShorts, Op::i64_extend_i32_s),
     0,
     65529},
    {"array.new of none",
     {Op::array_new, Op::array_len},
     code(Op::i64_const, 1, Op::i32_const, 0, Op::array_new, kLongs, Op::array_len, Op::i64_extend_i32_u),
     0,
     0},
    {"array.new of v128",
     {Op::array_new},
     code(Op::v128_const, little_endian(6, 8), little_endian(7, 8), Op::i32_const, 2, Op::array_new, kVectors,
          Op::i32_const, 1, Op::array_get, kVectors, Op::i64x2_extract_lane, std::uint8_t{1}),
     0,
     7},
    {"array.new of none of v128",
     {Op::array_new},
     code(Op::i64_const, 40, Op::v128_const, little_endian(6, 8), little_endian(7, 8), Op::i32_const, 0, Op::array_new,
          kVectors, Op::array_len, Op::i64_extend_i32_u, Op::i64_add),
     0,
     40},
    {"array.new_default",
     {Op::array_new_default, Op::array_len},
     code(Op::local_get, 0, Op::array_new_default, kFloats, Op::array_len, Op::i64_extend_i32_u),
     77,
     77},
    {"array.new_default of references",
     {Op::array_new_default},
     code(Op::i32_const, 2, Op::array_new_default, kRefs, Op::i32_const, 1, Op::array_get, kRefs, Op::ref_is_null,
          Op::i64_extend_i32_u),
     0,
     1},
    {"array.new_fixed", {Op::array_new_fixed}, code(longs(1), digits_of_longs()), 0, 1234},
    {"array.new_fixed of none",
     {Op::array_new_fixed},
     code(Op::array_new_fixed, kBytes, 0U, Op::array_len, Op::i64_extend_i32_u),
     0,
     0},
    {"array.new_data",
     {Op::array_new_data},
     code(i32s(3, 2), Op::array_new_data, kLongs, 0U, Op::i32_const, 1, Op::array_get, kLongs),
     0,
     0x131211100F0E0D0C},
    {"array.new_data of i16",
     {Op::array_new_data},
     code(i32s(1, 2), Op::array_new_data, kShorts, 0U, Op::i32_const, 1, Op::array_get_u, kShorts,
          Op::i64_extend_i32_u),
     0,
     0x0504},
    {"array.new_data to the end",
     {Op::array_new_data},
     code(i32s(4, 2), Op::array_new_data, kLongs, 0U, Op::array_len, Op::i64_extend_i32_u),
     0,
     2},
    {"array.new_data beyond the end",
     {Op::array_new_data},
     code(i32s(5, 2), Op::array_new_data, kLongs, 0U, Op::array_len, Op::i64_extend_i32_u),
     0,
     0,
     T::OutOfBoundsMemoryAccess},
    {"array.new_data of more bytes than 32 bits count",
     {Op::array_new_data},
     code(i32s(0, 0x20000000), Op::array_new_data, kLongs, 0U, Op::array_len, Op::i64_extend_i32_u),
     0,
     0,
     T::OutOfBoundsMemoryAccess},
    {"array.new_data of a dropped segment",
     {Op::array_new_data},
     code(Op::data_drop, 0U, i32s(0, 1), Op::array_new_data, kBytes, 0U, Op::array_len, Op::i64_extend_i32_u),
     0,
     0,
     T::OutOfBoundsMemoryAccess},
    {"array.new_elem",
     {Op::array_new_elem},
     code(i32s(1, 2), Op::array_new_elem, kRefs, 0U, Op::i32_const, 1, Op::array_get, kRefs, i31_of_top()),
     0,
     7},
    {"array.new_elem of functions",
     {Op::array_new_elem},
     code(i32s(0, 2), Op::array_new_elem, kFunctions, 1U, Op::i32_const, 1, Op::array_get, kFunctions, Op::ref_is_null,
          Op::i64_extend_i32_u),
     0,
     0},
    {"array.new_elem beyond the end",
     {Op::array_new_elem},
     code(i32s(2, 2), Op::array_new_elem, kRefs, 0U, Op::array_len, Op::i64_extend_i32_u),
     0,
     0,
     T::OutOfBoundsTableAccess},
    {"array.new_elem of a dropped segment",
     {Op::array_new_elem},
     code(Op::elem_drop, 0U, i32s(0, 1), Op::array_new_elem, kRefs, 0U, Op::array_len, Op::i64_extend_i32_u),
     0,
     0,
     T::OutOfBoundsTableAccess},
    {"array.get beyond the end",
     {Op::array_get},
     code(longs(1), Op::local_get, kSomeLongs, Op::local_get, 0, Op::array_get, kLongs),
     4,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.get at 2^32 - 1",
     {Op::array_get},
     code(longs(1), Op::local_get, kSomeLongs, Op::local_get, 0, Op::array_get, kLongs),
     0xFFFFFFFF,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.get of null",
     {Op::array_get},
     code(Op::local_get, kSomeLongs, Op::i32_const, 0, Op::array_get, kLongs),
     0,
     0,
     T::NullReference},
    {"array.get_s of null",
     {Op::array_get_s},
     code(Op::local_get, kSomeBytes, Op::i32_const, 0, Op::array_get_s, kBytes, Op::i64_extend_i32_s),
     0,
     0,
     T::NullReference},
    {"array.get_u of null",
     {Op::array_get_u},
     code(Op::local_get, kSomeBytes, Op::i32_const, 0, Op::array_get_u, kBytes, Op::i64_extend_i32_s),
     0,
     0,
     T::NullReference},
    {"array.set",
     {Op::array_set},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 2, Op::i64_const, 9, Op::array_set, kLongs,
          digits_of_longs()),
     0,
     1294},
    {"array.set of i8 keeps its neighbours",
     {Op::array_set},
     code(i32s(7, 3), Op::array_new, kBytes, Op::local_tee, kSomeBytes, i32s(1, 0x155), Op::array_set, kBytes,
          Op::local_get, kSomeBytes, Op::i32_const, 1, Op::array_get_u, kBytes, Op::local_get, kSomeBytes,
          Op::i32_const, 2, Op::array_get_u, kBytes, Op::i32_add, Op::i64_extend_i32_u),
     0,
     0x55 + 7},
    {"array.set beyond the end",
     {Op::array_set},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 4, Op::i64_const, 9, Op::array_set, kLongs, Op::i64_const,
          0),
     0,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.set of null",
     {Op::array_set},
     code(Op::local_get, kSomeLongs, Op::i32_const, 4, Op::i64_const, 9, Op::array_set, kLongs, Op::i64_const, 0),
     0,
     0,
     T::NullReference},
    {"array.len of null",
     {Op::array_len},
     code(Op::local_get, kSomeBytes, Op::array_len, Op::i64_extend_i32_u),
     0,
     0,
     T::NullReference},
    {"array.fill",
     {Op::array_fill},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 1, Op::i64_const, 9, Op::i32_const, 2, Op::array_fill,
          kLongs, digits_of_longs()),
     0,
     1994},
    {"array.fill of v128",
     {Op::array_fill},
     code(Op::i32_const, 3, Op::array_new_default, kVectors, Op::i32_const, 0, Op::v128_const, little_endian(6, 8),
          little_endian(7, 8), Op::i32_const, 3, Op::array_fill, kVectors, Op::i64_const, 1),
     0,
     1},
    {"array.fill of nothing at the end",
     {Op::array_fill},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 4, Op::i64_const, 9, Op::i32_const, 0, Op::array_fill,
          kLongs, digits_of_longs()),
     0,
     1234},
    {"array.fill beyond the end",
     {Op::array_fill},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 3, Op::i64_const, 9, Op::i32_const, 2, Op::array_fill,
          kLongs, Op::i64_const, 0),
     0,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.fill of nothing beyond the end",
     {Op::array_fill},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 5, Op::i64_const, 9, Op::i32_const, 0, Op::array_fill,
          kLongs, Op::i64_const, 0),
     0,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.fill of null",
     {Op::array_fill},
     code(Op::local_get, kSomeLongs, Op::i32_const, 3, Op::i64_const, 9, Op::i32_const, 0, Op::array_fill, kLongs,
          Op::i64_const, 0),
     0,
     0,
     T::NullReference},
    {"array.copy upwards within itself",
     {Op::array_copy},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 1, Op::local_get, kSomeLongs, i32s(0, 3), Op::array_copy,
          kLongs, kLongs, digits_of_longs()),
     0,
     1123},
    {"array.copy downwards within itself",
     {Op::array_copy},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 0, Op::local_get, kSomeLongs, i32s(1, 3), Op::array_copy,
          kLongs, kLongs, digits_of_longs()),
     0,
     2344},
    {"array.copy from another",
     {Op::array_copy},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 2, Op::i64_const, 9, Op::i32_const, 2, Op::array_new,
          kLongs, i32s(1, 1), Op::array_copy, kLongs, kLongs, digits_of_longs()),
     0,
     1294},
    {"array.copy beyond the end of the target",
     {Op::array_copy},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 2, Op::local_get, kSomeLongs, i32s(0, 3), Op::array_copy,
          kLongs, kLongs, Op::i64_const, 0),
     0,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.copy beyond the end of the source",
     {Op::array_copy},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 0, Op::local_get, kSomeLongs, i32s(2, 3), Op::array_copy,
          kLongs, kLongs, Op::i64_const, 0),
     0,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.copy to null",
     {Op::array_copy},
     code(longs(1), Op::ref_null, HeapType(TypeIdx{kLongs}), Op::i32_const, 0, Op::local_get, kSomeLongs, i32s(0, 0),
          Op::array_copy, kLongs, kLongs, Op::i64_const, 0),
     0,
     0,
     T::NullReference},
    {"array.copy from null",
     {Op::array_copy},
     code(longs(1), Op::local_get, kSomeLongs, Op::i32_const, 0, Op::ref_null, HeapType(TypeIdx{kLongs}), i32s(0, 0),
          Op::array_copy, kLongs, kLongs, Op::i64_const, 0),
     0,
     0,
     T::NullReference},
    {"array.init_data",
     {Op::array_init_data},
     code(longs(0), Op::local_get, kSomeLongs, i32s(1, 8, 1), Op::array_init_data, kLongs, 0U, Op::local_get,
          kSomeLongs, Op::i32_const, 1, Op::array_get, kLongs),
     0,
     0x100F0E0D0C0B0A09},
    {"array.init_data beyond the end of the array",
     {Op::array_init_data},
     code(longs(0), Op::local_get, kSomeLongs, i32s(4, 100, 1), Op::array_init_data, kLongs, 0U, Op::i64_const, 0),
     0,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.init_data beyond the end of the segment",
     {Op::array_init_data},
     code(longs(0), Op::local_get, kSomeLongs, i32s(2, 5, 2), Op::array_init_data, kLongs, 0U, Op::i64_const, 0),
     0,
     0,
     T::OutOfBoundsMemoryAccess},
    {"array.init_data of null",
     {Op::array_init_data},
     code(Op::local_get, kSomeLongs, i32s(2, 5, 2), Op::array_init_data, kLongs, 0U, Op::i64_const, 0),
     0,
     0,
     T::NullReference},
    {"array.init_elem",
     {Op::array_init_elem},
     code(Op::i32_const, 3, Op::array_new_default, kRefs, Op::local_tee, kSomeRefs, i32s(1, 0, 2), Op::array_init_elem,
          kRefs, 0U, Op::local_get, kSomeRefs, Op::i32_const, 1, Op::array_get, kRefs, i31_of_top()),
     0,
     5},
    {"array.init_elem beyond the end of the array",
     {Op::array_init_elem},
     code(Op::i32_const, 3, Op::array_new_default, kRefs, i32s(2, 5, 2), Op::array_init_elem, kRefs, 0U, Op::i64_const,
          0),
     0,
     0,
     T::OutOfBoundsArrayAccess},
    {"array.init_elem beyond the end of the segment",
     {Op::array_init_elem},
     code(Op::i32_const, 3, Op::array_new_default, kRefs, i32s(0, 2, 2), Op::array_init_elem, kRefs, 0U, Op::i64_const,
          0),
     0,
     0,
     T::OutOfBoundsTableAccess},
    {"array.init_elem of null",
     {Op::array_init_elem},
     code(Op::local_get, kSomeRefs, i32s(0, 2, 2), Op::array_init_elem, kRefs, 0U, Op::i64_const, 0),
     0,
     0,
     T::NullReference},
};

/// Those of references_test.cpp have no object to make, read or write.
bool belongs_here(Op op) { return row(op).feature == Feature::gc && row(op).prefix == 0xFB && row(op).code < 0x14; }

} // namespace

TEST_CASE("exec-struct.new, exec-array.new: structures and arrays do what the specification says, or trap",
          "[feature:gc]") {
    for (const BodyCase& one : kCases) {
        CAPTURE(one.name);
        const Outcome outcome = FullProgram(rich_module(one.body)).call("f", {Value::i32(one.parameter)});
        CHECK(outcome.ending == (one.trap ? Ending::trapped : Ending::returned));
        if (one.trap) CHECK(outcome.trap == *one.trap);
        if (!one.trap) CHECK(outcome.results == std::vector<std::uint64_t>{one.result});
    }
}

TEST_CASE("DET-20: every instruction on structures and arrays has a case above", "[feature:gc]") {
    std::set<Op> shown;
    for (const BodyCase& one : kCases)
        shown.insert(one.shows.begin(), one.shows.end());
    for (std::size_t number = 0; number < kOpCount; ++number) {
        const Op op = static_cast<Op>(number);
        CAPTURE(to_text(op));
        CHECK(shown.contains(op) == belongs_here(op));
    }
}

namespace {

/// "f": [i32] -> [] over two types: 0 a structure of three i64, 1 an array of i16; local 1 is such an array.
Bytes priced_module(const Bytes& body) {
    ModuleBuilder b;
    b.type(structure_type({mutable_field(kI64), mutable_field(kI64), mutable_field(kI64)}));
    b.type(array_type(packed_field(16)));
    b.export_function("f", b.function(b.type({kI32}, {}), {{1, ref_null(1)}}, body));
    b.passive_data(Bytes(4000));
    return b.build();
}

} // namespace

TEST_CASE("MET-4, MET-5: a new structure pays for its abstract bytes", "[feature:gc]") {
    // Frame: parameter, local and height 1 = 3 words: 1; entry 5 + 1. struct.new_default 15 + (16 + 24) / 4 = 25;
    // drop 1.
    check_price(priced_module(code(Op::struct_new_default, 0U, Op::drop)), {Value::i32(0)}, 32);
    // Height 3 = 5 words: 2; entry 7; three constants 3; struct.new 25; drop 1.
    const Bytes three = code(Op::i64_const, 1, Op::i64_const, 2, Op::i64_const, 3);
    check_price(priced_module(code(three, Op::struct_new, 0U, Op::drop)), {Value::i32(0)}, 36);
}

TEST_CASE("MET-4, MET-5: a new array pays for its abstract bytes", "[feature:gc]") {
    // Entry 6; local.get 1; array.new_default 15 + rounded(16 + 2 * 1001 = 2018) = 2024 / 4 = 521; drop 1.
    const Bytes by_default = code(Op::local_get, 0, Op::array_new_default, 1U, Op::drop);
    check_price(priced_module(by_default), {Value::i32(1001)}, 6 + 1 + 521 + 1);
    // Height 2 = 4 words: 1. array.new: one more constant. array.new_data: two constants.
    const Bytes filled = code(Op::i32_const, 7, Op::local_get, 0, Op::array_new, 1U, Op::drop);
    check_price(priced_module(filled), {Value::i32(1001)}, 6 + 2 + 521 + 1);
    const Bytes copied = code(Op::i32_const, 8, Op::local_get, 0, Op::array_new_data, 1U, 0U, Op::drop);
    check_price(priced_module(copied), {Value::i32(1001)}, 6 + 2 + 521 + 1);
    // Two constants; array.new_fixed 15 + rounded(20) = 24 / 4 = 21.
    const Bytes fixed = code(Op::i32_const, 1, Op::i32_const, 2, Op::array_new_fixed, 1U, 2U, Op::drop);
    check_price(priced_module(fixed), {Value::i32(0)}, 6 + 2 + 21 + 1);
}

TEST_CASE("MET-5, MET-6: what is refused costs the base", "[feature:gc]") {
    // Out of the bounds of the segment: entry 6, constant 1, local.get 1, array.new_data 15.
    const Bytes out_of_bounds = code(Op::i32_const, 8, Op::local_get, 0, Op::array_new_data, 1U, 0U, Op::drop);
    check_price(priced_module(out_of_bounds), {Value::i32(1997)}, 6 + 2 + 15);
    // Beyond the limit of an array: 16 + 2 * n > 4 MiB. Entry 6, local.get 1, array.new_default 15.
    const Bytes too_long = code(Op::local_get, 0, Op::array_new_default, 1U, Op::drop);
    check_price(priced_module(too_long), {Value::i32(0x1FFFF9)}, 6 + 1 + 15);
    check_price(priced_module(too_long), {Value::i32(0xFFFFFFFF)}, 6 + 1 + 15);
    CHECK(FullProgram(priced_module(too_long)).call("f", {Value::i32(0x1FFFF9)}).trap == TrapCode::HeapExhausted);
    // The longest: 4 MiB / 4.
    check_price(priced_module(too_long), {Value::i32(0x1FFFF8)}, 6 + 1 + 15 + 1048576 + 1);
}

TEST_CASE("MET-4, MET-6: bulk work on arrays pays for the abstract bytes of the elements", "[feature:gc]") {
    // Frame: 2 + height 5 = 7 words: 2; entry 7. An array of 1000: constant 1, array.new_default 15 + 2016 / 4 = 519,
    // local.set 1: 528 in all.
    const Bytes make = code(Op::i32_const, 1000, Op::array_new_default, 1U, Op::local_set, 1U);
    const auto with = [&make](const Bytes& more) { return priced_module(code(make, more)); };
    const Bytes self = code(Op::local_get, 1U);
    // Four operands, one of them for the amount to be charged: array.copy 10 + ceil(2 n / 16), after five operands.
    const Bytes copy = code(self, Op::i32_const, 0, self, Op::i32_const, 0, Op::local_get, 0, Op::array_copy, 1U, 1U);
    check_price(with(copy), {Value::i32(1000)}, 528 + 5 + 10 + 125);
    check_price(with(copy), {Value::i32(1)}, 528 + 5 + 10 + 1);
    check_price(with(copy), {Value::i32(0)}, 528 + 5 + 10);
    check_price(with(copy), {Value::i32(1001)}, 528 + 5 + 10);
    check_price(with(copy), {Value::i32(0xFFFFFFFF)}, 528 + 5 + 10);
    // Height 4: 6 words: 2, as before.
    const Bytes fill = code(self, Op::i32_const, 0, Op::i32_const, 7, Op::local_get, 0, Op::array_fill, 1U);
    check_price(with(fill), {Value::i32(1000)}, 528 + 4 + 10 + 125);
    check_price(with(fill), {Value::i32(1001)}, 528 + 4 + 10);
    const Bytes init = code(self, Op::i32_const, 0, Op::i32_const, 0, Op::local_get, 0, Op::array_init_data, 1U, 0U);
    check_price(with(init), {Value::i32(1000)}, 528 + 4 + 10 + 125);
    check_price(with(init), {Value::i32(1001)}, 528 + 4 + 10);
}

TEST_CASE("DET-15: bulk work out of bounds writes nothing", "[feature:gc]") {
    ModuleBuilder b;
    const auto bytes = b.type(array_type(packed_field(8)));
    const auto array = ref_null(bytes);
    b.global(array, true, code(Op::i32_const, 4, Op::array_new_default, bytes));
    b.passive_data({1, 2, 3, 4, 5});
    const Bytes get = code(Op::global_get, 0U);
    const auto type = b.type({}, {});
    b.export_function("fill", b.function(type, {}, code(get, i32s(1, 7, 4), Op::array_fill, bytes)));
    const Bytes ones = code(i32s(1, 8), Op::array_new, bytes);
    b.export_function(
        "copy", b.function(type, {}, code(get, Op::i32_const, 1, ones, i32s(0, 4), Op::array_copy, bytes, bytes)));
    b.export_function("init", b.function(type, {}, code(get, i32s(0, 2, 4), Op::array_init_data, bytes, 0U)));
    FullProgram program(b.build());
    CHECK(program.call("fill", {}).trap == TrapCode::OutOfBoundsArrayAccess);
    CHECK(program.call("copy", {}).trap == TrapCode::OutOfBoundsArrayAccess);
    CHECK(program.call("init", {}).trap == TrapCode::OutOfBoundsMemoryAccess);
    const HeapObject& written = program.store().heap().object(Ref(program.store().globals()[0].low));
    CHECK(std::all_of(written.bytes(), written.bytes() + 4, [](std::uint8_t byte) { return byte == 0; }));
}
