// Fuel: the unit of metering. Source: METERING.md, MET-3 and MET-16.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace detent {

/// An amount of fuel, from 0 to 2^63 - 1 (MET-16). Sums saturate at the maximum: a price beyond it can never be paid,
/// so no sum wraps. No implicit conversion from or to integers.
class Fuel {
  public:
    static constexpr std::uint64_t kMaximum = (std::uint64_t{1} << 63) - 1;

    constexpr Fuel() noexcept = default;

    /// Saturates; for numbers from outside use `from`.
    explicit constexpr Fuel(std::uint64_t units) noexcept : units_(units < kMaximum ? units : kMaximum) {}

    /// Nothing if the number is no amount of fuel.
    [[nodiscard]] static constexpr std::optional<Fuel> from(std::uint64_t units) noexcept {
        if (units > kMaximum) return std::nullopt;
        return Fuel(units);
    }

    [[nodiscard]] static constexpr Fuel maximum() noexcept { return Fuel(kMaximum); }
    [[nodiscard]] constexpr std::uint64_t units() const noexcept { return units_; }

    friend constexpr Fuel operator+(Fuel a, Fuel b) noexcept { return Fuel(a.units_ + b.units_); }

    /// The difference, 0 where b is the larger.
    friend constexpr Fuel operator-(Fuel a, Fuel b) noexcept {
        return Fuel(a.units_ > b.units_ ? a.units_ - b.units_ : 0);
    }

    friend constexpr auto operator<=>(Fuel, Fuel) noexcept = default;

  private:
    std::uint64_t units_ = 0;
};

} // namespace detent
