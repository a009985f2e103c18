// What is recorded for instructions of later features, by hand: try blocks and their marks, branches on references and
// casts, wide operands, the words of locals, operand maps. Source: code.hpp, operand_map.hpp.
#include "engine/code/operand_map.hpp"
#include "engine/testing/typed_body.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;
using Abstract = HeapType::Abstract;

namespace {

/// A function () -> () behind another of the same body, so that its entries do not begin at 0; with a tag of (i32) and
/// one of (v128).
struct Recorded {
    explicit Recorded(const Bytes& instructions, const std::vector<Locals>& locals = {},
                      const std::vector<ValType>& parameters = {}) {
        ModuleBuilder b;
        const auto type = b.type(parameters, {});
        b.tag(b.type({kI32}, {}));
        b.tag(b.type({kV128}, {}));
        b.function(type, locals, instructions);
        b.function(type, locals, instructions);
        Result<std::shared_ptr<const Code>> made = compile(b.build(), all_features());
        REQUIRE(made.has_value());
        code = std::move(made).assume_value();
        begin = code->module().body(kFunction).expression.begin;
    }

    const FunctionCode& function() const { return code->function(kFunction); }
    const TryBlock* at(std::uint32_t offset) const { return code->try_block_at(function(), begin + offset); }
    /// Position, target, entry at the target, kept and dropped words; positions from the first instruction.
    std::vector<std::vector<std::uint32_t>> branches() const {
        std::vector<std::vector<std::uint32_t>> all;
        for (const Branch& one : code->branches(function()))
            all.push_back({one.position - begin, one.target - begin, one.target_entry, one.kept, one.dropped});
        return all;
    }

    static constexpr FuncIdx kFunction{1};
    std::shared_ptr<const Code> code;
    std::uint32_t begin = 0;
};

using Branches = std::vector<std::vector<std::uint32_t>>;

const Bytes kOne = code(Op::i32_const, 1);
const Bytes kVector = code(Op::v128_const, Bytes(16));

std::vector<std::uint8_t> marks(std::span<const std::uint8_t> words) { return {words.begin(), words.end()}; }

} // namespace

TEST_CASE("TryBlock: from behind the opening to behind the end, with the words below it", "[feature:exceptions]") {
    // 0 const; 2 block i32; 4 const; 6 try_table [catch 0 -> 0]; 12 nop; 13 end; 14 end; 15 drop; 16 drop
    const Bytes caught = code(Op::try_table, kEmptyBlock, 1, 0, 0, 0, Op::nop, Op::end);
    const Recorded one(code(kOne, Op::block, kI32, kOne, caught, Op::end, Op::drop, Op::drop));
    CHECK(one.at(11) == nullptr);
    REQUIRE(one.at(12) != nullptr);
    const TryBlock& block = *one.at(12);
    CHECK(block.clauses == one.begin + 9);
    CHECK(block.clause_count == 1);
    CHECK(block.first_branch == 0);
    CHECK(block.words == 2);
    CHECK(one.code->outer(one.function(), block) == nullptr);
    // At the end's own position a call that was the last instruction is still within it.
    CHECK(one.at(13) == &block);
    CHECK(one.at(14) == nullptr);
    // The payload of one word goes along; the constant in the block is dropped.
    CHECK(one.branches() == Branches{{6, 15, 1, 1, 1}});
}

TEST_CASE("TryBlock: one within another, and one behind another", "[feature:exceptions]") {
    // 0 try_table 0 clauses; 3 try_table 0; 6 nop; 7 end; 8 nop; 9 end; 10 try_table 0; 13 nop; 14 end; 15 nop
    const Bytes open = code(Op::try_table, kEmptyBlock, 0);
    const Recorded one(code(open, open, Op::nop, Op::end, Op::nop, Op::end, open, Op::nop, Op::end, Op::nop));
    REQUIRE(one.at(3) != nullptr);
    REQUIRE(one.at(6) != nullptr);
    CHECK(one.code->outer(one.function(), *one.at(6)) == one.at(3));
    CHECK(one.at(7) == one.at(6));
    CHECK(one.at(8) == one.at(3));
    CHECK(one.at(9) == one.at(3));
    CHECK(one.at(10) == nullptr);
    REQUIRE(one.at(13) != nullptr);
    CHECK(one.at(13) != one.at(3));
    CHECK(one.code->outer(one.function(), *one.at(13)) == nullptr);
    CHECK(one.at(15) == nullptr);
    CHECK(one.function().try_block_count == 3);
    CHECK(one.function().try_mark_count == 6);
}

