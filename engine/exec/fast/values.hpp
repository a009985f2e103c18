// Values: where the operands of the instructions are while a function is lowered. Locals and constants wait until they
// are used; the last result is in an accumulator; the slot of a result can still become that of a local.
#pragma once

#include "engine/exec/fast/text.hpp"

namespace detent::fast {

/// The slots whose words are in the accumulators too, by domain.
struct Accumulators {
    std::array<std::uint32_t, kDomains> slots{kNone, kNone, kNone};

    [[nodiscard]] std::uint32_t& operator[](Domain domain) noexcept { return slots[static_cast<std::size_t>(domain)]; }
    [[nodiscard]] std::uint32_t operator[](Domain domain) const noexcept {
        return slots[static_cast<std::size_t>(domain)];
    }
    /// A slot is written by something else.
    void forget(std::uint32_t slot) noexcept {
        for (std::uint32_t& one : slots)
            one = one == slot ? kNone : one;
    }
};

/// A cell with a result, as long as nothing stands behind it. Where `end` is nothing, the rest says nothing.
struct Last {
    std::uint32_t cell = kNone;
    std::uint32_t end = kNone;
    /// Of the result.
    std::uint32_t slot = kNone;
    std::uint32_t words = 1;
    Domain domain = Domain::word;
    /// The handlers that leave it elsewhere; null for none.
    const Places* places = nullptr;
    Op op = Op::nop;
    Source first;
    Source second;
    /// What was in the accumulators before it.
    Accumulators before;
    Start start;
};

class Values : public Text {
  protected:
    using Text::Text;

    [[nodiscard]] bool is_local(std::uint32_t slot) const noexcept { return slot < local_slots(); }

    /// Nothing of what was before may be relied on: a label.
    void forget() noexcept {
        forget_last();
        before_->end = kNone;
        last_move_ = kNone;
        accumulators_ = {};
    }
    /// The last result stays where it is.
    void forget_last() noexcept { last_->end = kNone; }

    // Operands that wait.

    void wait(std::uint32_t height, Source source) noexcept {
        if (waiting_.count == kMostWaiting) [[unlikely]]
            put_waiting(0);
        waiting_.all[waiting_.count++] = {height, source};
    }

    /// The operand at a height, which MUST be above those that wait.
    [[nodiscard]] Source take(std::uint32_t height, std::uint32_t words = 1) noexcept {
        if (waiting_.count != 0 && waiting_.all[waiting_.count - 1].height == height) {
            return waiting_.all[--waiting_.count].source;
        }
        return Source::in_slot(slot(height), words);
    }

    /// Puts what waits at a height or above into its slot.
    void flush(std::uint32_t height) noexcept {
        if (waiting_.count != 0) put_waiting(height);
    }

    /// Puts what waits for a local into its slot, since the local changes.
    void flush_local(std::uint32_t local, std::uint32_t words) noexcept {
        for (std::uint32_t i = 0; i < waiting_.count; ++i) {
            if (is_of_local(waiting_.all[i].source, local, words)) return put_waiting_of(local, words);
        }
    }

    /// Puts a constant into the slot of its height.
    void materialise(Source& source, std::uint32_t height) noexcept {
        if (!source.is_constant) return;
        put(slot(height), source);
        source = Source::in_slot(slot(height));
    }

    // Results.

    /// Which register a local has.
    [[nodiscard]] std::optional<std::size_t> pin_of(std::uint32_t slot, Domain domain) const noexcept {
        if (!has_pins_) return std::nullopt;
        const std::size_t pin = pins_->find(slot, domain);
        if (pin == PinSet::kMost) return std::nullopt;
        return pin;
    }

    /// The domain in which a local has a register; else that of words.
    [[nodiscard]] Domain domain_of_local(std::uint32_t slot) const noexcept {
        for (const Domain domain : {Domain::f64, Domain::f32}) {
            if (pin_of(slot, domain)) return domain;
        }
        return Domain::word;
    }

