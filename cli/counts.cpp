#include "cli/counts.hpp"

namespace detent::cli {

Json to_json(const TierCounts& counts) {
    return {{"visits", counts.visits},
            {"handovers", counts.handovers},
            {"called", counts.called},
            {"steps", counts.steps},
            {"stepper_fuel", std::to_string(counts.stepper_fuel.units())}};
}

std::string to_text(const TierCounts& counts) {
    return "lowered code was entered " + grouped(counts.visits) + " times and handed over " +
           grouped(counts.handovers) + " times; the stepper executed " + grouped(counts.steps) + " instructions for " +
           grouped(counts.stepper_fuel.units()) + " fuel, and lowered code called " + grouped(counts.called) +
           " out of line";
}

double stepper_share(const TierCounts& counts, Fuel used) {
    if (used == Fuel()) return 0;
    return static_cast<double>(counts.stepper_fuel.units()) / static_cast<double>(used.units());
}

} // namespace detent::cli
