// Calls of host functions as an observer sees them coming.
#pragma once

#include "engine/exec/machine.hpp"
#include "host_abi/host_table.hpp"

#include <optional>

namespace detent::cli {

/// That the next instruction calls a host function of contracts.
struct HostCallAhead {
    HostFunction function{};
    /// Of the instruction itself; all else that it uses is the host function's.
    Fuel call_price;
};

/// Nothing where the next step, which MUST be an instruction, does not.
[[nodiscard]] std::optional<HostCallAhead> host_call_ahead(const Machine& machine) noexcept;

} // namespace detent::cli
