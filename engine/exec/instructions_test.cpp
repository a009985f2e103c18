// Every instruction of profile 1, executed in a module. Expected values are the specification's, worked out apart from
// the engine; operands are chosen so that a neighbouring instruction would give another result.
#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr Value i(std::uint32_t bits) { return Value::i32(bits); }
constexpr Value l(std::uint64_t bits) { return Value::i64(bits); }
constexpr Value f(std::uint32_t bits) { return Value::f32_bits(bits); }
constexpr Value d(std::uint64_t bits) { return Value::f64_bits(bits); }

struct PlainCase {
    Op op;
    std::vector<Value> operands;
    Value result;
};

const std::vector<PlainCase> kPlainCases = {
    // clang-format off
    {Op::i32_eqz, {i(0x0)}, i(0x1)},
    {Op::i32_eq, {i(0x5), i(0x5)}, i(0x1)},
    {Op::i32_ne, {i(0x5), i(0x5)}, i(0x0)},
    {Op::i32_lt_s, {i(0xffffffff), i(0x1)}, i(0x1)},
    {Op::i32_lt_u, {i(0xffffffff), i(0x1)}, i(0x0)},
    {Op::i32_lt_s, {i(0x7), i(0x7)}, i(0x0)},
    {Op::i32_lt_u, {i(0x7), i(0x7)}, i(0x0)},
    {Op::i32_gt_s, {i(0xffffffff), i(0x1)}, i(0x0)},
    {Op::i32_gt_u, {i(0xffffffff), i(0x1)}, i(0x1)},
    {Op::i32_gt_s, {i(0x7), i(0x7)}, i(0x0)},
    {Op::i32_gt_u, {i(0x7), i(0x7)}, i(0x0)},
    {Op::i32_le_s, {i(0xffffffff), i(0x1)}, i(0x1)},
    {Op::i32_le_u, {i(0xffffffff), i(0x1)}, i(0x0)},
    {Op::i32_le_s, {i(0x7), i(0x7)}, i(0x1)},
    {Op::i32_le_u, {i(0x7), i(0x7)}, i(0x1)},
    {Op::i32_ge_s, {i(0xffffffff), i(0x1)}, i(0x0)},
    {Op::i32_ge_u, {i(0xffffffff), i(0x1)}, i(0x1)},
    {Op::i32_ge_s, {i(0x7), i(0x7)}, i(0x1)},
    {Op::i32_ge_u, {i(0x7), i(0x7)}, i(0x1)},
    {Op::i32_clz, {i(0x1)}, i(0x1f)},
    {Op::i32_ctz, {i(0x8)}, i(0x3)},
    {Op::i32_popcnt, {i(0xf0f)}, i(0x8)},
    {Op::i32_add, {i(0x7), i(0xffffffff)}, i(0x6)},
    {Op::i32_sub, {i(0x7), i(0x9)}, i(0xfffffffe)},
    {Op::i32_mul, {i(0xffffffff), i(0x3)}, i(0xfffffffd)},
    {Op::i32_div_s, {i(0xfffffff9), i(0x2)}, i(0xfffffffd)},
    {Op::i32_div_u, {i(0xffffffff), i(0x2)}, i(0x7fffffff)},
    {Op::i32_rem_s, {i(0xfffffff9), i(0x2)}, i(0xffffffff)},
    {Op::i32_rem_u, {i(0xffffffff), i(0xa)}, i(0x5)},
    {Op::i32_and, {i(0xc), i(0xa)}, i(0x8)},
    {Op::i32_or, {i(0xc), i(0xa)}, i(0xe)},
    {Op::i32_xor, {i(0xc), i(0xa)}, i(0x6)},
    {Op::i32_shl, {i(0x3), i(0x4)}, i(0x30)},
    {Op::i32_shr_s, {i(0xfffffff0), i(0x2)}, i(0xfffffffc)},
    {Op::i32_shr_u, {i(0xfffffff0), i(0x2)}, i(0x3ffffffc)},
    {Op::i32_rotl, {i(0x80000001), i(0x1)}, i(0x3)},
    {Op::i32_rotr, {i(0x3), i(0x1)}, i(0x80000001)},
    {Op::i32_extend8_s, {i(0x1ff)}, i(0xffffffff)},
    {Op::i32_extend16_s, {i(0x18000)}, i(0xffff8000)},
    {Op::i64_eqz, {l(0x0)}, i(0x1)},
    {Op::i64_eq, {l(0x5), l(0x5)}, i(0x1)},
    {Op::i64_ne, {l(0x5), l(0x5)}, i(0x0)},
    {Op::i64_lt_s, {l(0xffffffffffffffff), l(0x1)}, i(0x1)},
    {Op::i64_lt_u, {l(0xffffffffffffffff), l(0x1)}, i(0x0)},
    {Op::i64_lt_s, {l(0x7), l(0x7)}, i(0x0)},
    {Op::i64_lt_u, {l(0x7), l(0x7)}, i(0x0)},
    {Op::i64_gt_s, {l(0xffffffffffffffff), l(0x1)}, i(0x0)},
    {Op::i64_gt_u, {l(0xffffffffffffffff), l(0x1)}, i(0x1)},
    {Op::i64_gt_s, {l(0x7), l(0x7)}, i(0x0)},
    {Op::i64_gt_u, {l(0x7), l(0x7)}, i(0x0)},
    {Op::i64_le_s, {l(0xffffffffffffffff), l(0x1)}, i(0x1)},
    {Op::i64_le_u, {l(0xffffffffffffffff), l(0x1)}, i(0x0)},
    {Op::i64_le_s, {l(0x7), l(0x7)}, i(0x1)},
    {Op::i64_le_u, {l(0x7), l(0x7)}, i(0x1)},
    {Op::i64_ge_s, {l(0xffffffffffffffff), l(0x1)}, i(0x0)},
    {Op::i64_ge_u, {l(0xffffffffffffffff), l(0x1)}, i(0x1)},
    {Op::i64_ge_s, {l(0x7), l(0x7)}, i(0x1)},
    {Op::i64_ge_u, {l(0x7), l(0x7)}, i(0x1)},
    {Op::i64_clz, {l(0x1)}, l(0x3f)},
    {Op::i64_ctz, {l(0x8)}, l(0x3)},
    {Op::i64_popcnt, {l(0xf0f)}, l(0x8)},
    {Op::i64_add, {l(0x7), l(0xffffffffffffffff)}, l(0x6)},
    {Op::i64_sub, {l(0x7), l(0x9)}, l(0xfffffffffffffffe)},
    {Op::i64_mul, {l(0xffffffffffffffff), l(0x3)}, l(0xfffffffffffffffd)},
    {Op::i64_div_s, {l(0xfffffffffffffff9), l(0x2)}, l(0xfffffffffffffffd)},
    {Op::i64_div_u, {l(0xffffffffffffffff), l(0x2)}, l(0x7fffffffffffffff)},
    {Op::i64_rem_s, {l(0xfffffffffffffff9), l(0x2)}, l(0xffffffffffffffff)},
    {Op::i64_rem_u, {l(0xffffffffffffffff), l(0xa)}, l(0x5)},
    {Op::i64_and, {l(0xc), l(0xa)}, l(0x8)},
    {Op::i64_or, {l(0xc), l(0xa)}, l(0xe)},
    {Op::i64_xor, {l(0xc), l(0xa)}, l(0x6)},
    {Op::i64_shl, {l(0x3), l(0x4)}, l(0x30)},
    {Op::i64_shr_s, {l(0xfffffffffffffff0), l(0x2)}, l(0xfffffffffffffffc)},
    {Op::i64_shr_u, {l(0xfffffffffffffff0), l(0x2)}, l(0x3ffffffffffffffc)},
    {Op::i64_rotl, {l(0x8000000000000001), l(0x1)}, l(0x3)},
    {Op::i64_rotr, {l(0x3), l(0x1)}, l(0x8000000000000001)},
    {Op::i64_extend8_s, {l(0x1ff)}, l(0xffffffffffffffff)},
    {Op::i64_extend16_s, {l(0x18000)}, l(0xffffffffffff8000)},
    {Op::i64_extend32_s, {l(0x180000000)}, l(0xffffffff80000000)},
    {Op::f32_eq, {f(0x3f800000), f(0x40000000)}, i(0x0)},
    {Op::f32_eq, {f(0x40000000), f(0x40000000)}, i(0x1)},
    {Op::f32_eq, {f(0x40000000), f(0x3f800000)}, i(0x0)},
    {Op::f32_ne, {f(0x3f800000), f(0x40000000)}, i(0x1)},
    {Op::f32_ne, {f(0x40000000), f(0x40000000)}, i(0x0)},
    {Op::f32_ne, {f(0x40000000), f(0x3f800000)}, i(0x1)},
    {Op::f32_lt, {f(0x3f800000), f(0x40000000)}, i(0x1)},
    {Op::f32_lt, {f(0x40000000), f(0x40000000)}, i(0x0)},
    {Op::f32_lt, {f(0x40000000), f(0x3f800000)}, i(0x0)},
    {Op::f32_gt, {f(0x3f800000), f(0x40000000)}, i(0x0)},
    {Op::f32_gt, {f(0x40000000), f(0x40000000)}, i(0x0)},
    {Op::f32_gt, {f(0x40000000), f(0x3f800000)}, i(0x1)},
    {Op::f32_le, {f(0x3f800000), f(0x40000000)}, i(0x1)},
    {Op::f32_le, {f(0x40000000), f(0x40000000)}, i(0x1)},
    {Op::f32_le, {f(0x40000000), f(0x3f800000)}, i(0x0)},
    {Op::f32_ge, {f(0x3f800000), f(0x40000000)}, i(0x0)},
    {Op::f32_ge, {f(0x40000000), f(0x40000000)}, i(0x1)},
    {Op::f32_ge, {f(0x40000000), f(0x3f800000)}, i(0x1)},
    {Op::f32_abs, {f(0xbfc00000)}, f(0x3fc00000)},
    {Op::f32_neg, {f(0x3fc00000)}, f(0xbfc00000)},
    {Op::f32_ceil, {f(0x3fa00000)}, f(0x40000000)},
    {Op::f32_floor, {f(0xbfa00000)}, f(0xc0000000)},
    {Op::f32_trunc, {f(0xbfe00000)}, f(0xbf800000)},
    {Op::f32_nearest, {f(0x40200000)}, f(0x40000000)},
    {Op::f32_sqrt, {f(0x41100000)}, f(0x40400000)},
    {Op::f32_add, {f(0x3fc00000), f(0x40000000)}, f(0x40600000)},
    {Op::f32_sub, {f(0x3fc00000), f(0x40000000)}, f(0xbf000000)},
    {Op::f32_mul, {f(0x3fc00000), f(0x40000000)}, f(0x40400000)},
    {Op::f32_div, {f(0x40400000), f(0x40000000)}, f(0x3fc00000)},
    {Op::f32_min, {f(0x3f800000), f(0x40000000)}, f(0x3f800000)},
    {Op::f32_max, {f(0x3f800000), f(0x40000000)}, f(0x40000000)},
    {Op::f32_copysign, {f(0x3fc00000), f(0xc0000000)}, f(0xbfc00000)},
    {Op::f64_eq, {d(0x3ff0000000000000), d(0x4000000000000000)}, i(0x0)},
    {Op::f64_eq, {d(0x4000000000000000), d(0x4000000000000000)}, i(0x1)},
    {Op::f64_eq, {d(0x4000000000000000), d(0x3ff0000000000000)}, i(0x0)},
    {Op::f64_ne, {d(0x3ff0000000000000), d(0x4000000000000000)}, i(0x1)},
    {Op::f64_ne, {d(0x4000000000000000), d(0x4000000000000000)}, i(0x0)},
    {Op::f64_ne, {d(0x4000000000000000), d(0x3ff0000000000000)}, i(0x1)},
    {Op::f64_lt, {d(0x3ff0000000000000), d(0x4000000000000000)}, i(0x1)},
    {Op::f64_lt, {d(0x4000000000000000), d(0x4000000000000000)}, i(0x0)},
    {Op::f64_lt, {d(0x4000000000000000), d(0x3ff0000000000000)}, i(0x0)},
    {Op::f64_gt, {d(0x3ff0000000000000), d(0x4000000000000000)}, i(0x0)},
    {Op::f64_gt, {d(0x4000000000000000), d(0x4000000000000000)}, i(0x0)},
    {Op::f64_gt, {d(0x4000000000000000), d(0x3ff0000000000000)}, i(0x1)},
    {Op::f64_le, {d(0x3ff0000000000000), d(0x4000000000000000)}, i(0x1)},
    {Op::f64_le, {d(0x4000000000000000), d(0x4000000000000000)}, i(0x1)},
    {Op::f64_le, {d(0x4000000000000000), d(0x3ff0000000000000)}, i(0x0)},
    {Op::f64_ge, {d(0x3ff0000000000000), d(0x4000000000000000)}, i(0x0)},
    {Op::f64_ge, {d(0x4000000000000000), d(0x4000000000000000)}, i(0x1)},
    {Op::f64_ge, {d(0x4000000000000000), d(0x3ff0000000000000)}, i(0x1)},
    {Op::f64_abs, {d(0xbff8000000000000)}, d(0x3ff8000000000000)},
    {Op::f64_neg, {d(0x3ff8000000000000)}, d(0xbff8000000000000)},
    {Op::f64_ceil, {d(0x3ff4000000000000)}, d(0x4000000000000000)},
    {Op::f64_floor, {d(0xbff4000000000000)}, d(0xc000000000000000)},
    {Op::f64_trunc, {d(0xbffc000000000000)}, d(0xbff0000000000000)},
    {Op::f64_nearest, {d(0x4004000000000000)}, d(0x4000000000000000)},
    {Op::f64_sqrt, {d(0x4022000000000000)}, d(0x4008000000000000)},
    {Op::f64_add, {d(0x3ff8000000000000), d(0x4000000000000000)}, d(0x400c000000000000)},
    {Op::f64_sub, {d(0x3ff8000000000000), d(0x4000000000000000)}, d(0xbfe0000000000000)},
    {Op::f64_mul, {d(0x3ff8000000000000), d(0x4000000000000000)}, d(0x4008000000000000)},
    {Op::f64_div, {d(0x4008000000000000), d(0x4000000000000000)}, d(0x3ff8000000000000)},
    {Op::f64_min, {d(0x3ff0000000000000), d(0x4000000000000000)}, d(0x3ff0000000000000)},
    {Op::f64_max, {d(0x3ff0000000000000), d(0x4000000000000000)}, d(0x4000000000000000)},
    {Op::f64_copysign, {d(0x3ff8000000000000), d(0xc000000000000000)}, d(0xbff8000000000000)},
    {Op::i32_wrap_i64, {l(0x100000002)}, i(0x2)},
    {Op::i64_extend_i32_s, {i(0xffffffff)}, l(0xffffffffffffffff)},
    {Op::i64_extend_i32_u, {i(0xffffffff)}, l(0xffffffff)},
    {Op::i32_trunc_f32_s, {f(0xc0600000)}, i(0xfffffffd)},
    {Op::i32_trunc_f32_u, {f(0x4f32d05e)}, i(0xb2d05e00)},
    {Op::i32_trunc_sat_f32_s, {f(0xf149f2ca)}, i(0x80000000)},
    {Op::i32_trunc_sat_f32_u, {f(0x7149f2ca)}, i(0xffffffff)},
    {Op::f32_convert_i32_s, {i(0xffffffff)}, f(0xbf800000)},
    {Op::f32_convert_i32_u, {i(0xffffffff)}, f(0x4f800000)},
    {Op::i32_trunc_f64_s, {d(0xc00c000000000000)}, i(0xfffffffd)},
    {Op::i32_trunc_f64_u, {d(0x41e65a0bc0000000)}, i(0xb2d05e00)},
    {Op::i32_trunc_sat_f64_s, {d(0xc6293e5939a08cea)}, i(0x80000000)},
    {Op::i32_trunc_sat_f64_u, {d(0x46293e5939a08cea)}, i(0xffffffff)},
    {Op::f64_convert_i32_s, {i(0xffffffff)}, d(0xbff0000000000000)},
    {Op::i64_trunc_f32_s, {f(0xc0600000)}, l(0xfffffffffffffffd)},
    {Op::i64_trunc_f32_u, {f(0x4f32d05e)}, l(0xb2d05e00)},
    {Op::i64_trunc_sat_f32_s, {f(0xf149f2ca)}, l(0x8000000000000000)},
    {Op::i64_trunc_sat_f32_u, {f(0x7149f2ca)}, l(0xffffffffffffffff)},
    {Op::f32_convert_i64_s, {l(0xffffffffffffffff)}, f(0xbf800000)},
    {Op::f32_convert_i64_u, {l(0xffffffffffffffff)}, f(0x5f800000)},
    {Op::i64_trunc_f64_s, {d(0xc00c000000000000)}, l(0xfffffffffffffffd)},
    {Op::i64_trunc_f64_u, {d(0x41e65a0bc0000000)}, l(0xb2d05e00)},
    {Op::i64_trunc_sat_f64_s, {d(0xc6293e5939a08cea)}, l(0x8000000000000000)},
    {Op::i64_trunc_sat_f64_u, {d(0x46293e5939a08cea)}, l(0xffffffffffffffff)},
    {Op::f64_convert_i64_s, {l(0xffffffffffffffff)}, d(0xbff0000000000000)},
    {Op::f64_convert_i64_u, {l(0xffffffffffffffff)}, d(0x43f0000000000000)},
    {Op::f64_convert_i32_u, {i(0xffffffff)}, d(0x41efffffffe00000)},
    {Op::f32_demote_f64, {d(0x3ff8000000000000)}, f(0x3fc00000)},
    {Op::f64_promote_f32, {f(0x3fc00000)}, d(0x3ff8000000000000)},
    {Op::i32_reinterpret_f32, {f(0x3f800000)}, i(0x3f800000)},
    {Op::i64_reinterpret_f64, {d(0x3ff0000000000000)}, l(0x3ff0000000000000)},
    {Op::f32_reinterpret_i32, {i(0x3f800000)}, f(0x3f800000)},
    {Op::f64_reinterpret_i64, {l(0x3ff0000000000000)}, d(0x3ff0000000000000)},
    // clang-format on
};

