// Flame graphs as SVG: paths of calls, one row a call, as wide as the fuel that they used. No script: what a box is
// stands in its title, which browsers show.
#pragma once

#include "engine/trace/profiler.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace detent::trace {

/// A name as UTF-8, of a number of `Profiler::functions()`.
using FunctionName = std::function<std::string(std::uint32_t function)>;

/// The graph of a profile that is finished; boxes of one parent stand in the order in which they were called first. The
/// same profile and names give the same bytes everywhere. What is narrower than a tenth of a unit is left out, and so
/// is what lies deeper than 256 calls.
[[nodiscard]] std::string flame_graph(const Profiler& profile, std::string_view title, const FunctionName& name);

/// The text as it may stand in XML: what XML has no place for, and bytes that are no UTF-8, become U+FFFD.
[[nodiscard]] std::string xml_text(std::string_view text);

} // namespace detent::trace
