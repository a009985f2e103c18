// Reserve accounting, watched from inside: before each cell that can be left, the balance that the register of fuel and
// the record of what is owed there make is the one that the stepper has before the same instruction.
#include "engine/testing/tiers.hpp"

#include "engine/exec/fast/visit.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <tuple>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint64_t kLimit = 1500;

/// A function, an offset in the module, and what was used before the instruction there.
using Moment = std::tuple<std::uint32_t, std::uint32_t, std::int64_t>;

/// All that the stepper comes to, one unit of fuel after the other.
std::set<Moment> moments_of_stepper(const Compiled& test) {
    std::set<Moment> moments;
    Side side(test, kLimit, kByStepper);
    for (std::uint64_t grant = 0; grant <= kLimit && side.run(grant) == Ending::exhausted; ++grant) {
        const ExecutionState state = side.state();
        if (state.frames.empty()) continue;
        const FrameState& top = state.frames[state.frames.size() - 1];
        moments.insert({top.function, top.position, static_cast<std::int64_t>(state.used)});
    }
    return moments;
}

/// The second meter: what it sees at the cells of lowered code that have a point.
class Shadow {
  public:
    Shadow(const Compiled& test, std::set<Moment> expected) : expected_(std::move(expected)) {
        must(count_cells(*test.code, schedule()));
        fast::Module* const module = fast::Module::of(*test.code, schedule());
        for (std::uint32_t i = 0; i < test.code->module().bodies.size(); ++i)
            add_points(*module, *test.code, FuncIdx{test.code->module().imported_functions + i});
        module->counting()->observe(
            [](void* to, const fast::Word* cell, std::int64_t fuel) { static_cast<Shadow*>(to)->see(cell, fuel); },
            this);
    }

    [[nodiscard]] std::size_t seen() const { return seen_; }
    [[nodiscard]] std::size_t wrong() const { return wrong_; }

  private:
    struct Place {
        std::uint32_t function = 0;
        fast::Point point;
    };

    void add_points(fast::Module& module, const Code& code, FuncIdx function) {
        const fast::Lowered* const lowered = must(module.lowered(code, function));
        if (lowered == nullptr) return;
        for (const fast::Point& point : must(module.recording(code, function))->points)
            places_.insert({lowered->cells.data() + point.cell, {number(function), point}});
    }

    void see(const fast::Word* cell, std::int64_t fuel) {
        const auto [first, last] = places_.equal_range(cell);
        for (auto at = first; at != last; ++at) {
            const fast::Point& point = at->second.point;
            const std::int64_t balance = fuel - point.owed + fast::Reserve::kUnits;
            const std::int64_t used = static_cast<std::int64_t>(kLimit) - balance;
            // What is owed is covered by the reserve, nothing unpaid was executed, and nothing was paid twice.
            const bool is_covered = 0 <= point.owed && point.owed <= fast::Reserve::kUnits && balance >= 0;
            const bool is_exact = expected_.contains({at->second.function, point.position, used});
            wrong_ += is_covered && is_exact ? 0U : 1U;
            ++seen_;
        }
    }

    std::set<Moment> expected_;
    std::multimap<const fast::Word*, Place> places_;
    std::size_t seen_ = 0;
    std::size_t wrong_ = 0;
};

std::size_t all_seen = 0;

bool is_balanced(std::uint64_t seed) {
    const Compiled test(edge_case_of(seed));
    Shadow shadow(test, moments_of_stepper(test));
    for (const Handover handover : {Handover{}, Handover{Handover::When::random, seed}}) {
        Side side(test, kLimit, Way{Tier::fast, handover});
        static_cast<void>(side.run(kLimit));
    }
    all_seen += shadow.seen();
    return shadow.wrong() == 0;
}

} // namespace

TEST_CASE("MET-1, MET-2: before every cell that can be left the balance is the stepper's", "[balance]") {
    CHECK(rc::check("modules at random", [](std::uint64_t seed) { RC_ASSERT(is_balanced(seed)); }));
    CHECK(all_seen > 1000);
}
