// instrument: a module in which fuel is explicit, for engines that know of none. Source: INSTRUMENT.md.
//
// This room is a library of its own, which a node links without. It uses exceptions inside; its door throws none, and a
// failed allocation comes back as out_of_memory.
#pragma once

#include "engine/base/result.hpp"
#include "engine/code/code.hpp"
#include "engine/runtime/value.hpp"
#include "metering/schedule.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace detent::instrument {

/// What the exported global `ending` holds once the module has ended by itself (INS-3); the numbers of outcomes are
/// those of receipts.
enum class OwnEnding : std::uint32_t {
    none = 0,
    out_of_fuel = 2,
    call_depth = static_cast<std::uint32_t>(TrapCode::CallDepth),
    stack_exhausted = static_cast<std::uint32_t>(TrapCode::StackExhausted),
    heap_exhausted = static_cast<std::uint32_t>(TrapCode::HeapExhausted),
    /// The engine could not do what the rules allow: no outcome, as a Fault is none.
    engine_failed = 0xFFFF'FFFF,
};

/// What the globals of the meter are exported as, in this order, unless the module exports such a name (INS-3).
inline constexpr std::array<std::string_view, 5> kStateNames = {"detent.fuel", "detent.depth", "detent.words",
                                                                "detent.ending", "detent.call_base"};

struct Options {
    /// Make every NaN the canonical one, as Detent does (INS-12).
    bool canonical_nan = false;
};

struct Instrumented {
    std::vector<std::uint8_t> bytes;
    /// The names of the globals, as `kStateNames` or longer.
    std::array<std::string, kStateNames.size()> names;
};

/// Rewrites a valid module; the limits are those of its profile. What cannot be said exactly is refused:
/// growth_of_import, limit_exceeded. The offset of an error is one in the module.
[[nodiscard]] Result<Instrumented> instrument(const Code& code, const Schedule& schedule,
                                              const Options& options = {}) noexcept;

} // namespace detent::instrument
