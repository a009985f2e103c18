// What a module uses of each limit.
#pragma once

#include "engine/code/code.hpp"

#include <vector>

namespace detent::cli {

struct Use {
    Limit limit;
    std::uint64_t used;
};

/// The limits that a module alone can use, in the order of limits.def. Not among them are those of running code, and
/// operand_words, which counts heights that are never reached; of those that are, FunctionCode tells.
[[nodiscard]] std::vector<Use> measure(const Code& code);

} // namespace detent::cli
