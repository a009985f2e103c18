// What structures and arrays cost: MET-4 to MET-6. Prices are counted by hand from schedule 1.
#include "engine/testing/price.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

/// "f": [i32] -> [] over two types: 0 a structure of three i64, 1 an array of i16; local 1 is such an array.
Bytes priced_module(const Bytes& body) {
    ModuleBuilder b;
    b.type(structure_type({mutable_field(kI64), mutable_field(kI64), mutable_field(kI64)}));
    b.type(array_type(packed_field(16)));
    b.export_function("f", b.function(b.type({kI32}, {}), {{1, nullable(HeapType(TypeIdx{1}))}}, body));
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
