#include "conformance/schedule_change.hpp"

#include "conformance/comparison.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace detent::conformance {

namespace {

constexpr std::array<std::string_view, 5> kOutcomeFields{"status", "output", "events", "writes", "post_root"};

void compare_step(ScheduleChange& change, std::size_t step, const Expectation& before, const Expectation& after) {
    change.fuel_before = change.fuel_before + before.fuel_used;
    change.fuel_after = change.fuel_after + after.fuel_used;
    change.cost_changes = change.cost_changes || before.fuel_used != after.fuel_used;
    for (const std::string_view field : kOutcomeFields) {
        Mismatch both{step, std::string(field), field_text(before, field), field_text(after, field)};
        if (both.expected != both.got) change.outcome.push_back(std::move(both));
    }
}

/// A step that only one schedule came to is told of by the other's error.
void compare_replays(ScheduleChange& change, const Replay& before, const Replay& after) {
    const std::size_t both = std::min(before.steps.size(), after.steps.size());
    for (std::size_t step = 0; step < both; ++step)
        compare_step(change, step, before.steps[step], after.steps[step]);
    change.steps = both;
    const std::string where = " in step " + std::to_string(both);
    if (!before.error.empty()) change.error = "under its own schedule: " + before.error + where;
    if (!after.error.empty()) change.error = "under the other schedule: " + after.error + where;
}

} // namespace

ScheduleChange change_under(const Vector& vector, const std::filesystem::path& root, const Schedule& other,
                            const RunMode& mode) {
    ScheduleChange change;
    change.name = vector.name;
    const Schedule* const own = schedule_of(vector);
    if (own == nullptr) {
        change.error = "no schedule of its number is published";
        return change;
    }
    compare_replays(change, replay(vector, root, *own, mode), replay(vector, root, other, mode));
    return change;
}

ScheduleChange change_under(const std::filesystem::path& file, const Schedule& other, const RunMode& mode) {
    ScheduleChange change;
    try {
        const std::filesystem::path vectors = std::filesystem::absolute(file).parent_path().parent_path();
        change = change_under(read_vector(file), vectors.parent_path(), other, mode);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        change.error = error.what();
    }
    change.name = case_name(file);
    return change;
}

} // namespace detent::conformance
