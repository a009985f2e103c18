// Handlers of control, calls, and of what moves words.
#include "engine/exec/fast/transfer.hpp"

#include "engine/exec/machine.hpp"

namespace detent::fast {

#ifdef DETENT_TAIL_CALLS

DETENT_HANDLER_CONVENTION void keep(DETENT_HANDLER_PARAMETERS) {
    context->registers = registers_of(DETENT_HANDLER_ARGUMENTS);
}

void run(Registers& r) noexcept {
    Context* const context = r.context;
    handler_at(r.cell)(DETENT_HANDLER_ARGUMENTS_OF(r));
    r = context->registers;
}

#endif

namespace {

template <bool is_back>
struct Jump {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return take<is_back>(r, r.cell[At::kJumpTarget], r.cell[At::kJumpDelta]);
    }
};

struct Table {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const auto index = static_cast<std::uint32_t>(r.frame[cell.slot(0)]);
        const std::uint32_t chosen = index < cell.number() ? index : cell.number();
        const Word* const target = r.cell + Size::kTable + std::size_t{chosen} * Size::kTarget;
        const Word delta = target[1];
        r.fuel += static_cast<std::int32_t>(delta);
        r.cell = address_in(target[0]);
        if (r.fuel < 0 && (delta & kTargetIsCheck) != 0) [[unlikely]]
            return leave(r, Leave::at_entry);
        return Go::next;
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
        const Fields float_slots{r.cell + 1};
        for (unsigned i = 0; i < words; ++i)
            r.pins[i] = r.frame[slots.slot(i)];
        for (unsigned i = 0; i < f64s; ++i)
            r.f64_pins[i] = from_word<F64>(r.frame[float_slots.slot(i)]);
        for (unsigned i = 0; i < f32s; ++i)
            r.f32_pins[i] = from_word<F32>(r.frame[float_slots.slot(2 + i)]);
        return go_on(r, Size::kPins);
    }
};

struct Check {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const std::int64_t fuel = r.fuel - static_cast<std::int64_t>(r.cell[1]);
        if (fuel < 0) [[unlikely]]
            return leave(r, Leave::at_cell);
        r.fuel = fuel;
        return go_on(r, Size::kCheck);
    }
};

// What moves words.

template <class T>
struct Move {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return finish<place>(r, operand<T, Kind::slot>(r, 1), Size::kMove);
        }
    };
};

template <Place place>
struct Constant {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept { return finish<place>(r, r.cell[2], Size::kConstant); }
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

template <Kind condition>
struct Select {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            const Word first = operand<Word, Kind::slot>(r, 1);
            const Word second = operand<Word, Kind::slot>(r, 2);
            return finish<place>(r, operand<std::uint32_t, condition>(r, 3) != 0 ? first : second, Size::kMove);
        }
    };
};

[[nodiscard, gnu::always_inline]] inline GlobalCell& global(const Registers& r) noexcept {
    const Context& context = *r.context;
    return context.global_cells[number(context.globals[Fields{r.cell}.number()])];
}

template <Place place>
struct GlobalGet {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return finish<place>(r, Word{global(r).low}, Size::kGlobal);
    }
};

struct GlobalSet {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        global(r).low = r.frame[Fields{r.cell}.slot(0)];
        return go_on(r, Size::kGlobal);
    }
};

// Calls.

/// What is behind the call: the position, and the entries of the side table before it.
struct Behind {
    Word word;
    [[nodiscard]] std::uint32_t position() const noexcept { return static_cast<std::uint32_t>(word); }
    [[nodiscard]] std::uint32_t branch() const noexcept { return static_cast<std::uint32_t>(word >> 32); }
};

/// MET-7, MET-10. What is refused, what has no room here, and what is not lowered yet is the stepper's.
[[nodiscard, gnu::always_inline]] inline Go enter(Registers& r, const Callee& callee, Word* frame, std::int64_t price,
                                                  Behind behind, std::uint32_t size) noexcept {
    Context& context = *r.context;
    const Word* const entry = callee.entry.load(std::memory_order_acquire);
    const std::int64_t fuel = r.fuel - price;
    const std::uint64_t words = context.frame_words + callee.frame_words;
    const bool has_room = context.top + 1 != context.frames_end && words <= context.most_frame_words &&
                          callee.frame_words <= static_cast<std::size_t>(context.stack_end - frame);
    if (fuel < 0 || entry == nullptr || !has_room) [[unlikely]]
        return leave(r, Leave::at_cell);
    Frame& caller = *context.top;
    caller.position = behind.position();
    caller.branch = behind.branch();
    Frame& top = *++context.top;
    top.instance = caller.instance;
    top.function = FuncIdx{callee.index};
    top.code = caller.code;
    top.base = static_cast<std::uint32_t>(frame - context.stack);
    top.resume = r.cell + size;
    context.frame_words = words;
    for (std::uint32_t i = callee.parameter_words; i < callee.local_words; ++i) {
        frame[i] = 0;
        asm volatile(""); // no call of memset, which would have all registers saved
    }
    r.frame = frame;
    r.fuel = fuel;
    r.cell = entry;
    return Go::next;
}

struct Call {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const auto& callee = *address_in<Callee>(r.cell[2]);
        return enter(r, callee, r.frame + cell.slot(0), cell.number(), Behind{r.cell[3]}, Size::kCall);
    }
};

