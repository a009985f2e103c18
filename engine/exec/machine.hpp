// Machine: the state of an execution, and what every instruction does to it through. The stepper's bodies are in
// body_*.hpp.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/binary/immediates.hpp"
#include "engine/binary/reader.hpp"
#include "engine/exec/execution.hpp"
#include "engine/exec/host.hpp"
#include "engine/exec/observer.hpp"
#include "engine/opcodes.hpp"

#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <span>

namespace detent {

namespace fast {
struct Callee;
class Module;
class Visit;
} // namespace fast

/// How one step ended.
enum class Step : std::uint8_t {
    next,       ///< go on
    trap,       ///< Machine::trap says why
    no_grant,   ///< the price exceeds the grant
    over_limit, ///< the price exceeds the limit in force
    wait,       ///< a host function waits
    fault,      ///< Machine::fault says why
};

/// Whether the step has changed nothing and is taken again later.
[[nodiscard]] constexpr bool starts_anew(Step step) noexcept {
    return step == Step::no_grant || step == Step::over_limit || step == Step::wait;
}

/// An activation of a WebAssembly function. Its operands lie on the stack behind its locals, up to the next frame's
/// locals.
struct Frame {
    InstanceAddr instance{};
    FuncIdx function{};
    /// Of the instance, which keeps it: every byte that is read asks for it.
    const Code* code = nullptr;
    /// The next instruction in the top frame, as an offset in the module; behind the call in the others.
    std::uint32_t position = 0;
    /// How many entries of the side table stand before the position.
    std::uint32_t branch = 0;
    /// Where on the stack the locals begin.
    std::uint32_t base = 0;
    /// How far the locals lie behind the caller's.
    std::uint32_t delta = 0;
    /// Where lowered code goes on when the frame returns; null where the frame was not entered by lowered code.
    const std::uint64_t* resume = nullptr;
    /// What lowered code entered; until it is left, it knows no more of the frame than this, and `code` is null.
    const fast::Callee* callee = nullptr;
};

enum class EntryPhase : std::uint8_t {
    instantiate, ///< next: pay for the instance and make it
    start,       ///< next: the start function, if any
    function,    ///< next: the function that was asked for, if any
    finish,      ///< next: hand over the results
};

/// Guest code entered from the host: the outermost by the embedder, further ones by host functions.
struct Entry {
    EntryRequest request;
    EntryPhase phase = EntryPhase::instantiate;
    std::optional<InstanceAddr> instance;
    /// Frames and operands below belong to others.
    std::size_t first_frame = 0;
    std::uint32_t stack_base = 0;
    /// The limit in force outside, and what the store held.
    Fuel outer_limit;
    Store::Mark mark;
    /// The host function that entered, and whose call of it; nothing for the outermost.
    std::optional<FuncAddr> host_function;
    std::optional<InstanceAddr> caller;
};

class Machine final : public RootSource {
  public:
    Machine(Store& store, const Schedule& schedule, Fuel limit, Fuel grant) noexcept;
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine();

    // The thread's last machine leaves its room to the next one: its own memory, and buffers.

    [[nodiscard]] static void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept;
    static void operator delete(void* memory) noexcept;
    static void operator delete(void* memory, const std::nothrow_t&) noexcept { operator delete(memory); }
    /// An empty buffer for the words of arguments.
    [[nodiscard]] static Buffer<std::uint64_t> spare_words() noexcept;
    static void leave_words(Buffer<std::uint64_t>&& words) noexcept;

    [[nodiscard]] Status begin(EntryRequest&& request) noexcept;
    [[nodiscard]] Result<Ending> run() noexcept { return run_to(kNoMark); }
    /// In units of fuel (Execution::run_to).
    static constexpr std::uint64_t kNoMark = ~std::uint64_t{0};
    [[nodiscard]] Result<Ending> run_to(std::uint64_t mark) noexcept;

    // What a body sees.