    [[nodiscard]] Place place_of(std::uint32_t slot, Domain domain) const noexcept {
        const std::optional<std::size_t> pin = pin_of(slot, domain);
        return pin ? pin_place(*pin) : Place::slot;
    }

    [[nodiscard]] Kind kind_of(const Source& source, Domain domain) const noexcept {
        if (source.is_constant) return Kind::constant;
        if (const std::optional<std::size_t> pin = pin_of(source.slot, domain); pin) return pin_kind(*pin);
        return source.slot == accumulators_[domain] ? Kind::accumulator : Kind::slot;
    }

    /// A slot was written, and the accumulator if that is its place.
    void written(std::uint32_t slot, Domain domain, Place place) noexcept {
        accumulators_.forget(slot);
        if (place <= Place::accumulator) accumulators_[domain] = slot;
    }

    void put(std::uint32_t to, const Source& source) noexcept {
        if (source.words != 1) {
            emit(kVectorHandlers.move, fields(to, source.slot));
            for (std::uint32_t i = 0; i < source.words; ++i)
                accumulators_.forget(to + i);
            return;
        }
        const Domain domain = domain_of_local(to);
        const Place place = place_of(to, domain);
        const auto row = static_cast<std::size_t>(domain);
        if (source.is_constant) {
            emit(kHandlers.constant[row][at(place)], fields(to), source.value);
        } else {
            move(to, source.slot, domain, place);
        }
        written(to, domain, place);
    }

    void move(std::uint32_t to, std::uint32_t from, Domain domain, Place place) noexcept {
        const Kind kind = kind_of(Source::in_slot(from), domain);
        const bool is_of_slots = domain == Domain::word && kind == Kind::slot && place == Place::slot;
        if (is_of_slots && join_move(to, from)) return;
        last_move_ = is_of_slots ? here() : kNone;
        emit(kHandlers.move[static_cast<std::size_t>(domain)][at(kind)][at(place)], fields(to, from));
    }

    /// Two moves between slots that follow one another are one cell.
    [[nodiscard]] bool join_move(std::uint32_t to, std::uint32_t from) noexcept {
        const bool joins = last_move_ != kNone && last_move_ + Size::kMove == here() && !has_failed_;
        if (!joins) return false;
        cells_[last_move_] = word_of(kHandlers.move_two);
        cells_[last_move_ + At::kSlots] |= fields(0, 0, to, from);
        last_move_ = kNone;
        return true;
    }

    /// Whether nothing stands behind the last result's cell.
    [[nodiscard]] bool is_last() const noexcept { return last_->end == here(); }

    /// A cell that begins with the instruction's own state, or with that of the cells that it takes in, will have a
    /// result. Its first operands are kept for whoever takes it in.
    void begin_result(std::uint32_t to, Domain domain, const Places* places) noexcept {
        std::swap(last_, before_);
        last_->cell = here();
        last_->end = kNone;
        last_->slot = to;
        last_->words = 1;
        last_->domain = domain;
        last_->places = places;
        last_->op = op_;
        last_->before = accumulators_;
        last_->start = start_;
        if (recording_ != nullptr) [[unlikely]] {
            before_waiting_ = last_waiting_;
            last_waiting_ = start_waiting_;
        }
    }

    void end_result() noexcept {
        last_->end = here();
        if (last_->words == 1) return written(last_->slot, last_->domain, Place::slot);
        for (std::uint32_t i = 0; i < last_->words; ++i)
            accumulators_.forget(last_->slot + i);
    }

    /// All of it: the cell begins with these words.
    template <class... Words>
    [[gnu::always_inline]] void emit_result(std::uint32_t to, Domain domain, const Places& places,
                                            Words... words) noexcept {
        begin_result(to, domain, &places);
        emit(places[at(Place::slot)], words...);
        end_result();
    }

