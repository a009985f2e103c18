// Outcome: how a transaction or a contract call ended. Source: outcomes.def, ABI-5.
#pragma once

#include "engine/runtime/value.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace detent {

/// A closed list; the numbers stand in receipts and are what `call` and `create` return.
enum class Outcome : std::uint32_t {
#define OUTCOME(number, name, when) name = number,
#include "host_abi/outcomes.def"
#undef OUTCOME
};

/// "OutOfFuel": the name in vectors and output.
[[nodiscard]] std::string_view to_text(Outcome outcome) noexcept;

/// When it comes about, for people.
[[nodiscard]] std::string_view description(Outcome outcome) noexcept;

[[nodiscard]] std::optional<Outcome> outcome_numbered(std::uint32_t number) noexcept;
[[nodiscard]] std::optional<Outcome> outcome_named(std::string_view name) noexcept;

/// The outcome of a call that a trap ended: the trap's own, or the host's where a host function trapped.
[[nodiscard]] Outcome outcome_of(Trap trap) noexcept;

/// Whether what the call put out counts: Success, Revert and Abort (ABI-11, ABI-60).
[[nodiscard]] bool has_output(Outcome outcome) noexcept;

} // namespace detent
