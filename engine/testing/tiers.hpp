// Two tiers, one machine: runs of the same function that are paused at the same places and compared.
#pragma once

#include "engine/testing/case.hpp"

#include <algorithm>

namespace detent::testing {

/// What executes one of the runs.
struct Way {
    Tier tier = Tier::stepper;
    Handover handover;
};

inline constexpr Way kByStepper{};
inline constexpr Way kByLoweredCode{Tier::fast, {}};

/// A case that is compiled once, for all its runs.
struct Compiled {
    std::shared_ptr<const Code> code;
    std::vector<Value> arguments;

    explicit Compiled(const Case& test) : code(compiled(test.module, full_profile())), arguments(test.arguments) {}
};

/// One run of "f" that is paused and compared.
class Side {
  public:
    Side(const Compiled& test, std::uint64_t limit, Way way)
        : program_(test.code), execution_(program_.begin("f", test.arguments, limit, 0)) {
        execution_.use(way.tier, way.handover);
    }

    Ending run(std::uint64_t grant) {
        must(execution_.refuel(Fuel(grant)));
        return must(execution_.run());
    }

    [[nodiscard]] bool at_limit() const { return execution_.at_limit(); }
    [[nodiscard]] Outcome outcome(Ending ending) const { return outcome_of(execution_, ending); }
    [[nodiscard]] ExecutionState state() const { return must(capture(execution_)); }
    [[nodiscard]] const TierCounts& counts() const { return execution_.counts(); }

    /// For people.
    [[nodiscard]] std::string text() const {
        std::string out;
        const auto append = [](void* to, std::string_view piece) { *static_cast<std::string*>(to) += piece; };
        dump(execution_, state(), append, &out);
        return out;
    }

  private:
    Program program_;
    Execution execution_;
};

inline Outcome outcome_by(const Compiled& test, std::uint64_t limit, Way way) {
    Side side(test, limit, way);
    return side.outcome(side.run(limit));
}

/// Both sides under the same grants, each of which `next` makes from the one before: whether all that can be seen
/// stays equal, to the end or to the limit.
template <class Next>
bool stay_equal(Side& one, Side& other, std::uint64_t limit, Next next) {
    std::uint64_t grant = 0;
    while (true) {
        grant = std::min<std::uint64_t>(limit, next(grant));
        const Ending ending = one.run(grant);
        if (ending != other.run(grant) || one.at_limit() != other.at_limit()) return false;
        if (one.outcome(ending) != other.outcome(ending) || one.state() != other.state()) return false;
        if (ending != Ending::exhausted || one.at_limit()) return true;
    }
}

template <class Next>
bool stay_equal(const Compiled& test, std::uint64_t limit, Way way, Next next) {
    Side stepper(test, limit, kByStepper);
    Side other(test, limit, way);
    return stay_equal(stepper, other, limit, next);
}

} // namespace detent::testing
