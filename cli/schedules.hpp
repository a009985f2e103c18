// Schedules as the command line names them, and what tells two of them apart.
#pragma once

#include "engine/profile.hpp"
#include "metering/schedule.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::cli {

/// A published one by its number; else one from a file with canonical bytes (METERING.md, MET-21), or with their
/// hexadecimal digits, as `detent schedule show --canonical` prints them. A failure that says what is wrong with it.
[[nodiscard]] Schedule schedule_named(const std::string& text);

/// `0x` and the digits of the SHA-256 of the canonical bytes.
[[nodiscard]] std::string hash_text(const Schedule& schedule);
[[nodiscard]] std::string hash_text(const Profile& profile);

/// A price or rate that two schedules have differently: "1/4" for a rate.
struct PriceChange {
    std::string_view name;
    bool is_rate = false;
    std::string before;
    std::string after;
    /// In thousandths of what it was, rounded down: 2000 is twice as much. At most 2^42.
    std::uint64_t thousandths = 0;
};

/// In the order of the canonical bytes.
[[nodiscard]] std::vector<PriceChange> changes_between(const Schedule& before, const Schedule& after);

} // namespace detent::cli