/// What a body of other instructions returns from "f", given memory 0 with the bytes 0x80 to 0x8F at 0, table 0 = {f,
/// null, null}, table 1 = {null}, global 0 = i32 5, passive data 0 = {1, 2, 3}, passive elements 0 = {f}, and one i32
/// parameter.
struct BodyCase {
    const char* name;
    std::vector<Op> shows;
    Bytes body;
    std::uint32_t parameter;
    std::uint32_t result;
    std::optional<TrapCode> trap = {};
};

Bytes rich_module(const Bytes& body) {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    const auto pair = b.type({}, {kI32, kI32});
    const auto function = b.function(type, {{1, kI32}, {1, kExternRef}}, body);
    b.function(pair, {}, code(Op::i32_const, 30, Op::i32_const, 12));
    b.function(type, {}, code(Op::local_get, 0, Op::i32_const, 1, Op::i32_add));
    b.table(kFuncRef, 3, 6);
    b.table(kExternRef, 1);
    b.memory(1, 2);
    b.global(kI32, true, code(Op::i32_const, 5));
    b.export_function("f", function);
    b.active_elements(code(Op::i32_const, 0), {2});
    b.passive_elements({2, 2});
    Bytes bytes;
    for (std::uint8_t byte = 0x80; byte < 0x90; ++byte)
        bytes.push_back(byte);
    b.passive_data({1, 2, 3});
    b.active_data(code(Op::i32_const, 0), bytes);
    return b.build();
}

