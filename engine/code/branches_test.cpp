// The side table, by hand: where each branch goes, and what goes along. Source: code.hpp.
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

namespace detent {

bool operator==(const Branch& a, const Branch& b) {
    return a.position == b.position && a.target == b.target && a.target_entry == b.target_entry && a.kept == b.kept &&
           a.dropped == b.dropped;
}

std::ostream& operator<<(std::ostream& out, const Branch& one) {
    return out << '{' << one.position << " -> " << one.target << " entry " << one.target_entry << " kept " << one.kept
               << " dropped " << one.dropped << '}';
}

using namespace testing;

namespace {

/// The entries of a function () -> results, with positions counted from the first instruction.
std::vector<Branch> table_of(const Bytes& instructions, const std::vector<ValType>& results = {}) {
    ModuleBuilder b;
    const auto type = b.type({}, results);
    b.type({kI32}, {kI64, kI64});
    b.function(type, {}, code(Op::unreachable, Op::br, 0));
    b.function(type, {}, instructions);
    const auto compiled = compile(b.build(), profile1());
    REQUIRE(compiled.has_value());
    const Code& code = *compiled.assume_value();
    const std::uint32_t begin = code.module().body(FuncIdx{1}).expression.begin;
    std::vector<Branch> table;
    for (Branch one : code.branches(code.function(FuncIdx{1}))) {
        one.position -= begin;
        one.target -= begin;
        table.push_back(one);
    }
    return table;
}

using Table = std::vector<Branch>;

} // namespace

TEST_CASE("Branch: a branch to a block goes behind its end, to a loop behind its block type") {
    // 0 block; 2 br 0; 4 end; 5
    CHECK(table_of(code(Op::block, kEmptyBlock, Op::br, 0, Op::end)) == Table{{2, 5, 1, 0, 0}});
    // 0 loop; 2 nop; 3 br 0; 5 end
    CHECK(table_of(code(Op::loop, kEmptyBlock, Op::nop, Op::br, 0, Op::end)) == Table{{3, 2, 0, 0, 0}});
    // The type of a loop may take several bytes: 0 loop 0x81 0x00; with a parameter.
    CHECK(table_of(code(Op::i32_const, 0, Op::loop, Bytes{0x81, 0x00}, Op::br, 0, Op::end, Op::drop, Op::drop)) ==
          Table{{5, 5, 0, 1, 0}});
}

TEST_CASE("Branch: a branch to the body goes behind its final end") {
    // 0 br 0; 2 end; 3
    CHECK(table_of(code(Op::br, 0)) == Table{{0, 3, 1, 0, 0}});
    // 0 i32.const 1; 2 i32.const 2; 4 br 0; 6 end
    CHECK(table_of(code(Op::i32_const, 1, Op::i32_const, 2, Op::br, 0), {kI32}) == Table{{4, 7, 1, 1, 1}});
}

TEST_CASE("Branch: an if goes behind else or behind its end, and its first arm behind its end") {
    // 0 i32.const; 2 if; 4 nop; 5 else; 6 nop; 7 end; 8
    CHECK(table_of(code(Op::i32_const, 0, Op::if_, kEmptyBlock, Op::nop, Op::else_, Op::nop, Op::end)) ==
          Table{{2, 6, 2, 0, 0}, {5, 8, 2, 0, 0}});
    // 0 i32.const; 2 if; 4 nop; 5 end; 6
    CHECK(table_of(code(Op::i32_const, 0, Op::if_, kEmptyBlock, Op::nop, Op::end)) == Table{{2, 6, 1, 0, 0}});
    // Results go along from the first arm, parameters into the second.
    // 0 const; 2 const; 4 if 1; 6 drop; 7 unreachable; 8 else; 9 drop; 10 unreachable; 11 end; 12 drop; 13 drop
    CHECK(table_of(code(Op::i32_const, 0, Op::i32_const, 0, Op::if_, 1, Op::drop, Op::unreachable, Op::else_, Op::drop,
                        Op::unreachable, Op::end, Op::drop, Op::drop)) == Table{{4, 9, 2, 1, 0}, {8, 12, 2, 2, 0}});
}

TEST_CASE("Branch: what is kept and dropped is counted in words above the label's height") {
    // 0 const; 2 block i32; 4 const; 6 const; 8 const; 10 br 0; 12 end; 13 drop; 14 drop
    const Bytes three = repeated(3, code(Op::i32_const, 7));
    CHECK(table_of(code(Op::i32_const, 0, Op::block, kI32, three, Op::br, 0, Op::end, Op::drop, Op::drop)) ==
          Table{{10, 13, 1, 1, 2}});
    // br_if counts without its condition: 0 block i32; 2, 4, 6 const; 8 br_if 0; 10 drop; 11 end; 12 drop
    CHECK(table_of(code(Op::block, kI32, three, Op::br_if, 0, Op::drop, Op::end, Op::drop)) == Table{{8, 12, 1, 1, 1}});
}

TEST_CASE("Branch: a br_table has an entry for each target, and the default last") {
    // 0 block; 2 loop; 4 block; 6 const; 8 br_table 2 [0 1] 2; 13 end; 14 end; 15 end; 16
    CHECK(table_of(code(Op::block, kEmptyBlock, Op::loop, kEmptyBlock, Op::block, kEmptyBlock, Op::i32_const, 0,
                        Op::br_table, 2, 0, 1, 2, Op::end, Op::end, Op::end)) ==
          Table{{8, 14, 3, 0, 0}, {8, 4, 0, 0, 0}, {8, 16, 3, 0, 0}});
}

TEST_CASE("Branch: target_entry counts the entries before the target") {
    // 0 block; 2 block; 4 br 0; 6 end; 7 br 0; 9 end; 10 loop; 12 br 0; 14 end
    CHECK(table_of(code(Op::block, kEmptyBlock, Op::block, kEmptyBlock, Op::br, 0, Op::end, Op::br, 0, Op::end,
                        Op::loop, kEmptyBlock, Op::br, 0, Op::end)) ==
          Table{{4, 7, 1, 0, 0}, {7, 10, 2, 0, 0}, {12, 12, 2, 0, 0}});
}

TEST_CASE("Branch: several branches to one label all arrive") {
    // 0 block; 2 const; 4 br_if 0; 6 const; 8 br_if 0; 10 br 0; 12 end; 13
    CHECK(table_of(code(Op::block, kEmptyBlock, Op::i32_const, 0, Op::br_if, 0, Op::i32_const, 0, Op::br_if, 0, Op::br,
                        0, Op::end)) == Table{{4, 13, 3, 0, 0}, {8, 13, 3, 0, 0}, {10, 13, 3, 0, 0}});
}

TEST_CASE("Branch: code that is never reached has its entries too, so that positions stay in step") {
    // 0 block; 2 br 0; 4 br 0; 6 end; 7
    CHECK(table_of(code(Op::block, kEmptyBlock, Op::br, 0, Op::br, 0, Op::end)) ==
          Table{{2, 7, 2, 0, 0}, {4, 7, 2, 0, 0}});
    // Fewer operands than the label has: nothing is dropped. 0 block i32; 2 unreachable; 3 br 0; 5 end; 6 drop
    CHECK(table_of(code(Op::block, kI32, Op::unreachable, Op::br, 0, Op::end, Op::drop)) == Table{{3, 6, 1, 1, 0}});
}

TEST_CASE("Branch: return, calls and blocks without branches have no entry") {
    CHECK(table_of(code(Op::block, kEmptyBlock, Op::call, 0, Op::loop, kEmptyBlock, Op::end, Op::return_, Op::end))
              .empty());
}

} // namespace detent
