// Lowered code and the stepper are one machine: over generated modules every pause and every end is the same state. The
// seed is RapidCheck's; it is printed, and fixed by RC_PARAMS.
#include "engine/testing/generator.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;

namespace {

/// One run of "f" that is paused and compared.
class Side {
  public:
    Side(const Bytes& module, const std::vector<Value>& arguments, std::uint64_t limit, Tier tier)
        : program_(module), execution_(program_.begin("f", arguments, limit, 0)) {
        execution_.use(tier);
    }

    Ending run(std::uint64_t grant) {
        must(execution_.refuel(Fuel(grant)));
        return must(execution_.run());
    }

    bool at_limit() const { return execution_.at_limit(); }
    Outcome outcome(Ending ending) const { return outcome_of(execution_, ending); }
    State state() const { return must(capture(execution_)); }

  private:
    Program program_;
    Execution execution_;
};

struct Case {
    Bytes module;
    std::vector<Value> arguments;
};

Case case_of(std::uint64_t seed) {
    Generator generator(seed);
    Random random(seed + 1);
    return {generator.module(), {Value::i32(static_cast<std::uint32_t>(random.next())), Value::i64(random.next())}};
}

std::uint64_t used_by(const Case& test, std::uint64_t most) {
    Side stepper(test.module, test.arguments, most, Tier::stepper);
    return stepper.outcome(stepper.run(most)).used;
}

/// Both sides under the same grants, each of which adds at most `most`: whether all that can be seen stays equal.
bool stay_equal(const Case& test, std::uint64_t limit, std::uint32_t most, Random& random) {
    Side stepper(test.module, test.arguments, limit, Tier::stepper);
    Side fast(test.module, test.arguments, limit, Tier::fast);
    std::uint64_t grant = 0;
    while (true) {
        grant = std::min(limit, grant + 1 + random.below(most));
        const Ending ending = stepper.run(grant);
        if (ending != fast.run(grant) || stepper.at_limit() != fast.at_limit()) return false;
        if (stepper.outcome(ending) != fast.outcome(ending) || stepper.state() != fast.state()) return false;
        if (ending != Ending::exhausted || stepper.at_limit()) return true;
    }
}

} // namespace

TEST_CASE("MET-1, MET-15: lowered code and the stepper pause and end in the same states") {
    CHECK(rc::check("grants of up to 50,000 units", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        Random random(seed + 2);
        RC_ASSERT(stay_equal(test, 200'000, 1 + random.below(50'000), random));
    }));
    CHECK(rc::check("grants of about the reserve", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        Random random(seed + 3);
        RC_ASSERT(stay_equal(test, 20'000, 600, random));
    }));
}

TEST_CASE("MET-11: lowered code is exhausted where the stepper is, around what is used") {
    CHECK(rc::check("limits of used - 1, used, used + 1 and at random", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        Random random(seed + 4);
        const std::uint64_t used = used_by(test, 200'000);
        for (const std::uint64_t limit : {used == 0 ? 0 : used - 1, used, used + 1,
                                          std::uint64_t{random.below(static_cast<std::uint32_t>(used) + 1)}})
            RC_ASSERT(stay_equal(test, limit, 1'000'000, random));
    }));
}
