// Tier: what executes, and what is counted of that. Nothing that can be observed depends on it.
#pragma once

#include "engine/code/code.hpp"
#include "metering/fuel.hpp"
#include "metering/schedule.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace detent {

/// What executes.
enum class Tier : std::uint8_t {
    stepper,  ///< the stepper, one instruction at a time
    fast,     ///< lowered code, wherever it can; functions are lowered when they are first entered
    adaptive, ///< the same, but each function is the stepper's until it has executed about as much as lowering costs,
              ///< so that no code makes a node lower much more than it pays for
    single,   ///< lowered code in which each instruction stands alone, can be entered, and is checked before: slow, and
              ///< for finding which of them lowered code does wrong (`detent bisect`)
};

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

/// Lowers all functions of a code now, under the schedule, instead of each when it is first entered. Fuel is the same,
/// and so is everything else but when the time is spent. An error is a Fault. Threads may do so at once.
[[nodiscard]] Status lower_all(const Code& code, const Schedule& schedule) noexcept;

/// How often cells of lowered code ran whose handlers have one name.
struct CellCount {
    /// The instruction, or what else the cell does.
    std::string_view name;
    /// What else it does with that; empty where it is no fusion.
    std::string_view fusion;
    std::uint64_t count = 0;
};

/// Lowers all functions of a code and has their cells counted from now on, under the schedule: executions are slower by
/// that, and the same in all else. Nothing MUST run the code meanwhile. An error is a Fault.
[[nodiscard]] Status count_cells(const Code& code, const Schedule& schedule) noexcept;

/// What was counted since then, what ran most often first. An error is a Fault.
[[nodiscard]] Result<Buffer<CellCount>> cell_counts(const Code& code, const Schedule& schedule) noexcept;

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
