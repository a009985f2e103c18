// Lowered code and the stepper are one machine: over generated modules every pause and every end is the same state. The
// seed is RapidCheck's; it is printed, and fixed by RC_PARAMS.
#include "engine/testing/tiers.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;

namespace {

/// Grants that each add at most `most`.
auto slices(std::uint32_t most, Random& random) {
    return [most, &random](std::uint64_t grant) { return grant + 1 + random.below(most); };
}

bool agree(std::uint64_t seed, std::uint64_t limit, std::uint32_t most) {
    Random random(seed + 3);
    return stay_equal(Compiled(case_of(seed)), limit, kByLoweredCode, slices(most, random));
}

} // namespace

TEST_CASE("MET-1, MET-15: lowered code and the stepper pause and end in the same states", "[visits]") {
    CHECK(
        rc::check("grants of up to 50,000 units", [](std::uint64_t seed) { RC_ASSERT(agree(seed, 200'000, 50'000)); }));
    CHECK(rc::check("grants of about the reserve", [](std::uint64_t seed) { RC_ASSERT(agree(seed, 20'000, 600)); }));
}

TEST_CASE("MET-11: lowered code is exhausted where the stepper is, around what is used", "[visits]") {
    CHECK(rc::check("limits of used - 1, used, used + 1 and at random", [](std::uint64_t seed) {
        const Compiled test(case_of(seed));
        Random random(seed + 4);
        const std::uint64_t used = outcome_by(test, 200'000, kByStepper).used;
        for (const std::uint64_t limit : {used == 0 ? 0 : used - 1, used, used + 1, random.next() % (used + 1)})
            RC_ASSERT(stay_equal(test, limit, kByLoweredCode, slices(1'000'000, random)));
    }));
}

TEST_CASE("MET-1, MET-15: lowered code hands over at any check, and nothing changes", "[visits]") {
    CHECK(rc::check("at every check, and at random ones", [](std::uint64_t seed) {
        const Compiled test(edge_case_of(seed));
        Random random(seed + 3);
        for (const Handover handover : {Handover{Handover::When::every, 0}, Handover{Handover::When::random, seed}})
            RC_ASSERT(stay_equal(test, 50'000, Way{Tier::fast, handover}, slices(20'000, random)));
    }));
}

TEST_CASE("MET-15: at the beginning of a loop no operand waits that waited before it", "[visits]") {
    const Bytes body = code(Op::i64_const, 0, Op::loop, 1, Op::i64_const, 31, Op::i64_add, Op::local_get, 0,
                            Op::i32_const, 1, Op::i32_sub, Op::local_tee, 0, Op::br_if, 0U, Op::end);
    ModuleBuilder b;
    const std::uint32_t type = b.type({kI32}, {kI64});
    b.type({kI64}, {kI64});
    b.export_function("f", b.function(type, {}, body));
    const Compiled test({b.build(), {Value::i32(10)}});
    const Way way{Tier::fast, {Handover::When::every, 0}};
    CHECK(outcome_by(test, 10'000, way).results == std::vector<std::uint64_t>{310});
    CHECK(outcome_by(test, 10'000, way) == outcome_by(test, 10'000, kByStepper));
}

TEST_CASE("MET-15: what the tiers did is counted", "[visits]") {
    const Bytes body = code(Op::loop, kEmptyBlock, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub, Op::local_tee, 0,
                            Op::br_if, 0U, Op::end, Op::i32_const, 0, Op::memory_grow, std::uint8_t{0});
    ModuleBuilder b;
    b.export_function("f", b.function(b.type({kI32}, {kI32}), {}, body));
    b.memory(1, 1);
    const Compiled test({b.build(), {Value::i32(10)}});
    const auto counts = [&test](Way way) {
        Side side(test, 10'000, way);
        static_cast<void>(side.run(10'000));
        return side.counts();
    };
    // By hand: the loop's opcode, five instructions ten times, and two.
    CHECK(counts(kByStepper).steps == 1 + 5 * 10 + 2);
    CHECK(counts(kByStepper).visits == 0);
    CHECK(counts(kByLoweredCode).visits == 1);
    CHECK(counts(kByLoweredCode).handovers == 0);
    CHECK(counts(kByLoweredCode).called == 1);
    CHECK(counts(kByLoweredCode).steps == 0);
    // Nine times back to the loop, where the stepper executes one instruction; and behind memory.grow.
    const TierCounts every = counts({Tier::fast, {Handover::When::every, 0}});
    CHECK(every.handovers >= 5);
    CHECK(every.visits >= every.handovers);
    CHECK(every.steps > 5);
}

TEST_CASE("MET-15: under the adaptive tier a function is lowered once the stepper has done as much", "[visits]") {
    const Bytes body = code(Op::loop, kEmptyBlock, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub, Op::local_tee, 0,
                            Op::br_if, 0U, Op::end, Op::i32_const, 0);
    // By hand, with the `end` behind: an instruction of the stepper's for each.
    constexpr std::uint64_t kBytes = 15;
    ModuleBuilder b;
    b.export_function("f", b.function(b.type({kI32}, {kI32}), {}, body));
    const auto counts = [&b](std::uint32_t turns) {
        const Compiled test({b.build(), {Value::i32(turns)}});
        Side side(test, 100'000, {Tier::adaptive, {}});
        static_cast<void>(side.run(100'000));
        return side.counts();
    };
    CHECK(counts(2).steps == 1 + 5 * 2 + 1);
    CHECK(counts(2).visits == 0);
    // It goes on to where lowered code can be entered, which is the loop.
    const TierCounts many = counts(1000);
    CHECK(many.visits == 1);
    CHECK(many.steps >= kBytes);
    CHECK(many.steps < kBytes + 6);
}

TEST_CASE("exec-load, exec-store: a memory is touched by lowered code, up to where it goes") {
    // What lies far behind all that was touched before is read and written, up to the last byte; then one behind it.
    const Bytes body = code(Op::i32_const, 50'000, Op::i32_const, 7, Op::i32_store, std::uint8_t{2}, 0U, Op::i32_const,
                            131'064, Op::i64_load, std::uint8_t{3}, 0U, Op::drop, Op::local_get, 0, Op::i32_load8_u,
                            std::uint8_t{0}, 0U, Op::i32_const, 50'000, Op::i32_load, std::uint8_t{2}, 0U, Op::i32_add,
                            Op::memory_size, std::uint8_t{0}, Op::i32_add);
    ModuleBuilder b;
    b.export_function("f", b.function(b.type({kI32}, {kI32}), {}, body));
    b.memory(2, 2);
    const Compiled inside({b.build(), {Value::i32(131'071)}});
    Side side(inside, 10'000, kByLoweredCode);
    static_cast<void>(side.run(10'000));
    CHECK(side.counts().visits == 1);
    CHECK(side.counts().handovers == 0);
    CHECK(side.counts().steps == 0);
    CHECK(outcome_by(inside, 10'000, kByLoweredCode).results == std::vector<std::uint64_t>{7 + 2});
    CHECK(outcome_by(inside, 10'000, kByLoweredCode) == outcome_by(inside, 10'000, kByStepper));
    const Compiled outside({b.build(), {Value::i32(131'072)}});
    CHECK(outcome_by(outside, 10'000, kByLoweredCode).ending == Ending::trapped);
    CHECK(outcome_by(outside, 10'000, kByLoweredCode) == outcome_by(outside, 10'000, kByStepper));
}

TEST_CASE("MET-10: frames that have returned count no more", "[visits]") {
    // More words, one after the other, than there may be at a time.
    const Bytes loop = code(Op::loop, kEmptyBlock, Op::call, 1U, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub,
                            Op::local_tee, 0, Op::br_if, 0U, Op::end);
    ModuleBuilder b;
    b.export_function("f", b.function(b.type({kI32}, {}), {}, loop));
    b.function(b.type({}, {}), {{2000, kI64}}, code(Op::nop));
    const Compiled test({b.build(), {Value::i32(1000)}});
    REQUIRE(LimitValues::of(Preset::contract)[Limit::stack_words] < 2000 * 1000);
    const Outcome outcome = outcome_by(test, 100'000'000, kByLoweredCode);
    CHECK(outcome.ending == Ending::returned);
    CHECK(outcome == outcome_by(test, 100'000'000, kByStepper));
}

TEST_CASE("frames that overlapped leave no more room than there is", "[visits]") {
    // Both recurse and end with a body that is called, where the room is counted anew; the first behind all its
    // operands, the second before them, so that its frames overlap. Behind the second, the first needs more room than
    // before. Found by a policy engine's module, which wrote behind the stack.
    const auto recursion = [](std::uint32_t self, bool is_behind) {
        constexpr int kOperands = 20;
        Bytes operands;
        Bytes drops;
        for (int i = 0; i < kOperands; ++i) {
            operands = code(operands, Op::i64_const, 1);
            drops = code(drops, Op::drop);
        }
        const Bytes call =
            code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub, Op::call,
                 self, Op::else_, Op::i32_const, 0, Op::memory_grow, std::uint8_t{0}, Op::drop, Op::end);
        return is_behind ? code(operands, call, drops) : code(call, operands, drops);
    };
    ModuleBuilder b;
    const std::uint32_t type = b.type({kI32}, {});
    // The first calls are the stepper's, since nothing is lowered yet.
    const Bytes all = code(Op::i32_const, 18, Op::call, 1U, Op::i32_const, 1, Op::call, 2U, Op::i32_const, 17, Op::call,
                           2U, Op::local_get, 0, Op::call, 1U);
    b.export_function("f", b.function(type, {}, all));
    b.function(type, {}, recursion(1, true));
    b.function(type, {}, recursion(2, false));
    b.memory(1, 1);
    const Compiled test({b.build(), {Value::i32(30)}});
    const Outcome outcome = outcome_by(test, 10'000'000, kByLoweredCode);
    CHECK(outcome.ending == Ending::returned);
    CHECK(outcome == outcome_by(test, 10'000'000, kByStepper));
}
