// One code, many threads: whoever comes first lowers a function, and nobody can tell who it was.
#include "engine/testing/tiers.hpp"

#include <catch2/catch.hpp>

#include <barrier>
#include <thread>
#include <vector>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint64_t kLimit = 20'000;
constexpr std::size_t kThreads = 4;

/// What threads say that begin at once, each with a store of its own. Every second one lowers all functions before.
std::vector<Outcome> outcomes_of_threads(const Compiled& test, Way way) {
    std::vector<Outcome> outcomes(kThreads);
    std::barrier<> start(kThreads);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&test, way, i, &outcomes, &start] {
            start.arrive_and_wait();
            if (i % 2 == 1) must(lower_all(*test.code, schedule()));
            outcomes[i] = outcome_by(test, kLimit, way);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    return outcomes;
}

} // namespace

TEST_CASE("MET-1: threads that lower a code at once say what the stepper says", "[threads]") {
    constexpr Way kWays[] = {
        kByLoweredCode,
        {Tier::adaptive, {}},
        {Tier::fast, {Handover::When::every, 0}},
    };
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        // Each way lowers anew what nobody has lowered yet.
        for (const Way way : kWays) {
            const Compiled test(seed % 2 == 0 ? edge_case_of(seed) : case_of(seed));
            const std::vector<Outcome> outcomes = outcomes_of_threads(test, way);
            CHECK(outcomes == std::vector<Outcome>(kThreads, outcome_by(test, kLimit, kByStepper)));
        }
    }
}