TEST_CASE("TryBlock: parameters of the block are above its words, and clauses count in words", "[feature:exceptions]") {
    // 0 block v128 exnref: type index; by hand below
    ModuleBuilder b;
    const auto nothing = b.type({}, {});
    b.tag(b.type({kV128}, {}));
    const auto caught = b.type({}, {kV128, kExnRef});
    const auto takes = b.type({kI32}, {});
    // 0 v128.const; 18 block caught; 20 i32.const; 22 i32.const; 24 try_table takes [catch_ref 0 -> 0]; 30 drop; 31 end
    const Bytes tried = code(Op::try_table, takes, 1, 1, 0, 0, Op::drop, Op::end);
    b.function(
        nothing, {},
        code(kVector, Op::block, caught, kOne, kOne, tried, Op::unreachable, Op::end, Op::drop, Op::drop, Op::drop));
    const auto made = compile(b.build(), all_features());
    REQUIRE(made.has_value());
    const Code& code = *made.assume_value();
    const FunctionCode& function = code.function(FuncIdx{0});
    const std::uint32_t begin = code.module().body(FuncIdx{0}).expression.begin;
    REQUIRE(code.try_block_at(function, begin + 30) != nullptr);
    // Two words of the vector, one of the first constant; the second is the block's parameter.
    CHECK(code.try_block_at(function, begin + 30)->words == 3);
    REQUIRE(code.branches(function).size() == 1);
    CHECK(code.branches(function)[0].kept == 3);
    CHECK(code.branches(function)[0].dropped == 1);
}

TEST_CASE("Branch: on a reference, on null and on a cast", "[feature:function-references]") {
    const Bytes null = code(Op::ref_null, Abstract::any);
    // 0 block; 2 const; 4 ref.null; 6 br_on_null 0; 8 drop; 9 drop; 10 end; 11: the reference is gone when it branches
    CHECK(
        Recorded(code(Op::block, kEmptyBlock, kOne, null, Op::br_on_null, 0, Op::drop, Op::drop, Op::end)).branches() ==
        Branches{{6, 11, 1, 0, 1}});
    // 0 block anyref; 2 const; 4 ref.null; 6 br_on_non_null 0; 8 unreachable; 9 end; 10 drop
    CHECK(Recorded(code(Op::block, kAnyRef, kOne, null, Op::br_on_non_null, 0, Op::unreachable, Op::end, Op::drop))
              .branches() == Branches{{6, 10, 1, 1, 1}});
    // 0 block anyref; 2 const; 4 ref.null; 6 br_on_cast 3 0 any i31; 12 unreachable; 13 end; 14 drop
    CHECK(Recorded(code(Op::block, kAnyRef, kOne, null, Op::br_on_cast, 3, 0, Abstract::any, Abstract::i31,
                        Op::unreachable, Op::end, Op::drop))
              .branches() == Branches{{6, 14, 1, 1, 1}});
    CHECK(Recorded(code(Op::block, kAnyRef, kOne, null, Op::br_on_cast_fail, 3, 0, Abstract::any, Abstract::i31,
                        Op::unreachable, Op::end, Op::drop))
              .branches() == Branches{{6, 14, 1, 1, 1}});
}

