// What loading any bytes must give: an error, or a state that says the same and from which all tiers go on alike.
#pragma once

#include "engine/testing/saving.hpp"
#include "engine/testing/tiers.hpp"

#include <algorithm>
#include <array>

namespace detent::testing {

/// Where a run has come to: what it ended with, the state, and the bytes of one that can go on.
struct LeftAt {
    Outcome outcome;
    ExecutionState state;
    Bytes bytes;

    friend bool operator==(const LeftAt&, const LeftAt&) = default;
};

/// What such bytes come to by so much more fuel. They MUST load.
inline LeftAt left_by(TestSurroundings& surroundings, const Bytes& bytes, Way way, std::uint64_t fuel) {
    Loaded one = must(surroundings.load(bytes));
    one.execution.use(way.tier, way.handover);
    must(one.execution.refuel(std::min(one.execution.limit(), one.execution.used() + Fuel(fuel))));
    const Ending ending = must(one.execution.run());
    const bool goes_on = ending == Ending::exhausted || ending == Ending::waiting;
    return {outcome_of(one.execution, ending), must(capture(one.execution)), goes_on ? saved(one.execution) : Bytes()};
}

/// The stepper, and all that must go on as it does: lowered code, left where it likes, at every check and at random;
/// and in cells that stand alone.
inline std::array<Way, 5> all_ways(std::uint64_t seed) {
    return {kByStepper, kByLoweredCode, Way{Tier::fast, {Handover::When::every, 0}},
            Way{Tier::fast, {Handover::When::random, seed}}, Way{Tier::single, {}}};
}

/// Whether all ways come to the same from there. The bytes MUST load.
inline bool all_agree(TestSurroundings& surroundings, const Bytes& bytes, std::uint64_t fuel) {
    const auto ways = all_ways(bytes.size());
    const LeftAt expected = left_by(surroundings, bytes, ways[0], fuel);
    return std::all_of(ways.begin() + 1, ways.end(),
                       [&](Way way) { return left_by(surroundings, bytes, way, fuel) == expected; });
}

/// What loads says the same again, and runs on for some time, by all tiers to the same end.
inline bool is_sound(TestSurroundings& surroundings, const Bytes& bytes, std::uint64_t fuel = 20'000) {
    const Result<Loaded> loaded = surroundings.load(bytes);
    if (loaded.has_error()) {
        return kind_of(loaded.error().code) != ErrorKind::fault && loaded.error().offset <= bytes.size();
    }
    return saved(loaded.assume_value().execution) == bytes && all_agree(surroundings, bytes, fuel);
}

} // namespace detent::testing
