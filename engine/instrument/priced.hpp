// Functions that pay for one instruction by its operands, and execute it. Source: MET-4 to MET-6; INS-8 to INS-10.
#pragma once

#include "engine/instrument/additions.hpp"

#include <cstdint>
#include <span>

namespace detent::instrument {

/// Adds the function of an instruction that `is_priced_by_operand`; its parameters are the operands, its results those
/// of the instruction. `bytes` are the instruction's own. Its base has been paid. Says its index.
std::uint32_t add_priced_function(Additions& to, Op op, std::span<const std::uint8_t> bytes);

} // namespace detent::instrument