constexpr std::uint8_t kZero = 0;

using T = TrapCode;

Bytes at(int address, Op load) { return code(Op::i32_const, address, load, 0U, 1U); }

/// The upper half of what is loaded.
Bytes wide(int address, Op load) { return code(at(address, load), Op::i64_const, 32, Op::i64_shr_u, Op::i32_wrap_i64); }

Bytes store(Op which, const Bytes& value, Op load) {
    return code(Op::i32_const, 0, value, which, 0U, 2U, Op::i32_const, 0, load, 0U, 2U);
}

Bytes bulk(int a, int b, int c) { return code(Op::i32_const, a, Op::i32_const, b, Op::i32_const, c); }

const Bytes kLong = code(Op::i64_const, 0x1122334455667788LL);
const Bytes kInt = code(Op::i32_const, 0x11223344);

const std::vector<BodyCase> kBodyCases = {
    {"unreachable", {Op::unreachable}, code(Op::unreachable), 0, 0, T::Unreachable},
    {"nop", {Op::nop}, code(Op::nop, Op::local_get, 0), 9, 9},
    {"block",
     {Op::block, Op::br},
     code(Op::block, kI32, Op::i32_const, 1, Op::i32_const, 2, Op::br, 0U, Op::end),
     0,
     2},
    {"loop",
     {Op::loop, Op::br_if},
     code(Op::loop, kEmptyBlock, Op::local_get, 1, Op::i32_const, 3, Op::i32_add, Op::local_set, 1, Op::local_get, 0,
          Op::i32_const, 1, Op::i32_sub, Op::local_tee, 0, Op::br_if, 0U, Op::end, Op::local_get, 1),
     4,
     12},
    {"if, then",
     {Op::if_},
     code(Op::local_get, 0, Op::if_, kI32, Op::i32_const, 1, Op::else_, Op::i32_const, 2, Op::end),
     7,
     1},
    {"if, else",
     {Op::if_},
     code(Op::local_get, 0, Op::if_, kI32, Op::i32_const, 1, Op::else_, Op::i32_const, 2, Op::end),
     0,
     2},
    {"br_if not taken",
     {Op::br_if},
     code(Op::block, kI32, Op::i32_const, 1, Op::i32_const, 0, Op::br_if, 0U, Op::drop, Op::i32_const, 8, Op::end),
     0,
     8},
    {"br_table",
     {Op::br_table},
     code(Op::block, kEmptyBlock, Op::block, kEmptyBlock, Op::local_get, 0, Op::br_table, 1U, 0U, 1U, Op::end,
          Op::i32_const, 10, Op::return_, Op::end, Op::i32_const, 20),
     0,
     10},
    {"br_table default",
     {Op::br_table},
     code(Op::block, kEmptyBlock, Op::block, kEmptyBlock, Op::local_get, 0, Op::br_table, 1U, 0U, 1U, Op::end,
          Op::i32_const, 10, Op::return_, Op::end, Op::i32_const, 20),
     0xFFFFFFFF,
     20},
    {"return", {Op::return_}, code(Op::i32_const, 1, Op::i32_const, 2, Op::return_), 0, 2},
    {"call", {Op::call}, code(Op::call, 1U, Op::i32_sub), 0, 18},
    {"call_indirect", {Op::call_indirect}, code(Op::local_get, 0, Op::i32_const, 0, Op::call_indirect, 0U, 0U), 6, 7},
    {"call_indirect out of bounds",
     {Op::call_indirect},
     code(Op::local_get, 0, Op::i32_const, 3, Op::call_indirect, 0U, 0U),
     6,
     0,
     T::UndefinedElement},
    {"call_indirect of null",
     {Op::call_indirect},
     code(Op::local_get, 0, Op::i32_const, 1, Op::call_indirect, 0U, 0U),
     6,
     0,
     T::UninitializedElement},
    {"call_indirect of another type",
     {Op::call_indirect},
     code(Op::i32_const, 0, Op::call_indirect, 1U, 0U, Op::drop),
     6,
     0,
     T::IndirectCallTypeMismatch},
    {"drop", {Op::drop}, code(Op::i32_const, 1, Op::i32_const, 2, Op::drop), 0, 1},
    {"select first", {Op::select}, code(Op::i32_const, 1, Op::i32_const, 2, Op::local_get, 0, Op::select), 5, 1},
    {"select second",
     {Op::select_t},
     code(Op::i32_const, 1, Op::i32_const, 2, Op::local_get, 0, Op::select_t, 1U, kI32),
     0,
     2},
    {"locals",
     {Op::local_get, Op::local_set, Op::local_tee},
     code(Op::local_get, 0, Op::local_tee, 1, Op::local_set, 0, Op::local_get, 1),
     77,
     77},
    {"globals",
     {Op::global_get, Op::global_set},
     code(Op::global_get, 0U, Op::local_get, 0, Op::i32_add, Op::global_set, 0U, Op::global_get, 0U),
     2,
     7},
    {"constants",
     {Op::i32_const, Op::i64_const, Op::f32_const, Op::f64_const},
     code(Op::f32_const, 2.0F, Op::f64_promote_f32, Op::f64_const, 0.5, Op::f64_mul, Op::i64_trunc_f64_s, Op::i64_const,
          -3, Op::i64_sub, Op::i32_wrap_i64),
     0,
     4},
    {"i32.load", {Op::i32_load}, at(0, Op::i32_load), 0, 0x84838281},
    {"i32.load8_s", {Op::i32_load8_s}, at(0, Op::i32_load8_s), 0, 0xFFFFFF81},
    {"i32.load8_u", {Op::i32_load8_u}, at(0, Op::i32_load8_u), 0, 0x81},
    {"i32.load16_s", {Op::i32_load16_s}, at(0, Op::i32_load16_s), 0, 0xFFFF8281},
    {"i32.load16_u", {Op::i32_load16_u}, at(0, Op::i32_load16_u), 0, 0x8281},
    {"f32.load", {Op::f32_load}, code(at(0, Op::f32_load), Op::i32_reinterpret_f32), 0, 0x84838281},
    {"f64.load",
     {Op::f64_load},
     code(at(0, Op::f64_load), Op::i64_reinterpret_f64, Op::i64_const, 32, Op::i64_shr_u, Op::i32_wrap_i64),
     0,
     0x88878685},
    {"i64.load", {Op::i64_load}, wide(0, Op::i64_load), 0, 0x88878685},
    {"i64.load8_s", {Op::i64_load8_s}, wide(0, Op::i64_load8_s), 0, 0xFFFFFFFF},
    {"i64.load8_u", {Op::i64_load8_u}, code(at(1, Op::i64_load8_u), Op::i32_wrap_i64), 0, 0x82},
    {"i64.load16_s", {Op::i64_load16_s}, code(at(1, Op::i64_load16_s), Op::i32_wrap_i64), 0, 0xFFFF8382},
    {"i64.load16_u", {Op::i64_load16_u}, code(at(1, Op::i64_load16_u), Op::i32_wrap_i64), 0, 0x8382},
    {"i64.load32_s", {Op::i64_load32_s}, wide(0, Op::i64_load32_s), 0, 0xFFFFFFFF},
    {"i64.load32_u", {Op::i64_load32_u}, wide(0, Op::i64_load32_u), 0, 0},
    {"load at the last byte", {Op::i32_load8_u}, code(Op::i32_const, 65535, Op::i32_load8_u, 0U, 0U), 0, 0},
    {"load behind the last byte",
     {Op::i32_load},
     code(Op::i32_const, 65533, Op::i32_load, 0U, 0U),
     0,
     0,
     T::OutOfBoundsMemoryAccess},
    {"load at a sum beyond 2^32",
     {Op::i32_load8_u},
     code(Op::i32_const, -1, Op::i32_load8_u, 0U, 0xFFFFFFFFU),
     0,
     0,
     T::OutOfBoundsMemoryAccess},
    {"i32.store", {Op::i32_store}, store(Op::i32_store, kInt, Op::i32_load), 0, 0x11223344},
    {"i32.store8", {Op::i32_store8}, store(Op::i32_store8, kInt, Op::i32_load), 0, 0x85848344},
    {"i32.store16", {Op::i32_store16}, store(Op::i32_store16, kInt, Op::i32_load), 0, 0x85843344},
    {"i64.store", {Op::i64_store}, store(Op::i64_store, kLong, Op::i32_load), 0, 0x55667788},
    {"i64.store8", {Op::i64_store8}, store(Op::i64_store8, kLong, Op::i32_load), 0, 0x85848388},
    {"i64.store16", {Op::i64_store16}, store(Op::i64_store16, kLong, Op::i32_load), 0, 0x85847788},
    {"i64.store32",
     {Op::i64_store32},
     code(store(Op::i64_store32, kLong, Op::i64_load), Op::i64_const, 16, Op::i64_shr_u, Op::i32_wrap_i64),
     0,
     0x87865566},
    {"f32.store", {Op::f32_store}, store(Op::f32_store, code(Op::f32_const, 1.0F), Op::i32_load), 0, 0x3F800000},
    {"f64.store",
     {Op::f64_store},
     code(store(Op::f64_store, code(Op::f64_const, 1.0), Op::i64_load), Op::i64_const, 32, Op::i64_shr_u,
          Op::i32_wrap_i64),
     0,
     0x3FF00000},
    {"memory.size", {Op::memory_size}, code(Op::memory_size, kZero), 0, 1},
    {"memory.grow",
     {Op::memory_grow},
     code(Op::i32_const, 1, Op::memory_grow, kZero, Op::drop, Op::memory_size, kZero),
     0,
     2},
    {"memory.fill",
     {Op::memory_fill},
     code(bulk(1, 0x155, 2), Op::memory_fill, kZero, Op::i32_const, 0, Op::i32_load, 0U, 0U),
     0,
     0x83555580},
    {"memory.copy",
     {Op::memory_copy},
     code(bulk(1, 0, 3), Op::memory_copy, kZero, kZero, Op::i32_const, 0, Op::i32_load, 0U, 0U),
     0,
     0x82818080},
    {"memory.init",
     {Op::memory_init},
     code(bulk(1, 1, 2), Op::memory_init, 0U, kZero, Op::i32_const, 0, Op::i32_load, 0U, 0U),
     0,
     0x83030280},
    {"memory.init of a dropped segment",
     {Op::data_drop},
     code(Op::data_drop, 0U, bulk(0, 0, 1), Op::memory_init, 0U, kZero, Op::i32_const, 0),
     0,
     0,
     T::OutOfBoundsMemoryAccess},
    {"memory.init of nothing from a dropped segment",
     {Op::data_drop},
     code(Op::data_drop, 0U, bulk(65536, 0, 0), Op::memory_init, 0U, kZero, Op::i32_const, 4),
     0,
     4},
    {"table.get", {Op::table_get, Op::ref_is_null}, code(Op::local_get, 0, Op::table_get, 0U, Op::ref_is_null), 1, 1},
    {"table.get out of bounds",
     {Op::table_get},
     code(Op::local_get, 0, Op::table_get, 0U, Op::ref_is_null),
     3,
     0,
     T::OutOfBoundsTableAccess},
    {"table.set",
     {Op::table_set, Op::ref_func},
     code(Op::i32_const, 1, Op::ref_func, 2U, Op::table_set, 0U, Op::i32_const, 4, Op::i32_const, 1, Op::call_indirect,
          0U, 0U),
     0,
     5},
    {"table.size", {Op::table_size}, code(Op::table_size, 0U), 0, 3},
    {"table.grow",
     {Op::table_grow},
     code(Op::ref_func, 2U, Op::i32_const, 3, Op::table_grow, 0U, Op::drop, Op::i32_const, 4, Op::i32_const, 5,
          Op::call_indirect, 0U, 0U),
     0,
     5},
    {"table.grow beyond the maximum",
     {Op::table_grow},
     code(Op::ref_null, kFuncRef, Op::i32_const, 4, Op::table_grow, 0U),
     0,
     0xFFFFFFFF},
    {"table.fill",
     {Op::table_fill},
     code(Op::i32_const, 1, Op::ref_func, 2U, Op::i32_const, 2, Op::table_fill, 0U, Op::i32_const, 4, Op::i32_const, 2,
          Op::call_indirect, 0U, 0U),
     0,
     5},
    {"table.copy",
     {Op::table_copy},
     code(bulk(2, 0, 1), Op::table_copy, 0U, 0U, Op::i32_const, 4, Op::i32_const, 2, Op::call_indirect, 0U, 0U),
     0,
     5},
    {"table.init",
     {Op::table_init},
     code(bulk(1, 0, 2), Op::table_init, 1U, 0U, Op::i32_const, 4, Op::i32_const, 2, Op::call_indirect, 0U, 0U),
     0,
     5},
    {"table.init of a dropped segment",
     {Op::elem_drop},
     code(Op::elem_drop, 1U, bulk(0, 0, 1), Op::table_init, 1U, 0U, Op::i32_const, 0),
     0,
     0,
     T::OutOfBoundsTableAccess},
    {"ref.null",
     {Op::ref_null},
     code(Op::i32_const, 0, Op::ref_null, kExternRef, Op::table_set, 1U, Op::local_get, 2, Op::ref_is_null),
     0,
     1},
};

