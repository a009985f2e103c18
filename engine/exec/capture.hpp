// What commitments take of a state. Internal to capturing and committing.
#pragma once

#include "engine/exec/stack_map.hpp"
#include "engine/exec/state.hpp"

namespace detent {

/// Whether the heap is gone through.
enum class Objects : bool { left_out, taken };

/// The state now, but for the bytes of memories. References to objects have their allocation numbers, so that they stay
/// the same as long as they lead to the same object; objects stand in the order of these.
[[nodiscard]] Result<ExecutionState> capture_for_commitment(const Machine& machine, Objects objects,
                                                            ReferenceFree& known) noexcept;

} // namespace detent
