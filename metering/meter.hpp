// Meter: fuel used, granted and allowed. Source: METERING.md, MET-11 to MET-15.
#pragma once

#include "metering/fuel.hpp"

namespace detent {

/// How an attempt to charge ended.
enum class Charge : std::uint8_t {
    paid,      ///< used has grown by the price
    no_grant,  ///< the price exceeds what is granted: the execution pauses; nothing was charged
    over_limit ///< the price exceeds the limit in force: that call is out of fuel; nothing was charged
};

/// Counts fuel against a limit (what the guest can observe) and a grant of at most the limit (what the host allows
/// before it is asked again). The limit is tested first, so that a grant can never change an outcome (MET-14).
class Meter {
  public:
    constexpr Meter(Fuel limit, Fuel grant) noexcept : limit_(limit), grant_(grant < limit ? grant : limit) {}

    [[nodiscard]] constexpr Fuel used() const noexcept { return used_; }
    [[nodiscard]] constexpr Fuel limit() const noexcept { return limit_; }
    [[nodiscard]] constexpr Fuel grant() const noexcept { return grant_; }
    [[nodiscard]] constexpr Fuel left() const noexcept { return limit_ - used_; }

    /// Whether a price could be charged now; charges nothing.
    [[nodiscard]] constexpr Charge payable(Fuel price) const noexcept {
        if (price > limit_ - used_) return Charge::over_limit;
        return price > grant_ - used_ ? Charge::no_grant : Charge::paid;
    }

    [[nodiscard]] constexpr Charge charge(Fuel price) noexcept {
        const Charge verdict = payable(price);
        if (verdict == Charge::paid) used_ = used_ + price;
        return verdict;
    }

    /// Takes back what was charged since `used` was read; for an instruction that starts anew (MET-19).
    constexpr void rewind(Fuel used) noexcept { used_ = used; }

    /// Narrows or restores the limit in force, at the borders of a contract call (MET-14).
    constexpr void set_limit(Fuel limit) noexcept { limit_ = limit; }
    constexpr void set_grant(Fuel grant) noexcept { grant_ = grant; }

  private:
    Fuel used_;
    Fuel limit_;
    Fuel grant_;
};

} // namespace detent
