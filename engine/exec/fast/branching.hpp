// Branches: what decides them, the cells that they are, and the labels that they go to.
#pragma once

#include "engine/exec/fast/accesses.hpp"
#include "engine/exec/fast/condition.hpp"
#include "engine/valid/sink.hpp"

namespace detent::fast {

/// Where the edges to a block, a loop or an `if` come together.
struct Label {
    bool is_loop = false;
    bool is_reached = false;
    bool wants_entry = false;
    /// An edge comes from another loop.
    bool wants_pins = false;
    /// Of a loop: its first cell.
    std::uint32_t cell = 0;
    /// Of a loop; else what the first edge owes, and the longest path of any.
    Debt debt;
    std::uint32_t fixups = 0;
    /// Of an `if`: the edge to its second arm, and what is owed there.
    std::uint32_t skip = 0;
    Debt skip_debt;
    /// The body takes that edge.
    bool is_skipped_by_body = false;
    /// The registers outside, and, of a loop, those inside.
    const PinSet* outer_pins = &kNoPins;
    const PinSet* pins = &kNoPins;
    /// Operand words below the block; those that are there when its second arm begins, and behind it.
    std::uint32_t base = 0;
    std::uint32_t with_parameters = 0;
    std::uint32_t with_results = 0;
};

/// A branch out of a loop that is the loop's first cell.
struct Exit {
    std::uint32_t cell = 0;
    Condition condition;
    /// A branch back decides it, and goes on behind it.
    bool is_passed = false;
};

class Branching : public Accesses {
  protected:
    using Accesses::Accesses;

    /// The operand on top, as what decides a branch. A comparison that made it is no cell of its own any more, unless
    /// what waits has to be put into its slots first and would take the place of its operands.
    [[nodiscard, gnu::always_inline]] Condition take_condition(bool will_flush) noexcept {
        const Source word = take(words_ - 1);
        const bool is_made = !word.is_constant && !is_local(word.slot) && is_last() && last_->slot == word.slot &&
                             (waiting_.count == 0 || !will_flush || last_->start.unstored == kNone);
        const Condition plain{false, false, true, Relation::eq, word, {}};
        if (!is_made || has_long_constant()) return plain;
        const std::optional<Comparison> compared = comparison(last_->op);
        const bool is_zero_test = last_->op == Op::i32_eqz || last_->op == Op::i64_eqz;
        if (!compared && !is_zero_test) return plain;
        Condition condition = compared ? relation_of(*compared) : zero_test();
        take_back();
        if (!condition.is_relation) negate_last(condition);
        return condition;
    }

    /// Leaves two words, target and delta, to be filled in: where the first of them stands.
    [[nodiscard]] std::size_t emit_branch(const Condition& condition, bool is_back) noexcept {
        emit_branch_cell(condition, is_back ? Way::back : Way::forward);
        // A loop that begins with a way out of it can be gone around.
        const bool is_first = branch_cell_ == header_ && here() == branch_cell_ + Size::kBranch && !is_back;
        if (is_first) has_failed_ = !exits_.push_back({branch_cell_, condition}) || has_failed_;
        return branch_cell_ + At::kBranchTarget;
    }

    void jump_to(Label& label) noexcept {
        if (label.is_loop && go_around(label)) return;
        emit(label.is_loop ? kHandlers.jump_back : kHandlers.jump, Word{0}, Word{0});
        aim(label, cells_.size() - 2);
    }

    /// The words of target and delta stand at the end of the code, or at `target_at`.
    void aim(Label& label, std::size_t target_at) noexcept {
        if (has_failed_) return;
        if (label.is_loop) return set_target(target_at, debt_.owed, loop_cell(label), label.debt.owed);
        const bool wants_pins = !are_same(*pins_, *label.outer_pins) && !label.outer_pins->is_empty();
        label.wants_pins = label.wants_pins || wants_pins;
        label.fixups = add_fixup(target_at, debt_.owed, label.fixups, wants_pins);
        reach(label, debt_);
    }

