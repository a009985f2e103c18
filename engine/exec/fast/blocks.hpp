// Blocks: what opens and ends them, and the branches out of them.
#pragma once

#include "engine/exec/fast/objects.hpp"

namespace detent::fast {

class Blocks : public Objects {
  protected:
    Blocks(const LoweringRequest& request, Recording* recording) noexcept
        : Objects(request, recording), table_(request.code.branches(function_)) {}

    [[nodiscard]] Label& label_at(std::uint32_t depth) noexcept { return labels_[labels_.size() - 1 - depth]; }

    /// What validation wrote down of the branch that comes next.
    [[nodiscard]] Jump next_jump() noexcept {
        const Branch& branch = table_[branches_++];
        return {branch.position, branch.kept, branch.dropped};
    }

    [[gnu::noinline]] void block(Op op) noexcept {
        if (op == Op::if_) {
            if_();
        } else {
            nothing(op);
        }
        if (op == Op::loop && outermost_loop_ == kNone) begin_loops();
        Label* const label = open(op == Op::loop, block_words());
        if (label != nullptr && op == Op::if_) skip(*label);
    }

    /// Its clauses are of the labels around it.
    [[gnu::noinline]] void try_table() noexcept {
        call_body();
        const BlockWords words = block_words();
        Walk clauses = in_;
        // The numbers of labels are the same before the block opens.
        for (std::uint32_t count = clauses.u32(); count > 0; --count) {
            const bool has_tag = clauses.byte() < 2;
            if (has_tag) static_cast<void>(clauses.u32());
            ++branches_;
            by_body(label_at(clauses.u32()));
        }
        in_ = clauses;
        static_cast<void>(open(false, words));
    }

    [[gnu::noinline]] void otherwise() noexcept {
        Label& label = labels_.back();
        ++branches_;
        if (is_reachable()) {
            flush(0);
            // Behind a call, whose place is yet to come.
            if (wants_entry()) emit_pins();
            jump_to(label);
        }
        leave_text();
        use_pins(*label.outer_pins);
        if (label.skip != 0 || label.is_skipped_by_body) arrive(label.skip_debt);
        if (label.is_skipped_by_body) needs(kEntry, true);
        settle(label.skip, here(), label.skip_debt.owed);
        label.skip = 0;
        label.is_skipped_by_body = false;
        height_ = label.with_parameters;
    }

    [[gnu::noinline]] void end() noexcept {
        const Label& innermost = labels_.back();
        const bool is_last_end = labels_.size() == 1;
        height_ = innermost.with_results;
        if (is_last_end && is_reachable() && !innermost.is_reached) {
            emit_return(debt_.owed);
        } else {
            if (innermost.is_loop) {
                end_loop(innermost);
            } else {
                join(labels_.back());
            }
            if (is_last_end && is_reachable()) emit_return_from(local_slots(), debt_.owed);
        }
        labels_.pop_back();
        if (is_last_end) needs(kFinish, true);
        if (labels_.size() == outermost_loop_) outermost_loop_ = kNone;
    }

    void nothing(Op op) noexcept {
        // A check before a loop spares its body some, each time around.
        if (op == Op::loop && debt_.longest > Reserve::kUnits / 4) emit_check();
        if (!owe(price(op))) call_body();
    }

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

    /// Before a body without branches, in which a local may have a register from the beginning on. What is short has
    /// too few uses to find out.
    void survey_body() noexcept {
        constexpr std::size_t kShort = 96;
        if (!kHasPins || module_.body(request_.function).expression.size() < kShort) return;
        const Result<const PinSet*> pins = survey_.body(in_);
        has_failed_ = has_failed_ || pins.has_error();
        if (pins.has_error()) return;
        body_pins_ = *pins.assume_value();
        use_pins(body_pins_);
    }

    [[gnu::noinline]] void branch_table() noexcept {
        targets_ = in_.u32() + 1;
        for (std::uint32_t i = 0; i < targets_ && !has_failed_; ++i)
            branch_target(label_at(in_.u32()), next_jump());
    }

    /// Of the open blocks.
    Buffer<Label> labels_;
    /// Operand words before the next instruction.
    std::uint32_t height_ = 0;
    /// How many blocks are around the loop that is within no other, kNone outside of any; the registers of it and of
    /// those within it; and how many of them there were.
    std::uint32_t outermost_loop_ = kNone;
    std::span<const PinSet> loop_pins_;
    std::size_t loop_ = 0;
    Survey survey_;
    PinSet body_pins_;
    /// The loop whose first instruction comes next.
    Label* opened_ = nullptr;
    /// What validation wrote down of the branches.
    std::span<const Branch> table_;

