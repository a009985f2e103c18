// Features of WebAssembly that a profile turns on. Source: features.def.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace detent {

enum class Feature : std::uint8_t {
#define FEATURE(identifier, name, proposal, edition, since, suite, what) identifier,
#include "engine/features.def"
#undef FEATURE
};

#define FEATURE(identifier, name, proposal, edition, since, suite, what) +1
inline constexpr std::size_t kFeatureCount = 0
#include "engine/features.def"
    ;
#undef FEATURE

/// One row of the table.
struct FeatureRow {
    std::string_view name;
    std::string_view proposal;
    std::string_view edition;
    std::string_view since;
    std::string_view suite;
    std::string_view what;
};

[[nodiscard]] const FeatureRow& row(Feature feature) noexcept;
[[nodiscard]] std::string_view to_text(Feature feature) noexcept;
/// A feature by the name of its row.
[[nodiscard]] std::optional<Feature> feature_named(std::string_view name) noexcept;

class FeatureSet {
  public:
    constexpr FeatureSet() noexcept = default;

    [[nodiscard]] constexpr bool has(Feature feature) const noexcept { return (bits_ & bit(feature)) != 0; }
    [[nodiscard]] constexpr FeatureSet with(Feature feature) const noexcept { return FeatureSet(bits_ | bit(feature)); }

    friend constexpr bool operator==(FeatureSet, FeatureSet) noexcept = default;

  private:
    explicit constexpr FeatureSet(std::uint32_t bits) noexcept : bits_(bits) {}
    static constexpr std::uint32_t bit(Feature feature) noexcept { return 1U << static_cast<unsigned>(feature); }

    std::uint32_t bits_ = 0;
};

} // namespace detent
