// The handlers of control, of calls, and of what moves words. For the files of handlers only.
#pragma once

#include "engine/exec/fast/transfer.hpp"
#include "engine/exec/machine.hpp"

namespace detent::fast {

template <bool is_back, bool turns = false>
struct Jump {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept { return take<is_back, At::kJumpTarget, turns>(r); }
};

template <Kind kind>
struct Table {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const auto index = operand<std::uint32_t, kind>(r, 0);
        const std::uint32_t chosen = index < cell.number() ? index : cell.number();
        const Word* const table = r.cell;
        const Word* const target = table + Size::kTable + std::size_t{chosen} * Size::kTarget;
        if constexpr (kCountsFuel) r.fuel += static_cast<std::int64_t>(target[1]);
        r.cell = address_in(target[0]);
        if (r.fuel < 0) [[unlikely]]
            return r.cell <= table ? leave(r, Leave::at_entry) : Go::away;
        return Go::away;
    }
};

struct Pass {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept { return go_on(r, 1); }
};

/// Gives the locals of a loop their registers.
template <std::size_t words, std::size_t f64s, std::size_t f32s>
struct LoadPins {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields slots{r.cell};
        const Fields f64_slots{r.cell + 1};
        const Fields f32_slots{r.cell + 2};
        for (unsigned i = 0; i < words; ++i)
            r.pins[i] = r.frame[slots.slot(i)];
        for (unsigned i = 0; i < f64s; ++i)
            r.f64_pins[i] = from_word<F64>(r.frame[f64_slots.slot(i)]);
        for (unsigned i = 0; i < f32s; ++i)
            r.f32_pins[i] = from_word<F32>(r.frame[f32_slots.slot(i)]);
        return go_on(r, Size::kPins);
    }
};

struct Check {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const std::int64_t fuel = paid(r, static_cast<std::int64_t>(r.cell[1]));
        if (fuel < 0) [[unlikely]]
            return leave(r, Leave::at_cell);
        r.fuel = fuel;
        return go_on(r, Size::kCheck);
    }
};

// What moves words.

template <class T, Kind from>
struct Move {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return finish<place>(r, operand<T, from>(r, 1), Size::kMove);
        }
    };
};

template <class T>
struct Constant {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return finish<place>(r, from_word<T>(r.cell[2]), Size::kConstant);
        }
    };
};

/// To lower slots, or as they are.
struct MoveWords {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        Word* const to = r.frame + cell.slot(0);
        const Word* const from = r.frame + cell.slot(1);
        const std::uint32_t count = cell.number();
        for (std::uint32_t i = 0; i < count; ++i) {
            to[i] = from[i];
            asm volatile(""); // no call of memmove, which would have all registers saved
        }
        return go_on(r, Size::kMove);
    }
};

/// Constants behind the slots, the first one first.
template <Kind first, Kind second, Kind condition>
struct Select {
    static constexpr std::uint32_t kSecondConstant = Size::kSelect + (first == Kind::constant ? 1 : 0);
    static constexpr std::uint32_t kSize = kSecondConstant + (second == Kind::constant ? 1 : 0);

    template <Kind kind>
    [[nodiscard, gnu::always_inline]] static Word value(const Registers& r, unsigned slot,
                                                        std::uint32_t constant) noexcept {
        if constexpr (kind == Kind::constant)
            return r.cell[constant];
        else if constexpr (kind == Kind::slot)
            // Volatile: compilers would choose between addresses, and the load would wait for the condition.
            return *static_cast<const volatile Word*>(&r.frame[Fields{r.cell}.slot(slot)]);
        else
            return operand<Word, kind>(r, slot);
    }

    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            const Word if_true = value<first>(r, 1, Size::kSelect);
            const Word if_false = value<second>(r, 2, kSecondConstant);
            const bool is_true = operand<std::uint32_t, condition>(r, 3) != 0;
            return finish<place>(r, choose(is_true, if_true, if_false), kSize);
        }
    };
};

/// Globals of this instance that it imports, and its own.
struct AnyGlobal {
    [[nodiscard, gnu::always_inline]] static GlobalCell& at(const Registers& r) noexcept {
        const Context& context = *r.context;
        return context.global_cells[number(context.globals[Fields{r.cell}.number()])];
    }
};
struct OwnGlobal {
    [[nodiscard, gnu::always_inline]] static GlobalCell& at(const Registers& r) noexcept {
        return r.context->own_globals[Fields{r.cell}.number()];
    }
};

template <class Global>
struct GlobalGet {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return finish<place>(r, Word{Global::at(r).low}, Size::kGlobal);
        }
    };
};

template <class Global, Kind value>
struct GlobalSet {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        Global::at(r).low = operand<Word, value>(r, 0);
        return go_on(r, Size::kGlobal);
    }
};

