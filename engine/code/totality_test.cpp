// Compiling is total: any bytes give a verdict, within the memory and time that their number allows. The seed is
// RapidCheck's; it is printed, and fixed by RC_PARAMS.
#include "engine/testing/soundness.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

namespace detent {

using namespace testing;

namespace {

/// A module with a section of every kind and bodies with every kind of immediate.
Bytes rich_module() {
    ModuleBuilder b;
    const auto type = b.type({kI32, kI64}, {kI32});
    const auto nothing = b.type({}, {});
    const auto pair = b.type({kI32}, {kI64, kI64});
    b.import_function("m", "f", nothing);
    b.import_global("m", "g", kI32);
    b.memory(1, 2);
    b.table(kFuncRef, 9, 20);
    b.table(kExternRef, 4);
    b.global(kI64, true, code(Op::i64_const, 5));
    const auto one = b.function(
        type, {{1, kI32}, {3, kF64}},
        code(Op::block, kEmptyBlock, Op::loop, kEmptyBlock, Op::local_get, 0, Op::br_table, 2, 0, 1, 1, Op::end,
             Op::end, Op::local_get, 0, Op::if_, kI32, Op::i32_const, 70000, Op::else_, Op::i32_const, -5, Op::end,
             Op::drop, Op::local_get, 0, Op::block, pair, Op::drop, Op::i64_const, 1, Op::i64_const, -1, Op::end,
             Op::i64_add, Op::drop, Op::i32_const, 0, Op::i32_const, 8, Op::i32_load, 2, 300, Op::i32_store8, 0, 1,
             Op::f32_const, 1.5F, Op::drop, Op::f64_const, -2.5, Op::local_set, 4, Op::call, 0, Op::i32_const, 3,
             Op::call_indirect, nothing, 0, Op::ref_func, 1, Op::drop, Op::ref_null, kExternRef, Op::ref_is_null,
             Op::drop, Op::i32_const, 0, Op::i32_const, 0, Op::i32_const, 0, Op::memory_init, 0, 0, Op::data_drop, 0,
             Op::i32_const, 0, Op::table_get, 1, Op::drop, Op::memory_size, 0, Op::memory_grow, 0));
    b.function(nothing, {}, code(Op::i32_const, 0, Op::br_table, 0, 0));
    b.start(0);
    b.export_function("one", one);
    b.export_memory("memory", 0);
    b.export_table("table", 1);
    b.export_global("global", 1);
    b.active_elements(code(Op::i32_const, 0), {one, one, one});
    b.passive_elements(kFuncRef, {code(Op::ref_func, one), code(Op::ref_null, kFuncRef)});
    b.passive_data(Bytes(10));
    b.active_data(code(Op::global_get, 0), Bytes(20));
    b.custom("name", {1, 2, 3});
    return b.build();
}

} // namespace

TEST_CASE("binary-module: random bytes get a verdict") {
    CHECK(rc::check("bytes", [](const Bytes& bytes) { RC_ASSERT(is_sound(bytes)); }));
    CHECK(rc::check("bytes behind a header", [](const Bytes& bytes) { RC_ASSERT(is_sound(module_bytes(bytes))); }));
    CHECK(rc::check("bytes as a section", [](const Bytes& bytes) {
        const auto id = *rc::gen::inRange<std::uint8_t>(0, 14);
        RC_ASSERT(is_sound(module_bytes(section(id, bytes))));
    }));
    CHECK(rc::check("bytes as a body", [](const Bytes& bytes) {
        RC_ASSERT(is_sound(with_body(function_table_and_memory(), bytes).bytes));
    }));
}

TEST_CASE("binary-module: a module with bytes changed gets a verdict") {
    REQUIRE(refusal(rich_module()) == std::nullopt);
    CHECK(rc::check("changed", [] {
        Bytes bytes = rich_module();
        const auto changes = *rc::gen::inRange(1, 5);
        for (int i = 0; i < changes; ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(8, bytes.size());
            bytes[at] = *rc::gen::arbitrary<std::uint8_t>();
        }
        RC_ASSERT(is_sound(bytes));
    }));
}

TEST_CASE("binary-module: each single byte of a module, changed to each value, gets a verdict") {
    const Bytes original = rich_module();
    std::size_t unsound = 0;
    for (std::size_t at = 0; at < original.size(); ++at) {
        Bytes bytes = original;
        for (unsigned value = 0; value < 256; ++value) {
            bytes[at] = static_cast<std::uint8_t>(value);
            unsound += is_sound(bytes) ? 0U : 1U;
        }
    }
    CHECK(unsound == 0);
}

TEST_CASE("binary-module: a module cut off at any byte is refused, but between sections") {
    const Bytes whole = rich_module();
    const std::vector<std::size_t> ends = section_ends(whole);
    REQUIRE(ends.back() == whole.size());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO("cut off at " << size);
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const std::optional<Error> error = refusal(cut);
        const bool is_between = std::ranges::find(ends, size) != ends.end();
        REQUIRE((error.has_value() || is_between));
        if (error) CHECK(error->offset <= size);
        if (error && !is_between) CHECK(kind_of(error->code) == ErrorKind::malformed);
    }
}

TEST_CASE("limit block_depth: four mebibytes of nested blocks are refused without recursion") {
    Profile deep = profile1();
    deep.preset = Preset::spec;
    const std::size_t blocks = profile1().limits()[Limit::module_bytes] / 3;
    const Bytes nested = code(repeated(blocks, {0x02, kEmptyBlock}), repeated(blocks, {0x0B}));
    CHECK(refusal(with_body(one_function(), nested).bytes)->code == ErrorCode::limit_exceeded);
    const std::optional<Error> error = refusal(with_body(one_function(), nested).bytes, deep);
    CHECK(error.value().detail == static_cast<std::uint32_t>(Limit::block_depth));
    const Bytes half = code(repeated(900'000, {0x02, kEmptyBlock}), repeated(900'000, {0x0B}));
    CHECK(refusal(with_body(one_function(), half).bytes, deep) == std::nullopt);
}

TEST_CASE("valid-br_table: a million targets, and labels of a thousand types, take linear time") {
    Profile wide = profile1();
    wide.preset = Preset::spec;
    ModuleBuilder b;
    const auto many = b.type({}, std::vector<ValType>(1000, kI64));
    const auto nothing = b.type({}, {});
    b.function(nothing, {},
               code(Op::block, many, Op::unreachable, Op::br_table, 1'000'000U, Bytes(1'000'000), 0, Op::end,
                    Op::unreachable));
    b.function(many, {}, code(Op::call, 1, Op::i32_const, 0, Op::br_table, 1'000'000U, Bytes(1'000'000), 0));
    const auto compiled = compile(b.build(), wide);
    REQUIRE(compiled.has_value());
    CHECK(compiled.assume_value()->counts().branch_targets == 2'000'002);
    CHECK(compiled.assume_value()->function(FuncIdx{1}).frame_words == 1001);
}

TEST_CASE("DET-10: wherever an allocation fails, compiling ends with out_of_memory") {
    const Bytes bytes = rich_module();
    std::uint64_t allocations = 0;
    {
        const Probing none(0);
        REQUIRE(refusal(bytes) == std::nullopt);
        allocations = allocation_probe().allocations;
    }
    REQUIRE(allocations > 20);
    for (std::uint64_t i = 1; i <= allocations; ++i) {
        INFO("allocation " << i << " of " << allocations);
        const Probing failing(i);
        CHECK(refusal(bytes) == Error{ErrorCode::out_of_memory});
    }
}

} // namespace detent
