// MET-2 to MET-16 on the stepper. Every count is made by hand from schedule 1 and stands beside its case.
#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

/// Calls "f" at its exact price, one below and zero (architecture: metering tests come in threes).
void check_price(const Bytes& module, const std::vector<Value>& arguments, std::uint64_t price,
                 const LimitValues& limits = LimitValues::of(Preset::contract)) {
    CHECK(Program(module, limits).call("f", arguments).used == price);
    const Outcome exact = Program(module, limits).call("f", arguments, price);
    CHECK(exact.ending != Ending::exhausted);
    CHECK(exact.used == price);
    if (price > 0) CHECK(Program(module, limits).call("f", arguments, price - 1).ending == Ending::exhausted);
    const Outcome none = Program(module, limits).call("f", arguments, 0);
    CHECK(none.ending == Ending::exhausted);
    CHECK(none.used == 0);
}

Bytes fill_module(int count) {
    ModuleBuilder b;
    b.memory(1);
    const auto body = code(Op::i32_const, 0, Op::i32_const, 7, Op::i32_const, count, Op::memory_fill, std::uint8_t{0});
    b.export_function("f", b.function(b.type({}, {}), {}, body));
    return b.build();
}

} // namespace

TEST_CASE("MET-2, MET-9: an empty function costs its entry, and its end nothing") {
    // Entry: base(call) 5 + frame of 0 words 0.
    check_price(module_of({}, {}, {}), {}, 5);
}

TEST_CASE("MET-2, MET-3: instructions cost the base of their class") {
    // Frame: 2 parameters + 0 locals + height 2 = 4 words: ceil(4 / 4) = 1; entry 5 + 1.
    // local.get 1 + local.get 1 + i32.add 1.
    const Bytes add = module_of({kI32, kI32}, {kI32}, code(Op::local_get, 0, Op::local_get, 1, Op::i32_add));
    check_price(add, {Value::i32(2), Value::i32(3)}, 9);
    CHECK(Program(add).call("f", {Value::i32(2), Value::i32(3)}).results == std::vector<std::uint64_t>{5});
}

TEST_CASE("MET-4: a branch pays for the words it keeps, taken or not") {
    // Frame: 1 parameter + height 3 (two i64 and the condition) = 4 words: 1; entry 5 + 1.
    // block 1; i64.const 1 twice; local.get 1; br_if 2 + ceil(2 / 2) = 3; drop 1 twice.
    ModuleBuilder b;
    const auto two = b.type({}, {kI64, kI64});
    const auto body = code(Op::block, two, Op::i64_const, 1, Op::i64_const, 2, Op::local_get, 0, Op::br_if, 0U, Op::end,
                           Op::drop, Op::drop);
    b.export_function("f", b.function(b.type({kI32}, {}), {}, body));
    check_price(b.build(), {Value::i32(0)}, 15);
    check_price(b.build(), {Value::i32(1)}, 15);
}

TEST_CASE("MET-4: return pays for the words of the results, the end of a body does not") {
    // Frame: height 1 = 1 word: 1; entry 6; i32.const 1; return 2 + ceil(1 / 2) = 3.
    check_price(module_of({}, {kI32}, code(Op::i32_const, 9, Op::return_)), {}, 10);
    check_price(module_of({}, {kI32}, code(Op::i32_const, 9)), {}, 7);
}

TEST_CASE("MET-5, MET-6: refused bulk work costs its base, done work its bytes", "[feature:bulk-memory]") {
    // Frame: height 3: 1; entry 6; three constants 3; memory.fill 10 + ceil(65536 / 32) = 2058.
    check_price(fill_module(65536), {}, 2067);
    // Out of bounds: base only, and it traps.
    check_price(fill_module(65537), {}, 19);
    CHECK(Program(fill_module(65537)).call("f", {}).trap == TrapCode::OutOfBoundsMemoryAccess);
    CHECK(Program(fill_module(-1)).call("f", {}, 19).trap == TrapCode::OutOfBoundsMemoryAccess);
}

