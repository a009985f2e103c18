#include "engine/exec/fast/lower.hpp"

#include "engine/binary/immediates.hpp"
#include "engine/exec/fast/handlers.hpp"
#include "engine/valid/body.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace detent::fast {
namespace {

constexpr std::uint32_t kNone = 0xFFFF'FFFF;

/// Where an operand is, before a cell is chosen for it.
struct Source {
    bool is_constant = false;
    std::uint32_t slot = 0;
    Word value = 0;
    /// Whether a cell can hold the constant in 32 bits.
    bool is_short = false;
};

/// An operand that has no cell of its own yet: a local's, or a constant.
struct Waiting {
    std::uint32_t height = 0;
    Source source;
};

/// What decides a branch: a word that is not zero, or a comparison; `sense` is false for its contrary.
struct Condition {
    bool is_compare = false;
    bool sense = true;
    Op op = Op::nop;
    Source first;
    Source second;
};

/// The last cell, where later instructions may still change it.
struct Last {
    std::uint32_t cell = kNone;
    /// The slot of its result, which is an operand and no local.
    std::uint32_t slot = kNone;
    /// The slot that was in the accumulator before it.
    std::uint32_t accumulator = kNone;
    Op op = Op::nop;
    Source first;
    Source second;
};

/// A target that is not placed yet. The entries of one label are linked by numbers, plus one; 0 ends them.
struct Fixup {
    std::uint32_t target_at = 0;
    std::uint32_t delta_at = 0;
    /// What is owed behind the branch.
    std::int32_t owed = 0;
    std::uint32_t next = 0;
};

/// What is unpaid since the last settlement, along the text; and on the longest path since any check.
struct Debt {
    std::int32_t owed = 0;
    std::int32_t longest = 0;
};

/// An edge of a br_table that moves words on its way.
struct Detour {
    std::uint32_t target_at = 0;
    Jump jump;
};

} // namespace

/// Lowers one body while it is validated, which it is known to pass.
class LoweringSink {
  public:
    struct Label {
        bool is_loop = false;
        bool is_reached = false;
        bool wants_entry = false;
        /// Of a loop: its first cell.
        std::uint32_t cell = 0;
        /// Of a loop; else what the first edge owes, and the longest path of any.
        Debt debt;
        std::uint32_t fixups = 0;
        /// Of an `if`: the edge to its second arm, and what is owed there.
        std::uint32_t skip = 0;
        Debt skip_debt;
        /// The stepper takes that edge.
        bool is_skipped_by_stepper = false;
    };

    LoweringSink(const LoweringRequest& request, Recording* recording) noexcept
        : request_(request), module_(request.code.module()), function_(request.code.function(request.function)),
          recording_(recording) {}

