// Shares of fuel, by whole numbers, so that they read the same everywhere.
#pragma once

#include "metering/fuel.hpp"

#include <cstdint>
#include <string>

namespace detent::trace {

/// `part` of `whole` in steps of 1 / `steps`, rounded down; 0 of nothing. `part` MUST NOT exceed `whole`, nor `steps`
/// 2^24. Where the numbers are too great, both lose their last bits.
[[nodiscard]] constexpr std::uint64_t share(std::uint64_t part, std::uint64_t whole, std::uint64_t steps) noexcept {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    while (whole >= kMost) {
        whole >>= 1;
        part >>= 1;
    }
    return whole == 0 ? 0 : part * steps / whole;
}

/// Hundredths as people write them: `12.05`.
[[nodiscard]] inline std::string hundredths(std::uint64_t number) {
    const std::uint64_t rest = number % 100;
    return std::to_string(number / 100) + (rest < 10 ? ".0" : ".") + std::to_string(rest);
}

/// `12.05 %`.
[[nodiscard]] inline std::string percent(Fuel part, Fuel whole) {
    return hundredths(share(part.units(), whole.units(), 10'000)) + " %";
}

} // namespace detent::trace