struct MemorySize {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return finish<place>(r, Word{r.context->memory_bytes >> Fields{r.cell}.number()}, Size::kMove);
        }
    };
};

/// What copies or fills bytes of memory 0, addressed by 32 bits (MET-5): bounds, then base and amount, then the work.
/// A refusal is the stepper's, and so is what cannot be paid.
template <bool is_fill>
struct Bulk {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const std::uint64_t to = operand<std::uint32_t, Kind::slot>(r, 0);
        const std::uint64_t from = operand<std::uint32_t, Kind::slot>(r, 1);
        const std::uint64_t count = operand<std::uint32_t, Kind::slot>(r, 2);
        const std::uint64_t numerator = static_cast<std::uint32_t>(r.cell[3]);
        const std::uint64_t denominator = r.cell[3] >> 32;
        const std::uint64_t amount = (count * numerator + denominator - 1) / denominator;
        const std::uint64_t end = (is_fill || to > from ? to : from) + count;
        if (end > r.context->touched) [[unlikely]]
            return leave_access(r, end);
        const std::uint64_t price = r.cell[2] + amount;
        const std::int64_t fuel = paid(r, static_cast<std::int64_t>(price));
        if (price > kMostPrice || fuel < 0) [[unlikely]]
            return leave(r, Leave::at_cell);
        r.fuel = fuel;
        const auto bytes = static_cast<std::size_t>(count);
        if (bytes != 0 && is_fill) std::memset(r.memory + to, static_cast<std::uint8_t>(from), bytes);
        if (bytes != 0 && !is_fill) std::memmove(r.memory + to, r.memory + from, bytes);
        return go_on(r, Size::kBulk + Fields{r.cell}.slot(3));
    }

    static constexpr std::uint64_t kMostPrice = std::uint64_t{1} << 62;
};

// Calls.

/// Of a frame, those that are no parameters. Two at once, and by no call of memset, which would have all registers
/// saved.
[[gnu::always_inline]] inline void clear_any_locals(Word* frame, const Callee& callee) noexcept {
    Word* local = frame + callee.parameter_words;
    Word* const end = frame + callee.local_words;
    for (; end - local >= 2; local += 2) {
        local[0] = 0;
        local[1] = 0;
        asm volatile("");
    }
    if (local != end) *local = 0;
}

/// Of a callee's frame, before it is the top one. By number in Handlers::call.
template <std::size_t locals>
[[gnu::always_inline]] inline void clear_locals(const Registers& r, const Callee& callee) noexcept {
    const Fields cell{r.cell};
    if constexpr (locals == Handlers::kAnyLocals) {
        clear_any_locals(r.frame + cell.slot(0), callee);
    } else {
        Word* const first = r.frame + cell.slot(1);
        for (std::uint32_t i = 0; i < Handlers::kCleared[locals]; ++i)
            first[i] = 0;
    }
}

/// MET-7, MET-10. What is refused, what has no room here, and what is not lowered yet is the stepper's.
template <std::size_t locals>
[[nodiscard, gnu::always_inline]] inline Go enter(Registers& r, const Callee& callee, std::int64_t price) noexcept {
    Context& context = *r.context;
    const Word* const entry = callee.entry.load(std::memory_order_acquire);
    const std::int64_t fuel = paid(r, price);
    const std::int64_t budget = context.budget - callee.budget();
    if (fuel < 0 || entry == nullptr || budget < 0) [[unlikely]]
        return leave(r, Leave::at_cell);
    clear_locals<locals>(r, callee);
    context.budget = budget;
    Frame* const top = context.top + 1;
    context.top = top;
    const std::uint32_t delta = Fields{r.cell}.slot(0);
    top->code = nullptr;
    top->delta = delta;
    top->callee = &callee;
    top->resume = r.cell + Size::kCall;
    r.frame += delta;
    r.fuel = fuel;
    r.cell = entry;
    return Go::away;
}

template <std::size_t locals>
struct Call {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return enter<locals>(r, *address_in<Callee>(r.cell[2]), Fields{r.cell}.number());
    }
};

/// The parameters of a tail call, upwards, since what is written may be read further on.
template <std::size_t count>
[[gnu::always_inline]] inline void move_parameters(Word* to, const Word* from) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        Word word = from[i];
        asm volatile("" : "+r"(word)); // not two at once: they were just written one by one
        to[i] = word;
    }
}

