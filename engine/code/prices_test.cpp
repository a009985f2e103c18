// The prices of activation and instantiation, by hand. Source: METERING.md, MET-17 and MET-18; schedules/1.def.
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;

namespace {

const Schedule& schedule1() { return *Schedule::published(1); }

std::shared_ptr<const Code> compiled(const Bytes& bytes) {
    Result<std::shared_ptr<const Code>> code = compile(bytes, profile1());
    REQUIRE(code.has_value());
    return std::move(code).assume_value();
}

ModuleBuilder full_module() {
    ModuleBuilder b;
    const auto type = b.type({kI32, kI64}, {kI32});
    const auto nothing = b.type({}, {});
    b.import_function("m", "f", nothing);
    b.import_global("m", "g", kI32);
    b.import_memory("m", "mem", 1);
    const auto one =
        b.function(type, {{1, kI32}},
                   code(Op::block, kEmptyBlock, Op::i32_const, 0, Op::br_table, 2, 0, 0, 0, Op::end, Op::i32_const, 1));
    b.function(nothing, {}, code(Op::i32_const, 0, Op::br_table, 0, 0));
    b.table(kFuncRef, 9);
    b.table(kExternRef, 4);
    b.global(kI32, false, code(Op::global_get, 0));
    b.global(kI64, true, code(Op::i64_const, 5));
    b.export_function("one", one);
    b.active_elements(code(Op::i32_const, 0), {one, one, one});
    b.passive_elements(kFuncRef, {code(Op::ref_func, one), code(Op::ref_null, kFuncRef)});
    b.declared_elements({});
    b.active_data(code(Op::global_get, 0), Bytes(20));
    b.passive_data(Bytes(100));
    return b;
}

} // namespace

TEST_CASE("MET-17: the empty module costs its base and its eight bytes") {
    CHECK(compiled(module_bytes())->activation_price(schedule1()) == Fuel(5000 + 8 * 2));
    CHECK(compiled(module_bytes())->instantiation_price(schedule1()) == Fuel(2000));
}

TEST_CASE("MET-17: activation counts what the module holds") {
    const Bytes bytes = full_module().build();
    const auto code = compiled(bytes);
    // Bodies: 3 of locals, 12 of instructions, end; 1 of locals, 5 of instructions, end.
    const std::uint64_t body_bytes = (3 + 12 + 1) + (1 + 5 + 1);
    CHECK(code->counts().body_bytes == body_bytes);
    CHECK(code->counts().branch_targets == 4);
    const std::uint64_t expected = 5000                              // base
                                   + (bytes.size() - body_bytes) * 2 // bytes
                                   + 2 * 50                          // types
                                   + 3 * 10                          // parameters and results
                                   + 3 * 100                         // imports
                                   + 2 * 100                         // functions
                                   + 2 * 50                          // tables
                                   + 2 * 50                          // globals
                                   + 1 * 100                         // exports
                                   + 3 * 50 + 5 * 10                 // element segments, their entries
                                   + 2 * 50                          // data segments
                                   + body_bytes * 20 + 4 * 20;       // bodies, targets
    CHECK(code->activation_price(schedule1()) == Fuel(expected));
}

TEST_CASE("MET-18: instantiation counts what the module makes, and its constant expressions") {
    const auto code = compiled(full_module().build());
    const std::uint64_t expected = 2000             // base
                                   + 3 * 20         // imports
                                   + 2 * 5          // functions
                                   + 2 * 100 + 7    // tables, and half of 13 elements
                                   + 2 * 10         // globals
                                   + 1 * 5          // exports
                                   + 3 * 20 + 5 * 5 // element segments, their entries
                                   + 2 * 20 + 3     // data segments, an eighth of the 20 active bytes
                                   + 2 * 2          // global.get, twice
                                   + 2 * 1          // i64.const, i32.const
                                   + 3 + 2;         // three indices as ref.func, ref.func, ref.null
    CHECK(code->instantiation_price(schedule1()) == Fuel(expected));
}

TEST_CASE("MET-18: a memory that the module defines costs its initial bytes, an imported one nothing") {
    ModuleBuilder defines;
    defines.memory(3);
    CHECK(compiled(defines.build())->instantiation_price(schedule1()) == Fuel(2000 + 500 + 3 * 65536 / 64));
    ModuleBuilder imports;
    imports.import_memory("m", "m", 3);
    CHECK(compiled(imports.build())->instantiation_price(schedule1()) == Fuel(2000 + 20));
}

} // namespace detent