    [[nodiscard]] std::unique_ptr<Lowered> finish() noexcept;

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        if (behind_at_ != kNone) cells_[behind_at_] |= Word{position} << behind_shift_;
        behind_at_ = kNone;
        position_ = position;
        words_ = operands.words();
        operands_ = &operands;
        branch_at_ = branches_;
        return !has_failed_;
    }

    void instruction(Op op) noexcept {
        op_ = op;
        if (!is_reachable_) return;
        if (wants_entry_) add_entry();
        if (recording_ != nullptr) keep_snapshot();
        in_ = Reader(module_.bytes.span(), position_, module_.body(request_.function).expression.end);
        static_cast<void>(in_.op());
        lower(op);
    }

    void open(Label& label, Op op, std::uint32_t) noexcept {
        label = Label{};
        label.is_loop = op == Op::loop;
        ++open_;
        if (!is_reachable_) return;
        flush(0);
        if (!label.is_loop) return;
        forget();
        separate();
        label.cell = here();
        label.debt = debt_;
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
        } else {
            by_stepper(label);
        }
        return !has_failed_;
    }

    void branch_table(std::uint32_t targets) noexcept { targets_ = targets; }

    [[nodiscard]] bool skip(Label& label, const Jump&) noexcept {
        ++branches_;
        if (!is_reachable_) return true;
        label.is_skipped_by_stepper = is_stepped_if_;
        if (is_stepped_if_) return !has_failed_;
        condition_.sense = !condition_.sense;
        label.skip_debt = debt_;
        emit_branch(condition_, false);
        label.skip = add_fixup(cells_.size() - 2, debt_.owed, 0);
        return !has_failed_;
    }

    [[nodiscard]] bool otherwise(Label& label, const Jump&, std::uint32_t) noexcept {
        ++branches_;
        if (is_reachable_) {
            flush(0);
            jump_to(label);
        }
        leave_text();
        if (label.skip != 0 || label.is_skipped_by_stepper) arrive(label.skip_debt);
        if (label.is_skipped_by_stepper) wants_entry_ = true;
        settle(label.skip, label.skip_debt.owed);
        label.skip = 0;
        label.is_skipped_by_stepper = false;
        return !has_failed_;
    }

    [[nodiscard]] bool catches(Label&, const TryTable&) noexcept { return !has_failed_; }
    [[nodiscard]] bool wide(std::uint32_t) noexcept { return true; }

    [[nodiscard]] bool close(Label& label, std::uint32_t) noexcept {
        --open_;
        if (open_ == 0 && is_reachable_ && !label.is_reached) {
            emit_return(debt_.owed);
        } else {
            if (!label.is_loop) join(label);
            if (open_ == 0 && is_reachable_) emit_return_from(local_slots(), debt_.owed);
        }
        return !has_failed_;
    }

  private:
    // Fuel.

    [[nodiscard]] std::uint64_t base_price(Op op) const noexcept {
        return request_.schedule.base(row(op).work_class).units();
    }
    [[nodiscard]] std::uint64_t price(Op op, std::uint64_t n = 0) const noexcept {
        return base_price(op) + request_.schedule.amount(row(op).unit, n).units();
    }

    /// Takes a static price on the debt, behind a check where the reserve would not suffice. False if it never does.
    [[nodiscard]] bool owe(std::uint64_t price) noexcept {
        if (price > static_cast<std::uint64_t>(Reserve::kUnits)) return false;
        const auto units = static_cast<std::int32_t>(price);
        if (debt_.longest > 0 && debt_.longest + units > Reserve::kUnits) emit_check();
        owed_before_ = debt_.owed;
        debt_.owed += units;
        debt_.longest += units;
        return true;
    }

    void emit_check() noexcept {
        owed_before_ = debt_.owed;
        add_point();
        emit(kHandlers.check);
        emit(static_cast<Word>(debt_.owed));
        debt_ = {};
        last_ = {};
    }

    // Places.

    [[nodiscard]] std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(cells_.size()); }
    [[nodiscard]] std::uint32_t local_slots() const noexcept { return function_.local_words; }
    /// Of the operand word at a height.
    [[nodiscard]] std::uint32_t slot(std::uint32_t height) const noexcept { return function_.local_words + height; }

    void emit(Word word) noexcept { has_failed_ = !cells_.push_back(word) || has_failed_; }
    void emit(Handler handler) noexcept { emit(word_of(handler)); }

    /// Nothing of what was before may be relied on: a label.
    void forget() noexcept {
        last_ = {};
        accumulator_ = kNone;
    }

    /// What follows is not reached, until a label is.
    void leave_text() noexcept {
        is_reachable_ = false;
        waiting_count_ = 0;
        forget();
    }

    void arrive(Debt debt) noexcept {
        is_reachable_ = true;
        debt_ = debt;
    }

    /// All operands are in their slots, nothing is owed.
    void settled() noexcept {
        forget();
        debt_ = {};
        wants_entry_ = true;
    }

    void add_entry() noexcept {
        wants_entry_ = false;
        forget();
        separate();
        owed_before_ = debt_.owed;
        has_failed_ = !entries_.push_back({position_, here(), debt_.owed}) || has_failed_;
        snapshot_count_ = 0;
        add_point();
    }

    /// A cell is the place of one entry only, so that it is known which check failed there.
    void separate() noexcept {
        if (!entries_.empty() && entries_.back().cell == here()) emit(kHandlers.pass);
    }

    // Recording.

    void keep_snapshot() noexcept {
        snapshot_ = waiting_;
        snapshot_count_ = waiting_count_;
    }

    /// The state before the instruction belongs to the cell that comes next.
    void add_point() noexcept {
        if (recording_ == nullptr) return;
        Buffer<Point>& points = recording_->points;
        const auto first = static_cast<std::uint32_t>(recording_->pending.size());
        for (std::uint32_t i = 0; i < snapshot_count_; ++i) {
            const Source& source = snapshot_[i].source;
            const Word value = source.is_constant ? source.value : source.slot;
            if (!recording_->pending.push_back({slot(snapshot_[i].height), !source.is_constant, value})) {
                has_failed_ = true;
            }
        }
        const Point point{here(), position_, branch_at_, words_, owed_before_, first, snapshot_count_};
        has_failed_ = !points.push_back(point) || has_failed_;
    }

    // Operands.

    static constexpr std::uint32_t kMostWaiting = 8;

    void wait(std::uint32_t height, const Source& source) noexcept {
        if (waiting_count_ == kMostWaiting) flush(0);
        waiting_[waiting_count_++] = {height, source};
    }

    /// The operand word at a height, which MUST be above those that wait.
    [[nodiscard]] Source take(std::uint32_t height) noexcept {
        if (waiting_count_ != 0 && waiting_[waiting_count_ - 1].height == height) {
            return waiting_[--waiting_count_].source;
        }
        return {false, slot(height), 0, false};
    }

    void put(std::uint32_t to, const Source& source) noexcept {
        if (source.is_constant) {
            emit(kHandlers.constant);
            emit(fields(to));
            emit(source.value);
        } else {
            emit(kHandlers.move);
            emit(fields(to, source.slot));
        }
        last_ = {};
        accumulator_ = to;
    }

    /// Puts a constant into the slot of its height.
    void materialise(Source& source, std::uint32_t height) noexcept {
        if (!source.is_constant) return;
        put(slot(height), source);
        source = {false, slot(height), 0, false};
    }

    /// Puts what waits at a height or above into its slot.
    void flush(std::uint32_t height) noexcept {
        std::uint32_t kept = 0;
        for (std::uint32_t i = 0; i < waiting_count_; ++i) {
            const Waiting one = waiting_[i];
            if (one.height < height) {
                waiting_[kept++] = one;
            } else {
                put(slot(one.height), one.source);
            }
        }
        waiting_count_ = kept;
    }

    /// Puts what waits for a local into its slot, since the local changes. Whether anything did.
    bool flush_local(std::uint32_t local) noexcept {
        std::uint32_t kept = 0;
        const std::uint32_t count = waiting_count_;
        for (std::uint32_t i = 0; i < count; ++i) {
            const Waiting one = waiting_[i];
            if (one.source.is_constant || one.source.slot != local) {
                waiting_[kept++] = one;
            } else {
                put(slot(one.height), one.source);
            }
        }
        waiting_count_ = kept;
        return kept != count;
    }

    [[nodiscard]] Kind kind_of(const Source& source) const noexcept {
        if (source.is_constant) return Kind::constant;
        return source.slot == accumulator_ ? Kind::accumulator : Kind::slot;
    }

    void has_result(std::uint32_t cell, std::uint32_t to) noexcept {
        last_ = {cell, to, accumulator_, op_, {}, {}};
        accumulator_ = to;
    }

    // Instructions.

    void lower(Op op) noexcept {
        const Immediate immediate = row(op).immediate;
        if (unary_handler(op, Kind::slot) != nullptr) return unary(op);
        if (binary_handler(op, Kind::slot, Kind::slot) != nullptr) return binary(op);
        if (load_handler(op, Kind::slot) != nullptr) return load(op);
        if (store_handler(op, Kind::slot, Kind::slot) != nullptr) return store(op);
        if (immediate == Immediate::local) return local(op);
        if (immediate == Immediate::global) return global(op);
        if (op == Op::i32_const || op == Op::i64_const || op == Op::f32_const || op == Op::f64_const) {
            return constant(op);
        }
        if (op == Op::drop) return drop();
        if (op == Op::select || op == Op::select_t) return select();
        if (op == Op::nop || op == Op::block || op == Op::loop) return nothing(op);
        if (op == Op::if_) return if_();
        if (op == Op::call) return call();
        if (op == Op::call_indirect) return call_indirect();
        if (op == Op::return_) return return_();
        // These wait for their targets.
        if (op == Op::br || op == Op::br_if || op == Op::br_table) return;
        step();
    }

    static constexpr Word kNowhere = Word{0xFFFF'FFFF} << 32;

    void nothing(Op op) noexcept {
        if (!owe(price(op))) step();
    }

    [[nodiscard]] bool is_transfer(Op op) const noexcept {
        return op == Op::unreachable || op == Op::throw_ || op == Op::throw_ref || op == Op::return_call ||
               op == Op::return_call_indirect || op == Op::return_call_ref;
    }

    /// The stepper executes the instruction, in its place.
    void step() noexcept {
        flush(0);
        emit(kHandlers.step);
        emit(Word{position_} | Word{branch_at_} << 32);
        // Behind a transfer nothing goes on in its place.
        behind_at_ = is_transfer(op_) ? kNone : here();
        behind_shift_ = 32;
        emit(Word{words_} | (is_transfer(op_) ? kNowhere : 0));
        emit(static_cast<Word>(debt_.owed));
        settled();
        if (is_transfer(op_)) leave_text();
    }

    void unary(Op op) noexcept {
        if (!owe(price(op))) return step();
        Source operand = take(words_ - 1);
        materialise(operand, words_ - 1);
        const Handler handler = unary_handler(op, kind_of(operand));
        const std::uint32_t cell = here();
        if (can_leave(op)) add_point();
        emit(handler);
        emit(fields(slot(words_ - 1), operand.slot));
        has_result(cell, slot(words_ - 1));
        last_.first = operand;
    }

    void binary(Op op) noexcept {
        if (!owe(price(op))) return step();
        Source second = take(words_ - 1);
        Source first = take(words_ - 2);
        const bool has_floats = binary_handler(op, Kind::slot, Kind::constant) == nullptr;
        if (has_floats || !first.is_short || second.is_constant) materialise(first, words_ - 2);
        if (has_floats || !second.is_short) materialise(second, words_ - 1);
        const std::uint32_t cell = here();
        if (can_leave(op)) add_point();
        emit(binary_handler(op, kind_of(first), kind_of(second)));
        emit(operand_fields(slot(words_ - 2), first, second));
        has_result(cell, slot(words_ - 2));
        last_.first = first;
        last_.second = second;
    }

    [[nodiscard]] static Word operand_fields(std::uint32_t result, const Source& first, const Source& second) noexcept {
        if (first.is_constant) return fields_number(result, second.slot, static_cast<std::uint32_t>(first.value));
        if (second.is_constant) return fields_number(result, first.slot, static_cast<std::uint32_t>(second.value));
        return fields(result, first.slot, second.slot);
    }

    /// Memory 0, by addresses of 32 bits: where the access ends, or nothing for what the stepper does.
    [[nodiscard]] std::optional<Word> access_end(Op op) noexcept {
        const Result<MemArg> read = read_memarg(in_, request_.code.profile().features);
        const MemArg& argument = read.assume_value();
        const bool is_near = number(argument.memory) == 0 && module_.memories[0].address == AddressType::i32;
        if (!is_near) return std::nullopt;
        return argument.offset + (Word{1} << log_of_width(op));
    }

    [[nodiscard]] static unsigned log_of_width(Op op) noexcept {
        const Immediate immediate = row(op).immediate;
        if (immediate == Immediate::mem_8) return 0;
        if (immediate == Immediate::mem_16) return 1;
        return immediate == Immediate::mem_32 ? 2 : 3;
    }

    void load(Op op) noexcept {
        const std::optional<Word> end = access_end(op);
        if (!end || !owe(price(op))) return step();
        Source address = take(words_ - 1);
        materialise(address, words_ - 1);
        const std::uint32_t cell = here();
        add_point();
        emit(load_handler(op, kind_of(address)));
        emit(fields(slot(words_ - 1), address.slot));
        emit(*end);
        has_result(cell, slot(words_ - 1));
    }

    void store(Op op) noexcept {
        const std::optional<Word> end = access_end(op);
        if (!end || !owe(price(op))) return step();
        Source value = take(words_ - 1);
        Source address = take(words_ - 2);
        materialise(address, words_ - 2);
        if (!value.is_short) materialise(value, words_ - 1);
        add_point();
        emit(store_handler(op, kind_of(address), kind_of(value)));
        emit(value.is_constant ? fields_number(address.slot, 0, static_cast<std::uint32_t>(value.value))
                               : fields(address.slot, value.slot));
        emit(*end);
        last_ = {};
    }

    void local(Op op) noexcept {
        const std::uint32_t index = in_.u32().assume_value();
        const LocalSlot at =
            function_.has_wide_locals ? request_.code.local(request_.function, index) : LocalSlot{index, 1};
        if (at.words != 1 || !owe(price(op))) return step();
        const Source local{false, at.word, 0, false};
        if (op == Op::local_get) return wait(words_, local);
        const Source value = take(words_ - 1);
        set_local(at.word, value);
        if (op == Op::local_tee) wait(words_ - 1, local);
    }

    /// The cell that made the value gets the local for its result, if nothing waits for the old one.
    void set_local(std::uint32_t local, const Source& value) noexcept {
        const bool has_flushed = flush_local(local);
        if (!value.is_constant && value.slot == local) return;
        if (!has_flushed && !value.is_constant && last_.cell != kNone && last_.slot == value.slot) {
            Word& word = cells_[last_.cell + At::kSlots];
            word = (word & ~Word{0xFFFF}) | local;
            last_ = {};
            accumulator_ = local;
            return;
        }
        put(local, value);
    }

    void global(Op op) noexcept {
        const std::uint32_t index = in_.u32().assume_value();
        if (module_.globals[index].type.value == kV128 || !owe(price(op))) return step();
        if (op == Op::global_get) {
            const std::uint32_t cell = here();
            emit(kHandlers.global_get);
            emit(fields_number(slot(words_), 0, index));
            return has_result(cell, slot(words_));
        }
        Source value = take(words_ - 1);
        materialise(value, words_ - 1);
        emit(kHandlers.global_set);
        emit(fields_number(value.slot, 0, index));
        last_ = {};
    }

    void constant(Op op) noexcept {
        if (!owe(price(op))) return step();
        Source source{true, 0, 0, false};
        if (op == Op::i32_const) {
            source.value = static_cast<std::uint32_t>(in_.s32().assume_value());
            source.is_short = true;
        } else if (op == Op::i64_const) {
            const std::int64_t value = in_.s64().assume_value();
            source.value = static_cast<Word>(value);
            source.is_short = value == static_cast<std::int32_t>(value);
        } else {
            const std::uint32_t bytes = op == Op::f32_const ? 4 : 8;
            for (std::uint32_t i = 0; i < bytes; ++i)
                source.value |= Word{in_.byte().assume_value()} << (8 * i);
            source.is_short = op == Op::f32_const;
        }
        wait(words_, source);
    }

    [[nodiscard]] bool is_wide_operand(std::size_t below_top) const noexcept {
        const std::span<const ValType> types = operands_->types();
        return types[types.size() - 1 - below_top] == kV128;
    }

    void drop() noexcept {
        if (is_wide_operand(0) || !owe(price(Op::drop))) return step();
        static_cast<void>(take(words_ - 1));
        last_ = {};
    }

    void select() noexcept {
        if (is_wide_operand(1) || !owe(price(op_))) return step();
        flush(words_ - 3);
        emit(kHandlers.select);
        emit(fields(slot(words_ - 3), slot(words_ - 2), slot(words_ - 1)));
        // Its result is its first operand too, so that it can go nowhere else.
        accumulator_ = slot(words_ - 3);
        last_ = {};
    }

    // Control.

    void if_() noexcept {
        is_stepped_if_ = !owe(price(Op::if_));
        if (is_stepped_if_) return step();
        condition_ = take_condition();
    }

    /// The operand on top, as what decides a branch. A comparison that made it is no cell of its own any more.
    [[nodiscard]] Condition take_condition() noexcept {
        const bool is_last = last_.cell != kNone && last_.slot == slot(words_ - 1) &&
                             (waiting_count_ == 0 || waiting_[waiting_count_ - 1].height != words_ - 1);
        const bool is_zero_test = last_.op == Op::i32_eqz || last_.op == Op::i64_eqz;
        const bool is_compare =
            is_last && branch_compare_handler(last_.op, Kind::slot, Kind::slot, BranchKind{}) != nullptr;
        if (!is_last || !(is_zero_test || is_compare)) return {false, true, Op::nop, take(words_ - 1), {}};
        Condition condition{true, true, last_.op, last_.first, last_.second};
        if (last_.op == Op::i32_eqz) condition = {false, false, Op::nop, last_.first, {}};
        if (last_.op == Op::i64_eqz) condition = {true, true, Op::i64_eq, last_.first, {true, 0, 0, true}};
        cells_.truncate(last_.cell);
        accumulator_ = last_.accumulator;
        last_ = {};
        return condition;
    }

    /// Leaves its last two words, target and delta, to be filled in.
    void emit_branch(Condition condition, bool is_back) noexcept {
        const BranchKind kind{is_back, condition.sense};
        materialise(condition.first, words_ - 1);
        if (condition.is_compare) {
            emit(branch_compare_handler(condition.op, kind_of(condition.first), kind_of(condition.second), kind));
            emit(condition.second.is_constant
                     ? fields_number(condition.first.slot, 0, static_cast<std::uint32_t>(condition.second.value))
                     : fields(condition.first.slot, condition.second.slot));
        } else {
            emit(branch_if_handler(kind_of(condition.first), kind));
            emit(fields(condition.first.slot));
        }
        emit(Word{0});
        emit(Word{0});
        last_ = {};
    }

    [[nodiscard]] std::uint32_t add_fixup(std::size_t target_at, std::int32_t owed, std::uint32_t next) noexcept {
        const auto at = static_cast<std::uint32_t>(target_at);
        has_failed_ = !fixups_.push_back({at, at + 1, owed, next}) || has_failed_;
        return static_cast<std::uint32_t>(fixups_.size());
    }

    void set_target(const Fixup& fixup, std::uint32_t cell, std::int32_t owed) noexcept {
        cells_[fixup.target_at] = cell;
        cells_[fixup.delta_at] |= static_cast<std::uint32_t>(owed - fixup.owed);
        has_failed_ = !relocations_.push_back(fixup.target_at) || has_failed_;
    }

    /// The words of target and delta stand at the end of the code, or at `target_at`.
    void aim(Label& label, std::size_t target_at) noexcept {
        if (has_failed_) return;
        if (label.is_loop) {
            set_target(
                {static_cast<std::uint32_t>(target_at), static_cast<std::uint32_t>(target_at) + 1, debt_.owed, 0},
                label.cell, label.debt.owed);
            return;
        }
        label.fixups = add_fixup(target_at, debt_.owed, label.fixups);
        reach(label, debt_);
    }

    static void reach(Label& label, Debt debt) noexcept {
        if (!label.is_reached) label.debt = debt;
        label.debt.longest = std::max(label.debt.longest, debt.longest);
        label.is_reached = true;
    }

    void jump_to(Label& label) noexcept {
        emit(label.is_loop ? kHandlers.jump_back : kHandlers.jump);
        emit(Word{0});
        emit(Word{0});
        aim(label, cells_.size() - 2);
    }

    /// The stepper takes the branch, and hands over behind it.
    static void by_stepper(Label& label) noexcept {
        if (!label.is_loop) reach(label, {});
        label.wants_entry = true;
    }

    /// The words that go along, to the height of the target. `height` is behind them.
    void move_kept(const Jump& jump, std::uint32_t height) noexcept {
        if (jump.kept == 0 || jump.dropped == 0) return;
        const std::uint32_t from = height - jump.kept;
        emit(kHandlers.move_words);
        emit(fields_number(slot(from - jump.dropped), slot(from), jump.kept));
        forget();
    }

    void flush_kept(const Jump& jump, std::uint32_t height) noexcept {
        if (jump.kept != 0) flush(height - jump.kept);
    }

    void branch_always(Label& label, const Jump& jump) noexcept {
        if (!owe(price(Op::br, jump.kept))) {
            step();
            by_stepper(label);
        } else {
            flush_kept(jump, words_);
            move_kept(jump, words_);
            jump_to(label);
        }
        leave_text();
    }

    void branch_if(Label& label, const Jump& jump) noexcept {
        if (!owe(price(Op::br_if, jump.kept))) {
            step();
            return by_stepper(label);
        }
        Condition condition = take_condition();
        flush_kept(jump, words_ - 1);
        if (jump.kept == 0 || jump.dropped == 0) {
            emit_branch(condition, label.is_loop);
            return aim(label, cells_.size() - 2);
        }
        condition.sense = !condition.sense;
        emit_branch(condition, false);
        const std::size_t over = cells_.size() - 2;
        move_kept(jump, words_ - 1);
        jump_to(label);
        set_target({static_cast<std::uint32_t>(over), static_cast<std::uint32_t>(over) + 1, debt_.owed, 0}, here(),
                   debt_.owed);
        forget();
    }

    /// One of the targets of a br_table, in their order.
    void branch_target(Label& label, const Jump& jump) noexcept {
        if (target_ == 0) open_table(jump);
        if (is_stepped_table_) {
            by_stepper(label);
        } else {
            const std::size_t at = table_at_ + std::size_t{target_} * Size::kTarget;
            if (jump.kept != 0 && jump.dropped != 0) {
                detour(label, jump, at);
            } else {
                if (label.is_loop) cells_[at + 1] |= kTargetIsCheck;
                aim(label, at);
            }
        }
        if (++target_ < targets_) return;
        target_ = 0;
        leave_text();
    }

    void open_table(const Jump& jump) noexcept {
        is_stepped_table_ = !owe(price(Op::br_table, jump.kept));
        if (is_stepped_table_) return step();
        Source index = take(words_ - 1);
        materialise(index, words_ - 1);
        flush_kept(jump, words_ - 1);
        emit(kHandlers.table);
        emit(fields_number(index.slot, 0, targets_ - 1));
        table_at_ = here();
        for (std::uint32_t i = 0; i < targets_ * Size::kTarget; ++i)
            emit(Word{0});
    }

    /// An edge that moves words goes by a place of its own, behind the table.
    void detour(Label& label, const Jump& jump, std::size_t target_at) noexcept {
        if (has_failed_) return;
        set_target({static_cast<std::uint32_t>(target_at), static_cast<std::uint32_t>(target_at) + 1, debt_.owed, 0},
                   here(), debt_.owed);
        move_kept(jump, words_ - 1);
        jump_to(label);
    }

    void settle(std::uint32_t first, std::int32_t owed) noexcept {
        for (std::uint32_t next = first; next != 0 && !has_failed_;) {
            const Fixup fixup = fixups_[next - 1];
            set_target(fixup, here(), owed);
            next = fixup.next;
        }
    }

    /// The end of a block: its text and its branches come together.
    void join(Label& label) noexcept {
        if (label.skip != 0) {
            fixups_[label.skip - 1].next = label.fixups;
            label.fixups = label.skip;
            reach(label, label.skip_debt);
        }
        if (label.is_skipped_by_stepper) by_stepper(label);
        if (is_reachable_) {
            flush(0);
            debt_.longest = std::max(debt_.longest, label.is_reached ? label.debt.longest : 0);
        } else if (label.is_reached) {
            arrive(label.debt);
        }
        if (!label.is_reached) return;
        settle(label.fixups, debt_.owed);
        forget();
        if (label.wants_entry) wants_entry_ = true;
    }

    // Calls.

    [[nodiscard]] const Callee& callee(std::uint32_t index) const noexcept {
        return request_.callees[index - module_.imported_functions];
    }

    void call() noexcept {
        const std::uint32_t index = in_.u32().assume_value();
        if (index < module_.imported_functions) return step();
        const Callee& to = callee(index);
        const std::uint64_t price = static_cast<std::uint64_t>(debt_.owed) + base_price(Op::call) + to.frame_price;
        if (price > kMostPrice) return step();
        begin_call();
        emit(kHandlers.call);
        emit(fields_number(slot(words_ - to.parameter_words), 0, static_cast<std::uint32_t>(price)));
        emit(Word{reinterpret_cast<std::uintptr_t>(&to)});
        end_call();
    }

    void call_indirect() noexcept {
        const std::uint32_t type = in_.u32().assume_value();
        const std::uint32_t table = in_.u32().assume_value();
        const std::uint64_t price = static_cast<std::uint64_t>(debt_.owed) + base_price(Op::call_indirect);
        begin_call();
        emit(kHandlers.call_indirect);
        emit(fields_number(slot(words_ - 1), 0, static_cast<std::uint32_t>(price)));
        emit(Word{reinterpret_cast<std::uintptr_t>(&request_.code.types()[TypeIdx{type}])});
        end_call();
        emit(Word{table});
    }

    static constexpr std::uint64_t kMostPrice = 0x7FFF'FFFF;

    void begin_call() noexcept {
        flush(0);
        owed_before_ = debt_.owed;
        snapshot_count_ = 0;
        add_point();
    }

    /// The position behind is not known yet.
    void end_call() noexcept {
        behind_at_ = here();
        behind_shift_ = 0;
        emit(Word{branches_} << 32);
        settled();
    }

    void return_() noexcept {
        if (!owe(price(Op::return_, function_.result_words))) return step_and_leave();
        emit_return(debt_.owed);
    }

    void step_and_leave() noexcept {
        step();
        leave_text();
    }

    /// The results are the uppermost operands.
    void emit_return(std::int32_t owed) noexcept {
        if (function_.result_words != 1) {
            flush_kept({0, function_.result_words, 0}, words_);
            return emit_return_from(slot(words_ - function_.result_words), owed);
        }
        Source result = take(words_ - 1);
        materialise(result, words_ - 1);
        emit_return_from(result.slot, owed);
    }

    void emit_return_from(std::uint32_t first, std::int32_t owed) noexcept {
        const auto price = static_cast<std::uint32_t>(owed);
        if (function_.result_words == 0) {
            emit(kHandlers.return_none);
            emit(Word{price});
            emit(Word{function_.frame_words});
        } else {
            emit(function_.result_words == 1 ? kHandlers.return_one : kHandlers.return_words);
            emit(fields_number(first, 0, price));
            emit(Word{function_.frame_words} | Word{function_.result_words} << 32);
        }
        leave_text();
    }

    const LoweringRequest& request_;
    const Module& module_;
    const FunctionCode& function_;
    Recording* recording_;

    Buffer<Word> cells_;
    Buffer<Entry> entries_;
    Buffer<Fixup> fixups_;
    /// Words that hold the offset of a cell and are to hold its address.
    Buffer<std::uint32_t> relocations_;
    bool has_failed_ = false;

    // Of the instruction that is lowered.
    Op op_ = Op::nop;
    std::uint32_t position_ = 0;
    /// Operand words before it.
    std::uint32_t words_ = 0;
    std::uint32_t branch_at_ = 0;
    std::int32_t owed_before_ = 0;
    const Operands* operands_ = nullptr;
    Reader in_{{}, 0, 0};

    // Of the text so far.
    std::uint32_t branches_ = 0;
    std::uint32_t open_ = 0;
    bool is_reachable_ = true;
    bool wants_entry_ = true;
    Debt debt_;
    Last last_;
    /// The slot whose word is in the accumulator too.
    std::uint32_t accumulator_ = kNone;
    /// A word that lacks the position behind its instruction.
    std::uint32_t behind_at_ = kNone;
    unsigned behind_shift_ = 0;
    Condition condition_;

    /// In ascending order of heights.
    std::array<Waiting, kMostWaiting> waiting_{};
    std::uint32_t waiting_count_ = 0;
    std::array<Waiting, kMostWaiting> snapshot_{};
    std::uint32_t snapshot_count_ = 0;

    // Of the br_table that is lowered.
    std::uint32_t targets_ = 0;
    std::uint32_t target_ = 0;
    std::size_t table_at_ = 0;
    bool is_stepped_table_ = false;
    bool is_stepped_if_ = false;
};

static_assert(BodySink<LoweringSink>);

std::unique_ptr<Lowered> LoweringSink::finish() noexcept {
    std::unique_ptr<Lowered> lowered(new (std::nothrow) Lowered);
    if (lowered == nullptr) return nullptr;
    const auto first = reinterpret_cast<std::uintptr_t>(cells_.data());
    for (const std::uint32_t at : relocations_)
        cells_[at] = Word{first} + cells_[at] * sizeof(Word);
    lowered->cells = std::move(cells_);
    lowered->entries = std::move(entries_);
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
    LoweringSink sink(request, nullptr);
    DETENT_CHECK(drive(request, sink));
    std::unique_ptr<Lowered> lowered = sink.finish();
    if (lowered == nullptr) return kOutOfMemory;
    return lowered;
}

Result<std::unique_ptr<Recording>> record(const LoweringRequest& request) noexcept {
    std::unique_ptr<Recording> recording(new (std::nothrow) Recording);
    if (recording == nullptr) return kOutOfMemory;
    LoweringSink sink(request, recording.get());
    DETENT_CHECK(drive(request, sink));
    return recording;
}

} // namespace detent::fast
