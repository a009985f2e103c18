// Arrays: every instruction on them. Expected values are the specification's, worked out by hand.
#include "engine/testing/gc_cases.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint32_t kBytes = 1;
constexpr std::uint32_t kShorts = 2;
constexpr std::uint32_t kLongs = 3;
constexpr std::uint32_t kRefs = 4;
constexpr std::uint32_t kVectors = 5;
constexpr std::uint32_t kFunctions = 6;
constexpr std::uint32_t kFloats = 7;

// Locals of the module below, behind the parameter.
constexpr std::uint32_t kSomeBytes = 1;
constexpr std::uint32_t kSomeLongs = 2;
constexpr std::uint32_t kSomeRefs = 3;

/// "f": [i32] -> [i64], with a data segment, one of references and one of functions.
Bytes module_running(const Bytes& body) {
    ModuleBuilder b;
    const auto main = b.type({kI32}, {kI64});
    for (const FieldType& element : {packed_field(8), packed_field(16), mutable_field(kI64), mutable_field(kEqRef),
                                     mutable_field(kV128), mutable_field(kFuncRef), mutable_field(kF32)}) {
        b.type(array_type(element));
    }
    const std::vector<Locals> locals = {{1, ref_null(kBytes)}, {1, ref_null(kLongs)}, {1, ref_null(kRefs)}};
    b.export_function("f", b.function(main, locals, body));
    b.passive_data({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
    b.passive_elements(kEqRef, {code(Op::i32_const, 5, Op::ref_i31), code(Op::ref_null, HeapType::Abstract::eq),
                                code(Op::i32_const, 7, Op::ref_i31)});
    b.passive_elements({0, 0});
    return b.build();
}

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

using T = TrapCode;

const std::vector<BodyCase> kCases = {
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

} // namespace

TEST_CASE("exec-array.new, DET-20: every instruction on arrays does what the specification says, or traps",
          "[feature:gc]") {
    check_cases(kCases, 0x06, 0x14, module_running);
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