/// Callees of the same instance and of the very type; the others are the stepper's, and so are the traps.
struct CallIndirect {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        Machine& machine = *r.context->machine;
        Word* const operand = r.frame + cell.slot(0);
        const InstanceAddr instance = r.context->top->instance;
        detent::Table& table =
            machine.store().table(machine.store().instance(instance).tables[static_cast<std::size_t>(r.cell[4])]);
        if (*operand >= table.words.size()) [[unlikely]]
            return leave(r, Leave::at_cell);
        const Ref ref(table.words[static_cast<std::size_t>(*operand)]);
        if (ref.is_null()) [[unlikely]]
            return leave(r, Leave::at_cell);
        const Function& function = machine.store().function(ref.func_address());
        const bool is_ours = function.host == nullptr && function.instance == instance &&
                             function.canonical == address_in<CanonicalType>(r.cell[2]);
        if (!is_ours) [[unlikely]]
            return leave(r, Leave::at_cell);
        const Callee& callee = r.context->callees[number(function.index) - r.context->imported_functions];
        const std::int64_t price = std::int64_t{cell.number()} + callee.frame_price;
        return enter(r, callee, operand - callee.parameter_words, price, Behind{r.cell[3]}, Size::kCallIndirect);
    }
};

/// The top frame goes; `results` words are in place at its beginning.
[[nodiscard, gnu::always_inline]] inline Go return_from(Registers& r, std::uint32_t frame_words, std::uint32_t results,
                                                        std::int64_t price) noexcept {
    Context& context = *r.context;
    r.fuel -= price;
    context.frame_words -= frame_words;
    const Word* const resume = context.top->resume;
    --context.top;
    if (resume == nullptr || r.fuel < 0) [[unlikely]] {
        context.height = static_cast<std::uint32_t>(r.frame - context.stack) + results;
        return leave(r, Leave::returned);
    }
    r.frame = context.stack + context.top->base;
    r.cell = resume;
    return Go::next;
}

struct ReturnNone {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return return_from(r, static_cast<std::uint32_t>(r.cell[2]), 0, static_cast<std::int64_t>(r.cell[1]));
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
        return return_from(r, static_cast<std::uint32_t>(r.cell[2]), 1, cell.number());
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

struct StepOut {
    static Go run(Registers& r) noexcept { return step_out(r); }
};

// Tables.

template <class T>
constexpr std::array<Handler, 2> kReturns = {&handle<ReturnOne<T, Kind::slot>>,
                                             &handle<ReturnOne<T, Kind::accumulator>>};

constexpr std::size_t kMostFloatPins = kHasPins ? 2 : 0;
constexpr std::size_t kMostWordPins = kHasPins ? 3 : 0;
using FloatPins = std::array<std::array<Handler, 3>, 3>;
using PinLoads = std::array<FloatPins, 4>;

template <std::size_t words, std::size_t f64s, std::size_t f32s>
constexpr void add_pins(PinLoads& made) noexcept {
    if constexpr (words <= kMostWordPins && f64s <= kMostFloatPins && f32s <= kMostFloatPins) {
        made[words][f64s][f32s] = &handle<LoadPins<words, f64s, f32s>>;
    }
}

template <std::size_t... numbers>
constexpr PinLoads make_pins(std::index_sequence<numbers...>) noexcept {
    PinLoads made{};
    (add_pins<numbers / 9, numbers / 3 % 3, numbers % 3>(made), ...);
    return made;
}

/// In the order of the opcodes, from i32.load on. What is stored is cut off, so that its sign has no meaning.
constexpr Stored kStoredBy[] = {Stored::u32,    Stored::u64,    Stored::f32,    Stored::f64,   Stored::s8_32,
                                Stored::u8,     Stored::s16_32, Stored::u16,    Stored::s8_64, Stored::u8,
                                Stored::s16_64, Stored::u16,    Stored::s32_64, Stored::u32, // loads
                                Stored::u32,    Stored::u64,    Stored::f32,    Stored::f64,   Stored::u8,
                                Stored::u16,    Stored::u8,     Stored::u16,    Stored::u32};
static_assert(std::size(kStoredBy) ==
              static_cast<std::size_t>(Op::i64_store32) - static_cast<std::size_t>(Op::i32_load) + 1);

constexpr PinLoads kPinLoads = make_pins(std::make_index_sequence<36>{});

} // namespace

Handler pins_handler(std::size_t words, std::size_t f64s, std::size_t f32s) noexcept {
    return kPinLoads[words][f64s][f32s];
}

constinit const Handlers kHandlers = {
    .move = {make_places<Word, Move<Word>::Body>(), make_places<F64, Move<F64>::Body>(),
             make_places<F32, Move<F32>::Body>()},
    .constant = make_places<Word, Constant>(),
    .move_words = &handle<MoveWords>,
    .select = {make_places<Word, Select<Kind::slot>::Body>(), make_places<Word, Select<Kind::accumulator>::Body>()},
    .global_get = make_places<Word, GlobalGet>(),
    .global_set = &handle<GlobalSet>,
    .jump = &handle<Jump<false>>,
    .jump_back = &handle<Jump<true>>,
    .table = &handle<Table>,
    .pass = &handle<Pass>,
    .check = &handle<Check>,
    .call = &handle<Call>,
    .call_indirect = &handle<CallIndirect>,
    .return_none = &handle<ReturnNone>,
    .return_one = {kReturns<Word>, kReturns<F64>, kReturns<F32>},
    .return_words = &handle<ReturnWords>,
    .step = &handle<StepOut>,
};

const NumericHandlers* numeric_handlers(Op op) noexcept {
    if (const NumericHandlers* found = i32_handlers(op); found != nullptr) return found;
    if (const NumericHandlers* found = i64_handlers(op); found != nullptr) return found;
    if (const NumericHandlers* found = float_handlers(op); found != nullptr) return found;
    return conversion_handlers(op);
}

bool stored_by(Op op, Stored& stored) noexcept {
    if (op < Op::i32_load || op > Op::i64_store32) return false;
    stored = kStoredBy[static_cast<std::size_t>(op) - static_cast<std::size_t>(Op::i32_load)];
    return true;
}

} // namespace detent::fast
