#include "engine/exec/fast/lower.hpp"

#include "engine/exec/fast/objects.hpp"
#include "engine/exec/fast/sequences.hpp"
#include "engine/valid/body.hpp"

#include <new>

namespace detent::fast {

/// Buffers that keep their room.
struct Scratch {
    Buffer<Word> cells;
    Buffer<std::uint32_t> starts;
    Buffer<Entry> entries;
    Buffer<Fixup> fixups;
    Buffer<std::uint32_t> relocations;
};

void ScratchDeleter::operator()(Scratch* scratch) const noexcept { delete scratch; }

std::unique_ptr<Scratch, ScratchDeleter> make_scratch() noexcept {
    return std::unique_ptr<Scratch, ScratchDeleter>(new (std::nothrow) Scratch);
}

/// Lowers one body while it is validated, which it is known to pass. What it rests on, from the bottom up: the cells
/// (Text), operands (Values), what is reached (Flow), and then one kind of instruction after the other. Here are the
/// blocks, and what goes out of them.
class LoweringSink : private Objects {
  public:
    using Label = fast::Label;

    LoweringSink(const LoweringRequest& request, Recording* recording, std::span<const PinSet> pins) noexcept
        : Objects(request, recording), loop_pins_(pins) {
        if (request.scratch != nullptr) exchange(*request.scratch);
    }
    LoweringSink(const LoweringSink&) = delete;
    LoweringSink& operator=(const LoweringSink&) = delete;
    ~LoweringSink() {
        if (request_.scratch != nullptr) exchange(*request_.scratch);
    }

    /// Null if there is no memory.
    [[nodiscard]] std::unique_ptr<Lowered> finish() noexcept;

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        if (behind_at_ != kNone) cells_[behind_at_] |= Word{position} << behind_shift_;
        behind_at_ = kNone;
        words_ = operands.words();
        start_ = {position, branches_, words_, debt_.owed, kNone, Domain::word};
        operands_ = &operands;
        return !has_failed_;
    }

    void instruction(Op op) noexcept {
        op_ = op;
        if (!is_reachable_) return;
        if (recording_ != nullptr) start_waiting_ = waiting_;
        if (wants_entry_) add_entry();
        in_ = Reader(module_.bytes.span(), start_.position, module_.body(request_.function).expression.end);
        static_cast<void>(in_.op());
        lower(op);
    }

    void open(Label& label, Op op, std::uint32_t) noexcept {
        label = Label{};
        label.is_loop = op == Op::loop;
        label.outer_pins = pins_;
        label.pins = pins_;
        const std::size_t loop = loops_;
        loops_ += label.is_loop ? 1 : 0;
        ++open_;
        if (label.is_loop && !loop_pins_.empty()) label.pins = loop_pins_[loop];
        if (!is_reachable_) return;
        flush(0);
        if (!label.is_loop) return;
        forget();
        pins_ = label.pins;
        label.debt = debt_;
        opened_ = &label;
        wants_entry_ = true;
    }

    [[nodiscard]] bool branch(Label& label, const Jump& jump) noexcept {
        ++branches_;
        if (!is_reachable_) return true;
        if (op_ == Op::br) {
            branch_always(label, jump);
        } else if (op_ == Op::br_if) {
            branch_if(label, jump);
        } else if (op_ == Op::br_table) {
            branch_target(label, jump);
        } else if (is_reference_branch(op_)) {
            branch_on_reference(label, jump);
        } else {
            by_body(label);
        }
        return !has_failed_;
    }

    void branch_table(std::uint32_t targets) noexcept { targets_ = targets; }

    [[nodiscard]] bool skip(Label& label, const Jump&) noexcept {
        ++branches_;
        if (!is_reachable_) return true;
        label.is_skipped_by_body = is_called_if_;
        if (is_called_if_) return !has_failed_;
        condition_.sense = !condition_.sense;
        label.skip_debt = debt_;
        const std::size_t target_at = emit_branch(condition_, false);
        label.skip = add_fixup(target_at, debt_.owed, 0, false);
        return !has_failed_;
    }

    [[nodiscard]] bool otherwise(Label& label, const Jump&, std::uint32_t) noexcept {
        ++branches_;
        if (is_reachable_) {
            flush(0);
            // Behind a call, whose place is yet to come.
            if (wants_entry_) emit_pins();
            jump_to(label);
        }
        leave_text();
        pins_ = label.outer_pins;
        if (label.skip != 0 || label.is_skipped_by_body) arrive(label.skip_debt);
        if (label.is_skipped_by_body) wants_entry_ = true;
        settle(label.skip, here(), label.skip_debt.owed);
        label.skip = 0;
        label.is_skipped_by_body = false;
        return !has_failed_;
    }

    [[nodiscard]] bool catches(Label&, const TryTable&) noexcept { return !has_failed_; }
    [[nodiscard]] bool wide(std::uint32_t) noexcept { return true; }