    [[nodiscard]] Store& store() noexcept { return *store_; }
    [[nodiscard]] const Store& store() const noexcept { return *store_; }
    [[nodiscard]] Frame& top() noexcept { return frames_.back(); }
    [[nodiscard]] Instance& instance() noexcept { return store_->instance(top().instance); }
    [[nodiscard]] const FunctionCode& code() noexcept { return top().code->function(top().function); }

    [[nodiscard]] std::uint64_t pop() noexcept { return stack_[--height_]; }
    [[nodiscard]] std::uint32_t pop_u32() noexcept { return static_cast<std::uint32_t>(pop()); }
    void push(std::uint64_t word) noexcept { stack_[height_++] = word; }
    /// The word `depth` below the top, 0 being the top itself.
    [[nodiscard]] std::uint64_t& peek(std::uint32_t depth) noexcept { return stack_[height_ - 1 - depth]; }
    void drop(std::uint32_t words) noexcept { height_ -= words; }
    /// A word of the top frame's locals.
    [[nodiscard]] std::uint64_t& local(std::uint32_t word) noexcept { return stack_[top().base + word]; }
    /// Where the instruction that is executed stands.
    [[nodiscard]] std::uint32_t position() const noexcept { return position_; }

    // Immediates: read at the top frame's position, which moves on. The code is valid.
    [[nodiscard]] std::uint8_t read_byte() noexcept;
    [[nodiscard]] std::uint32_t read_u32() noexcept { return static_cast<std::uint32_t>(read_leb(false)); }
    [[nodiscard]] std::uint64_t read_u64() noexcept { return read_leb(false); }
    [[nodiscard]] std::uint64_t read_signed() noexcept { return read_leb(true); }
    [[nodiscard]] std::uint64_t read_bytes(unsigned count) noexcept;
    /// For the decoder's own functions, from the top frame's position, which does not move.
    [[nodiscard]] Reader reader() noexcept;
    /// Passes a block type or a value type.
    void skip_type() noexcept;

    /// Charges n of the instruction's own unit on top of its base, or takes back the base (MET-5).
    [[nodiscard]] Step charge(std::uint64_t n) noexcept { return charge(row(op_).unit, n); }
    [[nodiscard]] Step charge(Unit unit, std::uint64_t n) noexcept;
    /// Charges n of the instruction's own unit and makes room on the heap for `bytes` abstract bytes, in the order of
    /// MET-5 and DET-11 (accounting.cpp). The instruction's operands MUST still be on the stack.
    [[nodiscard]] Step make_room(std::uint64_t bytes, std::uint64_t n) noexcept;

    [[nodiscard]] Step trap(TrapCode code) noexcept { return trap(Trap{code, 0}); }
    [[nodiscard]] Step trap(Trap why) noexcept;
    [[nodiscard]] Step fail(Error why) noexcept;

    /// Takes the branch that stands `offset` entries behind the position in the side table.
    void take_branch(std::uint32_t offset) noexcept;
    [[nodiscard]] const Branch& branch(std::uint32_t offset) noexcept;
    void skip_branches(std::uint32_t count) noexcept { top().branch += count; }
    /// The arguments are on the stack (MET-7). Calls of host functions end here too (MET-19).
    [[nodiscard]] Step call(FuncAddr function) noexcept;
    /// A call in place of the top frame, which is there still if the call has not begun.
    [[nodiscard]] Step tail_call(FuncAddr function) noexcept;
    void return_from_frame() noexcept;
    /// Unwinds to what catches the exception (unwind.cpp). It costs nothing: what is passed was paid when it was
    /// entered.
    [[nodiscard]] Step throw_exception(Ref exception) noexcept;

    // For Execution and the canonical state.

