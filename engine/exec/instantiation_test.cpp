// Constant expressions and instantiation as one step: MET-18, DET-11, DET-27. Prices are counted by hand from
// schedule 1.
#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

ValType ref_to(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }

struct Instantiated {
    Store store;
    Execution execution;

    explicit Instantiated(const Bytes& module, std::uint64_t limit = Fuel::kMaximum,
                          std::uint64_t grant = Fuel::kMaximum,
                          const LimitValues& limits = LimitValues::of(Preset::contract))
        : store(limits), execution(must(Execution::instantiate(store, compiled(module, full_profile()), {}, schedule(),
                                                               Fuel(limit), Fuel(grant)))) {}

    Ending run() { return must(execution.run()); }
};

/// Instantiates at the exact price, one below and zero; what is unpaid leaves nothing behind.
void check_price(const Bytes& module, std::uint64_t price) {
    Instantiated exact(module, price);
    CHECK(exact.run() == Ending::returned);
    CHECK(exact.execution.used() == Fuel(price));
    for (const std::uint64_t grant : {price - 1, std::uint64_t{0}}) {
        INFO(grant);
        Instantiated short_of(module, price, grant);
        const ExecutionState before = must(capture(short_of.execution));
        CHECK(short_of.run() == Ending::exhausted);
        CHECK(short_of.execution.used() == Fuel(0));
        CHECK(short_of.store.instances().empty());
        CHECK(short_of.store.heap().debt() == 0);
        CHECK(short_of.store.heap().objects() == 0);
        CHECK(before == must(capture(short_of.execution)));
        must(short_of.execution.refuel(Fuel(price)));
        CHECK(short_of.run() == Ending::returned);
        CHECK(short_of.execution.used() == Fuel(price));
    }
}

/// Types 0 and 1: a structure of one i32, and an array of references to such; then [] -> [i32].
ModuleBuilder with_types() {
    ModuleBuilder b;
    b.type(structure_type({mutable_field(kI32)}));
    b.type(array_type(mutable_field(ref_to(0))));
    b.type({}, {kI32});
    return b;
}

Bytes structure_of(int value) { return code(Op::i32_const, value, Op::struct_new, 0U); }

/// What element `index` of the array on the stack holds.
Bytes element(int index) { return code(Op::i32_const, index, Op::array_get, 1U, Op::struct_get, 0U, 0U); }

} // namespace

TEST_CASE("MET-18: a constant expression pays the bases of its instructions", "[feature:extended-const]") {
    ModuleBuilder b;
    b.global(kI32, false, code(Op::i32_const, 6, Op::i32_const, 7, Op::i32_mul));
    b.global(kI32, false, code(Op::global_get, 0U, Op::i32_const, 2, Op::i32_sub));
    b.memory(1);
    b.active_data(code(Op::global_get, 1U, Op::i32_const, 10, Op::i32_add), {9});
    const auto f = b.function(b.type({}, {kI32}), {}, code(Op::i32_const, 50, Op::i32_load8_u, 0U, 0U));
    b.export_function("f", f);
    // base 2000; function 5; globals 20; memory 500 + 1024; export 5; data segment 20 + 1. Expressions: constants 1 +
    // 1, i32.mul 2; global.get 2, i32.const 1, i32.sub 1; global.get 2, i32.const 1, i32.add 1.
    check_price(b.build(), 2000 + 5 + 20 + 1524 + 5 + 21 + 12);
    CHECK(FullProgram(b.build()).call("f", {}).results == std::vector<std::uint64_t>{9});
}

TEST_CASE("exec-instantiation: a table begins with the value of its expression", "[feature:function-references]") {
    ModuleBuilder b;
    const auto type = b.type({}, {kI32});
    const auto g = b.function(type, {}, code(Op::i32_const, 8));
    const TableType table{non_null(HeapType::Abstract::func), {3, 0, false}, AddressType::i32};
    b.table(table, code(Op::ref_func, g));
    b.export_function("f", b.function(type, {}, code(Op::i32_const, 2, Op::call_indirect, type, 0U)));
    // base 2000; functions 10; table 100 + 3 / 2; export 5; ref.func 1.
    check_price(b.build(), 2000 + 10 + 102 + 5 + 1);
    CHECK(FullProgram(b.build()).call("f", {}).results == std::vector<std::uint64_t>{8});
}

TEST_CASE("MET-18, DET-11: what constant expressions make is paid in the one step, or nothing has happened",
          "[feature:gc]") {
    ModuleBuilder b = with_types();
    b.global(ref_to(0), false, structure_of(5));
    b.global(ref_to(1), false, code(Op::global_get, 0U, structure_of(6), Op::array_new_fixed, 1U, 2U));
    b.passive_elements(ref_to(0), {structure_of(7), code(Op::global_get, 0U)});
    b.export_function(
        "f", b.function(2, {}, code(Op::global_get, 1U, element(0), Op::global_get, 1U, element(1), Op::i32_add)));
    // base 2000; function 5; globals 20; export 5; element segment 20 + 2 * 5. Structures have 16 + 4 bytes, so 24
    // each, the array 16 + 2 * 8, so 32. Three times i32.const 1, struct.new 15 and 24 / 4; array.new_fixed 15 and 32 /
    // 4; global.get 2 twice.
    check_price(b.build(), 2000 + 5 + 20 + 5 + 30 + 3 * (1 + 15 + 6) + 15 + 8 + 4);
    FullProgram program(b.build());
    CHECK(program.store().heap().debt() == 3 * 24 + 32);
    CHECK(program.call("f", {}).results == std::vector<std::uint64_t>{11});
}

