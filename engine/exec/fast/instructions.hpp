// Instructions: numbers, constants, variables and the choice between two operands.
#pragma once

#include "engine/exec/fast/flow.hpp"

namespace detent::fast {

class Instructions : public Flow {
  protected:
    using Flow::Flow;

    /// The bits stay where they are, as those of another type.
    void rename(Op op) noexcept {
        if (!owe(price(op))) call_body();
    }

    void unary(Op op, const NumericHandlers& handlers) noexcept {
        if (!owe(price(op))) return call_body();
        Source operand = take(words_ - 1);
        materialise(operand, words_ - 1);
        Kind kind = kind_of(operand, handlers.operand);
        if (handlers.unary[at(kind)][0] == nullptr) kind = plain(kind);
        consume(operand, kind);
        if (handlers.may_trap) add_point();
        emit_result(slot(words_ - 1), handlers.result, handlers.unary[at(kind)],
                    fields(slot(words_ - 1), operand.slot));
        last_->first = operand;
        last_->second = {};
    }

    void binary(Op op, const NumericHandlers& handlers) noexcept {
        if (!owe(price(op))) return call_body();
        Source second = take(words_ - 1);
        Source first = take(words_ - 2);
        op_ = negate_constant(op, second);
        const NumericHandlers& chosen = op_ == op ? handlers : *numeric_handlers(op_);
        if (first.is_constant && second.is_constant) materialise(first, words_ - 2);
        binary(chosen, first, second);
        op_ = op;
    }

    [[nodiscard]] LocalSlot local_at(std::uint32_t index) const noexcept {
        return function_.has_wide_locals ? request_.code.local(request_.function, index) : LocalSlot{index, 1};
    }

    [[gnu::noinline]] void local_set(LocalSlot at) noexcept {
        if (!owe(price(Op::local_set))) return call_body();
        set_local(at.word, take(words_ - at.words, at.words));
    }

    [[gnu::noinline]] void local_tee(LocalSlot at) noexcept {
        if (!owe(price(Op::local_tee))) return call_body();
        set_local(at.word, take(words_ - at.words, at.words));
        wait(words_ - at.words, Source::in_slot(at.word, at.words));
    }

    void global(Op op, std::uint32_t index) noexcept {
        if (module_.globals[index].type.value == kV128 || !owe(price(op))) return call_body();
        const bool is_own = index >= module_.imported_globals;
        const std::uint32_t number = is_own ? index - module_.imported_globals : index;
        if (op == Op::global_get) {
            return emit_result(slot(words_), Domain::word, is_own ? kHandlers.own_global_get : kHandlers.global_get,
                               fields_number(slot(words_), 0, number));
        }
        Source value = take(words_ - 1);
        materialise(value, words_ - 1);
        const Kind kind = kind_of(value, Domain::word) == Kind::accumulator ? Kind::accumulator : Kind::slot;
        consume(value, kind);
        emit((is_own ? kHandlers.own_global_set : kHandlers.global_set)[at(kind)],
             fields_number(value.slot, 0, number));
    }

    void drop(std::uint32_t words) noexcept {
        if (!owe(price(Op::drop))) return call_body();
        static_cast<void>(take(words_ - words, words));
    }

    /// Of two operands of so many words.
    void select(std::uint32_t words) noexcept {
        if (!owe(price(op_))) return call_body();
        if (words != 1) return select_vector();
        Source condition = take(words_ - 1);
        const Source second = take(words_ - 2);
        const Source first = take(words_ - 3);
        materialise(condition, words_ - 1);
        const bool is_accumulator = kind_of(condition, Domain::word) == Kind::accumulator;
        if (is_accumulator) consume(condition, Kind::accumulator);
        const BinaryHandlers& handlers = kHandlers.select[is_accumulator ? 1 : 0];
        const Places& places = handlers[at(chosen_kind(first))][at(chosen_kind(second))];
        begin_result(slot(words_ - 3), Domain::word, &places);
        emit(places[at(Place::slot)], fields(slot(words_ - 3), first.slot, second.slot, condition.slot));
        if (first.is_constant) emit(first.value);
        if (second.is_constant) emit(second.value);
        end_result();
    }

    // Operands.

    [[nodiscard]] static constexpr bool is_wide(Op op) noexcept {
        return (op >= Op::i64_eqz && op <= Op::i64_ge_u) || (op >= Op::i64_clz && op <= Op::i64_rotr);
    }

