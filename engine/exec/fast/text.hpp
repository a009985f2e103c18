// Text: the cells of one function while they are written, with what is owed along them, the targets that are not placed
// yet, and the record of the canonical states.
#pragma once

#include "engine/exec/fast/handlers.hpp"
#include "engine/exec/fast/lower.hpp"
#include "engine/exec/fast/survey.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace detent::fast {

inline constexpr std::uint32_t kNone = 0xFFFF'FFFF;

/// The work classes alone: rows of the table are long.
inline constexpr auto kWorkClasses = [] {
    std::array<WorkClass, kOpCount> classes{};
    for (std::size_t i = 0; i < kOpCount; ++i)
        classes[i] = kOpRows[i].work_class;
    return classes;
}();

/// What is unpaid since the last settlement, along the text; and on the longest path since any check.
struct Debt {
    std::int32_t owed = 0;
    std::int32_t longest = 0;
};

/// A target that is not placed yet. The entries of one label are linked by numbers, plus one; 0 ends them.
struct Fixup {
    std::uint32_t target_at = 0;
    std::uint32_t delta_at = 0;
    /// What is owed behind the branch.
    std::int32_t owed = 0;
    std::uint32_t next = 0;
    /// The registers are those of another loop.
    bool wants_pins = false;
};

/// Where an operand is, before a cell is chosen for it.
struct Source {
    bool is_constant = false;
    /// Words of the operand: one, or those of a vector.
    std::uint8_t words = 1;
    std::uint32_t slot = 0;
    Word value = 0;

    [[nodiscard]] static constexpr Source in_slot(std::uint32_t slot, std::uint32_t words = 1) noexcept {
        return {false, static_cast<std::uint8_t>(words), slot, 0};
    }
    [[nodiscard]] static constexpr Source constant(Word value) noexcept { return {true, 1, 0, value}; }
};

/// An operand that has no cell of its own yet: a local's, or a constant.
struct Waiting {
    std::uint32_t height = 0;
    Source source;
};

inline constexpr std::uint32_t kMostWaiting = 8;

/// The operands that wait, in ascending order of heights.
struct WaitingList {
    std::array<Waiting, kMostWaiting> all{};
    std::uint32_t count = 0;
};

/// The canonical state before an instruction, which a cell may begin with.
struct Start {
    std::uint32_t position = 0;
    std::uint32_t branch = 0;
    std::uint32_t words = 0;
    std::int32_t owed = 0;
    /// The operand that is in an accumulator alone.
    std::uint32_t unstored = kNone;
    Domain unstored_domain = Domain::word;
};

class Text {
  protected:
    Text(const LoweringRequest& request, Recording* recording) noexcept
        : request_(request), module_(request.code.module()), function_(request.code.function(request.function)),
          recording_(recording) {}

    // Cells.

