// Accesses: loads and stores, each with the sum that is its address if the last cell made it; what works on a range of
// memory; and the instructions over whole slots, some of which are accesses too.
#pragma once

#include "engine/binary/immediates.hpp"
#include "engine/exec/fast/instructions.hpp"

namespace detent::fast {

class Accesses : public Instructions {
  protected:
    using Instructions::Instructions;

    void load(Op op, const Accessed& accessed) noexcept {
        const std::optional<Word> end = access_end(op, accessed);
        if (!end || !owe(price(op))) return call_body();
        load(stored_by(op), *end);
    }
    void store(Op op, const Accessed& accessed) noexcept {
        const std::optional<Word> end = access_end(op, accessed);
        if (!end || !owe(price(op))) return call_body();
        store(stored_by(op), *end, width_of(immediate_of(op)));
    }

    void memory_size() noexcept {
        const MemType& type = module_.memories[0];
        if (in_.u32() != 0 || !owe(price(op_))) return call_body();
        emit_result(slot(words_), Domain::word, kHandlers.memory_size, fields_number(slot(words_), 0, type.page_log));
    }

    /// Copying or filling within memory 0. Its price is settled with all that is owed.
    void bulk(Op op) noexcept {
        const bool is_fill = op == Op::memory_fill;
        const bool is_near =
            in_.u32() == 0 && (is_fill || in_.u32() == 0) && module_.memories[0].address == AddressType::i32;
        if (!is_near || request_.mode.marks_writes) return call_body();
        std::array<Source, 3> operands{};
        for (std::uint32_t i = 0; i < 3; ++i)
            operands[2 - i] = take(words_ - 1 - i);
        flush(0);
        for (std::uint32_t i = 0; i < 3; ++i)
            materialise(operands[i], words_ - 3 + i);
        start_.owed = debt_.owed;
        add_point();
        const Rate rate = request_.schedule.rate(row(op).unit);
        skip_at_ = here() + At::kSlots;
        skip_shift_ = 48;
        emit(is_fill ? kHandlers.memory_fill : kHandlers.memory_copy,
             fields(operands[0].slot, operands[1].slot, operands[2].slot),
             static_cast<Word>(debt_.owed) + base_price(op), Word{rate.numerator} | Word{rate.denominator} << 32);
        skip_end_ = here();
        settled(std::nullopt);
    }

    /// Of vectors, and of integers of 128 bits.
    void whole(Op op, const WholeHandler& handler) noexcept {
        const bool is_access = handler.form == WholeForm::access || handler.form == WholeForm::access_lane;
        const std::optional<Word> end = is_access ? access_end(op, in_.memarg()) : std::optional<Word>(0);
        if (!end || !owe(price(op))) return call_body();
        std::array<std::uint32_t, 5> slots = take_whole(handler);
        if (is_access && handler.result_words == 0) mark(slots[1], Kind::slot, *end, width_of(immediate_of(op)));
        if (is_access) add_point();
        const std::uint8_t lane = has_lane(handler) ? in_.byte() : std::uint8_t{0};
        if (has_lane(handler)) slots[handler.form == WholeForm::lane ? 1 + handler.operands : 3] = lane;
        if (handler.result_words != 0) begin_whole(slots[0], handler);
        if (op == Op::i8x16_shuffle && shuffle_words(slots)) return end_result();
        emit(handler.handler, fields(slots[0], slots[1], slots[2], slots[3]));
        if (handler.operands > 3) emit(fields(slots[4]));
        if (is_access) emit(*end);
        if (handler.form == WholeForm::constant) emit_immediate();
        if (handler.result_words != 0) end_result();
    }

  private:
    // Memory.

    /// Memory 0, by addresses of 32 bits: where the access ends, or nothing for what its body does.
    [[nodiscard]] std::optional<Word> access_end(Op op, const Accessed& accessed) const noexcept {
        const bool is_near = accessed.memory == 0 && module_.memories[0].address == AddressType::i32;
        if (!is_near) return std::nullopt;
        return accessed.offset + width_of(immediate_of(op));
    }

    /// Bytes, by the kind of immediate.
    [[nodiscard]] static constexpr Word width_of(Immediate immediate) noexcept {
        // Those of lanes follow those of whole words, in the same order.
        constexpr std::array<Word, 9> kWidths = {1, 2, 4, 8, 16, 1, 2, 4, 8};
        return kWidths[static_cast<std::size_t>(immediate) - static_cast<std::size_t>(Immediate::mem_8)];
    }
    static_assert(static_cast<int>(Immediate::mem_64_lane) - static_cast<int>(Immediate::mem_8) == 8);

    void load(Stored stored, Word end) noexcept {
        Source address = take(words_ - 1);
        materialise(address, words_ - 1);
        if (is_last_sum(address)) return load_sum(stored, end);
        const Kind kind = kind_of(address, Domain::word);
        consume(address, kind);
        add_point();
        emit_result(slot(words_ - 1), domain_of(stored), load_handlers(stored, kind),
                    fields(slot(words_ - 1), address.slot), end);
    }

    /// What a store will write to is marked where that is asked for, before the store's cell.
    void mark(std::uint32_t address, Kind kind, Word end, Word width) noexcept {
        if (!request_.mode.marks_writes) return;
        emit(mark_handler(kind), fields_number(address, 0, static_cast<std::uint32_t>(width)), end);
    }

