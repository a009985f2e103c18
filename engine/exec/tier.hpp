// Tier: what executes, and what is counted of that. Nothing that can be observed depends on it.
#pragma once

#include "metering/fuel.hpp"
#include "metering/schedule.hpp"

#include <array>
#include <cstdint>

namespace detent {

/// What executes: the stepper, one instruction at a time; or lowered code, wherever it can.
enum class Tier : std::uint8_t { stepper, fast };

/// When lowered code hands over to the stepper although its fuel would last: for tests of handing over.
struct Handover {
    enum class When : std::uint8_t {
        never,
        every,  ///< at the first check of each visit
        random, ///< at a check somewhere, by a generator that the seed begins
    };

    When when = When::never;
    std::uint64_t seed = 0;
};

/// How often the tiers took turns, and what the stepper did.
struct TierCounts {
    /// Lowered code was entered.
    std::uint64_t visits = 0;
    /// Lowered code was left before the frame that it was entered in had returned.
    std::uint64_t handovers = 0;
    /// Instructions that lowered code executed by calling their bodies, out of line.
    std::uint64_t called = 0;
    /// Instructions that the stepper executed, and what they used.
    std::uint64_t steps = 0;
    Fuel stepper_fuel;

    TierCounts& operator+=(const TierCounts& other) noexcept {
        visits += other.visits;
        handovers += other.handovers;
        called += other.called;
        steps += other.steps;
        stepper_fuel = stepper_fuel + other.stepper_fuel;
        return *this;
    }
};

/// What instructions of each work class used. What a host function asks for is its call's.
using ClassFuel = std::array<Fuel, kWorkClassCount>;

} // namespace detent
