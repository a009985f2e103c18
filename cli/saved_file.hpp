// Saved files: an execution in one file with all that it names, so that it can go on anywhere. Source: STATE.md,
// STA-21.
#pragma once

#include "engine/exec/saved.hpp"
#include "engine/profile.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace detent::cli {

/// What an execution was begun with.
struct Beginning {
    std::uint32_t schedule = 1;
    Profile profile;
    std::vector<std::shared_ptr<const Code>> codes;
};

/// Writes the file whole or not at all. The execution MUST be suspended, and rest on nothing else.
void write_saved(const std::string& path, const Beginning& beginning, const Execution& execution);

/// An execution from a file, and what it was begun with. Everything that is wrong is a failure that names the file, and
/// the place in it.
struct Continued {
    Beginning beginning;
    Loaded loaded;
};
[[nodiscard]] Continued read_saved(const std::string& path);

} // namespace detent::cli
