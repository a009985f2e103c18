// Visit: where a machine enters lowered code and leaves it. Everything between two checks is the lowered code's own; at
// a check its state maps to the canonical state, from which the stepper goes on.
#pragma once

#include "engine/exec/fast/counting.hpp"
#include "engine/exec/fast/lower.hpp"
#include "engine/exec/machine.hpp"

#include <optional>

namespace detent::fast {

/// The lowered functions of a code, under one schedule. Functions are lowered when they are first entered.
class Module final : public CodeAttachment {
  public:
    /// That of the code, which is made if it is not there. Null if there is no memory.
    [[nodiscard]] static Module* of(const Code& code, const Schedule& schedule, LoweringMode mode = {}) noexcept;

    [[nodiscard]] const Schedule& schedule() const noexcept { return schedule_; }
    [[nodiscard]] const Callee* callees() const noexcept { return callees_.get(); }

    /// Null where the function is the stepper's. An error is a Fault.
    [[nodiscard]] Result<const Lowered*> lowered(const Code& code, FuncIdx function,
                                                 Scratch* scratch = nullptr) noexcept;
    [[nodiscard]] Status lower_all(const Code& code) noexcept;
    /// Whether a function is to wait for being lowered. Counts an instruction of the stepper's if so.
    [[nodiscard]] bool is_cold(const Code& code, FuncIdx function) noexcept;
    /// What stands before the cells of a function that MUST be lowered. An error is a Fault.
    [[nodiscard]] Result<const Recording*> recording(const Code& code, FuncIdx function) noexcept;

    /// Lowers all functions and has their cells counted from then on. Nothing MUST run or lower the code meanwhile.
    [[nodiscard]] Status count_cells(const Code& code) noexcept;
    /// Null where nobody counts.
    [[nodiscard]] Counting* counting() const noexcept { return counting_.get(); }

    ~Module() override;

  private:
    Module(const Schedule& schedule, LoweringMode mode) noexcept
        : schedule_(schedule), published_(Schedule::published(schedule.id()) == &schedule ? &schedule : nullptr),
          mode_(mode) {}

    [[nodiscard]] bool has(const Schedule& schedule, LoweringMode mode) const noexcept {
        return mode == mode_ && (&schedule == published_ || schedule == schedule_);
    }
    [[nodiscard]] LoweringRequest request(const Code& code, FuncIdx function, Scratch* scratch = nullptr) noexcept {
        return {code, function, schedule_, callees_.get(), scratch, mode_};
    }

    [[nodiscard]] bool add_callees(const Code& code) noexcept;
    [[nodiscard]] Shelf* add_shelf(const Code& code) noexcept;
    [[nodiscard]] Status count_cells(const Code& code, FuncIdx function) noexcept;
    [[nodiscard]] Callee& callee(const Code& code, FuncIdx function) noexcept {
        return callees_[number(function) - code.module().imported_functions];
    }

    Schedule schedule_;
    /// Its address, if it is one that stays: it tells soonest that a schedule is the same.
    const Schedule* published_;
    LoweringMode mode_;
    std::unique_ptr<Callee[]> callees_;
    std::size_t count_ = 0;
    /// Of those who lowered all functions, one for each.
    std::atomic<Shelf*> shelves_{nullptr};
    std::unique_ptr<Counting> counting_;
};

/// One visit of a machine to lowered code.
class Visit {
  public:
    explicit Visit(Machine& machine) noexcept : machine_(machine) {}

    /// Whether the function on top is to wait for being lowered, and the stepper executes its next instruction.
    [[nodiscard]] bool is_cold() noexcept;

    /// Runs lowered code from the top frame's position on, if it can be entered there. Nothing if the stepper is to
    /// execute the next instruction; else how the last step ended.
    [[nodiscard]] std::optional<Step> run() noexcept;

    /// Executes the instruction of a cell that calls its body, and stays in lowered code if there is some where it
    /// went.
    [[nodiscard]] Go call_body(Registers& r) noexcept;

    /// Of the lowered code that runs.
    [[nodiscard]] static Counting* counting(const Context& context) noexcept {
        return context.machine->lowered_->counting();
    }

  private:
    [[nodiscard]] std::int64_t left() const noexcept;
    /// What the registers say is left behind all that is owed.
    [[nodiscard]] static std::int64_t balance(const Registers& r, std::int64_t owed) noexcept;
    void set_left(std::int64_t left) noexcept;
    [[nodiscard]] static const Entry* entry_at(std::span<const Entry> entries, std::uint32_t position) noexcept;
    /// Whether it can be entered.
    [[nodiscard]] Result<bool> enter(Registers& r) noexcept;
    /// Whether the stepper is still to execute something first.
    [[nodiscard]] bool is_held() noexcept;
    [[nodiscard]] std::uint64_t draw() noexcept;
    void hide(Registers& r) noexcept;
    void hold() noexcept;
    [[nodiscard]] Go go_elsewhere(Registers& r) noexcept;
    [[nodiscard]] Step leave_frame(const Registers& r) noexcept;
    void load(Registers& r) noexcept;
    void load_memory(Registers& r, Memory& memory) noexcept;
    [[nodiscard]] bool reach(Registers& r) noexcept;
    void load(Context& context) noexcept;
    void store(const Context& context) noexcept;
    void fill_in(Frame& caller, Frame& frame) noexcept;
    static void put_position(Frame& caller, const Word* resume) noexcept;
    [[nodiscard]] Status map(const Registers& r) noexcept;
    void put(const Recording& recording, const Point& point, const Registers& r) noexcept;

    static constexpr std::size_t kLeastFrames = 512;

    Machine& machine_;
};

} // namespace detent::fast