TEST_CASE("Code: which drops and selects are of two words", "[feature:simd]") {
    // 0 v128.const; 18 drop; 19 const; 21 drop; 22, 40 v128.const; 58 const; 60 select; 61 drop
    const Recorded plain(code(kVector, Op::drop, kOne, Op::drop, kVector, kVector, kOne, Op::select, Op::drop));
    for (const std::uint32_t offset : {18U, 60U, 61U})
        CHECK(plain.code->is_wide(plain.function(), plain.begin + offset));
    CHECK_FALSE(plain.code->is_wide(plain.function(), plain.begin + 21));
    // 0, 18 v128.const; 36 const; 38 select v128; 41 drop
    const Recorded typed(code(kVector, kVector, kOne, Op::select_t, 1, kV128, Op::drop));
    CHECK(typed.code->is_wide(typed.function(), typed.begin + 38));
    CHECK(typed.code->is_wide(typed.function(), typed.begin + 41));
    const Recorded narrow(code(kOne, kOne, kOne, Op::select_t, 1, kI32, Op::drop));
    CHECK(narrow.function().wide_count == 0);
}

TEST_CASE("Code: where locals lie, in words", "[feature:simd]") {
    const Recorded one({}, {{2, kI32}, {0, kV128}, {3, kF64}, {2, kV128}, {1, kI64}}, {kI32, kV128, kV128});
    CHECK(one.function().has_wide_locals);
    CHECK(one.function().parameter_words == 5);
    CHECK(one.function().local_words == 5 + 2 + 3 + 4 + 1);
    const std::uint32_t words[] = {0, 1, 3, 5, 6, 7, 8, 9, 10, 12, 14};
    const std::uint32_t widths[] = {1, 2, 2, 1, 1, 1, 1, 1, 2, 2, 1};
    for (std::uint32_t i = 0; i < std::size(words); ++i) {
        INFO("local " << i);
        const LocalSlot slot = one.code->local(Recorded::kFunction, i);
        CHECK(slot.word == words[i]);
        CHECK(slot.words == widths[i]);
    }
    const Recorded narrow({}, {{5, kI64}});
    CHECK_FALSE(narrow.function().has_wide_locals);
    CHECK(narrow.code->local(Recorded::kFunction, 4).word == 4);
}

TEST_CASE("OperandMap: which operand words are references, before each instruction asked for", "[feature:gc]") {
    // 0 const; 2 ref.null; 4 v128.const; 22 ref.null; 24 block; 26 nop; 27 end; 28 drop; 29 drop; 30 drop; 31 drop; 32
    const Bytes null = code(Op::ref_null, Abstract::any);
    const Recorded one(code(kOne, null, kVector, null, Op::block, kEmptyBlock, Op::nop, Op::end, Op::drop, Op::drop,
                            Op::drop, Op::drop));
    std::vector<std::uint32_t> positions = {0, 4, 22, 26, 26, 30, 32, 33};
    for (std::uint32_t& position : positions)
        position += one.begin;
    const Result<OperandMap> made = map_operands(*one.code, Recorded::kFunction, positions);
    REQUIRE(made.has_value());
    const OperandMap& map = made.assume_value();
    using Words = std::vector<std::uint8_t>;
    CHECK(marks(map.at(0)).empty());
    CHECK(marks(map.at(1)) == Words{0, 1});
    CHECK(marks(map.at(2)) == Words{0, 1, 0, 0});
    CHECK(marks(map.at(3)) == Words{0, 1, 0, 0, 1});
    CHECK(marks(map.at(4)) == Words{0, 1, 0, 0, 1});
    CHECK(marks(map.at(5)) == Words{0, 1});
    CHECK(marks(map.at(6)).empty());
    CHECK(marks(map.at(7)).empty());
}

TEST_CASE("OperandMap: a function that names a function is mapped again", "[feature:gc]") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    b.function(type, {}, code(Op::ref_func, 0, Op::drop));
    b.declared_elements({0});
    const auto made = compile(b.build(), all_features());
    REQUIRE(made.has_value());
    const std::uint32_t begin = made.assume_value()->module().body(FuncIdx{0}).expression.begin;
    const std::uint32_t positions[] = {begin + 2};
    const Result<OperandMap> map = map_operands(*made.assume_value(), FuncIdx{0}, positions);
    REQUIRE(map.has_value());
    CHECK(marks(map.assume_value().at(0)) == std::vector<std::uint8_t>{1});
}

} // namespace detent
