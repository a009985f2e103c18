// What is counted of the tiers, as people and programs read it.
#pragma once

#include "cli/output.hpp"

#include "engine/exec/tier.hpp"

namespace detent::cli {

[[nodiscard]] Json to_json(const TierCounts& counts);
/// "3 visits, 2 hand-overs, …".
[[nodiscard]] std::string to_text(const TierCounts& counts);

/// Of all that was used: what instructions of the stepper used, from 0 to 1.
[[nodiscard]] double stepper_share(const TierCounts& counts, Fuel used);

} // namespace detent::cli
