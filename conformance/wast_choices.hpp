// The deterministic choice among what a script allows. Source: wast_choices.def.
#pragma once

#include "engine/text/script.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

/// Narrows the expected results of `(invoke "name" …)` in a script, named by its file, to the one deterministic choice
/// each: no NaN pattern and no `(either …)` is left. The reason where a choice is not known.
[[nodiscard]] std::optional<std::string> narrow(std::vector<text::Expected>& results, std::string_view file,
                                                std::string_view invoked);

} // namespace detent::conformance
