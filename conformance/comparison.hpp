// Comparing what was found with what is expected, field by field: each comparison is one assertion.
#pragma once

#include "conformance/runner.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace detent::conformance {

/// The fields of `expect`, by their names in a vector. Those of level L0 come first, then that of L1, then those of L2.
inline constexpr std::array<std::string_view, 7> kExpectedFields{"status",    "output",       "events",   "writes",
                                                                 "fuel_used", "receipt_hash", "post_root"};

/// The text of one of those fields, as it stands in messages.
[[nodiscard]] std::string field_text(const Expectation& expectation, std::string_view field);

/// Counts an assertion, and keeps it as a mismatch if it does not hold.
void assert_same(Verdict& verdict, Mismatch comparison);

/// One assertion for each of the fields.
void compare(Verdict& verdict, std::size_t step, const Expectation& expected, const Expectation& found,
             std::span<const std::string_view> fields);

/// One line for each mismatch of the verdict, and one for its error.
[[nodiscard]] std::string failures_text(const Verdict& verdict);

} // namespace detent::conformance
