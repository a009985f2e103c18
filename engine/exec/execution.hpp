// Execution: the only way to run code. Source: METERING.md (MET-5 to MET-16), spec, Execution.
#pragma once

#include "engine/base/result.hpp"
#include "engine/exec/host.hpp"
#include "engine/exec/tier.hpp"
#include "engine/runtime/store.hpp"
#include "metering/meter.hpp"
#include "metering/schedule.hpp"

#include <memory>
#include <span>

namespace detent {

/// How a run ended. `exhausted` and `waiting` can be resumed by running again.
enum class Ending : std::uint8_t { returned, trapped, exhausted, waiting };

[[nodiscard]] std::string_view to_text(Ending ending) noexcept;

class Machine;
class StepObserver;

/// One run of guest code, instantiation included: begun, run until it ends or pauses, given fuel, run again. Owns its
/// stack; refers to the store and the schedule, which MUST outlive it. Not shared between threads.
class Execution {
  public:
    /// Instantiates a module: imports are checked here, everything else happens in `run`.
    [[nodiscard]] static Result<Execution> instantiate(Store& store, std::shared_ptr<const Code> code,
                                                       std::span<const ExternVal> imports, const Schedule& schedule,
                                                       Fuel limit, Fuel grant) noexcept;

    /// Calls a function of the store. The arguments MUST be of its parameter types, references by what they refer to,
    /// else wrong_arguments.
    [[nodiscard]] static Result<Execution> invoke(Store& store, FuncAddr function, std::span<const Value> arguments,
                                                  const Schedule& schedule, Fuel limit, Fuel grant) noexcept;

    /// The general form, for hosts: what a host function can ask for, as the outermost entry.
    [[nodiscard]] static Result<Execution> enter(Store& store, EntryRequest&& request, const Schedule& schedule,
                                                 Fuel limit, Fuel grant) noexcept;

    Execution(Execution&&) noexcept;
    Execution& operator=(Execution&&) noexcept;
    ~Execution();

    /// The fast tier, unless another one is asked for. From the next run on.
    void use(Tier tier, Handover handover = {}) noexcept;
    /// What each work class uses is added there, which MUST outlive the runs. By the stepper only.
    void count_classes(ClassFuel& fuel) noexcept;
    /// Has the stepper execute everything, whichever tier was asked for, and tell the observer, which MUST outlive the
    /// runs, of each step. From the next run on.
    void observe(StepObserver& observer) noexcept;
    /// Of all runs so far.
    [[nodiscard]] const TierCounts& counts() const noexcept;

    /// Runs until an ending. An error is a Fault, after which the execution can only be dropped; or not_suspended if it
    /// has already returned or trapped.
    [[nodiscard]] Result<Ending> run() noexcept;

    /// The same, but at the latest until the first suspension at which no less than `mark` is used: that is `exhausted`
    /// too. Whatever is granted, the suspension is the same (COM-1).
    [[nodiscard]] Result<Ending> run_to(Fuel mark) noexcept;

    /// Raises what may be used before the next pause. MUST be at least what it was and at most the limit.
    [[nodiscard]] Status refuel(Fuel grant) noexcept;
    /// Raises the limit of the outermost entry: an input like any other (MET-13). A nested one that was given an
    /// allowance keeps its bound.
    [[nodiscard]] Status raise_limit(Fuel limit) noexcept;

    [[nodiscard]] Fuel used() const noexcept;
    [[nodiscard]] Fuel limit() const noexcept;
    [[nodiscard]] Fuel grant() const noexcept;
    /// After `exhausted`: whether the next price exceeds the limit, not only the grant (MET-13).
    [[nodiscard]] bool at_limit() const noexcept;
    /// After `trapped`.
    [[nodiscard]] Trap trap() const noexcept;
    /// After `returned`: the words of the results.
    [[nodiscard]] std::span<const std::uint64_t> result_words() const noexcept;
    /// After `returned`: result `index` with its type.
    [[nodiscard]] Value result(std::size_t index) const noexcept;
    [[nodiscard]] std::size_t result_count() const noexcept;
    /// The instance that `instantiate` made, once it exists.
    [[nodiscard]] std::optional<InstanceAddr> instance() const noexcept;

    /// For the canonical state (state.hpp).
    [[nodiscard]] const Machine& machine() const noexcept { return *machine_; }

  private:
    friend class Loader;

    explicit Execution(std::unique_ptr<Machine> machine) noexcept;

    std::unique_ptr<Machine> machine_;
};

} // namespace detent
