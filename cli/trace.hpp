// What `trace` takes and shows, of modules and of transactions.
#pragma once

#include "cli/call_task.hpp"
#include "cli/command.hpp"
#include "cli/tracer.hpp"

#include <string>
#include <vector>

namespace detent::cli {

/// Filters as they were typed, and what is made instead of a trace.
struct TraceOptions {
    std::vector<std::string> functions;
    std::string from;
    std::string to;
    std::string fuel_from;
    std::string fuel_to;
    bool profile = false;
    std::string flame;

    [[nodiscard]] bool has_filter() const noexcept {
        return !functions.empty() || !from.empty() || !to.empty() || !fuel_from.empty() || !fuel_to.empty();
    }
    [[nodiscard]] bool makes_profile() const noexcept { return profile || !flame.empty(); }
    /// Whether its functions are there is not looked at.
    [[nodiscard]] TraceFilter filter() const;
    /// A profile that has filters is wrong usage.
    void expect_no_filter() const;
};

/// Traces a transaction, or profiles it. The state is left as it is.
ExitCode trace_call(const TraceOptions& options, const CallTask& task, bool json);

} // namespace detent::cli
