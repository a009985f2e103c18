// What a module uses of each limit.
#pragma once

#include "engine/code/code.hpp"

#include <vector>

namespace detent::cli {

struct Use {
    Limit limit;
    std::uint64_t used;
};

/// Every limit that a module alone can use, in the order of limits.def; those of running code are not among them.
[[nodiscard]] std::vector<Use> measure(const Code& code);

} // namespace detent::cli