/// In place of the top frame, whose words go back. `count` parameters and no further locals, or any.
template <std::size_t count>
struct ReturnCall {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        Context& context = *r.context;
        const auto& callee = *address_in<Callee>(r.cell[2]);
        const Word* const entry = callee.entry.load(std::memory_order_acquire);
        const std::int64_t fuel = paid(r, cell.number());
        const std::int64_t budget = context.budget + static_cast<std::int64_t>(r.cell[3]) - callee.frame_words;
        if (fuel < 0 || entry == nullptr || budget < 0) [[unlikely]]
            return leave(r, Leave::at_cell);
        context.budget = budget;
        context.top->function = FuncIdx{callee.index};
        context.top->callee = &callee;
        const Word* const from = r.frame + cell.slot(0);
        if constexpr (count == Handlers::kAnyWords) {
            for (std::uint32_t i = 0; i < callee.parameter_words; ++i) {
                r.frame[i] = from[i];
                asm volatile(""); // no call of memmove
            }
            clear_any_locals(r.frame, callee);
        } else {
            move_parameters<count>(r.frame, from);
        }
        r.fuel = fuel;
        r.cell = entry;
        return Go::away;
    }
};

/// Of the function itself, which has no locals but its `count` parameters: all else of the frame stays as it is.
template <std::size_t count>
struct ReturnCallSelf {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const std::int64_t fuel = paid(r, cell.number());
        if (fuel < 0) [[unlikely]]
            return leave(r, Leave::at_cell);
        move_parameters<count>(r.frame, r.frame + cell.slot(0));
        r.fuel = fuel;
        r.cell = address_in(r.cell[2]);
        return Go::away;
    }
};

/// Callees of the same instance and of the very type, by table 0; the others are the stepper's, and so are the traps.
struct CallIndirect {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const Context& context = *r.context;
        const Word index = operand<Word, Kind::slot>(r, 1);
        if (index >= context.table_size) [[unlikely]]
            return leave(r, Leave::at_cell);
        const Ref ref(context.table[static_cast<std::size_t>(index)]);
        if (ref.is_null()) [[unlikely]]
            return leave(r, Leave::at_cell);
        const Function& function = context.functions[number(ref.func_address())];
        const bool is_ours = function.host == nullptr && function.instance == context.instance &&
                             function.canonical == address_in<CanonicalType>(r.cell[2]);
        if (!is_ours) [[unlikely]]
            return leave(r, Leave::at_cell);
        const Callee& callee = context.callees[number(function.index) - context.imported_functions];
        const std::int64_t price = std::int64_t{cell.number()} + callee.frame_price;
        return enter<Handlers::kAnyLocals>(r, callee, price);
    }
};

/// The top frame goes; `results` words are in place at its beginning.
[[nodiscard, gnu::always_inline]] inline Go return_from(Registers& r, std::int64_t frame_words, std::uint32_t results,
                                                        std::int64_t price) noexcept {
    Context& context = *r.context;
    r.fuel = paid(r, price);
    context.budget += frame_words + 1;
    Frame* const top = context.top;
    if (top->resume == nullptr || r.fuel < 0) [[unlikely]] {
        context.results = results;
        return leave(r, Leave::returned);
    }
    // There is a frame below, which called this one.
    context.top = top - 1;
    r.cell = top->resume;
    r.frame -= top->delta;
    return Go::away;
}

struct ReturnNone {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return return_from(r, static_cast<std::int64_t>(r.cell[2]), 0, static_cast<std::int64_t>(r.cell[1]));
    }
};

/// The result is in the accumulator too, behind the call.
template <class T, Kind kind>
struct ReturnOne {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const T result = operand<T, kind>(r, 0);
        r.frame[0] = to_word(result);
        if constexpr (std::is_same_v<T, F64>)
            r.f64_accumulator = result;
        else if constexpr (std::is_same_v<T, F32>)
            r.f32_accumulator = result;
        else
            r.accumulator = result;
        return return_from(r, static_cast<std::int64_t>(r.cell[2]), 1, cell.number());
    }
};

struct ReturnWords {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const auto count = static_cast<std::uint32_t>(r.cell[2] >> 32);
        const Word* const from = r.frame + cell.slot(0);
        for (std::uint32_t i = 0; i < count; ++i) {
            r.frame[i] = from[i];
            asm volatile(""); // no call of memmove
        }
        return return_from(r, static_cast<std::uint32_t>(r.cell[2]), count, cell.number());
    }
};

struct MoveTwo {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        r.frame[Fields{r.cell}.slot(0)] = operand<Word, Kind::slot>(r, 1);
        r.accumulator = operand<Word, Kind::slot>(r, 3);
        r.frame[Fields{r.cell}.slot(2)] = r.accumulator;
        return go_on(r, Size::kMove);
    }
};

/// By way of the context: registers whose address is known would have to stay in memory, and in the native stack.
struct CallBody {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        Context& context = *r.context;
        context.registers = r;
        const Go go = call_body(context);
        r = context.registers;
        return go;
    }
};

} // namespace detent::fast
