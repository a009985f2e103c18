// What an instruction costs, as far as a module without an engine can know it, and which may be paid together. Source:
// METERING.md, MET-3 to MET-5; INSTRUMENT.md.
#pragma once

#include "engine/code/code.hpp"
#include "engine/instrument/survey.hpp"
#include "metering/schedule.hpp"

namespace detent::instrument {

/// Whether an instruction does nothing that can be seen but by its result: it cannot trap, writes nothing but locals,
/// calls nothing, goes nowhere, and has a price that its bytes tell. So it may be paid with those behind it (INS-5).
[[nodiscard]] bool is_pure(Op op) noexcept;

/// Whether the price grows with an operand, so that a function of its own pays and executes it (INS-8).
[[nodiscard]] bool is_priced_by_operand(Op op) noexcept;

/// The base and, where the bytes of an instruction of the function tell it, the amount.
[[nodiscard]] Fuel price_of(const Instruction& instruction, const Code& code, FuncIdx function,
                            const Schedule& schedule) noexcept;

} // namespace detent::instrument