    [[nodiscard]] const Meter& meter() const noexcept { return meter_; }
    [[nodiscard]] const Schedule& schedule() const noexcept { return *schedule_; }
    /// Whether it has begun, and neither ended nor failed, nor is within a step.
    [[nodiscard]] bool is_suspended() const noexcept { return !is_between_states_ && !entries_.empty(); }
    [[nodiscard]] Fuel limit() const noexcept { return entries_.size() > 1 ? entries_[1].outer_limit : meter_.limit(); }
    void use(Tier tier, Handover handover) noexcept {
        tier_ = tier;
        handover_ = handover;
    }
    void count_classes(ClassFuel& fuel) noexcept { class_fuel_ = &fuel; }
    void observe(StepObserver& observer) noexcept { observer_ = &observer; }
    [[nodiscard]] const TierCounts& counts() const noexcept { return counts_; }
    [[nodiscard]] Status refuel(Fuel grant) noexcept;
    [[nodiscard]] Status raise_limit(Fuel limit) noexcept;
    [[nodiscard]] bool at_limit() const noexcept { return at_limit_; }
    [[nodiscard]] Trap last_trap() const noexcept { return trap_; }
    [[nodiscard]] std::optional<Ending> ending() const noexcept { return ending_; }
    [[nodiscard]] std::span<const std::uint64_t> result_words() const noexcept { return {stack_.data(), height_}; }
    [[nodiscard]] const FuncType& result_type() const noexcept { return result_type_; }
    [[nodiscard]] std::optional<InstanceAddr> made_instance() const noexcept { return made_instance_; }
    [[nodiscard]] std::span<const Entry> entries() const noexcept { return entries_.span(); }
    [[nodiscard]] std::span<const Frame> frames() const noexcept { return frames_.span(); }
    [[nodiscard]] std::span<const std::uint64_t> stack() const noexcept { return {stack_.data(), height_}; }
    /// Whether the next step is the innermost entry's. There MUST be an entry.
    [[nodiscard]] bool at_entry() const noexcept { return frames_.size() == entries_.back().first_frame; }

    /// During a constant expression the top frame is that of no function, and its operands are these many words: 1
    /// where a word is a reference. Null otherwise.
    [[nodiscard]] const Buffer<std::uint8_t>* constant_operands() const noexcept {
        return in_constants_ ? &constant_operands_ : nullptr;
    }

    [[nodiscard]] Status prepare_roots() noexcept override;
    void reach_roots(HeapTrace& trace) const noexcept override;

  private:
    friend class Instantiation;
    friend class StackRestorer;
    friend class fast::Visit;

    /// Whether no more is to be paid (Execution::run_to).
    [[nodiscard]] bool is_over_mark() const noexcept { return meter_.used().units() >= mark_; }
    [[nodiscard]] Step advance() noexcept;
    [[nodiscard]] std::optional<Step> advance_lowered() noexcept;
    /// One step, of which the observer is told.
    [[nodiscard]] Status observed_step() noexcept;
    /// By the stepper, which counts it.
    [[nodiscard]] Step step() noexcept;
    [[nodiscard]] Step execute() noexcept;
    /// Of the instruction that was executed.
    void count_step() noexcept;
    /// The lowered functions of a code, under the schedule of this machine; null if there is no memory.
    [[nodiscard]] fast::Module* lowered_module(const Code& code) noexcept;
    void pass_delimiters() noexcept;
    [[nodiscard]] Op read_op() noexcept;
    /// Turns the end of a step into what follows from it: an entry that ends, a pause, or nothing.
    [[nodiscard]] Status settle(Step step) noexcept;

    // Entries.
    [[nodiscard]] Step push_entry(EntryRequest&& request, std::optional<FuncAddr> host_function,
                                  std::optional<InstanceAddr> caller) noexcept;
    [[nodiscard]] Step advance_entry() noexcept;
    [[nodiscard]] Step make_instance() noexcept;
    [[nodiscard]] Step build_instance() noexcept;
    [[nodiscard]] Step enter_start() noexcept;
    [[nodiscard]] Step enter_function() noexcept;
    [[nodiscard]] Step enter(FuncAddr function, EntryPhase next) noexcept;
    [[nodiscard]] Step end_entry(EntryResult::End end) noexcept;
    void end_outermost(EntryResult::End end) noexcept;
    void unwind(const Entry& entry) noexcept;
    [[nodiscard]] Step leave(const Entry& entry, EntryResult::End end) noexcept;

