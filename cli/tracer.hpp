// Tracer: a line of JSON for each instruction that is executed (docs/trace.md).
#pragma once

#include "cli/function_names.hpp"
#include "cli/host_calls.hpp"

#include "engine/exec/observer.hpp"
#include "engine/trace/operand_types.hpp"
#include "host_abi/transaction.hpp"
#include "metering/fuel.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace detent::cli {

/// Which instructions are shown: those that are in all of it.
struct TraceFilter {
    /// By names or indices, each in every module; none for all of them.
    std::vector<std::string> functions;
    /// By their numbers, the first being 1.
    std::uint64_t from = 1;
    std::uint64_t to = std::numeric_limits<std::uint64_t>::max();
    /// By what was used before them, in all.
    Fuel fuel_from;
    Fuel fuel_to = Fuel::maximum();
};

/// Writes to standard output as it goes; what is not shown is not made either. All codes that run MUST outlive it.
class Tracer final : public StepObserver {
  public:
    /// `limit` is that of all executions together.
    Tracer(const TraceFilter& filter, Fuel limit) : filter_(filter), limit_(limit) {}
    /// Of the contract calls of a transaction, which it MUST be told of by.
    Tracer(const TraceFilter& filter, const Transaction& transaction)
        : filter_(filter), limit_(transaction.limit()), transaction_(&transaction) {}

    [[nodiscard]] Status before(const Machine& machine) noexcept override;
    [[nodiscard]] Status after(const Machine& machine, detent::Step step) noexcept override;

    [[nodiscard]] std::uint64_t instructions() const noexcept { return instructions_; }
    /// Those of the filter's functions that were in no module that ran.
    [[nodiscard]] std::vector<std::string> unknown_functions() const;

  private:
    /// What is the same in all lines of a function.
    struct Known {
        bool is_shown = true;
        std::string head;
        std::unique_ptr<trace::OperandTypes> types;
    };
    struct KnownModule {
        FunctionNames names;
        std::vector<Known> functions;
    };

    [[nodiscard]] bool is_in_range(const Machine& machine);
    [[nodiscard]] Fuel used(const Machine& machine) const noexcept;
    [[nodiscard]] Status begin_line(const Machine& machine);
    void begin_instruction(const Machine& machine, const Known& known);
    [[nodiscard]] Status append_stack(const Machine& machine, const Known& known);
    void append_contract();
    void begin_entry(const Machine& machine);
    [[nodiscard]] Status end_line(const Machine& machine, detent::Step step);
    void end_entry(const Machine& machine);
    [[nodiscard]] KnownModule& known(const Code& code);
    [[nodiscard]] Result<const Known*> known(const Code& code, FuncIdx function);
    [[nodiscard]] static std::string head_of(const KnownModule& module, FuncIdx function);

    TraceFilter filter_;
    Fuel limit_;
    const Transaction* transaction_ = nullptr;
    std::map<const Code*, KnownModule> modules_;
    /// The one that ran last.
    const Code* last_code_ = nullptr;
    KnownModule* last_module_ = nullptr;
    /// Of the types of all functions together.
    std::size_t nodes_left_ = trace::OperandTypes::kMostNodes;

    std::uint64_t instructions_ = 0;
    Fuel before_;
    bool is_entry_ = false;
    bool is_shown_ = false;
    std::size_t frames_before_ = 0;
    std::optional<HostCallAhead> host_call_;
    std::string line_;
};

/// A line of the trace that is of no step.
void print_trace_line(const std::string& line);

} // namespace detent::cli