TEST_CASE("DET-11: heap that is exhausted in a constant expression traps, and leaves no instance", "[feature:gc]") {
    ModuleBuilder b = with_types();
    b.global(ref_to(0), false, structure_of(5));
    b.global(ref_to(1), false, code(Op::i32_const, 10, Op::array_new_default, 1U));
    // The array has 16 + 80 bytes, which is more than half of what the limit leaves.
    Instantiated made(b.build(), Fuel::kMaximum, Fuel::kMaximum,
                      LimitValues::of(Preset::contract).with(Limit::heap_bytes, 100));
    CHECK(made.run() == Ending::trapped);
    CHECK(made.execution.trap().code == TrapCode::HeapExhausted);
    CHECK(made.store.instances().empty());
    CHECK(made.store.globals().empty());
    // Up to the trap: base 2000, globals 20, expressions i32.const 1 + struct.new 15, i32.const 1 + array.new 15; and
    // 24 / 4 for the structure.
    CHECK(made.execution.used() == Fuel(2000 + 20 + 32 + 6));
}

TEST_CASE("DET-11: an accounting in a constant expression reaches its operands and what the instance has so far",
          "[feature:gc]") {
    // Two structures are operands, one is in a global and one in an element segment when the last array is made.
    ModuleBuilder b = with_types();
    b.global(ref_to(0), false, structure_of(1));
    b.passive_elements(ref_to(0), {structure_of(2)});
    b.passive_elements(ref_to(1), {code(structure_of(3), structure_of(4), Op::array_new_fixed, 1U, 2U)});
    const auto body = code(Op::i32_const, 0, Op::i32_const, 1, Op::array_new_elem, 3U, 1U, Op::i32_const, 0,
                           Op::array_get, 3U, Op::local_tee, 0, element(0), Op::local_get, 0, element(1), Op::i32_add,
                           Op::global_get, 0U, Op::struct_get, 0U, 0U, Op::i32_add);
    b.type(array_type(mutable_field(ref_to(1))));
    b.export_function("f", b.function(2, {{1, ref_to(1)}}, body));

    // What is made first in the store is garbage by then: with it the limit is passed, without it half is enough.
    ModuleBuilder garbage = with_types();
    garbage.export_function("make",
                            garbage.function(2, {}, code(Op::i32_const, 30, Op::array_new_default, 1U, Op::array_len)));
    Store store(LimitValues::of(Preset::contract).with(Limit::heap_bytes, 380));
    const auto instantiated = [&store](const ModuleBuilder& module) {
        Execution made = must(Execution::instantiate(store, compiled(module.build(), full_profile()), {}, schedule(),
                                                     Fuel::maximum(), Fuel::maximum()));
        REQUIRE(must(made.run()) == Ending::returned);
        return made.instance().value();
    };
    const auto call = [&store](InstanceAddr instance, std::string_view name) {
        const FuncAddr function{store.instance(instance).find_export(name).value().address};
        Execution run = must(Execution::invoke(store, function, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
        REQUIRE(must(run.run()) == Ending::returned);
        return run.result(0);
    };
    CHECK(call(instantiated(garbage), "make") == Value::i32(30));
    // 16 + 30 * 8.
    CHECK(store.heap().debt() == 256);
    // 256 + 4 * 24 + 32 > 380: the accounting finds 4 * 24, and the array makes 128.
    const InstanceAddr instance = instantiated(b);
    CHECK(store.heap().debt() == 4 * 24 + 32);
    CHECK(store.heap().objects() == 5);
    // 3 + 4 + 1; the array of arrays has 16 + 8 bytes more.
    CHECK(call(instance, "f") == Value::i32(8));
}

TEST_CASE("exec-instantiation: vectors in constant expressions and globals", "[feature:simd]") {
    ModuleBuilder b;
    Bytes bits = little_endian(0x1122'3344'5566'7788, 8);
    append(bits, little_endian(0x99AA'BBCC'DDEE'FF00, 8));
    b.global(kV128, false, code(Op::v128_const, bits));
    b.global(kV128, true, code(Op::global_get, 0U));
    b.export_function("f", b.function(b.type({}, {kV128}), {}, code(Op::global_get, 1U)));
    CHECK(FullProgram(b.build()).call("f", {}).results ==
          std::vector<std::uint64_t>{0x1122'3344'5566'7788, 0x99AA'BBCC'DDEE'FF00});
}
