// Limits and presets. Source: limits.def.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace detent {

enum class Limit : std::uint8_t {
#define LIMIT(identifier, spec, contract, what) identifier,
#include "engine/limits.def"
#undef LIMIT
};

#define LIMIT(identifier, spec, contract, what) +1
inline constexpr std::size_t kLimitCount = 0
#include "engine/limits.def"
    ;
#undef LIMIT

/// A preset is limits and nothing else.
enum class Preset : std::uint8_t { spec, contract };

[[nodiscard]] std::string_view to_text(Limit limit) noexcept;
[[nodiscard]] std::string_view description(Limit limit) noexcept;
[[nodiscard]] std::string_view to_text(Preset preset) noexcept;
[[nodiscard]] std::optional<Preset> preset_named(std::string_view name) noexcept;

/// The numbers of one preset, or of a test that lowers one.
class LimitValues {
  public:
    [[nodiscard]] static const LimitValues& of(Preset preset) noexcept;

    [[nodiscard]] constexpr std::uint64_t operator[](Limit limit) const noexcept {
        return values_[static_cast<std::size_t>(limit)];
    }

    [[nodiscard]] constexpr LimitValues with(Limit limit, std::uint64_t value) const noexcept {
        LimitValues changed = *this;
        changed.values_[static_cast<std::size_t>(limit)] = value;
        return changed;
    }

    constexpr explicit LimitValues(const std::array<std::uint64_t, kLimitCount>& values) noexcept : values_(values) {}

  private:
    std::array<std::uint64_t, kLimitCount> values_;
};

} // namespace detent