    static void reach(Label& label, Debt debt) noexcept {
        if (!label.is_reached) label.debt = debt;
        label.debt.longest = std::max(label.debt.longest, debt.longest);
        label.is_reached = true;
    }

    /// The body takes the branch, and goes on at the entry there.
    static void by_body(Label& label) noexcept {
        if (!label.is_loop) reach(label, {});
        label.wants_entry = true;
    }

    /// The words that go along, to the height of the target. `height` is behind them.
    void move_kept(const Jump& jump, std::uint32_t height) noexcept {
        if (jump.kept == 0 || jump.dropped == 0) return;
        const std::uint32_t from = height - jump.kept;
        emit(kHandlers.move_words, fields_number(slot(from - jump.dropped), slot(from), jump.kept));
        forget();
    }

    void flush_kept(const Jump& jump, std::uint32_t height) noexcept {
        if (jump.kept != 0) flush(height - jump.kept);
    }

    /// The first cell of the last loop that opened.
    std::uint32_t header_ = kNone;

    /// The branches that are the first cells of loops.
    Buffer<Exit> exits_;

  private:
    // Conditions.

    /// The word that is compared with zero may itself be a comparison.
    void negate_last(Condition& condition) noexcept {
        const bool is_made = is_last() && !is_local(condition.first.slot) && last_->slot == condition.first.slot &&
                             (waiting_.count == 0 || last_->start.unstored == kNone);
        const std::optional<Comparison> compared = comparison(last_->op);
        if (!is_made || !compared || has_long_constant()) return;
        condition = relation_of(*compared);
        condition.sense = !condition.sense;
        take_back();
    }

    /// A constant comes second; what is greater than a variable is a variable that is less.
    [[nodiscard]] Condition relation_of(const Comparison& compared) const noexcept {
        Condition condition{true, is_wide(last_->op), compared.sense, compared.relation, last_->first, last_->second};
        const bool has_constant = condition.first.is_constant || condition.second.is_constant;
        if (condition.first.is_constant || (!has_constant && is_greater(condition.relation))) {
            std::swap(condition.first, condition.second);
            condition.relation = mirrored(condition.relation);
        }
        return condition;
    }

    [[nodiscard]] Condition zero_test() const noexcept {
        if (last_->op == Op::i64_eqz) return {true, true, true, Relation::eq, last_->first, Source::constant(0)};
        return {false, false, false, Relation::eq, last_->first, {}};
    }

    /// No branch holds an integer of more than 32 bits.
    [[nodiscard]] bool has_long_constant() const noexcept {
        return is_wide(last_->op) && (is_long_constant(last_->first) || is_long_constant(last_->second));
    }

    [[nodiscard]] static bool is_long_constant(const Source& source) noexcept {
        return source.is_constant && !is_short(source.value);
    }

    // Cells.

    [[gnu::always_inline]] void emit_branch_cell(Condition condition, Way way) noexcept {
        if (way != Way::forward && emit_count(condition, way)) return;
        if (!condition.is_relation) materialise(condition.first, words_ - 1);
        branch_cell_ = here();
        if (condition.is_relation) return emit_relation(condition, way);
        const Kind kind = kind_of(condition.first, Domain::word);
        consume(condition.first, kind);
        emit(handler_of(word_branches(kind), {way, condition.sense}), fields(condition.first.slot), Word{0}, Word{0});
    }

    void emit_relation(Condition condition, Way way) noexcept {
        const Domain domain = domain_of(condition.relation);
        Kind first = kind_of(condition.first, domain);
        Kind second = kind_of(condition.second, domain);
        if (first == Kind::accumulator && second == Kind::accumulator) second = Kind::slot;
        if (is_equality(condition.relation) && must_swap(first, second)) {
            std::swap(condition.first, condition.second);
            std::swap(first, second);
        }
        consume(condition.first, first);
        consume(condition.second, second);
        const Handler handler =
            handler_of(compare_branches(condition.relation, condition.is_wide, first, second), {way, condition.sense});
        if (!condition.second.is_constant) {
            return emit(handler, fields(condition.first.slot, condition.second.slot), Word{0}, Word{0});
        }
        const Word constant = condition.second.value;
        emit(handler, fields_number(condition.first.slot, 0, static_cast<std::uint32_t>(constant)), Word{0}, Word{0});
        if (domain == Domain::f64) emit(constant);
    }