    [[nodiscard]] bool close(Label& label, std::uint32_t) noexcept {
        --open_;
        if (open_ == 0 && is_reachable_ && !label.is_reached) {
            emit_return(debt_.owed);
            return !has_failed_;
        }
        if (label.is_loop) {
            end_loop(label);
        } else {
            join(label);
        }
        if (open_ == 0 && is_reachable_) emit_return_from(local_slots(), debt_.owed);
        return !has_failed_;
    }

  private:
    void exchange(Scratch& scratch) noexcept {
        exchange(cells_, scratch.cells);
        exchange(starts_, scratch.starts);
        exchange(entries_, scratch.entries);
        exchange(fixups_, scratch.fixups);
        exchange(relocations_, scratch.relocations);
    }
    template <class T>
    static void exchange(Buffer<T>& own, Buffer<T>& scratch) noexcept {
        own.swap(scratch);
        scratch.truncate(0);
    }

    void add_entry() noexcept {
        wants_entry_ = false;
        forget();
        // What went on in place has its registers.
        const bool is_behind = here() == skip_end_ && opened_ == nullptr;
        add_place(opened_ == nullptr ? nullptr : &opened_->cell);
        if (is_behind && !has_failed_) cells_[skip_at_] |= Word{here() - skip_end_} << skip_shift_;
        if (opened_ != nullptr) header_ = opened_->cell;
        opened_ = nullptr;
        if (called_) accumulators_[*called_] = slot(words_ - 1);
        called_ = std::nullopt;
    }

    void lower(Op op) noexcept {
        const Immediate immediate = row(op).immediate;
        if (immediate == Immediate::local) return local(op);
        if (op == Op::i32_const || op == Op::i64_const || op == Op::f32_const || op == Op::f64_const) {
            return constant(op);
        }
        if (is_renaming(op)) return rename(op);
        if (const NumericHandlers* const numeric = numeric_handlers(op); numeric != nullptr) {
            return numeric->is_unary ? unary(op, *numeric) : binary(op, *numeric);
        }
        if (Stored stored{}; stored_by(op, stored)) return access(op, stored);
        if (const WholeHandler& whole = whole_handler(op); whole.handler != nullptr) return this->whole(op, whole);
        if (immediate == Immediate::global) return global(op);
        if (op == Op::drop) return drop();
        if (op == Op::select || op == Op::select_t) return select();
        if (op == Op::memory_size) return memory_size();
        if (op == Op::memory_copy || op == Op::memory_fill) return bulk(op);
        control(op);
    }

    void control(Op op) noexcept {
        if (op == Op::nop || op == Op::block || op == Op::loop) return nothing(op);
        if (op == Op::if_) return if_();
        if (op == Op::call) return call();
        if (op == Op::call_indirect) return call_indirect();
        if (op == Op::return_call) return return_call();
        if (op == Op::return_) return return_();
        // These wait for their targets.
        if (op == Op::br || op == Op::br_if || op == Op::br_table) return;
        if (!object(op)) call_body();
    }

    void nothing(Op op) noexcept {
        // A check before a loop spares its body some, each time around.
        if (op == Op::loop && debt_.longest > Reserve::kUnits / 4) emit_check();
        if (!owe(price(op))) call_body();
    }

    void if_() noexcept {
        is_called_if_ = !owe(price(Op::if_));
        if (is_called_if_) return call_body();
        condition_ = take_condition(true);
    }

    // Branches.

    void branch_always(Label& label, const Jump& jump) noexcept {
        if (!owe(price(Op::br, jump.kept))) {
            call_body();
            by_body(label);
        } else {
            flush_kept(jump, words_);
            move_kept(jump, words_);
            jump_to(label);
        }
        leave_text();
    }

    void branch_if(Label& label, const Jump& jump) noexcept {
        if (!owe(price(Op::br_if, jump.kept))) {
            call_body();
            return by_body(label);
        }
        Condition condition = take_condition(jump.kept != 0);
        flush_kept(jump, words_ - 1);
        if (jump.kept == 0 || jump.dropped == 0) {
            return aim(label, emit_branch(condition, label.is_loop));
        }
        condition.sense = !condition.sense;
        const std::size_t over = emit_branch(condition, false);
        move_kept(jump, words_ - 1);
        jump_to(label);
        set_target(over, debt_.owed, here(), debt_.owed);
        forget();
    }

    /// One of the targets of a br_table, in their order.
    void branch_target(Label& label, const Jump& jump) noexcept {
        if (target_ == 0) open_table(jump);
        if (is_called_table_) {
            by_body(label);
        } else {
            const std::size_t at = table_at_ + std::size_t{target_} * Size::kTarget;
            if (jump.kept != 0 && jump.dropped != 0) {
                detour(label, jump, at);
            } else {
                if (label.is_loop && !has_failed_) cells_[at + 1] |= kTargetIsCheck;
                aim(label, at);
            }
        }
        if (++target_ < targets_) return;
        target_ = 0;
        leave_text();
    }

