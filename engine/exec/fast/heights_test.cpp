// Lowering knows the heights of operands without their types. Expected is what validation says of the same bodies.
#include "engine/testing/case.hpp"
#include "engine/testing/edge_generator.hpp"
#include "engine/testing/program.hpp"

#include "engine/code/operand_map.hpp"
#include "engine/exec/fast/effects.hpp"
#include "engine/exec/fast/visit.hpp"
#include "engine/valid/signature.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint64_t kModules = 400;

/// Heights at all points of a function, by position.
std::map<std::uint32_t, std::uint32_t> lowered_heights(fast::Module& module, const Code& code, FuncIdx function) {
    std::map<std::uint32_t, std::uint32_t> heights;
    if (must(module.lowered(code, function)) == nullptr) return heights;
    for (const fast::Point& point : must(module.recording(code, function))->points) {
        const auto [at, is_new] = heights.emplace(point.position, point.height);
        CHECK(at->second == point.height);
    }
    return heights;
}

/// How many points there were.
std::size_t compare(const Code& code) {
    fast::Module* const module = fast::Module::of(code, schedule());
    REQUIRE(module != nullptr);
    std::size_t points = 0;
    for (std::size_t i = 0; i < code.module().bodies.size(); ++i) {
        const FuncIdx function{static_cast<std::uint32_t>(code.module().imported_functions + i)};
        const auto heights = lowered_heights(*module, code, function);
        std::vector<std::uint32_t> positions;
        for (const auto& [position, height] : heights)
            positions.push_back(position);
        const OperandMap validated = must(map_operands(code, function, positions));
        for (std::size_t at = 0; at < positions.size(); ++at) {
            INFO("function " << i << ", position " << positions[at]);
            CHECK(heights.at(positions[at]) == validated.at(at).size());
        }
        points += positions.size();
    }
    return points;
}

/// Words that a signature adds, less those that it takes, and how many types the immediate decides.
fast::Effect effect_by(const Signature& signature) {
    fast::Effect effect;
    const auto add = [&effect](std::span<const Slot> slots, int sign) {
        for (const Slot slot : slots) {
            const int words = slot == Slot::v128 ? 2 : slot == Slot::bound ? 0 : 1;
            effect.words = static_cast<std::int8_t>(effect.words + sign * words);
            effect.bound = static_cast<std::int8_t>(effect.bound + (slot == Slot::bound ? sign : 0));
        }
    };
    add(signature.parameters(), -1);
    add(signature.results(), 1);
    return effect;
}

void check_effect(Op op, int words, int bound) {
    INFO(to_text(op));
    CHECK(fast::effect_of(op).words == words);
    CHECK(fast::effect_of(op).bound == bound);
}

} // namespace

TEST_CASE("Effects are those of the signatures", "[lowering]") {
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const auto op = static_cast<Op>(i);
        if (!signature(op).is_plain) continue;
        const fast::Effect expected = effect_by(signature(op));
        check_effect(op, expected.words, expected.bound);
    }
}

TEST_CASE("Effects of instructions with rules of their own leave lists out", "[lowering]") {
    check_effect(Op::call, 0, 0);
    check_effect(Op::call_indirect, -1, 0);
    check_effect(Op::call_ref, -1, 0);
    check_effect(Op::if_, -1, 0);
    check_effect(Op::br_if, -1, 0);
    check_effect(Op::br_on_null, 0, 0);
    check_effect(Op::br_on_non_null, -1, 0);
    check_effect(Op::br_on_cast, 0, 0);
    check_effect(Op::br_on_cast_fail, 0, 0);
    check_effect(Op::ref_null, 1, 0);
    check_effect(Op::ref_func, 1, 0);
    check_effect(Op::ref_eq, -1, 0);
    check_effect(Op::ref_cast_null, 0, 0);
    check_effect(Op::struct_new, 1, 0);
    check_effect(Op::struct_get, -1, 1);
    check_effect(Op::struct_set, -1, -1);
    check_effect(Op::array_new, 0, -1);
    check_effect(Op::array_new_fixed, 1, 0);
    check_effect(Op::array_get, -2, 1);
    check_effect(Op::array_fill, -3, -1);
    check_effect(Op::array_copy, -5, 0);
    check_effect(Op::array_init_elem, -4, 0);
}

TEST_CASE("Lowered code has the heights of validation at every point", "[lowering]") {
    std::size_t points = 0;
    for (std::uint64_t seed = 1; seed <= kModules; ++seed) {
        INFO("seed " << seed);
        const Case test = seed % 4 == 0 ? case_of(seed) : edge_case_of(seed);
        points += compare(*compiled(test.module, full_profile()));
    }
    CHECK(points > 20 * kModules);
}

TEST_CASE("Widths of what an immediate or a list decides count in heights", "[lowering]") {
    ModuleBuilder b;
    const std::uint32_t wide = b.type({kV128, kI32, kV128}, {kV128});
    const std::uint32_t nothing = b.type({}, {});
    b.memory(1, 2);
    // Behind each instruction a load is a point.
    const Bytes point = code(Op::i32_const, 0, Op::i32_load, 2, 0, Op::drop);
    const Bytes vector = code(Op::local_get, 0);
    b.function(nothing, {{1, kV128}, {1, kI32}, {1, kV128}},
               code(vector, point, vector, Op::i32_const, 1, Op::select, point, Op::local_tee, 2, point, Op::local_get,
                    1, vector, point, Op::call, 1U, point, Op::block, kV128, vector, point, Op::br, 0U, vector, Op::end,
                    point, Op::drop, point, Op::drop));
    b.function(wide, {}, vector);
    CHECK(compare(*compiled(b.build(), full_profile())) > 8);
}

TEST_CASE("Fields, elements and lists of them count in heights", "[lowering]") {
    ModuleBuilder b;
    const std::uint32_t structure =
        b.type(structure_type({mutable_field(kI32), mutable_field(kV128), mutable_field(kI64)}));
    const std::uint32_t array = b.type(array_type(mutable_field(kV128)));
    const std::uint32_t callee = b.type({kV128, kI64}, {kV128, kI32});
    const std::uint32_t nothing = b.type({}, {});
    b.memory(1, 2);
    const Bytes point = code(Op::i32_const, 0, Op::i32_load, 2, 0, Op::drop);
    const Bytes vector = code(Op::local_get, 0);
    const Bytes drop = code(Op::drop);
    b.function(nothing,
               {{1, kV128}, {1, nullable(HeapType(TypeIdx{structure}))}, {1, nullable(HeapType(TypeIdx{array}))}},
               code(Op::i32_const, 1, vector, Op::i64_const, 2, Op::struct_new, structure, point, Op::struct_get,
                    structure, 1, point, drop, point, Op::struct_new_default, structure, point, Op::local_tee, 1,
                    vector, Op::struct_set, structure, 1, point, vector, vector, vector, Op::array_new_fixed, array, 3,
                    point, Op::i32_const, 0, Op::array_get, array, point, drop, point, vector, Op::i32_const, 4,
                    Op::array_new, array, point, Op::local_tee, 2, Op::i32_const, 0, vector, Op::array_set, array,
                    point, Op::local_get, 2, Op::i32_const, 0, vector, Op::i32_const, 1, Op::array_fill, array, point,
                    vector, Op::i64_const, 1, Op::ref_func, 1U, Op::call_ref, callee, point, drop, point, drop, point));
    b.function(callee, {}, code(vector, Op::i32_const, 1));
    b.declared_elements({1});
    CHECK(compare(*compiled(b.build(), full_profile())) > 12);
}
