// Frame words, counted by hand. Source: METERING.md, MET-8.
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;

namespace {

std::shared_ptr<const Code> compiled(const ModuleBuilder& b) {
    Result<std::shared_ptr<const Code>> code = compile(b.build(), profile1());
    REQUIRE(code.has_value());
    return std::move(code).assume_value();
}

/// Of a function () -> results, with a memory and the type (i32, i32) -> (i64, i64, i64) as type 1, and itself to call.
std::uint32_t height_of(const Bytes& instructions, const std::vector<ValType>& results = {}) {
    ModuleBuilder b;
    const auto type = b.type({}, results);
    b.type({kI32, kI32}, {kI64, kI64, kI64});
    b.memory(1);
    b.function(type, {}, instructions);
    const FunctionCode function = compiled(b)->function(FuncIdx{0});
    CHECK(function.local_words == 0);
    CHECK(function.result_words == results.size());
    return function.frame_words;
}

const Bytes kOne = code(Op::i32_const, 1);
const Bytes kTwo = repeated(2, kOne);
const Bytes kThree = repeated(3, kOne);

} // namespace

TEST_CASE("MET-8: a frame has the words of parameters, locals and the greatest height") {
    ModuleBuilder b;
    const auto type = b.type({kI32, kF64, kExternRef}, {kI32, kI32});
    b.function(type, {{4, kI64}, {0, kF32}, {2, kFuncRef}}, code(kThree, kThree, Op::return_));
    const FunctionCode function = compiled(b)->function(FuncIdx{0});
    CHECK(function.parameter_words == 3);
    CHECK(function.local_words == 9);
    CHECK(function.frame_words == 15);
    CHECK(function.result_words == 2);
}

TEST_CASE("MET-8: heights are counted before and after each instruction") {
    CHECK(height_of({}) == 0);
    CHECK(height_of(code(Op::nop)) == 0);
    CHECK(height_of(code(kOne, Op::drop)) == 1);
    CHECK(height_of(code(kTwo, Op::i32_add, Op::drop)) == 2);
    CHECK(height_of(code(kTwo, Op::i32_add, kTwo, Op::drop, Op::drop, Op::drop)) == 3);
    CHECK(height_of(code(kOne, kOne, Op::i32_store, 2, 0)) == 2);
    // A call's arguments leave before its results come: 2 before, 3 after.
    CHECK(height_of(code(kTwo, kOne, Op::if_, 1, Op::drop, Op::drop, Op::unreachable, Op::else_, Op::unreachable,
                         Op::end, Op::drop, Op::drop, Op::drop)) == 3);
}

TEST_CASE("MET-8: a block begins with its parameters and leaves its results") {
    CHECK(height_of(code(Op::block, kI32, kOne, Op::end, Op::drop)) == 1);
    CHECK(height_of(code(kOne, Op::block, kI32, kTwo, Op::drop, Op::end, Op::drop, Op::drop)) == 3);
    CHECK(height_of(code(kOne, Op::if_, kI32, kOne, Op::else_, kThree, Op::drop, Op::drop, Op::end, Op::drop)) == 3);
}

TEST_CASE("MET-8: nothing behind a transfer is reached, to the end of its block") {
    CHECK(height_of(code(Op::unreachable, kThree, Op::drop, Op::drop, Op::drop)) == 0);
    CHECK(height_of(code(kOne, Op::return_, kThree, Op::drop, Op::drop, Op::drop)) == 1);
    CHECK(height_of(code(Op::block, kEmptyBlock, Op::br, 0, kThree, Op::unreachable, Op::end)) == 0);
    CHECK(height_of(code(Op::block, kEmptyBlock, kOne, Op::br_table, 0, 0, kThree, Op::unreachable, Op::end)) == 1);
    // A block in there is not reached either, nor what is behind it.
    CHECK(height_of(
              code(Op::unreachable, Op::block, kI32, kThree, Op::drop, Op::drop, Op::end, kTwo, Op::unreachable)) == 0);
    CHECK(height_of(code(Op::unreachable, kOne, Op::if_, kEmptyBlock, kTwo, Op::drop, Op::drop, Op::else_, kThree,
                         Op::unreachable, Op::end, kTwo, Op::unreachable)) == 0);
}

TEST_CASE("MET-8: behind the end of a block that is not left, its types are on the stack") {
    CHECK(height_of(code(Op::block, kI32, Op::unreachable, Op::end, Op::drop)) == 1);
    CHECK(height_of(code(kOne, Op::block, kI32, Op::br, 1, Op::end, Op::drop, Op::drop)) == 2);
    CHECK(height_of(code(Op::block, kEmptyBlock, Op::unreachable, Op::end, kTwo, Op::drop, Op::drop)) == 2);
    // The second arm is reached, whatever the first one did.
    CHECK(height_of(code(kOne, Op::if_, kEmptyBlock, Op::unreachable, Op::else_, kThree, Op::drop, Op::drop, Op::drop,
                         Op::end)) == 3);
    // So are the results of the body.
    CHECK(height_of(code(Op::unreachable), {kI32, kI64}) == 2);
    CHECK(height_of(code(Op::loop, kEmptyBlock, Op::br, 0, Op::end, kTwo), {kI32, kI32}) == 2);
}

TEST_CASE("MET-8: br_if goes on, and what it may take along has been counted") {
    CHECK(height_of(code(Op::block, kI32, kOne, kOne, Op::br_if, 0, Op::end, Op::drop)) == 2);
    CHECK(height_of(code(kTwo, Op::br_if, 0, kTwo, Op::drop, Op::drop, Op::drop)) == 3);
}

TEST_CASE("MET-8: each function has its own height") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    b.function(type, {}, code(kThree, Op::unreachable));
    b.function(type, {}, code(kOne, Op::drop));
    b.function(type, {{5, kI32}}, {});
    const auto code = compiled(b);
    CHECK(code->function(FuncIdx{0}).frame_words == 3);
    CHECK(code->function(FuncIdx{1}).frame_words == 1);
    CHECK(code->function(FuncIdx{2}).frame_words == 5);
}

} // namespace detent
