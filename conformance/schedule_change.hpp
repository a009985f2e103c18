// What becomes of vectors under another schedule: whether only the cost changes, or what the guest did.
#pragma once

#include "conformance/runner.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace detent::conformance {

/// Of one vector. Fuel and the receipt's hash, which covers it, are cost; status, output, events, writes and the root
/// of the state are the outcome.
struct ScheduleChange {
    std::string name;
    std::size_t steps = 0;
    /// What a step did otherwise: `expected` under the vector's own schedule, `got` under the other.
    std::vector<Mismatch> outcome;
    /// Over all steps, of those that both schedules ran.
    Fuel fuel_before;
    Fuel fuel_after;
    bool cost_changes = false;
    /// Why it does not run to its end under one of them: a plan of grants that makes no sense there, or a bad file.
    std::string error;

    [[nodiscard]] bool outcome_changes() const noexcept { return !outcome.empty() || !error.empty(); }
};

/// Runs a vector twice. Throws nothing but std::bad_alloc.
[[nodiscard]] ScheduleChange change_under(const Vector& vector, const std::filesystem::path& root,
                                          const Schedule& other, const RunMode& mode = {});

/// Of a file `root/vectors/suite/case.json`.
[[nodiscard]] ScheduleChange change_under(const std::filesystem::path& file, const Schedule& other,
                                          const RunMode& mode = {});

} // namespace detent::conformance