Bytes constant_of(const Value& value) {
    if (value.type == kI32) return code(Op::i32_const, static_cast<std::int32_t>(value.low));
    if (value.type == kI64) return code(Op::i64_const, static_cast<std::int64_t>(value.low));
    return value.type == kF32 ? code(Op::f32_const, little_endian(value.low, 4))
                              : code(Op::f64_const, little_endian(value.low, 8));
}

} // namespace

TEST_CASE("exec-binop, exec-unop, exec-relop, exec-testop, exec-cvtop: plain instructions compute, at the price of "
          "their class",
          "[feature:mvp][feature:sign-extension][feature:saturating-conversion]") {
    for (const PlainCase& one : kPlainCases) {
        CAPTURE(to_text(one.op));
        Bytes body;
        for (const Value& operand : one.operands)
            append(body, constant_of(operand));
        append(body, op(one.op));
        const Outcome outcome = Program(module_of({}, {one.result.type}, body)).call("f", {});
        CHECK(outcome.results == std::vector<std::uint64_t>{one.result.low});
        // Entry 5 + 1 for a frame of one or two words, a constant 1 each, the instruction.
        CHECK(outcome.used == 6 + one.operands.size() + schedule().base(row(one.op).work_class).units());
    }
}

TEST_CASE("exec-instructions: all other instructions do what the specification says, or trap",
          "[feature:mvp][feature:multi-value][feature:bulk-memory][feature:reference-types]") {
    for (const BodyCase& one : kBodyCases) {
        CAPTURE(one.name);
        const Outcome outcome = Program(rich_module(one.body)).call("f", {Value::i32(one.parameter)});
        CHECK(outcome.ending == (one.trap ? Ending::trapped : Ending::returned));
        if (one.trap) CHECK(outcome.trap == *one.trap);
        if (!one.trap) CHECK(outcome.results == std::vector<std::uint64_t>{one.result});
    }
}

