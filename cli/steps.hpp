// Tasks: a module without imports and the steps that are carried out on it, on one fuel limit. What `run` and `trace`
// have in common.
#pragma once

#include "cli/failure.hpp"
#include "cli/modules.hpp"

#include "engine/exec/execution.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace detent::cli {

/// A call of an export.
struct Invoke {
    std::string name;
    std::vector<std::string> texts;
    FuncIdx function{};
    std::vector<Value> arguments;
};

/// Bytes to put into memory 0.
struct Write {
    std::string text;
    std::uint64_t address = 0;
    std::vector<std::uint8_t> bytes;
};

/// Bytes of memory 0 to show.
struct Read {
    std::string text;
    std::uint64_t address = 0;
    std::uint64_t length = 0;
};

using Step = std::variant<Invoke, Write, Read>;

/// What is to be done, as the command line says it.
struct Task {
    std::string file;
    std::vector<Step> steps;
    std::vector<std::string> trailing;
    std::string fuel = "1000000000";
    std::string slice;
    std::uint32_t schedule = 1;
    Judgement judgement;

    void add_to(CLI::App& command);
};

/// The same, with everything looked up that it names.
struct Prepared {
    std::string file;
    std::shared_ptr<const Code> code;
    Profile profile;
    const Schedule* schedule = nullptr;
    Fuel limit;
    Fuel slice;
};

/// Settles what the task names before anything runs; its steps are filled in. A failure where anything is wrong, or
/// where the module has imports; `command` is what takes none. `options` are for a module that is text.
[[nodiscard]] Prepared prepare(Task& task, const std::string& command, const text::ParseOptions& options = {});

/// "the exported functions are add, count".
[[nodiscard]] std::string exported_functions(const Module& module);

/// Carries out steps on one instance.
class Runner {
  public:
    /// The task MUST outlive it.
    explicit Runner(const Prepared& task) : task_(task), store_(task.profile.limits()) {}

    void use(Tier tier, Handover handover) noexcept {
        tier_ = tier;
        handover_ = handover;
    }
    void count_classes(ClassFuel& fuel) noexcept { class_fuel_ = &fuel; }
    void observe(StepObserver& observer) noexcept { observer_ = &observer; }
    [[nodiscard]] const TierCounts& counts() const noexcept { return counts_; }

    [[nodiscard]] Fuel used() const noexcept { return used_; }
    [[nodiscard]] Fuel limit() const noexcept { return task_.limit; }
    [[nodiscard]] Fuel left() const noexcept { return task_.limit - used_; }
    [[nodiscard]] Trap trap() const noexcept { return trap_; }
    [[nodiscard]] const std::vector<Value>& results() const noexcept { return results_; }

    [[nodiscard]] Ending instantiate();

    [[nodiscard]] Ending invoke(const Invoke& step);

    /// A range of memory 0, whether it is exported or not.
    [[nodiscard]] std::span<std::uint8_t> range(std::uint64_t address, std::uint64_t length, const std::string& what);
    void write(const Write& step);
    [[nodiscard]] std::span<const std::uint8_t> read(const Read& step) {
        return range(step.address, step.length, "--read");
    }

  private:
    /// Runs with further grants of one slice each until it ends or is at its limit.
    [[nodiscard]] Ending drive(Execution& execution);

    const Prepared& task_;
    Tier tier_ = Tier::stepper;
    Handover handover_;
    TierCounts counts_;
    ClassFuel* class_fuel_ = nullptr;
    StepObserver* observer_ = nullptr;
    Store store_;
    std::optional<InstanceAddr> instance_;
    Fuel used_;
    Trap trap_;
    std::vector<Value> results_;
};

[[nodiscard]] ExitCode exit_code_of(Ending ending) noexcept;

} // namespace detent::cli
