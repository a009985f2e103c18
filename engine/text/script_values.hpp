// The values of a script: arguments and expected results.
#pragma once

#include "engine/text/cursor.hpp"
#include "engine/text/script.hpp"

#include <vector>

namespace detent::text {

/// Values in parentheses, as many as there are.
[[nodiscard]] std::vector<Value> script_arguments(Cursor& cursor);
[[nodiscard]] std::vector<Expected> script_results(Cursor& cursor);

} // namespace detent::text
