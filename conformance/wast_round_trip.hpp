// Round trips: a module that was written as text, printed and read again, has the same bytes.
#pragma once

#include "conformance/wast.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace detent::conformance {

struct RoundTrips {
    /// Modules of scripts that are written as text and parse, valid or not; each once without and once with a section
    /// of its names.
    std::size_t modules = 0;
    /// One for each whose bytes were others, and one for a script that cannot be read.
    std::vector<Finding> failures;
};

/// Makes the round trip with every module of a script.
[[nodiscard]] RoundTrips round_trips(std::string_view source);

} // namespace detent::conformance