    /// Whether a cell can hold the constant of an i64 in 32 bits.
    [[nodiscard]] static constexpr bool is_short(Word value) noexcept {
        return value == static_cast<Word>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
    }

    [[nodiscard]] static bool must_swap(Kind first, Kind second) noexcept {
        return ((kSwaps >> (at(first) * 8 + at(second))) & 1) != 0;
    }

    /// The slots of a result and its operands, or a constant of up to 32 bits in the place of one.
    [[nodiscard]] static Word operand_fields(std::uint32_t result, const Source& first, const Source& second) noexcept {
        if (second.is_constant) return fields_number(result, first.slot, static_cast<std::uint32_t>(second.value));
        if (first.is_constant) return fields_number(result, second.slot, static_cast<std::uint32_t>(first.value));
        return fields(result, first.slot, second.slot);
    }

  private:
    /// Of an operand of `select`.
    [[nodiscard]] Kind chosen_kind(const Source& source) const noexcept {
        const Kind kind = kind_of(source, Domain::word);
        return kind == Kind::accumulator ? Kind::slot : kind;
    }

    /// A bit for each pair of kinds, since a processor would have to guess where `rank` goes.
    static constexpr std::uint64_t kSwaps = [] {
        std::uint64_t swaps = 0;
        for (std::size_t i = 0; i < kKinds * 8; ++i) {
            const bool is_pair = i % 8 < kKinds;
            const bool swaps_pair = is_pair && rank(static_cast<Kind>(i / 8)) > rank(static_cast<Kind>(i % 8));
            swaps |= std::uint64_t{swaps_pair} << i;
        }
        return swaps;
    }();

    /// The kind for which there is a handler: what has a register has a slot too.
    [[nodiscard]] static Kind plain(Kind kind) noexcept { return is_pin(kind) ? Kind::slot : kind; }

    /// To take a constant off is to add its negative.
    [[nodiscard]] static Op negate_constant(Op op, Source& second) noexcept {
        const bool is_i32 = op == Op::i32_sub;
        if (!second.is_constant || !(is_i32 || op == Op::i64_sub)) return op;
        const Word negative = is_i32 ? Word{static_cast<std::uint32_t>(0 - second.value)} : 0 - second.value;
        second.value = negative;
        return is_i32 ? Op::i32_add : Op::i64_add;
    }

    [[gnu::always_inline]] void binary(const NumericHandlers& handlers, Source first, Source second) noexcept {
        Kind first_kind = kind_of(first, handlers.operand);
        Kind second_kind = kind_of(second, handlers.operand);
        order(handlers.binary, handlers.is_commutative, first, first_kind, second, second_kind);
        consume(first, first_kind);
        consume(second, second_kind);
        if (handlers.may_trap) add_point();
        const std::uint32_t to = slot(words_ - 2);
        const Places& places = handlers.binary[at(first_kind)][at(second_kind)];
        const bool is_long =
            first.is_constant || second.is_constant ? is_wide(op_) || handlers.operand == Domain::f64 : false;
        if (is_long) {
            emit_result(to, handlers.result, places, operand_fields(to, first, second),
                        first.is_constant ? first.value : second.value);
        } else {
            emit_result(to, handlers.result, places, operand_fields(to, first, second));
        }
        last_->first = first;
        last_->second = second;
    }

    /// Operands as there is a handler for.
    static void order(const BinaryHandlers& handlers, bool is_commutative, Source& first, Kind& first_kind,
                      Source& second, Kind& second_kind) noexcept {
        if (first_kind == Kind::accumulator && second_kind == Kind::accumulator) second_kind = Kind::slot;
        if (is_commutative && must_swap(first_kind, second_kind)) {
            std::swap(first, second);
            std::swap(first_kind, second_kind);
        }
        if (handlers[at(first_kind)][at(second_kind)][0] != nullptr) return;
        first_kind = plain(first_kind);
        second_kind = plain(second_kind);
    }

    void select_vector() noexcept {
        Source condition = take(words_ - 1);
        const Source second = take(words_ - 3, 2);
        const Source first = take(words_ - 5, 2);
        materialise(condition, words_ - 1);
        begin_result(slot(words_ - 5), Domain::word, nullptr);
        last_->words = 2;
        emit(kVectorHandlers.select, fields(slot(words_ - 5), first.slot, second.slot, condition.slot));
        end_result();
    }
};

} // namespace detent::fast
