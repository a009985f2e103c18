// Instantiation: what is left to do once an instance is allocated. Source: spec, Execution, Instantiation; MET-18,
// DET-27.
#pragma once

#include "engine/exec/machine.hpp"

#include <cstdint>

namespace detent {

/// Works on one instance, within one step of the machine.
class Instantiation {
  public:
    Instantiation(Machine& machine, InstanceAddr address) noexcept;

    /// Gives the instance its globals, the first elements of its tables and its element segments, in this order. Unless
    /// it is done, store, heap debt and stack are as they were before the instance was allocated.
    [[nodiscard]] Step evaluate() noexcept;

    /// Copies active element segments, then active data segments, each in order; what was copied before a trap stays.
    [[nodiscard]] Step copy_segments() noexcept;

  private:
    [[nodiscard]] Step globals() noexcept;
    [[nodiscard]] Step tables() noexcept;
    [[nodiscard]] Step elements() noexcept;
    [[nodiscard]] Step entry(const ElementSegment& segment, std::uint64_t& word) noexcept;

    /// The value of a constant expression, which is left on the stack.
    [[nodiscard]] Step value(ConstExpr expression) noexcept;
    /// The same for that at the position, which moves behind its `end`.
    [[nodiscard]] Step next_value() noexcept;
    [[nodiscard]] bool note_result(std::uint32_t position) noexcept;
    /// The value of an offset, of either address type.
    [[nodiscard]] Step offset(ConstExpr expression, std::uint64_t& word) noexcept;

    [[nodiscard]] Step copy_elements() noexcept;
    [[nodiscard]] Step copy_data() noexcept;

    [[nodiscard]] bool open() noexcept;
    void close() noexcept;

    [[nodiscard]] Instance& instance() noexcept { return m_.store().instance(address_); }

    Machine& m_;
    InstanceAddr address_;
    const Module& module_;
};

} // namespace detent
