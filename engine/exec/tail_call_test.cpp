// Tail calls and calls through references: MET-4, MET-7 and MET-10. Counts are made by hand from schedule 1.
#include "engine/testing/price.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace detent;
using namespace detent::testing;

namespace {

/// "f": [i32] -> [i32] counts its argument down to 0 by `call`, to which the argument has been pushed, and returns 7.
Bytes countdown(const Bytes& call) {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    const auto body = code(Op::local_get, 0, Op::i32_eqz, Op::if_, kI32, Op::i32_const, 7, Op::else_, Op::local_get, 0,
                           Op::i32_const, 1, Op::i32_sub, call, Op::end);
    b.export_function("f", b.function(type, {}, body));
    b.table(kFuncRef, 1);
    b.active_elements(code(Op::i32_const, 0), {0});
    return b.build();
}

struct Variant {
    const char* name;
    Bytes call;
    /// What the call costs without its frame, the operand that names the callee included.
    std::uint64_t base;
};

const std::vector<Variant>& tail_calls() {
    static const std::vector<Variant> all = {
        {"return_call", code(Op::return_call, 0U), 5},
        {"return_call_indirect", code(Op::i32_const, 0, Op::return_call_indirect, 0U, 0U), 1 + 8},
        {"return_call_ref", code(Op::ref_func, 0U, Op::return_call_ref, 0U), 1 + 7}};
    return all;
}

} // namespace

TEST_CASE("exec-return_call, MET-10: a million tail calls need one frame", "[feature:tail-call]") {
    const LimitValues narrow = LimitValues::of(Preset::contract).with(Limit::call_depth, 1).with(Limit::stack_words, 4);
    for (const Variant& each : tail_calls()) {
        INFO(each.name);
        FullProgram program(countdown(each.call), narrow);
        const Outcome outcome = program.call("f", {Value::i32(1'000'000)});
        CHECK(outcome.ending == Ending::returned);
        CHECK(outcome.results == std::vector<std::uint64_t>{7});
    }
}

TEST_CASE("MET-4, MET-7: a tail call pays its base and the callee's frame", "[feature:tail-call]") {
    // Frame: 1 parameter + height 2 = 3 words: 1; entry 5 + 1. Each turn: local.get 1, i32.eqz 1, if 2, local.get 1,
    // i32.const 1, i32.sub 1, the call and its frame 1. The last: local.get 1, i32.eqz 1, if 2, i32.const 1.
    for (const Variant& each : tail_calls()) {
        INFO(each.name);
        check_price(countdown(each.call), {Value::i32(3)}, 6 + 3 * (7 + each.base + 1) + 5);
    }
}

TEST_CASE("MET-10: a tail call's frame takes the place of its caller's before the words are counted",
          "[feature:tail-call]") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    const auto callee = b.function(type, {{7, kI64}}, {});
    b.export_function("f", b.function(type, {{3, kI64}}, code(Op::return_call, callee)));
    // Caller 3 words, callee 7: never 10. Entry 5 + 1; call 5 + 2.
    const LimitValues enough = LimitValues::of(Preset::contract).with(Limit::stack_words, 7);
    const LimitValues short_by_one = enough.with(Limit::stack_words, 6);
    check_price(b.build(), {}, 13, enough);
    check_price(b.build(), {}, 11, short_by_one);
    CHECK(FullProgram(b.build(), short_by_one).call("f", {}).trap == TrapCode::StackExhausted);
}

TEST_CASE("MET-11: a tail call that cannot be paid has changed nothing", "[feature:tail-call]") {
    for (const Variant& each : tail_calls()) {
        INFO(each.name);
        FullProgram program(countdown(each.call));
        Execution execution = program.begin("f", {Value::i32(1)}, 1000, 0);
        // Up to the call: the entry and 7, and the operand that names the callee.
        const std::uint64_t before_call = 13 + (each.base > 5 ? 1 : 0);
        must(execution.refuel(Fuel(before_call)));
        CHECK(must(execution.run()) == Ending::exhausted);
        const ExecutionState before = must(capture(execution));
        for (std::uint64_t grant = before_call; execution.used() == Fuel(before_call); ++grant) {
            CHECK(before == must(capture(execution)));
            must(execution.refuel(Fuel(grant)));
            CHECK(must(execution.run()) == Ending::exhausted);
        }
        CHECK(execution.used() == Fuel(6 + 7 + each.base + 1));
        must(execution.refuel(Fuel(1000)));
        CHECK(must(execution.run()) == Ending::returned);
        CHECK(execution.result(0) == Value::i32(7));
    }
}

TEST_CASE("exec-return_call: operands below the arguments go with the frame", "[feature:tail-call]") {
    ModuleBuilder b;
    const auto two = b.type({kI32, kI64}, {kI64, kI32});
    const auto none = b.type({}, {kI64, kI32});
    const auto swap = b.function(two, {}, code(Op::local_get, 1, Op::local_get, 0));
    const auto tail = b.function(none, {{2, kF64}},
                                 code(Op::i64_const, 1, Op::i32_const, 2, Op::f32_const, 3.0F, Op::i32_const, 4,
                                      Op::i64_const, 5, Op::return_call, swap));
    // What lies in the caller's frame stays as it is.
    const auto f = b.type({}, {kI32, kI64, kI32});
    b.export_function("f", b.function(f, {}, code(Op::i32_const, 9, Op::call, tail)));
    CHECK(FullProgram(b.build()).call("f", {}).results == std::vector<std::uint64_t>{9, 5, 4});
}