TEST_CASE("MET-5: a grow that is refused costs its base") {
    ModuleBuilder b;
    b.memory(1, 3);
    const auto body = code(Op::local_get, 0, Op::memory_grow, std::uint8_t{0});
    b.export_function("f", b.function(b.type({kI32}, {kI32}), {}, body));
    // Frame: 1 + 1 = 2 words: 1; entry 6; local.get 1; memory.grow 50 + 2 * 65536 / 16 = 8242.
    check_price(b.build(), {Value::i32(2)}, 8249);
    check_price(b.build(), {Value::i32(3)}, 57);
    check_price(b.build(), {Value::i32(0)}, 57);
    CHECK(Program(b.build()).call("f", {Value::i32(3)}).results == std::vector<std::uint64_t>{0xFFFFFFFF});
    CHECK(Program(b.build()).call("f", {Value::i32(2)}).results == std::vector<std::uint64_t>{1});
}

TEST_CASE("MET-7, MET-8: a call pays the frame of its callee") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    // Callee: 5 i64 locals, height 0: 5 words: ceil(5 / 4) = 2.
    const auto callee = b.function(type, {{5, kI64}}, {});
    b.export_function("f", b.function(type, {}, code(Op::call, callee)));
    // Entry 5 + 0; call 5 + 2.
    check_price(b.build(), {}, 12);
}

TEST_CASE("MET-10: frames beyond the limit trap CallDepth, at N + 1 and not at N") {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {});
    // f(n): if n: f(n - 1). Frame: 1 + 2 = 3 words: 1.
    const auto body = code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub,
                           Op::call, 0U, Op::end);
    b.export_function("f", b.function(type, {}, body));
    const LimitValues limits = LimitValues::of(Preset::contract).with(Limit::call_depth, 10);
    // n = 9 makes 10 frames. Each: entry or call 6, local.get 1, if 2; and, but for the last, local.get 1, i32.const 1,
    // i32.sub 1.
    check_price(b.build(), {Value::i32(9)}, 10 * 9 + 9 * 3, limits);
    // n = 10: the eleventh frame is refused after the base of its call, 5.
    check_price(b.build(), {Value::i32(10)}, 10 * 9 + 10 * 3 + 5, limits);
    CHECK(Program(b.build(), limits).call("f", {Value::i32(10)}).trap == TrapCode::CallDepth);
}

TEST_CASE("MET-10: frame words beyond the limit trap StackExhausted, at N + 1 and not at N") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    const auto callee = b.function(type, {{7, kI64}}, {});
    b.export_function("f", b.function(type, {{3, kI64}}, code(Op::call, callee)));
    // Caller 3 words, callee 7 words: 10 in all.
    const LimitValues enough = LimitValues::of(Preset::contract).with(Limit::stack_words, 10);
    const LimitValues short_by_one = enough.with(Limit::stack_words, 9);
    // Entry 5 + 1; call 5 + 2.
    check_price(b.build(), {}, 13, enough);
    check_price(b.build(), {}, 11, short_by_one);
    CHECK(Program(b.build(), short_by_one).call("f", {}).trap == TrapCode::StackExhausted);
}

TEST_CASE("MET-11: exhaustion stops before the instruction, keeps the remainder, and goes on with it") {
    const Bytes add = module_of({kI32, kI32}, {kI32}, code(Op::local_get, 0, Op::local_get, 1, Op::i32_add));
    Program program(add);
    Execution execution = program.begin("f", {Value::i32(2), Value::i32(3)}, 100, 8);
    CHECK(must(execution.run()) == Ending::exhausted);
    CHECK(execution.used() == Fuel(8));
    CHECK_FALSE(execution.at_limit());
    // Entry 6, two local.get: the next is i32.add. Again, with no more fuel, nothing changes.
    const ExecutionState before = must(capture(execution));
    CHECK(must(execution.run()) == Ending::exhausted);
    CHECK(before == must(capture(execution)));
    must(execution.refuel(Fuel(9)));
    CHECK(must(execution.run()) == Ending::returned);
    CHECK(execution.used() == Fuel(9));
    CHECK(execution.result(0) == Value::i32(5));
}

TEST_CASE("MET-12: fuel after a trap is exact") {
    // Frame: 2 words: 1; entry 6; two constants 2; i32.div_s 8.
    const Bytes divide = module_of({}, {kI32}, code(Op::i32_const, 1, Op::i32_const, 0, Op::i32_div_s));
    check_price(divide, {}, 16);
    CHECK(Program(divide).call("f", {}).trap == TrapCode::IntegerDivideByZero);
}