    /// A local goes up or down by a constant and decides whether the loop goes on: one cell.
    [[nodiscard]] bool emit_count(const Condition& decides, Way way) noexcept {
        const std::optional<Condition> condition = count_condition(decides);
        if (!condition) return false;
        const Place place = place_of(last_->slot, Domain::word);
        Kind second = kind_of(condition->second, Domain::word);
        if (second == Kind::accumulator) second = Kind::slot;
        const auto step = static_cast<std::uint32_t>(last_->second.value);
        const std::uint32_t counter = last_->slot;
        take_back();
        accumulators_.forget(counter);
        branch_cell_ = here();
        emit(count_branch(condition->relation, condition->is_wide, place, second, {way, condition->sense}),
             condition->second.is_constant
                 ? fields_number(counter, step & 0xFFFF, static_cast<std::uint32_t>(condition->second.value))
                 : fields_number(counter, condition->second.slot, step),
             Word{0}, Word{0});
        return true;
    }

    /// With the local that the last cell counted as its first operand; nothing if it is none that a cell can count.
    [[nodiscard]] std::optional<Condition> count_condition(Condition condition) const noexcept {
        const bool is_sum = is_last() && is_local(last_->slot) &&
                            (last_->op == Op::i32_add || last_->op == Op::i64_add) && last_->second.is_constant &&
                            last_->first.slot == last_->slot;
        if (!is_sum) return std::nullopt;
        const bool is_long = last_->op == Op::i64_add;
        if (is_long && !is_short(last_->second.value)) return std::nullopt;
        if (!condition.is_relation) condition = not_zero(condition);
        if (condition.is_wide != is_long || condition.relation >= Relation::f64_eq) return std::nullopt;
        if (is_counter(condition.second) && !is_counter(condition.first)) {
            std::swap(condition.first, condition.second);
            condition.relation = mirrored(condition.relation);
        }
        if (!is_counter(condition.first) || is_counter(condition.second)) return std::nullopt;
        // Beside a constant a cell has 16 bits for what is added.
        const auto step = static_cast<std::int32_t>(last_->second.value);
        if (condition.second.is_constant && step != static_cast<std::int16_t>(step)) return std::nullopt;
        return condition;
    }

    [[nodiscard]] bool is_counter(const Source& source) const noexcept {
        return !source.is_constant && source.slot == last_->slot;
    }

    [[nodiscard]] static Condition not_zero(const Condition& condition) noexcept {
        return {true, false, !condition.sense, Relation::eq, condition.first, Source::constant(0)};
    }

    // Loops.

    /// To a loop that begins with a way out: whether it is taken is decided here.
    [[nodiscard]] bool go_around(Label& label) noexcept {
        const auto found = std::ranges::lower_bound(exits_, label.cell, {}, &Exit::cell);
        const bool has_exit = found != exits_.end() && found->cell == label.cell && loop_cell(label) == label.cell;
        if (!has_exit || domain_of(found->condition.relation) != Domain::word) return false;
        // As at the beginning of the loop, every operand is in its slot.
        accumulators_ = {};
        emit_branch_cell(found->condition, Way::around);
        found->is_passed = true;
        aim(label, branch_cell_ + At::kBranchTarget);
        return true;
    }

    /// Behind the registers' loading if they are loaded already. Every entry of a loop begins at that cell.
    [[nodiscard]] std::uint32_t loop_cell(const Label& label) const noexcept {
        const bool are_loaded = are_same(*pins_, *label.pins) || label.pins->is_empty();
        return are_loaded ? label.cell : label.cell - Size::kPins;
    }

    std::uint32_t branch_cell_ = 0;
};

} // namespace detent::fast