TEST_CASE("exec-return_call_indirect: bounds, null and type trap in this order, at the base price",
          "[feature:tail-call]") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    const auto other = b.type({}, {kI32});
    const auto g = b.function(other, {}, code(Op::i32_const, 1));
    b.export_function("f",
                      b.function(b.type({kI32}, {}), {}, code(Op::local_get, 0, Op::return_call_indirect, type, 0U)));
    b.table(kFuncRef, 2);
    b.active_elements(code(Op::i32_const, 1), {g});
    // Entry 5 + 1, local.get 1, base 8.
    const auto trap_of = [&b](std::uint32_t index) {
        check_price(b.build(), {Value::i32(index)}, 15);
        return FullProgram(b.build()).call("f", {Value::i32(index)}).trap;
    };
    CHECK(trap_of(2) == TrapCode::UndefinedElement);
    CHECK(trap_of(0xFFFFFFFF) == TrapCode::UndefinedElement);
    CHECK(trap_of(0) == TrapCode::UninitializedElement);
    CHECK(trap_of(1) == TrapCode::IndirectCallTypeMismatch);
}

TEST_CASE("exec-call_ref: a null reference traps at the base price, another is called",
          "[feature:function-references]") {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    const auto g = b.function(type, {}, code(Op::local_get, 0, Op::i32_const, 10, Op::i32_mul));
    const ValType reference = nullable(HeapType(TypeIdx{type}));
    const auto f = b.type({kI32}, {kI32});
    b.export_function("f", b.function(f, {{1, reference}},
                                      code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::ref_func, g, Op::local_set, 1,
                                           Op::end, Op::i32_const, 3, Op::local_get, 1, Op::call_ref, type)));
    b.declared_elements({g});
    // Frame: 2 + 2 = 4 words: 1; entry 6. local.get 1, if 2, i32.const 1, local.get 1, call_ref 7.
    check_price(b.build(), {Value::i32(0)}, 18);
    CHECK(FullProgram(b.build()).call("f", {Value::i32(0)}).trap == TrapCode::NullReference);
    // ref.func 1, local.set 1; the frame of g, 1 + 2 words: 1; its three instructions, a multiplication of 2.
    check_price(b.build(), {Value::i32(1)}, 18 + 2 + 1 + 4);
    CHECK(FullProgram(b.build()).call("f", {Value::i32(1)}).results == std::vector<std::uint64_t>{30});
}

namespace {

/// "f": [i32] -> [i64] branches on null, or on what is not, with an i64; the reference is null where the argument is 0.
/// It gives 1 if the branch was taken, 2 if not.
Bytes branching_on_null(Op branch) {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI64});
    const auto block = b.type({}, branch == Op::br_on_null ? std::vector{kI64}
                                                           : std::vector{kI64, non_null(HeapType::Abstract::func)});
    // What does not branch drops the i64, and the reference where it is left.
    const Bytes fall_through = branch == Op::br_on_null ? code(Op::drop, Op::drop) : code(Op::drop);
    const Bytes at_label = branch == Op::br_on_null ? code(Op::return_) : code(Op::drop, Op::return_);
    b.export_function("f",
                      b.function(type, {{1, kFuncRef}},
                                 code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::ref_func, 0U, Op::local_set, 1,
                                      Op::end, Op::block, static_cast<int>(block), Op::i64_const, 1, Op::local_get, 1,
                                      branch, 0U, fall_through, Op::i64_const, 2, Op::return_, Op::end, at_label)));
    return b.build();
}

std::uint64_t only_result(const Outcome& outcome) { return outcome.results.at(0); }

} // namespace

TEST_CASE("exec-br_on_null, exec-br_on_non_null: the branch is taken by what the reference is, and paid either way",
          "[feature:function-references]") {
    for (const Op branch : {Op::br_on_null, Op::br_on_non_null}) {
        INFO(to_text(branch));
        const Bytes module = branching_on_null(branch);
        const std::uint64_t taken_for = branch == Op::br_on_null ? 0 : 1;
        CHECK(only_result(FullProgram(module).call("f", {Value::i32(0)})) == (taken_for == 0 ? 1 : 2));
        CHECK(only_result(FullProgram(module).call("f", {Value::i32(1)})) == (taken_for == 1 ? 1 : 2));
    }
    // Frame: 2 + 2 words: 1; entry 6; local.get 1, if 2, block 1, i64.const 1, local.get 1; br_on_null 2 and one word
    // moved, 1. Taken: return 2 + 1. Not taken, with ref.func 1 and local.set 1 before: drop twice 2, i64.const 1,
    // return 3.
    check_price(branching_on_null(Op::br_on_null), {Value::i32(0)}, 18);
    check_price(branching_on_null(Op::br_on_null), {Value::i32(1)}, 23);
    // br_on_non_null moves two words, 2 + 1. Not taken: drop 1, i64.const 1, return 3. Taken, with ref.func and
    // local.set: drop 1, return 3.
    check_price(branching_on_null(Op::br_on_non_null), {Value::i32(0)}, 20);
    check_price(branching_on_null(Op::br_on_non_null), {Value::i32(1)}, 21);
}

TEST_CASE("DET-20: every instruction of tail calls and function references is shown above, or with references "
          "[feature:tail-call] [feature:function-references]") {
    std::set<Op> shown = {Op::br_on_null, Op::br_on_non_null, Op::call_ref, Op::ref_as_non_null};
    for (const Variant& each : tail_calls()) {
        for (std::size_t i = 0; i < kOpCount; ++i) {
            if (row(static_cast<Op>(i)).mnemonic == each.name) shown.insert(static_cast<Op>(i));
        }
    }
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const Op op = static_cast<Op>(i);
        const Feature feature = row(op).feature;
        CAPTURE(to_text(op));
        CHECK(shown.contains(op) == (feature == Feature::tail_call || feature == Feature::function_references));
    }
}
