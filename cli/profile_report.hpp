// Profiles as people and programs read them.
#pragma once

#include "cli/function_names.hpp"
#include "cli/output.hpp"

#include "engine/trace/profiler.hpp"

namespace detent::cli {

/// `instantiation` and `entries` (fuel), `functions`, and `lines`: null where the module has no lines of source. What a
/// function or a line did not use is left out.
[[nodiscard]] Json to_json(const trace::Profiler& profile, const Code& code);

/// Tables of functions and of lines, what used most first.
[[nodiscard]] std::string to_text(const trace::Profiler& profile, const Code& code);

/// A flame graph into a file.
void write_flame(const std::string& file, const trace::Profiler& profile, const Code& code, const std::string& title);

} // namespace detent::cli
