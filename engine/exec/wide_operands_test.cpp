// Operands of two words where instructions take any value: locals, drop, select, branches, calls and frames. Source:
// spec, Execution, Parametric Instructions and Variable Instructions; MET-4, MET-8. Prices are counted by hand.
#include "engine/testing/price.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint64_t kLow = 0x1122'3344'5566'7788;
constexpr std::uint64_t kHigh = 0x99AA'BBCC'DDEE'FF00;

Value vector_of(std::uint64_t low, std::uint64_t high) { return {kV128, low, high}; }

Bytes constant(std::uint64_t low, std::uint64_t high) {
    return code(Op::v128_const, little_endian(low, 8), little_endian(high, 8));
}

/// "f" of a module that defines it alone.
Outcome call(const std::vector<ValType>& parameters, const std::vector<ValType>& results, const Bytes& body,
             const std::vector<Value>& arguments, const std::vector<Locals>& locals = {}) {
    return FullProgram(module_of(parameters, results, body, locals)).call("f", arguments);
}

using Words = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("exec-local.get, exec-local.set, exec-local.tee: locals lie behind those of two words", "[feature:simd]") {
    // Locals: i32, v128, i64, then two v128 and an i32.
    const std::vector<ValType> parameters{kI32, kV128, kI64};
    const std::vector<Value> arguments{Value::i32(1), vector_of(2, 3), Value::i64(4)};
    const std::vector<Locals> locals{{2, kV128}, {1, kI32}};
    const auto all = code(Op::local_get, 0, Op::local_get, 1, Op::local_get, 2, Op::local_get, 3, Op::local_get, 4,
                          Op::local_get, 5);
    const std::vector<ValType> types{kI32, kV128, kI64, kV128, kV128, kI32};
    CHECK(call(parameters, types, all, arguments, locals).results == Words{1, 2, 3, 4, 0, 0, 0, 0, 0});
    CHECK(call(parameters, types, code(Op::local_get, 1, Op::local_set, 4, all), arguments, locals).results ==
          Words{1, 2, 3, 4, 0, 0, 2, 3, 0});
    CHECK(call(parameters, types, code(constant(8, 9), Op::local_tee, 3, Op::local_set, 1, all), arguments, locals)
              .results == Words{1, 8, 9, 4, 8, 9, 0, 0, 0});
    CHECK(call(parameters, types, code(Op::i32_const, 7, Op::local_set, 5, Op::i64_const, 6, Op::local_set, 2, all),
               arguments, locals)
              .results == Words{1, 2, 3, 6, 0, 0, 0, 0, 7});
}

TEST_CASE("exec-drop: a drop takes as many words as its operand has", "[feature:simd]") {
    const auto body = code(Op::i64_const, 1, constant(2, 3), Op::drop, Op::i64_const, 4, Op::drop);
    CHECK(call({}, {kI64}, body, {}).results == Words{1});
}

TEST_CASE("exec-select: of two vectors, with and without their type", "[feature:simd]") {
    for (const Bytes& select : {op(Op::select), code(Op::select_t, 1U, kV128)}) {
        const auto body = code(Op::i64_const, 1, constant(2, 3), constant(4, 5), Op::local_get, 0, select);
        CHECK(call({kI32}, {kI64, kV128}, body, {Value::i32(9)}).results == Words{1, 2, 3});
        CHECK(call({kI32}, {kI64, kV128}, body, {Value::i32(0)}).results == Words{1, 4, 5});
    }
    // Beside it one of single words, in the same function.
    const auto both = code(constant(2, 3), constant(4, 5), Op::local_get, 0, Op::select, Op::i64_const, 6,
                           Op::i64_const, 7, Op::local_get, 0, Op::select);
    CHECK(call({kI32}, {kV128, kI64}, both, {Value::i32(0)}).results == Words{4, 5, 7});
    CHECK(call({kI32}, {kV128, kI64}, both, {Value::i32(1)}).results == Words{2, 3, 6});
}

