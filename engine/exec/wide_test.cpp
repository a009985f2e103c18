// The wide-arithmetic instructions against 128-bit integers of the compiler, which the bodies do without.
#include "engine/testing/vector_cases.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;

namespace {

__extension__ using Unsigned128 = unsigned __int128;

Unsigned128 joined(const Cell& low, const Cell& high) { return Unsigned128{low_of(high)} << 64 | low_of(low); }

Cell split(Unsigned128 value) {
    return cell_of(static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64));
}

Whole as_signed_whole(const Cell& cell) { return field(cell, 64, 0, true); }

std::optional<Cell> expected(Op op, const std::vector<Cell>& in) {
    const std::string_view mnemonic = row(op).mnemonic;
    if (mnemonic == "i64.add128") return split(joined(in[0], in[1]) + joined(in[2], in[3]));
    if (mnemonic == "i64.sub128") return split(joined(in[0], in[1]) - joined(in[2], in[3]));
    if (mnemonic == "i64.mul_wide_u") return split(Unsigned128{low_of(in[0])} * low_of(in[1]));
    if (mnemonic == "i64.mul_wide_s")
        return split(static_cast<Unsigned128>(as_signed_whole(in[0]) * as_signed_whole(in[1])));
    return std::nullopt;
}

/// The two results, and the fuel.
Outcome executed(Op op, const std::vector<Cell>& operands) {
    Bytes body;
    for (const Cell& operand : operands)
        append(body, constant_of("i64", operand));
    append(body, code(op));
    ModuleBuilder b;
    b.export_function("f", b.function(b.type({}, {kI64, kI64}), {}, body));
    return Program(must(compile(b.build(), vector_profile()))).call("f", {});
}

} // namespace

TEST_CASE("exec-wideop, exec-extwideop: each body is 128-bit arithmetic", "[feature:wide-arithmetic]") {
    const std::map<Op, DirectCall> bodies = plain_bodies<Feature::wide_arithmetic>();
    CHECK(rc::check("wide bodies", [&](std::uint64_t seed) {
        Random random(seed);
        for (int round = 0; round < 20; ++round) {
            for (const auto& [op, body] : bodies) {
                const std::vector<Cell> operands = operands_at_random(random, op);
                RC_LOG() << row(op).mnemonic << '\n';
                RC_ASSERT(body(operands) == expected(op, operands).value());
            }
        }
    }));
}

TEST_CASE("exec-wideop, exec-extwideop: two results, the low one first, at the price of the class",
          "[feature:wide-arithmetic]") {
    const auto all_ones = cell_of(~std::uint64_t{0});
    // By hand: -1 + 1 carries; 1 - 2 borrows; the square of -1 is 1, of 2^64 - 1 is 2^128 - 2^65 + 1.
    const Outcome sum = executed(Op::i64_add128, {all_ones, cell_of(5), cell_of(1), cell_of(7)});
    CHECK(sum.results == std::vector<std::uint64_t>{0, 13});
    const Outcome difference = executed(Op::i64_sub128, {cell_of(1), cell_of(9), cell_of(2), cell_of(3)});
    CHECK(difference.results == std::vector<std::uint64_t>{~std::uint64_t{0}, 5});
    const Outcome of_signed = executed(Op::i64_mul_wide_s, {all_ones, all_ones});
    CHECK(of_signed.results == std::vector<std::uint64_t>{1, 0});
    const Outcome of_unsigned = executed(Op::i64_mul_wide_u, {all_ones, all_ones});
    CHECK(of_unsigned.results == std::vector<std::uint64_t>{1, ~std::uint64_t{1}});
    // Entry 5, a frame of 4 or 2 words 1, a constant 1 each, the instruction 3.
    CHECK(sum.used == 5 + 1 + 4 + 3);
    CHECK(difference.used == 5 + 1 + 4 + 3);
    CHECK(of_signed.used == 5 + 1 + 2 + 3);
    CHECK(of_unsigned.used == 5 + 1 + 2 + 3);
}

TEST_CASE("DET-20: every instruction of wide-arithmetic has a case above", "[feature:wide-arithmetic]") {
    const std::map<Op, DirectCall> bodies = plain_bodies<Feature::wide_arithmetic>();
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const Op op = static_cast<Op>(i);
        CAPTURE(to_text(op));
        CHECK(bodies.contains(op) == (row(op).feature == Feature::wide_arithmetic));
    }
    CHECK(bodies.size() == 4);
}