    void store(Stored stored, Word end, Word width) noexcept {
        Source value = take(words_ - 1);
        Source address = take(words_ - 2);
        stored = adapt_constant(stored, value);
        const Domain domain = domain_of(stored);
        materialise(address, words_ - 2);
        const bool is_kept = value.is_constant && (stored != Stored::u64 || is_short(value.value));
        if (!is_kept) materialise(value, words_ - 1);
        const bool is_sum = !value.is_constant && is_last_sum(address) && !request_.mode.marks_writes;
        if (is_sum) return store_sum(stored, value, end);
        Kind address_kind = kind_of(address, Domain::word);
        const Kind value_kind = kind_of(value, domain);
        if (store_handler(stored, address_kind, value_kind) == nullptr) address_kind = Kind::slot;
        consume(address, address_kind);
        consume(value, value_kind);
        mark(address.slot, address_kind, end, width);
        add_point();
        emit(store_handler(stored, address_kind, value_kind),
             value.is_constant ? fields_number(address.slot, 0, static_cast<std::uint32_t>(value.value))
                               : fields(address.slot, value.slot),
             end);
    }

    /// A float's constant is stored as the word that it is.
    [[nodiscard]] static Stored adapt_constant(Stored stored, const Source& value) noexcept {
        if (!value.is_constant) return stored;
        if (stored == Stored::f32) return Stored::u32;
        return stored == Stored::f64 ? Stored::u64 : stored;
    }

    /// Whether the address is the sum that the last cell made.
    [[nodiscard]] bool is_last_sum(const Source& address) const noexcept {
        return !address.is_constant && !is_local(address.slot) && is_last() && last_->slot == address.slot &&
               last_->op == Op::i32_add;
    }

    void load_sum(Stored stored, Word end) noexcept {
        Source first = last_->first;
        Source second = last_->second;
        const std::uint32_t to = last_->slot;
        take_back();
        Kind first_kind = kind_of(first, Domain::word);
        Kind second_kind = kind_of(second, Domain::word);
        order_sum(first, first_kind, second, second_kind);
        consume(first, first_kind);
        consume(second, second_kind);
        add_point();
        emit_result(to, domain_of(stored), load_sum_handlers(stored, first_kind, second_kind),
                    operand_fields(to, first, second), end);
    }

    void store_sum(Stored stored, const Source& value, Word end) noexcept {
        Source first = last_->first;
        Source second = last_->second;
        take_back();
        Kind first_kind = kind_of(first, Domain::word);
        Kind second_kind = kind_of(second, Domain::word);
        order_sum(first, first_kind, second, second_kind);
        Kind value_kind = kind_of(value, domain_of(stored));
        if (store_sum_handler(stored, first_kind, second_kind, value_kind) == nullptr) value_kind = Kind::slot;
        consume(first, first_kind);
        consume(second, second_kind);
        add_point();
        emit(store_sum_handler(stored, first_kind, second_kind, value_kind),
             second.is_constant ? fields_number(first.slot, value.slot, static_cast<std::uint32_t>(second.value))
                                : fields(first.slot, second.slot, value.slot),
             end);
    }

    static void order_sum(Source& first, Kind& first_kind, Source& second, Kind& second_kind) noexcept {
        if (first_kind == Kind::accumulator && second_kind == Kind::accumulator) second_kind = Kind::slot;
        if (!must_swap(first_kind, second_kind)) return;
        std::swap(first, second);
        std::swap(first_kind, second_kind);
    }

    // Whole slots.

    /// The slots of the result and the operands, in their order. A constant is put into a slot.
    [[nodiscard]] std::array<std::uint32_t, 5> take_whole(const WholeHandler& handler) noexcept {
        std::array<std::uint32_t, 5> slots{};
        std::uint32_t height = words_;
        for (std::size_t i = handler.operands; i-- > 0;) {
            height -= handler.words[i];
            Source operand = take(height, handler.words[i]);
            materialise(operand, height);
            slots[1 + i] = operand.slot;
        }
        // An access has its address in the same place, whether it has a result or not.
        slots[0] = slot(height);
        return slots;
    }

    /// A shuffle that keeps groups of four bytes together.
    [[nodiscard]] bool shuffle_words(const std::array<std::uint32_t, 5>& slots) noexcept {
        Walk in = in_;
        std::array<std::uint32_t, 4> places{};
        for (std::uint32_t i = 0; i < 16; ++i) {
            const std::uint32_t from = in.byte();
            if (i % 4 == 0) places[i / 4] = from;
            if (from != places[i / 4] + i % 4 || from % 4 != i % 4) return false;
        }
        for (std::uint32_t& place : places) {
            const std::uint32_t within = place % 16;
            const std::uint32_t half = std::endian::native == std::endian::little ? within % 8 : 4 - within % 8;
            place = (slots[place < 16 ? 1 : 2] + within / 8) * 8 + half;
        }
        emit(kVectorHandlers.shuffle_words, fields(slots[0]), Word{places[0]} | Word{places[1]} << 32,
             Word{places[2]} | Word{places[3]} << 32);
        return true;
    }

    [[nodiscard]] static bool has_lane(const WholeHandler& handler) noexcept {
        return handler.form == WholeForm::lane || handler.form == WholeForm::access_lane;
    }

    void begin_whole(std::uint32_t to, const WholeHandler& handler) noexcept {
        begin_result(to, handler.result, nullptr);
        last_->words = handler.result_words;
    }

    /// Sixteen bytes, the first ones in the lowest bits.
    void emit_immediate() noexcept {
        emit(in_.little_endian(8));
        emit(in_.little_endian(8));
    }
};

} // namespace detent::fast
