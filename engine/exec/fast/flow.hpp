// Flow: where the text goes on while a function is lowered: which instruction is lowered and whether it is reached, and
// the instructions whose bodies are called.
#pragma once

#include "engine/binary/reader.hpp"
#include "engine/exec/fast/values.hpp"
#include "engine/exec/fast/walk.hpp"

namespace detent::fast {

class Flow : public Values {
  protected:
    Flow(const LoweringRequest& request, Recording* recording) noexcept
        : Values(request, recording), in_(module_, module_.body(request.function).expression.begin) {
        needs(kWatch, recording != nullptr || request.mode.is_single);
    }

    // What few instructions need is asked for all at once.
    /// Before any is looked at: the position behind the last one is put into its cell; what is not reached is passed;
    /// there is none.
    static constexpr std::uint8_t kBehind = 1;
    static constexpr std::uint8_t kPass = 2;
    static constexpr std::uint8_t kFinish = 4;
    /// Before one that is reached: the state is recorded, or it stands alone; it is an entry.
    static constexpr std::uint8_t kWatch = 8;
    static constexpr std::uint8_t kEntry = 16;

    [[nodiscard]] bool does_need(std::uint8_t what) const noexcept { return (needs_ & what) != 0; }
    [[nodiscard]] bool needs_any() const noexcept { return needs_ != 0; }
    void needs(std::uint8_t what, bool it_does) noexcept {
        needs_ = static_cast<std::uint8_t>(it_does ? needs_ | what : needs_ & ~what);
    }

    /// What follows is not reached, until a label is.
    void leave_text() noexcept {
        needs(kPass, true);
        waiting_.count = 0;
        forget();
    }

    [[nodiscard]] bool is_reachable() const noexcept { return !does_need(kPass); }
    [[nodiscard]] bool wants_entry() const noexcept { return does_need(kEntry); }

    void wait_for_behind(std::uint32_t cell_word, unsigned shift) noexcept {
        behind_at_ = cell_word;
        behind_shift_ = shift;
        needs(kBehind, true);
    }

    void arrive(Debt debt) noexcept {
        needs(kPass, false);
        debt_ = debt;
    }

    /// All operands are in their slots, nothing is owed. `result` is the domain of the one result of a call.
    void settled(std::optional<Domain> result) noexcept {
        forget();
        debt_ = {};
        needs(kEntry, true);
        called_ = result;
    }

    /// The instruction's body is called, out of line.
    [[gnu::noinline]] void call_body() noexcept {
        flush(0);
        const bool goes_on = !is_transfer(op_);
        emit(kHandlers.body, Word{start_.position} | Word{start_.branch} << 32, Word{words_} | (goes_on ? 0 : kNowhere),
             static_cast<Word>(debt_.owed));
        skip_end_ = here();
        skip_at_ = skip_end_ - 1;
        skip_shift_ = 32;
        // Behind a transfer nothing goes on in its place.
        if (goes_on) wait_for_behind(skip_end_ - 2, 32);
        settled(std::nullopt);
        if (is_transfer(op_)) leave_text();
    }

    /// What comes next, for what reads types.
    [[nodiscard]] Reader reader() const noexcept {
        return {module_.bytes.span(), in_.position(), module_.body(request_.function).expression.end};
    }

    // Of the instruction that is lowered.
    /// Operand words before it.
    std::uint32_t words_ = 0;
    /// Its immediates come next, or what is behind them.
    Walk in_;

    // Of the text so far.
    std::uint32_t branches_ = 0;
    /// Behind a call: in which accumulator its result is.
    std::optional<Domain> called_;
    /// A word that lacks how many words are passed over behind its cell, and where that cell ends.
    std::uint32_t skip_at_ = 0;
    std::uint32_t skip_end_ = kNone;
    unsigned skip_shift_ = 0;
    /// A word that lacks the position behind its instruction, with kBehind.
    std::uint32_t behind_at_ = 0;
    unsigned behind_shift_ = 0;

  private:
    [[nodiscard]] static constexpr bool is_transfer(Op op) noexcept {
        return op == Op::unreachable || op == Op::throw_ || op == Op::throw_ref || op == Op::return_call ||
               op == Op::return_call_indirect || op == Op::return_call_ref;
    }

    std::uint8_t needs_ = kEntry;

    static constexpr Word kNowhere = Word{0xFFFF'FFFF} << 32;
};

} // namespace detent::fast