TEST_CASE("exec-select: a type of more than one byte is passed", "[feature:function-references]") {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    const ValType reference = nullable(HeapType(TypeIdx{type}));
    const auto body = code(Op::ref_null, HeapType(TypeIdx{type}), Op::ref_func, 0U, Op::local_get, 0, Op::select_t, 1U,
                           reference, Op::ref_is_null);
    b.export_function("f", b.function(type, {}, body));
    CHECK(FullProgram(b.build()).call("f", {Value::i32(1)}).results == Words{1});
    CHECK(FullProgram(b.build()).call("f", {Value::i32(0)}).results == Words{0});
}

TEST_CASE("exec-global.get, exec-global.set: a vector in a global", "[feature:simd]") {
    ModuleBuilder b;
    const auto global = b.global(kV128, true, constant(1, 2));
    const auto body =
        code(Op::global_get, global, constant(kLow, kHigh), Op::global_set, global, Op::global_get, global);
    b.export_function("f", b.function(b.type({}, {kV128, kV128}), {}, body));
    CHECK(FullProgram(b.build()).call("f", {}).results == Words{1, 2, kLow, kHigh});
}

TEST_CASE("MET-4, MET-8: two words of a vector count in frames and are moved by branches", "[feature:simd]") {
    // Frame: 2 parameter words + height 3 (a vector and the condition) = 5 words: 2; entry 5 + 2. block 1; local.get 1;
    // i32.const 1; br_if 2 + 2 words moved, 1.
    ModuleBuilder b;
    const auto type = b.type({kV128}, {kV128});
    const auto block = b.type({}, {kV128});
    const auto body =
        code(Op::block, static_cast<int>(block), Op::local_get, 0, Op::i32_const, 1, Op::br_if, 0U, Op::end);
    b.export_function("f", b.function(type, {}, body));
    check_price(b.build(), {vector_of(kLow, kHigh)}, 13);
    CHECK(FullProgram(b.build()).call("f", {vector_of(kLow, kHigh)}).results == Words{kLow, kHigh});
}

TEST_CASE("exec-br: what a branch drops and keeps is counted in words", "[feature:simd]") {
    const auto body = code(Op::block, kV128, constant(1, 2), Op::i32_const, 3, constant(4, 5), Op::br, 0U, Op::end);
    CHECK(call({}, {kV128}, body, {}).results == Words{4, 5});
}

TEST_CASE("exec-call, exec-return_call: parameters and results of two words", "[feature:simd][feature:tail-call]") {
    for (const Op how : {Op::call, Op::return_call}) {
        ModuleBuilder b;
        const auto type = b.type({kV128, kI32, kV128}, {kV128, kV128, kI32});
        const auto g = b.function(type, {{1, kV128}}, code(Op::local_get, 2, Op::local_get, 0, Op::local_get, 1));
        const auto body = code(constant(8, 9), Op::local_get, 2, Op::local_get, 1, Op::local_get, 0, how, g);
        // The call leaves the vector below its arguments where it is, a tail call does not.
        const Bytes tidy = how == Op::call ? code(body, Op::return_) : body;
        b.export_function("f", b.function(type, {{3, kV128}}, tidy));
        FullProgram program(b.build());
        const std::vector<Value> arguments{vector_of(1, 2), Value::i32(3), vector_of(4, 5)};
        CHECK(program.call("f", arguments).results == Words{1, 2, 4, 5, 3});
        Execution execution = program.begin("f", arguments);
        CHECK(must(execution.run()) == Ending::returned);
        CHECK(execution.result_count() == 3);
        CHECK(execution.result(1) == vector_of(4, 5));
        CHECK(execution.result(2) == Value::i32(3));
    }
}

TEST_CASE("MET-15: a run over vectors in slices of one unit ends as in one go", "[feature:simd]") {
    const auto body = code(Op::local_get, 0, Op::local_get, 0, Op::local_get, 1, Op::select, Op::local_tee, 0, Op::drop,
                           Op::local_get, 0);
    FullProgram program(module_of({kV128, kI32}, {kV128}, body));
    const std::vector<Value> arguments{vector_of(kLow, kHigh), Value::i32(1)};
    const Outcome whole = program.call("f", arguments);
    Execution sliced = program.begin("f", arguments, Fuel::kMaximum, 0);
    Ending ending = must(sliced.run());
    for (std::uint64_t grant = 1; ending == Ending::exhausted; ++grant) {
        must(sliced.refuel(Fuel(grant)));
        ending = must(sliced.run());
    }
    CHECK(outcome_of(sliced, ending) == whole);
}
