// The typing rules of vectors and of wide arithmetic. Source: spec, Validation, Instructions, Vector Instructions; the
// wide-arithmetic proposal.
#include "engine/testing/typed_body.hpp"
#include "engine/valid/signature.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;

namespace {

ModuleBuilder surroundings() {
    ModuleBuilder b;
    b.memory(1);
    return b;
}

struct Immediates {
    Bytes bytes;
    /// How many lanes the last byte chooses from; 0 where it is no lane.
    unsigned lanes = 0;
};

/// The immediates of a vector instruction, all zero.
Immediates immediates_of(Op op) {
    const Immediate kind = row(op).immediate;
    if (kind == Immediate::none) return {};
    if (kind == Immediate::v128) return {Bytes(16)};
    if (kind == Immediate::lanes_16) return {Bytes(16), 32};
    if (kind == Immediate::lane_16) return {{0}, 16};
    if (kind == Immediate::lane_8) return {{0}, 8};
    if (kind == Immediate::lane_4) return {{0}, 4};
    if (kind == Immediate::lane_2) return {{0}, 2};
    if (kind == Immediate::mem_8_lane) return {{0, 0, 0}, 16};
    if (kind == Immediate::mem_16_lane) return {{0, 0, 0}, 8};
    if (kind == Immediate::mem_32_lane) return {{0, 0, 0}, 4};
    if (kind == Immediate::mem_64_lane) return {{0, 0, 0}, 2};
    return {{0, 0}};
}

std::vector<ValType> types_of(std::span<const Slot> slots) {
    std::vector<ValType> types;
    for (const Slot slot : slots)
        types.push_back(type_of(slot, Bindings{}));
    return types;
}

bool is_of_vectors(const OpRow& row) {
    return row.feature == Feature::simd || row.feature == Feature::relaxed_simd ||
           row.feature == Feature::wide_arithmetic;
}

} // namespace

TEST_CASE("valid-vbinop: each vector instruction takes what its row says, and a lane that is there [feature:simd] "
          "[feature:relaxed-simd]",
          "[feature:wide-arithmetic]") {
    std::size_t tested = 0;
    for (std::size_t i = 0; i < kOpCount; ++i) {
        if (!is_of_vectors(kOpRows[i])) continue;
        ++tested;
        const Op op = static_cast<Op>(i);
        INFO(to_text(op));
        const std::vector<ValType> parameters = types_of(signature(op).parameters());
        const std::vector<ValType> results = types_of(signature(op).results());
        const auto [immediates, lanes] = immediates_of(op);
        CHECK(agrees(surroundings(), {parameters, code(op, immediates), results}));
        for (std::size_t wrong = 0; wrong < parameters.size(); ++wrong) {
            std::vector<ValType> given = parameters;
            given[wrong] = kExternRef;
            CHECK_FALSE(agrees(surroundings(), {given, code(op, immediates), results}));
        }
        if (lanes == 0) continue;
        Bytes last = immediates;
        last.back() = static_cast<std::uint8_t>(lanes - 1);
        CHECK(agrees(surroundings(), {parameters, code(op, last), results}));
        last.back() = static_cast<std::uint8_t>(lanes);
        const std::optional<Error> error = refusal_of(surroundings(), {parameters, code(op, last), results});
        CHECK(error.value().code == ErrorCode::invalid_lane_index);
    }
    CHECK(tested == 236 + 20 + 4);
}

TEST_CASE("valid-vload-val: an access is aligned to what it reads at most", "[feature:simd]") {
    // The natural alignment of each kind of access, by the specification's table of instructions.
    const std::pair<Op, std::uint8_t> loads[] = {
        {Op::v128_load, 4},         {Op::v128_load8x8_s, 3},    {Op::v128_load32x2_u, 3},
        {Op::v128_load8_splat, 0},  {Op::v128_load16_splat, 1}, {Op::v128_load32_splat, 2},
        {Op::v128_load64_splat, 3}, {Op::v128_load32_zero, 2},  {Op::v128_load64_zero, 3},
    };
    for (const auto& [op, natural] : loads) {
        INFO(to_text(op));
        CHECK(agrees(surroundings(), {{kI32}, code(op, natural, 0), {kV128}}));
        const auto more = static_cast<std::uint8_t>(natural + 1);
        CHECK(refusal_of(surroundings(), {{kI32}, code(op, more, 0), {kV128}}).value().code ==
              ErrorCode::alignment_too_large);
    }
    CHECK(agrees(surroundings(), {{kI32, kV128}, code(Op::v128_store64_lane, 3, 0, 1), {}}));
    CHECK(refusal_of(surroundings(), {{kI32, kV128}, code(Op::v128_store64_lane, 4, 0, 1), {}}).value().code ==
          ErrorCode::alignment_too_large);
}

TEST_CASE("valid-select: vectors are selected without a type, dropped and held in locals", "[feature:simd]") {
    CHECK(agrees(surroundings(), {{kV128, kV128, kI32}, code(Op::select), {kV128}}));
    CHECK_FALSE(agrees(surroundings(), {{kV128, kI64, kI32}, code(Op::select), {kV128}}));
    CHECK(agrees(surroundings(), {{kV128, kV128, kI32}, code(Op::select_t, 1, kV128), {kV128}}));
    CHECK(agrees(surroundings(), {{kV128}, code(Op::drop, Op::local_get, 1), {kV128}, {{1, kV128}}}));
}

} // namespace detent
