// Schedule: the prices. Source: METERING.md, MET-3 and MET-20 to MET-23.
#pragma once

#include "metering/fuel.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace detent {

/// What a price is attached to; an instruction or host function names one (work_classes.def).
enum class WorkClass : std::uint8_t {
#define WORK_CLASS(identifier, what) identifier,
#include "metering/work_classes.def"
#undef WORK_CLASS
};

/// What a price grows with (units.def); `none` for work of constant size.
enum class Unit : std::uint8_t {
#define UNIT(identifier, what) identifier,
#include "metering/units.def"
#undef UNIT
    none,
};

#define WORK_CLASS(identifier, what) +1
inline constexpr std::size_t kWorkClassCount = 0
#include "metering/work_classes.def"
    ;
#undef WORK_CLASS
inline constexpr std::size_t kUnitCount = static_cast<std::size_t>(Unit::none);

/// The name in canonical bytes and documents: the identifier without the underscore that C++ needs.
[[nodiscard]] std::string_view to_text(WorkClass work_class) noexcept;
[[nodiscard]] std::string_view to_text(Unit unit) noexcept;

/// Fuel per amount, as a fraction: n units cost ceil(n * numerator / denominator).
struct Rate {
    std::uint32_t numerator = 1;
    std::uint32_t denominator = 1;

    friend constexpr bool operator==(const Rate&, const Rate&) = default;
};

enum class ScheduleFlaw : std::uint8_t {
    truncated,
    bad_magic,
    bad_format,
    bad_name,
    zero_price,
    low_call_price,
    trailing
};

/// The prices of all work classes and units under one number. A value; immutable once made.
class Schedule {
  public:
    /// The least base price of host_call and host_create (MET-23).
    static constexpr std::uint32_t kLeastCallPrice = 1024;

    /// A published schedule by its number (MET-21), or null.
    [[nodiscard]] static const Schedule* published(std::uint32_t id) noexcept;

    /// Reads canonical bytes. On a flaw `into` is unchanged.
    [[nodiscard]] static std::optional<ScheduleFlaw> load(std::span<const std::uint8_t> bytes, Schedule& into) noexcept;

    [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
    [[nodiscard]] Fuel base(WorkClass work_class) const noexcept {
        return Fuel(bases_[static_cast<std::size_t>(work_class)]);
    }
    [[nodiscard]] Rate rate(Unit unit) const noexcept { return rates_[static_cast<std::size_t>(unit)]; }

    /// The fuel of n units, rounded up, saturating (MET-3). 0 for `Unit::none`.
    [[nodiscard]] Fuel amount(Unit unit, std::uint64_t n) const noexcept;

    /// The SHA-256 of the classification (which instruction has which class and unit), as the schedule states it.
    [[nodiscard]] std::span<const std::uint8_t, 32> classification() const noexcept { return classification_; }

    /// Bytes that `write_canonical` fills.
    [[nodiscard]] static std::size_t canonical_size() noexcept;

    /// Writes the canonical bytes (MET-21). `out` MUST have `canonical_size()` bytes.
    void write_canonical(std::span<std::uint8_t> out) const noexcept;

    friend constexpr bool operator==(const Schedule&, const Schedule&) = default;

  private:
    std::uint32_t id_ = 0;
    std::array<std::uint8_t, 32> classification_{};
    std::array<std::uint32_t, kWorkClassCount> bases_{};
    std::array<Rate, kUnitCount> rates_{};

    friend struct PublishedSchedules;
};

} // namespace detent
