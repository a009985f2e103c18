// What handlers are called, for people who look at where the time goes.
#pragma once

#include "engine/base/result.hpp"
#include "engine/exec/fast/handlers.hpp"

#include <string_view>

namespace detent::fast {

/// The instruction that a handler executes, or what else it does; and what it does with that in the same cell.
struct HandlerName {
    Word handler = 0;
    std::string_view name;
    /// Empty where the cell is no fusion.
    std::string_view fusion;
};

/// Of every handler that there is, in ascending order of their words.
[[nodiscard]] Result<Buffer<HandlerName>> handler_names() noexcept;

} // namespace detent::fast
