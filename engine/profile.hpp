// Profile: a numbered, published, never-changing record of what is accepted and how floats behave.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/features.hpp"
#include "engine/limits.hpp"

#include <cstdint>

namespace detent {

/// What a module is judged by: the features that are on and the limits of one preset.
struct Profile {
    /// What is used where no profile is named. Every feature of it has a test that is tagged with its name.
    static constexpr std::uint32_t kDefault = 2;

    std::uint32_t id = 0;
    FeatureSet features;
    Preset preset = Preset::contract;

    [[nodiscard]] const LimitValues& limits() const noexcept { return LimitValues::of(preset); }

    /// A published profile by its number, or null. The numbers begin at 1 and have no gap.
    [[nodiscard]] static const Profile* published(std::uint32_t id) noexcept;

    friend constexpr bool operator==(const Profile&, const Profile&) noexcept = default;

    /// Appends the canonical bytes, whose SHA-256 is the profile's hash: `DTNTPROF`, format 1, id, the names of the
    /// features that are on, the preset with the name and value of each limit, the names of the float rules. Counts and
    /// numbers are little-endian, 4 bytes, limits 8; names have a length byte. False if there is no memory.
    [[nodiscard]] bool append_canonical(Buffer<std::uint8_t>& out) const noexcept;
};

/// Appends the number of limits, then of each its name and its value, in the form that they have in a profile. False if
/// there is no memory.
[[nodiscard]] bool append_canonical(const LimitValues& limits, Buffer<std::uint8_t>& out) noexcept;

} // namespace detent