    [[nodiscard]] std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(cells_.size()); }
    /// A cell, or its first words.
    template <class... Words>
    void emit(Handler handler, Words... words) noexcept {
        constexpr std::size_t kWords = 1 + sizeof...(words);
        const std::size_t begin = cells_.size();
        if (cells_.capacity() - begin < kWords && !make_room(kWords)) [[unlikely]]
            return;
        // There is room for as many starts as for words.
        const std::size_t cells = starts_.size();
        starts_.data()[cells] = static_cast<std::uint32_t>(begin);
        starts_.adopt(cells + 1);
        Word* to = cells_.data() + begin;
        *to = word_of(handler);
        ((*++to = words), ...);
        cells_.set_size(begin + kWords);
    }
    /// More of the cell that was emitted last.
    void emit(Word word) noexcept {
        if (cells_.capacity() == cells_.size() && !make_room(1)) [[unlikely]]
            return;
        const std::size_t at = cells_.size();
        cells_.data()[at] = word;
        cells_.set_size(at + 1);
    }
    /// False, noted, if there is no memory.
    [[gnu::noinline]] bool make_room(std::size_t words) noexcept {
        const std::size_t room = std::max(cells_.size() + words, cells_.capacity() * 2);
        // In this order, so that starts never have less.
        const bool is_made = starts_.reserve(room) && cells_.reserve(room);
        has_failed_ = has_failed_ || !is_made;
        return is_made;
    }
    void take_back_from(std::uint32_t cell) noexcept {
        cells_.set_size(cell);
        while (!starts_.empty() && starts_[starts_.size() - 1] >= cell)
            starts_.truncate(starts_.size() - 1);
    }

    [[nodiscard]] std::uint32_t local_slots() const noexcept { return function_.local_words; }
    /// Of the operand word at a height.
    [[nodiscard]] std::uint32_t slot(std::uint32_t height) const noexcept { return function_.local_words + height; }

    /// They MUST stay where they are while they are used.
    void use_pins(const PinSet& pins) noexcept {
        if (pins_ == &pins) return;
        pins_ = &pins;
        has_pins_ = !pins.is_empty();
    }
    [[nodiscard]] static bool are_same(const PinSet& one, const PinSet& other) noexcept {
        return &one == &other || one == other;
    }

    void emit_pins() noexcept {
        if (!has_pins_) return;
        const auto& [words, f64s, f32s] = pins_->slots;
        const auto count = [this](Domain domain) {
            const std::span<const std::uint16_t> of = pins_->of(domain);
            std::size_t used = of.size();
            while (used > 0 && of[used - 1] == PinSet::kFree)
                --used;
            return used;
        };
        // What is free is read all the same, from slot 0, which every frame with a local has.
        const auto used = [](std::uint16_t slot) -> std::uint32_t { return slot == PinSet::kFree ? 0 : slot; };
        emit(pins_handler(count(Domain::word), count(Domain::f64), count(Domain::f32)),
             fields(used(words[0]), used(words[1]), used(words[2]), used(words[3])),
             fields(used(f64s[0]), used(f64s[1]), used(f64s[2]), used(f64s[3])), fields(used(f32s[0]), used(f32s[1])));
    }

    // Fuel.

    static constexpr auto kMostUnits = static_cast<std::uint64_t>(Reserve::kUnits);

    [[nodiscard]] std::uint64_t base_price(Op op) const noexcept {
        return request_.schedule.base(kWorkClasses[static_cast<std::size_t>(op)]).units();
    }
    [[nodiscard]] std::uint64_t price(Op op, std::uint64_t n = 0) const noexcept {
        return n == 0 ? base_price(op) : base_price(op) + request_.schedule.amount(row(op).unit, n).units();
    }

    /// Takes a static price on the debt, behind a check where the reserve would not suffice. False if it never does.
    [[nodiscard]] bool owe(std::uint64_t price) noexcept {
        assert(is_covered());
        if (!is_within_reserve(price)) [[unlikely]] {
            if (price > kMostUnits) return false;
            emit_check();
        }
        start_.owed = debt_.owed;
        owe_within_reserve(price);
        return true;
    }
    [[nodiscard]] bool is_within_reserve(std::uint64_t price) const noexcept {
        return static_cast<std::uint64_t>(debt_.longest) + price <= kMostUnits;
    }
    void owe_within_reserve(std::uint64_t price) noexcept {
        debt_.owed += static_cast<std::int32_t>(price);
        debt_.longest += static_cast<std::int32_t>(price);
        assert(is_covered());
    }

    /// Whether the reserve suffices on every path to here.
    [[nodiscard]] bool is_covered() const noexcept {
        return 0 <= debt_.owed && debt_.owed <= debt_.longest && debt_.longest <= Reserve::kUnits;
    }

    [[gnu::noinline]] void emit_check() noexcept {
        start_.owed = debt_.owed;
        add_point();
        emit(kHandlers.check, static_cast<Word>(debt_.owed));
        debt_ = {};
    }

    // Places.

    /// A cell is the place of one entry only, so that it is known which check failed there.
    void separate() noexcept {
        if (here() == last_place_) emit(kHandlers.pass);
        last_place_ = here();
    }

    /// All operands MUST be in their slots. A loop that begins here is branched to behind the registers' loading.
    void add_place(std::uint32_t* loop_cell) noexcept {
        separate();
        start_.owed = debt_.owed;
        has_failed_ = !entries_.push_back({start_.position, here(), debt_.owed}) || has_failed_;
        add_point();
        emit_pins();
        if (loop_cell == nullptr) return;
        if (here() != last_place_) add_point();
        last_place_ = here();
        *loop_cell = here();
    }

    // Targets.

    [[nodiscard]] std::uint32_t add_fixup(std::size_t target_at, std::int32_t owed, std::uint32_t next,
                                          bool wants_pins) noexcept {
        const auto at = static_cast<std::uint32_t>(target_at);
        has_failed_ = !fixups_.push_back({at, at + 1, owed, next, wants_pins}) || has_failed_;
        return static_cast<std::uint32_t>(fixups_.size());
    }

    void set_target(std::size_t target_at, std::int32_t owed_there, std::uint32_t cell, std::int32_t owed) noexcept {
        const auto at = static_cast<std::uint32_t>(target_at);
        set_target(Fixup{at, at + 1, owed_there, 0, false}, cell, owed);
    }

    void set_target(const Fixup& fixup, std::uint32_t cell, std::int32_t owed) noexcept {
        if (has_failed_) return;
        cells_[fixup.target_at] = cell;
        cells_[fixup.delta_at] = static_cast<Word>(std::int64_t{owed} - fixup.owed);
        has_failed_ = !relocations_.push_back(fixup.target_at);
    }

    /// Where the cell will be.
    void emit_address(std::uint32_t cell) noexcept {
        has_failed_ = has_failed_ || !relocations_.push_back(here());
        emit(Word{cell});
    }

    /// Those that come from another loop go to `with_pins`.
    void settle(std::uint32_t first, std::uint32_t with_pins, std::int32_t owed) noexcept {
        for (std::uint32_t next = first; next != 0 && !has_failed_;) {
            const Fixup fixup = fixups_[next - 1];
            set_target(fixup, fixup.wants_pins ? with_pins : here(), owed);
            next = fixup.next;
        }
    }

    // The record.

    /// The state belongs to the cell that comes next.
    void add_point() noexcept {
        if (recording_ != nullptr) [[unlikely]]
            record_point();
    }

    [[gnu::noinline]] void record_point() noexcept {
        const Start& start = start_;
        Buffer<Pending>& pending = recording_->pending;
        const auto first = static_cast<std::uint32_t>(pending.size());
        if (start.unstored != kNone) {
            constexpr std::array kFrom = {Pending::From::accumulator, Pending::From::f64_accumulator,
                                          Pending::From::f32_accumulator};
            add_pending({start.unstored, kFrom[static_cast<std::size_t>(start.unstored_domain)], 0});
        }
        for (std::uint32_t i = 0; i < start_waiting_.count; ++i)
            add_pending(start_waiting_.all[i]);
        const Point point{here(),
                          start.position,
                          start.branch,
                          start.words,
                          start.owed,
                          first,
                          static_cast<std::uint32_t>(pending.size()) - first};
        has_failed_ = !recording_->points.push_back(point) || has_failed_;
    }

    void add_pending(const Waiting& waiting) noexcept {
        const Source& source = waiting.source;
        if (source.is_constant) return add_pending({slot(waiting.height), Pending::From::constant, source.value});
        for (std::uint32_t i = 0; i < source.words; ++i)
            add_pending({slot(waiting.height) + i, Pending::From::local, Word{source.slot} + i});
    }

    void add_pending(const Pending& pending) noexcept {
        has_failed_ = !recording_->pending.push_back(pending) || has_failed_;
    }

    const LoweringRequest& request_;
    const Module& module_;
    const FunctionCode& function_;
    Recording* recording_;

    ShelfWords cells_;
    /// Where each of them begins.
    Buffer<std::uint32_t> starts_;
    Buffer<Entry> entries_;
    Buffer<Fixup> fixups_;
    /// Words that hold the offset of a cell and are to hold its address.
    Buffer<std::uint32_t> relocations_;
    bool has_failed_ = false;

    /// Before the instruction that is lowered.
    Start start_;
    /// Its operands that wait. Kept only while there is a recording.
    WaitingList start_waiting_;
    Debt debt_;
    /// The locals that have registers here, and whether there are any.
    const PinSet* pins_ = &kNoPins;
    bool has_pins_ = false;
    std::uint32_t last_place_ = kNone;
};

} // namespace detent::fast
