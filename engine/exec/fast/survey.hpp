// Survey: which locals a loop uses most, so that they get registers while it runs.
#pragma once

#include "engine/exec/fast/handlers.hpp"
#include "engine/exec/fast/lower.hpp"

namespace detent::fast {

[[nodiscard]] constexpr Domain domain_of(ValType type) noexcept {
    return type == kF64 ? Domain::f64 : type == kF32 ? Domain::f32 : Domain::word;
}

/// The locals that have registers: first those of words, then those of f64, then of f32.
struct PinSet {
    static constexpr std::uint16_t kFree = 0xFFFF;
    static constexpr std::size_t kSize = 9;

    std::array<std::uint16_t, kSize> slots{kFree, kFree, kFree, kFree, kFree, kFree, kFree, kFree, kFree};

    friend bool operator==(const PinSet&, const PinSet&) noexcept = default;

    [[nodiscard]] static constexpr std::size_t first_of(Domain domain) noexcept {
        return domain == Domain::word ? 0 : domain == Domain::f64 ? 3 : 7;
    }
    /// The slots of a domain's registers.
    [[nodiscard]] std::span<std::uint16_t> of(Domain domain) noexcept {
        return std::span(slots).subspan(first_of(domain), pins_of(domain));
    }
    [[nodiscard]] std::span<const std::uint16_t> of(Domain domain) const noexcept {
        return std::span(slots).subspan(first_of(domain), pins_of(domain));
    }
    [[nodiscard]] bool is_empty() const noexcept { return *this == PinSet{}; }
};

/// One for each loop of a body, in the order of their opcodes. Time and room are linear in the body and its locals.
[[nodiscard]] Result<Buffer<PinSet>> survey(const LoweringRequest& request) noexcept;

} // namespace detent::fast
