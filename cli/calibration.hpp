// Calibration: how many nanoseconds a unit of fuel takes in programs that do little but one work class.
#pragma once

#include "engine/exec/tier.hpp"
#include "metering/schedule.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace detent::cli {

/// How long to measure. Each point is the least time of so many rounds, in which all classes take turns, so that what
/// else the machine does in between hits all of them or none.
struct CalibrationPlan {
    std::uint32_t rounds = 15;
    /// Of one run of one class.
    std::uint64_t fuel = 1'000'000;
};

/// The tiers that are measured, and the words for them.
inline constexpr std::array<Tier, 2> kCalibratedTiers{Tier::stepper, Tier::fast};
inline constexpr std::array<std::string_view, 2> kCalibratedTierNames{"stepper", "fast"};

/// Of one work class: the fuel of what was timed, how often the base price of the class is in it, and the nanoseconds
/// of a unit of it, by tier.
struct ClassCalibration {
    WorkClass work_class{};
    std::uint64_t fuel = 0;
    std::uint64_t bases = 0;
    std::array<double, 2> nanoseconds{};
};

struct Calibration {
    /// All of them, in the order of work_classes.def.
    std::vector<ClassCalibration> classes;

    /// Over all classes, of one tier (a number of kCalibratedTiers).
    [[nodiscard]] double mean(std::size_t tier) const noexcept;
    /// The class whose fuel takes longest.
    [[nodiscard]] const ClassCalibration& worst(std::size_t tier) const noexcept;
};

/// Measures under a schedule. A failure where a program does not do what it should.
[[nodiscard]] Calibration calibrate(const Schedule& schedule, const CalibrationPlan& plan);

} // namespace detent::cli
