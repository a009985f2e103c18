// Runs that may go on elsewhere: one execution, or one transaction, run to its end or its limit, and saved there.
#pragma once

#include "cli/commitments.hpp"
#include "cli/failure.hpp"
#include "cli/modules.hpp"
#include "cli/saved_file.hpp"

#include <functional>
#include <string>

namespace detent::cli {

/// Runs in grants of one slice, saves to the file where the limit is reached and one is named, and says how it ended.
struct Resumable {
    const Beginning& beginning;
    Store& store;
    Execution& execution;
    Fuel slice = Fuel::maximum();
    /// Stops here as at a limit, and the execution does not know.
    Fuel pause = Fuel::maximum();
    std::string save;
    CommitmentChoice commitments;

    [[nodiscard]] ExitCode run(const std::string& where, bool json);
};

/// The same of a transaction, which settles unless it is to go on.
struct ResumableCall {
    const Law& law;
    /// What it was begun on.
    const State& begun;
    Transaction& transaction;
    Fuel slice = Fuel::maximum();
    Fuel pause = Fuel::maximum();
    std::string save;
    CommitmentChoice commitments;
    /// What is done about a receipt before it is shown.
    std::function<void(const Receipt&)> settled;

    [[nodiscard]] ExitCode run(const std::string& where, bool json);
};

/// What `--pause` says; no end where nothing is said.
[[nodiscard]] Fuel pause_of(const std::string& text);

} // namespace detent::cli
