// StepObserver: watches an execution step by step.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>

namespace detent {

class Machine;
enum class Step : std::uint8_t;

/// Told of every step, each of which is one instruction or one step of an entry (METERING.md, MET-9 and MET-18). All
/// that an execution uses is used within steps. An observer changes nothing that can be observed (MET-1); an error of
/// its own is a Fault and ends the run.
class StepObserver {
  public:
    StepObserver() noexcept = default;
    StepObserver(const StepObserver&) = delete;
    StepObserver& operator=(const StepObserver&) = delete;
    virtual ~StepObserver() = default;

    /// The top frame stands at an instruction, never at a delimiter; or, at an entry, what called its code goes on.
    [[nodiscard]] virtual Status before(const Machine& machine) noexcept = 0;
    /// What the step left, and how it ended. Frames that end with it are still there: they are popped before the next
    /// step. One that starts anew is told of again when it does.
    [[nodiscard]] virtual Status after(const Machine& machine, Step step) noexcept = 0;
};

} // namespace detent
