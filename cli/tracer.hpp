// Tracer: a line of JSON for each instruction that is executed (docs/trace.md).
#pragma once

#include "cli/function_names.hpp"

#include "engine/exec/observer.hpp"
#include "engine/trace/operand_types.hpp"
#include "metering/fuel.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace detent::cli {

/// Which instructions are shown: those that are in all of it.
struct TraceFilter {
    /// None for all of them.
    std::vector<FuncIdx> functions;
    /// By their numbers, the first being 1.
    std::uint64_t from = 1;
    std::uint64_t to = std::numeric_limits<std::uint64_t>::max();
    /// By what was used before them, in all.
    Fuel fuel_from;
    Fuel fuel_to = Fuel::maximum();
};

/// Writes to standard output as it goes; what is not shown is not made either. Of modules without imports, so that all
/// runs in one.
class Tracer final : public StepObserver {
  public:
    /// `limit` is that of all executions together.
    Tracer(const Code& code, const TraceFilter& filter, Fuel limit);

    [[nodiscard]] Status before(const Machine& machine) noexcept override;
    [[nodiscard]] Status after(const Machine& machine, detent::Step step) noexcept override;

    [[nodiscard]] std::uint64_t instructions() const noexcept { return instructions_; }

  private:
    /// What is the same in all lines of a function.
    struct Known {
        bool is_shown = true;
        std::string head;
        std::unique_ptr<trace::OperandTypes> types;
    };

    [[nodiscard]] bool is_in_range(const Machine& machine) const noexcept;
    [[nodiscard]] Status begin_line(const Machine& machine);
    void begin_instruction(const Machine& machine, const Known& known);
    [[nodiscard]] Status append_stack(const Machine& machine, const Known& known);
    void begin_entry(const Machine& machine);
    [[nodiscard]] Status end_line(const Machine& machine, detent::Step step);
    void end_entry(const Machine& machine);
    [[nodiscard]] Result<const Known*> known(FuncIdx function);
    [[nodiscard]] std::string head_of(FuncIdx function) const;

    const Code& code_;
    FunctionNames names_;
    TraceFilter filter_;
    Fuel limit_;
    std::vector<Known> known_;
    /// Of the types of all functions together.
    std::size_t nodes_left_ = trace::OperandTypes::kMostNodes;

    std::uint64_t instructions_ = 0;
    Fuel before_;
    bool is_entry_ = false;
    bool is_shown_ = false;
    std::string line_;
};

/// A line of the trace that is of no step.
void print_trace_line(const std::string& line);

} // namespace detent::cli