    /// Takes the last cell back; the next one does what it did, and begins with its state.
    void take_back() noexcept {
        take_back_from(last_->cell);
        accumulators_ = last_->before;
        start_ = last_->start;
        if (recording_ != nullptr) {
            start_waiting_ = last_waiting_;
            last_waiting_ = before_waiting_;
        }
        std::swap(last_, before_);
        before_->end = kNone;
    }

    /// The cell that comes next takes an operand from here: one that has its only use in an accumulator needs no slot.
    void consume(const Source& source, Kind kind) noexcept {
        const bool is_only = kind == Kind::accumulator && !is_local(source.slot) && is_last() &&
                             last_->slot == source.slot && last_->places != nullptr;
        if (!is_only) return;
        const Handler handler = (*last_->places)[at(Place::accumulator)];
        if (handler == nullptr) return;
        cells_[last_->cell] = word_of(handler);
        start_.unstored = source.slot;
        start_.unstored_domain = last_->domain;
    }

    /// The cell that made the value gets the local for its result, if nothing stands between.
    void set_local(std::uint32_t local, const Source& value) noexcept {
        flush_local(local, value.words);
        if (!value.is_constant && value.slot == local) return;
        if (!value.is_constant && !is_local(value.slot) && is_last() && last_->slot == value.slot &&
            redirect_last(local)) {
            return;
        }
        put(local, value);
    }

    [[nodiscard, gnu::always_inline]] bool redirect_last(std::uint32_t local) noexcept {
        if (last_->words != 1) {
            set_last_slot(local);
            return true;
        }
        const Place place = place_of(local, last_->domain);
        if (last_->places == nullptr || (*last_->places)[at(place)] == nullptr) return false;
        // A register of another domain would keep what was.
        if (place == Place::slot && domain_of_local(local) != Domain::word) return false;
        if (place == Place::slot && last_->domain != Domain::word && pin_of(local, Domain::word)) return false;
        accumulators_ = last_->before;
        cells_[last_->cell] = word_of((*last_->places)[at(place)]);
        set_last_slot(local);
        written(local, last_->domain, place);
        return true;
    }

    void set_last_slot(std::uint32_t local) noexcept {
        Word& word = cells_[last_->cell + At::kSlots];
        word = (word & ~Word{0xFFFF}) | local;
        last_->slot = local;
        for (std::uint32_t i = 0; i < last_->words; ++i)
            accumulators_.forget(local + i);
    }

    Op op_ = Op::nop;
    WaitingList waiting_;
    Accumulators accumulators_;
    std::array<Last, 2> results_;
    Last* last_ = results_.data();
    /// The one before it.
    Last* before_ = &results_[1];
    /// A move of a word from slot to slot.
    std::uint32_t last_move_ = kNone;
    /// What waited before these two. Kept only while there is a recording.
    WaitingList last_waiting_;
    WaitingList before_waiting_;

  private:
    [[nodiscard]] static bool is_of_local(const Source& source, std::uint32_t local, std::uint32_t words) noexcept {
        return !source.is_constant && source.slot < local + words && local < source.slot + source.words;
    }

    [[gnu::noinline]] void put_waiting(std::uint32_t height) noexcept {
        std::uint32_t kept = 0;
        for (std::uint32_t i = 0; i < waiting_.count; ++i) {
            const Waiting one = waiting_.all[i];
            if (one.height < height) {
                waiting_.all[kept++] = one;
            } else {
                put(slot(one.height), one.source);
            }
        }
        waiting_.count = kept;
    }

    [[gnu::noinline]] void put_waiting_of(std::uint32_t local, std::uint32_t words) noexcept {
        std::uint32_t kept = 0;
        for (std::uint32_t i = 0; i < waiting_.count; ++i) {
            const Waiting one = waiting_.all[i];
            if (is_of_local(one.source, local, words)) {
                put(slot(one.height), one.source);
            } else {
                waiting_.all[kept++] = one;
            }
        }
        waiting_.count = kept;
    }
};

} // namespace detent::fast