    // Calls.
    /// What a host function returns to: whose call of what, where on the stack the results belong, and whether the top
    /// frame goes with it.
    struct HostReturn {
        FuncAddr function{};
        std::optional<InstanceAddr> caller;
        std::uint32_t base = 0;
        bool in_place = false;
    };
    [[nodiscard]] Step push_frame(const Function& function) noexcept;
    [[nodiscard]] Step replace_frame(const Function& function) noexcept;
    [[nodiscard]] const FunctionCode& code_of(const Function& function) const noexcept;
    [[nodiscard]] Frame open_frame(const Function& function, const FunctionCode& to, std::uint32_t base) noexcept;
    void drop_frame() noexcept;

    // The heap.
    [[nodiscard]] Step pay_for_accounting(std::uint64_t bytes) noexcept;
    [[nodiscard]] Step account() noexcept;

    // Exceptions.
    [[nodiscard]] bool catch_in_frame(const HeapObject& exception, std::uint32_t position) noexcept;
    [[nodiscard]] bool catch_in_block(const HeapObject& exception, const TryBlock& block) noexcept;
    void take_catch(const HeapObject& exception, const TryBlock& block, std::uint32_t index,
                    const CatchClause& clause) noexcept;

    [[nodiscard]] Step call_host(FuncAddr address, bool in_place) noexcept;
    [[nodiscard]] Step finish_host(HostOutcome&& outcome, const HostReturn& to) noexcept;
    [[nodiscard]] bool take_results(const Function& function, std::uint32_t base) noexcept;
    void move_words(std::uint32_t to, std::uint32_t from, std::uint32_t count) noexcept;
    [[nodiscard]] bool reserve_stack(std::uint64_t words) noexcept;
    [[nodiscard]] Step unpaid(Charge charge) noexcept;

    [[nodiscard]] const Module& module() noexcept { return top().code->module(); }
    [[nodiscard]] std::uint64_t read_leb(bool is_signed) noexcept;

    Store* store_;
    const Schedule* schedule_;
    Meter meter_;
    std::uint64_t mark_ = kNoMark;
    Tier tier_ = Tier::fast;
    Handover handover_;
    /// How many instructions the stepper executes before lowered code may be entered again.
    std::uint32_t held_ = 0;
    TierCounts counts_;
    ClassFuel* class_fuel_ = nullptr;
    StepObserver* observer_ = nullptr;
    Buffer<Frame> frames_;
    Buffer<Entry> entries_;
    Buffer<std::uint64_t> stack_;
    std::uint32_t height_ = 0;
    /// Frame words of all frames (MET-10).
    std::uint64_t frame_words_ = 0;

    /// The instruction that is executed, where it stands, and what was used before it.
    Op op_ = Op::illegal;
    std::uint32_t position_ = 0;
    Fuel before_;

    /// The last that was asked for, until an entry ends, when it may go.
    const Code* lowered_code_ = nullptr;
    fast::Module* lowered_ = nullptr;

    /// Within a step, or ended by a fault: the stack is in no state that can be described.
    bool is_between_states_ = false;
    /// Which words of the stack are references, while an accounting lasts.
    Buffer<std::uint8_t> root_map_;

    bool in_constants_ = false;
    Buffer<std::uint8_t> constant_operands_;

    Trap trap_;
    Error fault_{ErrorCode::host_failed};
    std::optional<Ending> ending_;
    bool at_limit_ = false;
    std::optional<InstanceAddr> made_instance_;
    /// Types of the results; `finished_` keeps the module that they live in.
    FuncType result_type_;
    std::shared_ptr<const Code> finished_;
};

/// What executes an instruction.
using StepBody = Step (*)(Machine&) noexcept;
[[nodiscard]] StepBody body_of(Op op) noexcept;

} // namespace detent