namespace {

/// The features whose instructions have their cases in other files, each with such a check of its own.
constexpr Feature kShownElsewhere[] = {Feature::simd,           Feature::relaxed_simd, Feature::tail_call,
                                       Feature::exceptions,     Feature::gc,           Feature::function_references,
                                       Feature::wide_arithmetic};

} // namespace

TEST_CASE("DET-20: every instruction of profile 1 has a case above, and every other one elsewhere") {
    std::set<Op> shown;
    for (const PlainCase& one : kPlainCases)
        shown.insert(one.op);
    for (const BodyCase& one : kBodyCases)
        shown.insert(one.shows.begin(), one.shows.end());
    for (std::size_t number = 0; number < kOpCount; ++number) {
        const Op op = static_cast<Op>(number);
        CAPTURE(to_text(op));
        const Feature feature = row(op).feature;
        const bool elsewhere = std::ranges::find(kShownElsewhere, feature) != std::end(kShownElsewhere);
        CHECK(shown.contains(op) == profile().features.has(feature));
        CHECK(shown.contains(op) != elsewhere);
    }
}

TEST_CASE("DET-25, DET-15: an access out of bounds writes nothing") {
    for (const Bytes& body :
         {code(Op::i32_const, 65533, Op::i32_const, -1, Op::i32_store, 0U, 0U),
          code(Op::i32_const, 65530, Op::i32_const, -1, Op::i32_const, 7, Op::memory_fill, kZero)}) {
        ModuleBuilder b;
        b.memory(1);
        b.export_function("f", b.function(b.type({}, {}), {}, body));
        b.export_memory("memory", 0);
        Program program(b.build());
        CHECK(program.call("f", {}).trap == TrapCode::OutOfBoundsMemoryAccess);
        const Memory& memory = program.store().memories()[0];
        CHECK(std::all_of(memory.bytes().begin(), memory.bytes().end(), [](std::uint8_t byte) { return byte == 0; }));
    }
}
