// Properties of the stepper over generated modules. The seed is RapidCheck's; it is printed, and fixed by RC_PARAMS.
#include "engine/testing/case.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;

namespace {

/// Everything observable at an end: outcome, fuel, and the store.
struct End {
    Outcome outcome;
    ExecutionState state;

    friend bool operator==(const End&, const End&) = default;
};

End end_of(const Execution& execution, Ending ending) {
    ExecutionState state = must(capture(execution));
    state.limit = 0;
    return {outcome_of(execution, ending), std::move(state)};
}

End in_one_go(const Case& test, std::uint64_t limit = Fuel::kMaximum) {
    Program program(test.module);
    Execution execution = program.begin("f", test.arguments, limit, limit);
    const Ending ending = must(execution.run());
    return end_of(execution, ending);
}

/// Raises the grant as `next` says until an ending that is no pause, or the limit.
template <class Next>
End sliced(const Case& test, std::uint64_t limit, Next next) {
    Program program(test.module);
    Execution execution = program.begin("f", test.arguments, limit, 0);
    Ending ending = must(execution.run());
    while (ending == Ending::exhausted && !execution.at_limit()) {
        const std::uint64_t more = execution.grant().units() + next();
        must(execution.refuel(Fuel(std::min(more, limit))));
        ending = must(execution.run());
    }
    return end_of(execution, ending);
}

bool holds(const char* what, bool (*property)(std::uint64_t seed)) {
    return rc::check(what, [property](std::uint64_t seed) { RC_ASSERT(property(seed)); });
}

} // namespace

TEST_CASE("MET-1, MET-12: with fuel for all of it, a run ends alike and leaves the rest") {
    CHECK(holds("limit at and above what is used", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        const End free = in_one_go(test);
        const End exact = in_one_go(test, free.outcome.used);
        return free == exact && free == in_one_go(test, free.outcome.used + 1 + seed % 1000);
    }));
}

TEST_CASE("MET-11: with less, it is exhausted at a prefix of the run, and goes on from there to the same end") {
    CHECK(holds("limit below what is used", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        const End free = in_one_go(test);
        if (free.outcome.used == 0) return true;
        const std::uint64_t limit = Random(seed + 2).next() % free.outcome.used;
        Program program(test.module);
        Execution execution = program.begin("f", test.arguments, limit, limit);
        if (must(execution.run()) != Ending::exhausted || !execution.at_limit()) return false;
        if (execution.used() > Fuel(limit)) return false;
        must(execution.raise_limit(Fuel(free.outcome.used)));
        must(execution.refuel(Fuel(free.outcome.used)));
        const Ending ending = must(execution.run());
        return end_of(execution, ending) == free;
    }));
}

TEST_CASE("MET-13, MET-15: one go and any slicing end alike") {
    CHECK(holds("slices at random", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        const End free = in_one_go(test);
        Random random(seed + 3);
        return free == sliced(test, free.outcome.used, [&random] { return std::uint64_t{1} + random.below(200); });
    }));
}

TEST_CASE("MET-15: slices of one unit end alike, and every pause is at an instruction") {
    CHECK(holds("slices of one", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        const End free = in_one_go(test, 3000);
        Program program(test.module);
        Execution execution = program.begin("f", test.arguments, 3000, 0);
        Ending ending = must(execution.run());
        while (ending == Ending::exhausted && !execution.at_limit()) {
            const ExecutionState state = must(capture(execution));
            if (!state.frames.empty()) {
                const std::uint8_t byte = program.code().module().bytes[state.frames.back().position];
                if (byte == 0x0B || byte == 0x05) return false;
            }
            must(execution.refuel(execution.grant() + Fuel(1)));
            ending = must(execution.run());
        }
        return free == end_of(execution, ending);
    }));
}

TEST_CASE("MET-11: the generator reaches every ending, so that the properties are about something") {
    std::uint64_t returned = 0;
    std::uint64_t trapped = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const End end = in_one_go(case_of(seed));
        returned += end.outcome.ending == Ending::returned;
        trapped += end.outcome.ending == Ending::trapped;
    }
    CHECK(returned > 30);
    CHECK(trapped > 30);
    CHECK(returned + trapped == 300);
}