TEST_CASE("MET-13: at the limit an execution is out of fuel until the limit is raised") {
    const Bytes add = module_of({}, {kI32}, code(Op::i32_const, 2, Op::i32_const, 3, Op::i32_add));
    Program program(add);
    // Frame: 2 words: 1; entry 6; 3 instructions.
    Execution execution = program.begin("f", {}, 8, 8);
    CHECK(must(execution.run()) == Ending::exhausted);
    CHECK(execution.at_limit());
    CHECK(execution.refuel(Fuel(9)).error().code == ErrorCode::fuel_would_fall);
    CHECK(execution.refuel(Fuel(7)).error().code == ErrorCode::fuel_would_fall);
    must(execution.raise_limit(Fuel(9)));
    must(execution.refuel(Fuel(9)));
    CHECK(must(execution.run()) == Ending::returned);
    CHECK(execution.used() == Fuel(9));
    CHECK(execution.run().error().code == ErrorCode::not_suspended);
}

TEST_CASE("MET-16: fuel is at most 2^63 - 1, and sums do not wrap") {
    CHECK(Fuel::from(Fuel::kMaximum).has_value());
    CHECK_FALSE(Fuel::from(Fuel::kMaximum + 1).has_value());
    CHECK(Fuel::maximum() + Fuel(1) == Fuel::maximum());
    CHECK(Fuel(3) - Fuel(4) == Fuel(0));
    Meter meter(Fuel::maximum(), Fuel::maximum());
    CHECK(meter.charge(Fuel(1)) == Charge::paid);
    CHECK(meter.charge(Fuel::maximum()) == Charge::over_limit);
    CHECK(meter.used() == Fuel(1));
}

TEST_CASE("MET-18: instantiation is one charge of what the module holds") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    const auto f = b.function(type, {}, {});
    b.table(kFuncRef, 10);
    b.memory(1);
    b.global(kI32, false, code(Op::i32_const, 1));
    b.export_function("f", f);
    b.active_elements(code(Op::i32_const, 0), {f, f});
    b.active_data(code(Op::i32_const, 0), {1, 2, 3});
    // base 2000; function 5; table 100 + 10 / 2; memory 500 + 65536 / 64; global 10; export 5; element segment 20 + 2 *
    // 5; data segment 20 + ceil(3 / 8) = 1; constant expressions: i32.const 1 three times, ref.func 1 twice.
    const std::uint64_t price = 2000 + 5 + 105 + 1524 + 10 + 5 + 30 + 21 + 5;
    const std::shared_ptr<const Code> module = compiled(b.build());
    CHECK(module->instantiation_price(schedule()) == Fuel(price));
    Store store(LimitValues::of(Preset::contract));
    Execution made = must(Execution::instantiate(store, module, {}, schedule(), Fuel(price), Fuel(price - 1)));
    CHECK(must(made.run()) == Ending::exhausted);
    CHECK(made.used() == Fuel(0));
    CHECK(store.instances().empty());
    must(made.refuel(Fuel(price)));
    CHECK(must(made.run()) == Ending::returned);
    CHECK(made.used() == Fuel(price));
}

TEST_CASE("MET-9, DET-27: the start function pays its frame, and a segment out of bounds traps before it") {
    ModuleBuilder b;
    const auto f = b.function(b.type({}, {}), {{4, kI32}}, code(Op::nop));
    b.start(f);
    // base 2000 + function 5; start: 5 + ceil(4 / 4) + nop 1.
    Store store(LimitValues::of(Preset::contract));
    Execution made =
        must(Execution::instantiate(store, compiled(b.build()), {}, schedule(), Fuel::maximum(), Fuel::maximum()));
    CHECK(must(made.run()) == Ending::returned);
    CHECK(made.used() == Fuel(2012));

    b.memory(1);
    b.active_data(code(Op::i32_const, 65534), {1, 2, 3});
    Store second(LimitValues::of(Preset::contract));
    Execution trapped =
        must(Execution::instantiate(second, compiled(b.build()), {}, schedule(), Fuel::maximum(), Fuel::maximum()));
    CHECK(must(trapped.run()) == Ending::trapped);
    CHECK(trapped.trap().code == TrapCode::OutOfBoundsMemoryAccess);
    // 2005 + memory 500 + 1024 + segment 20 + 1 + i32.const 1.
    CHECK(trapped.used() == Fuel(3551));
}
