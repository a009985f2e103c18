// Calls, and what leaves a function: returns and tail calls.
#pragma once

#include "engine/exec/fast/branching.hpp"

namespace detent::fast {

class Calls : public Branching {
  protected:
    Calls(const LoweringRequest& request, Recording* recording) noexcept : Branching(request, recording) {
        const std::span<const ValType> results = module_.function_type(request.function).results;
        if (results.size() == 1) result_domain_ = domain_of(results[0]);
    }

    [[gnu::always_inline]] void call(std::uint32_t index, const FuncType& type) noexcept {
        if (index < module_.imported_functions) return call_body();
        const Callee& to = callee(index);
        const std::uint64_t price = static_cast<std::uint64_t>(debt_.owed) + base_price(Op::call) + to.frame_price;
        if (price > kMostPrice) return call_body();
        begin_call();
        emit(kHandlers.call[cleared_by_call(to)],
             fields_number(slot(words_ - to.parameter_words), slot(words_), static_cast<std::uint32_t>(price)),
             Word{reinterpret_cast<std::uintptr_t>(&to)}, Word{branches_} << 32);
        end_call(type);
    }

    void call_indirect(TypeIdx index, std::uint32_t table) noexcept {
        if (table != 0) return call_body();
        const FuncType type = module_.func_type(index);
        const std::uint64_t price = static_cast<std::uint64_t>(debt_.owed) + base_price(Op::call_indirect);
        begin_call();
        const std::uint32_t first = slot(words_ - 1 - words_of(type.parameters));
        emit(kHandlers.call_indirect, fields_number(first, slot(words_ - 1), static_cast<std::uint32_t>(price)),
             Word{reinterpret_cast<std::uintptr_t>(&request_.code.types()[index])}, Word{branches_} << 32);
        end_call(type);
    }

    void return_call() noexcept {
        const std::uint32_t index = in_.u32();
        if (index < module_.imported_functions) return call_body();
        const Callee& to = callee(index);
        const std::uint64_t price =
            static_cast<std::uint64_t>(debt_.owed) + base_price(Op::return_call) + to.frame_price;
        if (price > kMostPrice) return call_body();
        begin_call();
        const Word arguments = fields_number(slot(words_ - to.parameter_words), 0, static_cast<std::uint32_t>(price));
        const bool is_plain = to.local_words == to.parameter_words && to.parameter_words < Handlers::kAnyWords;
        if (is_plain && FuncIdx{index} == request_.function) {
            emit(kHandlers.return_call_self[to.parameter_words], arguments);
            emit_address(0);
        } else {
            emit(kHandlers.return_call[is_plain ? to.parameter_words : Handlers::kAnyWords], arguments,
                 Word{reinterpret_cast<std::uintptr_t>(&to)}, Word{function_.frame_words});
        }
        leave_text();
    }

    void return_() noexcept {
        if (!owe(price(Op::return_, function_.result_words))) return call_body_and_leave();
        emit_return(debt_.owed);
    }

    /// The results are the uppermost operands.
    void emit_return(std::int32_t owed) noexcept {
        if (function_.result_words != 1) {
            flush_kept({0, function_.result_words, 0}, words_);
            return emit_return_from(slot(words_ - function_.result_words), owed);
        }
        Source result = take(words_ - 1);
        materialise(result, words_ - 1);
        const Kind kind = kind_of(result, result_domain_);
        consume(result, kind);
        emit_return_one(result.slot, kind == Kind::accumulator, owed);
    }

    void emit_return_from(std::uint32_t first, std::int32_t owed) noexcept {
        if (function_.result_words == 1) return emit_return_one(first, false, owed);
        const auto price = static_cast<std::uint32_t>(owed);
        if (function_.result_words == 0) {
            emit(kHandlers.return_none, Word{price}, Word{function_.frame_words});
        } else {
            emit(kHandlers.return_words, fields_number(first, 0, price),
                 Word{function_.frame_words} | Word{function_.result_words} << 32);
        }
        leave_text();
    }

  private:
    [[nodiscard]] const Callee& callee(std::uint32_t index) const noexcept {
        return request_.callees[index - module_.imported_functions];
    }

    /// Which of Handlers::call.
    [[nodiscard]] static std::size_t cleared_by_call(const Callee& to) noexcept {
        const std::uint32_t locals = to.local_words - to.parameter_words;
        const std::uint32_t room = to.frame_words - to.parameter_words;
        for (std::size_t i = 0; i < Handlers::kCleared.size(); ++i) {
            if (Handlers::kCleared[i] >= locals && Handlers::kCleared[i] <= room) return i;
        }
        return Handlers::kAnyLocals;
    }

    void begin_call() noexcept {
        flush(0);
        start_.owed = debt_.owed;
        start_waiting_.count = 0;
        add_point();
    }

    /// The position behind is not known yet.
    void end_call(const FuncType& type) noexcept {
        wait_for_behind(here() - 1, 0);
        std::optional<Domain> result;
        if (type.results.size() == 1 && type.results[0] != kV128) result = domain_of(type.results[0]);
        settled(result);
    }

    void emit_return_one(std::uint32_t from, bool is_accumulator, std::int32_t owed) noexcept {
        emit(kHandlers.return_one[static_cast<std::size_t>(result_domain_)][is_accumulator ? 1 : 0],
             fields_number(from, 0, static_cast<std::uint32_t>(owed)), Word{function_.frame_words});
        leave_text();
    }

    void call_body_and_leave() noexcept {
        call_body();
        leave_text();
    }

    static constexpr std::uint64_t kMostPrice = 0x7FFF'FFFF;

    Domain result_domain_ = Domain::word;
};

} // namespace detent::fast