    void open_table(const Jump& jump) noexcept {
        is_called_table_ = !owe(price(Op::br_table, jump.kept));
        if (is_called_table_) return call_body();
        Source index = take(words_ - 1);
        materialise(index, words_ - 1);
        flush_kept(jump, words_ - 1);
        const Kind kind = kind_of(index, Domain::word);
        consume(index, kind);
        emit(kHandlers.table[kind == Kind::accumulator ? 1 : 0]);
        emit(fields_number(index.slot, 0, targets_ - 1));
        table_at_ = here();
        for (std::uint32_t i = 0; i < targets_ * Size::kTarget; ++i)
            emit(Word{0});
    }

    /// An edge that moves words goes by a place of its own, behind the table.
    void detour(Label& label, const Jump& jump, std::size_t target_at) noexcept {
        set_target(target_at, debt_.owed, here(), debt_.owed);
        move_kept(jump, words_ - 1);
        jump_to(label);
    }

    // The ends of blocks.

    /// The text goes on outside.
    void end_loop(const Label& label) noexcept {
        if (opened_ == &label) opened_ = nullptr;
        pins_ = label.outer_pins;
        if (is_reachable_ && label.pins != label.outer_pins) emit_pins();
    }

    /// The end of a block: its text and its branches come together.
    void join(Label& label) noexcept {
        if (label.skip != 0) {
            fixups_[label.skip - 1].next = label.fixups;
            label.fixups = label.skip;
            reach(label, label.skip_debt);
        }
        if (label.is_skipped_by_body) reach(label, {});
        pins_ = label.outer_pins;
        if (is_reachable_) {
            flush(0);
            debt_.longest = std::max(debt_.longest, label.is_reached ? label.debt.longest : 0);
        } else if (label.is_reached) {
            arrive(label.debt);
        }
        if (!label.is_reached) return;
        forget();
        called_ = std::nullopt;
        if (label.is_skipped_by_body || label.wants_entry) wants_entry_ = true;
        const std::uint32_t with_pins = here();
        if (label.wants_pins && !wants_entry_) emit_pins();
        settle(label.fixups, with_pins, debt_.owed);
    }

    std::size_t loops_ = 0;
    std::uint32_t open_ = 0;
    /// The loop whose first instruction comes next.
    Label* opened_ = nullptr;
    std::span<const PinSet> loop_pins_;

    // Of the `if` that is lowered.
    Condition condition_;
    bool is_called_if_ = false;

    // Of the br_table that is lowered.
    std::uint32_t targets_ = 0;
    std::uint32_t target_ = 0;
    std::size_t table_at_ = 0;
    bool is_called_table_ = false;
};

static_assert(BodySink<LoweringSink>);

std::unique_ptr<Lowered> LoweringSink::finish() noexcept {
    std::unique_ptr<Lowered> lowered(new (std::nothrow) Lowered);
    const bool is_kept =
        lowered != nullptr && lowered->cells.copy_from(cells_.span()) && lowered->entries.copy_from(entries_.span());
    if (!is_kept) return nullptr;
    Buffer<Word>& cells = lowered->cells;
    const auto first = reinterpret_cast<std::uintptr_t>(cells.data());
    for (const std::uint32_t at : relocations_)
        cells[at] = Word{first} + cells[at] * sizeof(Word);
    if (request_.cell_starts == nullptr) {
        join_sequences(cells.span(), starts_.span());
    } else if (!request_.cell_starts->copy_from(starts_.span())) {
        return nullptr;
    }
    return lowered;
}

namespace {

constexpr std::uint32_t kMostSlots = 0xFFFF;

[[nodiscard]] bool has_too_many_slots(const LoweringRequest& request) noexcept {
    return request.code.function(request.function).frame_words > kMostSlots;
}

[[nodiscard]] Status drive(const LoweringRequest& request, LoweringSink& sink) noexcept {
    detent::Context context(request.code.module(), request.code.types(), request.code.profile());
    context.knows_declared = true;
    BodyValidator<LoweringSink> validator(context, sink);
    return validator.body(request.function);
}

} // namespace

Result<std::unique_ptr<Lowered>> lower(const LoweringRequest& request) noexcept {
    if (has_too_many_slots(request)) return std::unique_ptr<Lowered>();
    DETENT_TRY(const Buffer<PinSet> pins, survey(request));
    LoweringSink sink(request, nullptr, pins.span());
    DETENT_CHECK(drive(request, sink));
    std::unique_ptr<Lowered> lowered = sink.finish();
    if (lowered == nullptr) return kOutOfMemory;
    return lowered;
}

Result<std::unique_ptr<Recording>> record(const LoweringRequest& request) noexcept {
    std::unique_ptr<Recording> recording(new (std::nothrow) Recording);
    if (recording == nullptr) return kOutOfMemory;
    DETENT_TRY(const Buffer<PinSet> pins, survey(request));
    LoweringSink sink(request, recording.get(), pins.span());
    DETENT_CHECK(drive(request, sink));
    return recording;
}

} // namespace detent::fast