  private:
    struct BlockWords {
        std::uint32_t parameters = 0;
        std::uint32_t results = 0;
    };

    [[nodiscard]] BlockWords block_words() noexcept {
        constexpr std::uint8_t kEmpty = 0x40;
        if (in_.peek() == kEmpty) {
            static_cast<void>(in_.byte());
            return {};
        }
        Reader in = reader();
        const Result<BlockType> read = read_block_type(in, request_.code.profile().features);
        in_.pass_immediate(Immediate::block_type);
        const BlockType& type = read.assume_value();
        if (type.kind == BlockType::Kind::value) return {0, words_of(type.value)};
        const FuncType function = module_.func_type(type.type);
        return {words_of(function.parameters), words_of(function.results)};
    }

    /// At the block type of a loop that is within no other.
    void begin_loops() noexcept {
        outermost_loop_ = static_cast<std::uint32_t>(labels_.size());
        loop_ = 0;
        if (!kHasPins) return;
        const Result<std::span<const PinSet>> pins = survey_.loop(in_);
        has_failed_ = has_failed_ || pins.has_error();
        if (pins.has_value()) loop_pins_ = pins.assume_value();
    }

    /// Null if there is no memory.
    [[gnu::always_inline]] Label* open(bool is_loop, const BlockWords& words) noexcept {
        if (!labels_.emplace_back()) {
            has_failed_ = true;
            return nullptr;
        }
        Label& label = labels_.back();
        label.is_loop = is_loop;
        label.outer_pins = pins_;
        label.pins = pins_;
        label.base = height_ - words.parameters;
        label.with_parameters = height_;
        label.with_results = label.base + words.results;
        const std::size_t loop = loop_;
        loop_ += is_loop ? 1 : 0;
        if (is_loop && loop < loop_pins_.size()) label.pins = &loop_pins_[loop];
        flush(0);
        if (!is_loop) return &label;
        forget();
        use_pins(*label.pins);
        label.debt = debt_;
        opened_ = &label;
        needs(kEntry, true);
        return &label;
    }

    void skip(Label& label) noexcept {
        ++branches_;
        label.is_skipped_by_body = is_called_if_;
        if (is_called_if_) return;
        condition_.sense = !condition_.sense;
        label.skip_debt = debt_;
        const std::size_t target_at = emit_branch(condition_, false);
        label.skip = add_fixup(target_at, debt_.owed, 0, false);
    }

    void if_() noexcept {
        is_called_if_ = !owe(price(Op::if_));
        if (is_called_if_) return call_body();
        condition_ = take_condition(true);
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
        emit(kHandlers.table[at(kind)], fields_number(index.slot, 0, targets_ - 1));
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

    /// The text goes on outside.
    void end_loop(const Label& label) noexcept {
        if (opened_ == &label) opened_ = nullptr;
        use_pins(*label.outer_pins);
        if (is_reachable() && !are_same(*label.pins, *label.outer_pins)) emit_pins();
    }

    /// The end of a block: its text and its branches come together.
    void join(Label& label) noexcept {
        if (label.skip != 0) {
            fixups_[label.skip - 1].next = label.fixups;
            label.fixups = label.skip;
            reach(label, label.skip_debt);
        }
        if (label.is_skipped_by_body) reach(label, {});
        use_pins(*label.outer_pins);
        if (is_reachable()) {
            flush(0);
            debt_.longest = std::max(debt_.longest, label.is_reached ? label.debt.longest : 0);
        } else if (label.is_reached) {
            arrive(label.debt);
        }
        if (!label.is_reached) return;
        forget();
        called_ = std::nullopt;
        if (label.is_skipped_by_body || label.wants_entry) needs(kEntry, true);
        const std::uint32_t with_pins = here();
        if (label.wants_pins && !wants_entry()) emit_pins();
        settle(label.fixups, with_pins, debt_.owed);
    }

    // Of the `if` that is lowered.
    Condition condition_;
    bool is_called_if_ = false;

    // Of the br_table that is lowered.
    std::uint32_t targets_ = 0;
    std::uint32_t target_ = 0;
    std::size_t table_at_ = 0;
    bool is_called_table_ = false;
};

} // namespace detent::fast
