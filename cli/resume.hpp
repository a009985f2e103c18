// Runs that may go on elsewhere: one execution, run to its end or its limit, and saved there.
#pragma once

#include "cli/commitments.hpp"
#include "cli/failure.hpp"
#include "cli/modules.hpp"
#include "cli/saved_file.hpp"

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

} // namespace detent::cli
