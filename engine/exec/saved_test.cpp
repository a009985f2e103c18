// Executions that are saved, loaded and go on, as if nothing had been. The seed is RapidCheck's; RC_PARAMS fixes it.
#include "engine/testing/saving.hpp"
#include "engine/testing/tiers.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;

namespace {

bool holds(const char* what, bool (*property)(std::uint64_t seed)) {
    return rc::check(what, [property](std::uint64_t seed) { RC_ASSERT(property(seed)); });
}

/// Everything that can be seen at an ending.
struct End {
    Outcome outcome;
    ExecutionState state;

    friend bool operator==(const End&, const End&) = default;
};

End end_of(const Execution& execution, Ending ending) {
    return {outcome_of(execution, ending), must(capture(execution))};
}

/// A module, of which "f" is run together with its instantiation.
class Whole {
  public:
    explicit Whole(const Case& test) : code_(compiled(test.module, full_profile())), surroundings_({code_}) {
        for (const Value& argument : test.arguments)
            arguments_.push_back(argument.low);
    }

    End end(std::uint64_t limit) {
        const auto one = begin(limit);
        must(one->execution().refuel(Fuel(limit)));
        const Ending ending = must(one->execution().run());
        return end_of(one->execution(), ending);
    }

    template <class Next>
    End end_in_moves(std::uint64_t limit, Next next, Way way) {
        const auto one = begin(limit);
        const Ending ending = one->run(next, way.tier, way.handover);
        moves_ = one->moves();
        return end_of(one->execution(), ending);
    }

    /// Of the last run.
    [[nodiscard]] std::uint64_t moves() const { return moves_; }
    [[nodiscard]] std::uint64_t instantiation() const { return code_->instantiation_price(schedule()).units(); }

  private:
    std::unique_ptr<Moving> begin(std::uint64_t limit) {
        return begin_moving(code_, arguments_, limit, surroundings_, LimitValues::of(Preset::contract));
    }

    std::shared_ptr<const Code> code_;
    std::vector<std::uint64_t> arguments_;
    TestSurroundings surroundings_;
    std::uint64_t moves_ = 0;
};

Case module_of_seed(std::uint64_t seed) { return seed % 4 == 0 ? case_of(seed) : edge_case_of(seed); }

Way way_of(Random& random) {
    if (random.one_in(3)) return kByStepper;
    return random.one_in(2) ? kByLoweredCode : Way{Tier::fast, {Handover::When::random, random.next()}};
}

} // namespace

TEST_CASE("STA-1, STA-2: saved and loaded at every suspension, a run ends alike") {
    CHECK(holds("moves at every suspension", [](std::uint64_t seed) {
        Whole whole(module_of_seed(seed));
        const std::uint64_t limit = whole.instantiation() + 150;
        Random random(seed + 5);
        const Way way = way_of(random);
        return whole.end(limit) == whole.end_in_moves(limit, [] { return std::uint64_t{1}; }, way);
    }));
}

TEST_CASE("STA-1, STA-2: saved and loaded at random, a long run ends alike, trapped or not, whatever the tiers") {
    static std::uint64_t moves = 0;
    CHECK(holds("moves at random", [](std::uint64_t seed) {
        Whole whole(module_of_seed(seed));
        const End free = whole.end(200'000);
        Random random(seed + 6);
        const std::uint64_t step = 1 + free.outcome.used / 15;
        const Way way = way_of(random);
        const auto next = [&] { return 1 + random.next() % step; };
        const bool is_equal = free == whole.end_in_moves(200'000, next, way);
        moves += whole.moves();
        return is_equal;
    }));
    CHECK(moves > 500);
}
