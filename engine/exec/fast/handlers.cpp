#include "engine/exec/fast/handlers.hpp"

#include "engine/base/bytes.hpp"
#include "engine/exec/body_array.hpp"
#include "engine/exec/body_control.hpp"
#include "engine/exec/body_exception.hpp"
#include "engine/exec/body_memory.hpp"
#include "engine/exec/body_reference.hpp"
#include "engine/exec/body_struct.hpp"
#include "engine/exec/body_table.hpp"
#include "engine/exec/body_variable.hpp"
#include "engine/exec/body_vector.hpp"
#include "engine/exec/numeric.hpp"
#include "engine/exec/vector_relaxed.hpp"
#include "engine/exec/wide.hpp"

#include <array>
#include <type_traits>

namespace detent::fast {
namespace {

// Operands and results.

template <class T>
[[nodiscard]] T from_word(Word word) noexcept {
    if constexpr (std::is_same_v<T, F32>)
        return F32{static_cast<std::uint32_t>(word)};
    else if constexpr (std::is_same_v<T, F64>)
        return F64{word};
    else
        return static_cast<T>(word);
}

[[nodiscard]] inline Word to_word(std::uint32_t value) noexcept { return value; }
[[nodiscard]] inline Word to_word(std::uint64_t value) noexcept { return value; }
[[nodiscard]] inline Word to_word(F32 value) noexcept { return value.bits; }
[[nodiscard]] inline Word to_word(F64 value) noexcept { return value.bits; }

/// The constant of a cell, as an operand of this type.
template <class T>
[[nodiscard]] T constant_of(std::uint32_t number) noexcept {
    if constexpr (sizeof(T) == 8)
        return static_cast<T>(static_cast<std::int64_t>(static_cast<std::int32_t>(number)));
    else
        return static_cast<T>(number);
}

template <class T, Kind kind>
[[nodiscard]] T operand(const Registers& r, unsigned slot) noexcept {
    const Fields cell{r.cell};
    if constexpr (kind == Kind::accumulator)
        return from_word<T>(r.accumulator);
    else if constexpr (kind == Kind::constant)
        return constant_of<T>(cell.number());
    else
        return from_word<T>(r.frame[cell.slot(slot)]);
}

inline void set_result(Registers& r, Word word) noexcept {
    r.frame[Fields{r.cell}.slot(0)] = word;
    r.accumulator = word;
}

[[nodiscard]] inline Go leave(Registers& r, Leave why) noexcept {
    r.context->leave = why;
    return Go::leave;
}

/// What a field points to. Fields are words on every machine.
template <class T = Word>
[[nodiscard]] const T* address_in(Word word) noexcept {
    return reinterpret_cast<const T*>(static_cast<std::uintptr_t>(word)); // NOLINT(performance-no-int-to-ptr)
}

// Numeric instructions.

template <class Result>
[[nodiscard]] Go finish(Registers& r, Result result, std::uint32_t size) noexcept {
    set_result(r, to_word(result));
    r.cell += size;
    return Go::next;
}

template <class Result>
[[nodiscard]] Go finish(Registers& r, Checked<Result> result, std::uint32_t size) noexcept {
    if (result.trapped) [[unlikely]]
        return leave(r, Leave::at_cell);
    return finish(r, result.value, size);
}

template <auto function, Kind kind>
struct Unary;
template <class Result, class A, Result (*function)(A) noexcept, Kind kind>
struct Unary<function, kind> {
    static Go run(Registers& r) noexcept { return finish(r, function(operand<A, kind>(r, 1)), Size::kUnary); }
};

/// A constant stands where the second slot would, so that the other operand is slot 1.
template <auto function, Kind first, Kind second>
struct Binary;
template <class Result, class A, class B, Result (*function)(A, B) noexcept, Kind first, Kind second>
struct Binary<function, first, second> {
    static Go run(Registers& r) noexcept {
        const A a = operand<A, first>(r, 1);
        const B b = operand<B, second>(r, first == Kind::constant ? 1 : 2);
        return finish(r, function(a, b), Size::kBinary);
    }
};

// Branches.

template <bool is_back>
[[nodiscard]] Go take(Registers& r, Word target, Word delta) noexcept {
    r.fuel += static_cast<std::int32_t>(delta);
    r.cell = address_in(target);
    if constexpr (is_back) {
        if (r.fuel < 0) [[unlikely]]
            return leave(r, Leave::at_entry);
    }
    return Go::next;
}

template <bool is_back>
struct Jump {
    static Go run(Registers& r) noexcept { return take<is_back>(r, r.cell[At::kJumpTarget], r.cell[At::kJumpDelta]); }
};

template <BranchKind kind>
[[nodiscard]] Go take_if(Registers& r, bool condition) noexcept {
    if (condition == kind.sense) return take<kind.is_back>(r, r.cell[At::kBranchTarget], r.cell[At::kBranchDelta]);
    r.cell += Size::kBranchIf;
    return Go::next;
}

template <Kind condition, bool is_back, bool sense>
struct BranchIf {
    static Go run(Registers& r) noexcept {
        return take_if<BranchKind{is_back, sense}>(r, operand<std::uint32_t, condition>(r, 0) != 0);
    }
};

template <auto function, Kind first, Kind second, bool is_back, bool sense>
struct BranchCompare;
template <class A, std::uint32_t (*function)(A, A) noexcept, Kind first, Kind second, bool is_back, bool sense>
struct BranchCompare<function, first, second, is_back, sense> {
    static Go run(Registers& r) noexcept {
        return take_if<BranchKind{is_back, sense}>(r, function(operand<A, first>(r, 0), operand<A, second>(r, 1)) != 0);
    }
};

struct Table {
    static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const auto index = static_cast<std::uint32_t>(r.frame[cell.slot(0)]);
        const std::uint32_t chosen = index < cell.number() ? index : cell.number();
        const Word* const target = r.cell + Size::kTable + std::size_t{chosen} * Size::kTarget;
        if ((target[1] & kTargetIsCheck) != 0) return take<true>(r, target[0], target[1]);
        return take<false>(r, target[0], target[1]);
    }
};

// Memory.

template <class Stored, class Loaded, Kind kind>
struct Load {
    static Go run(Registers& r) noexcept {
        const std::uint64_t end = operand<std::uint32_t, kind>(r, 1) + r.cell[At::kAccessEnd];
        if (end > r.memory_size) [[unlikely]]
            return leave(r, Leave::at_cell);
        const auto stored = read_little_endian<Stored>(r.memory + (end - sizeof(Stored)));
        return finish(r, static_cast<Loaded>(stored), Size::kAccess);
    }
};

template <class Stored, Kind address, Kind value>
struct Store {
    static Go run(Registers& r) noexcept {
        const std::uint64_t end = operand<std::uint32_t, address>(r, 0) + r.cell[At::kAccessEnd];
        if (end > r.memory_size) [[unlikely]]
            return leave(r, Leave::at_cell);
        using Value = std::conditional_t<sizeof(Stored) == 8, std::uint64_t, std::uint32_t>;
        write_little_endian(r.memory + (end - sizeof(Stored)), static_cast<Stored>(operand<Value, value>(r, 1)));
        r.cell += Size::kAccess;
        return Go::next;
    }
};

// What moves words.

struct Move {
    static Go run(Registers& r) noexcept {
        set_result(r, r.frame[Fields{r.cell}.slot(1)]);
        r.cell += Size::kMove;
        return Go::next;
    }
};

struct Constant {
    static Go run(Registers& r) noexcept {
        set_result(r, r.cell[2]);
        r.cell += Size::kConstant;
        return Go::next;
    }
};

/// To lower slots, or as they are.
struct MoveWords {
    static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        Word* const to = r.frame + cell.slot(0);
        const Word* const from = r.frame + cell.slot(1);
        for (std::uint32_t i = 0; i < cell.number(); ++i)
            to[i] = from[i];
        r.cell += Size::kMove;
        return Go::next;
    }
};

struct Select {
    static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const bool is_first = static_cast<std::uint32_t>(r.frame[cell.slot(2)]) != 0;
        set_result(r, r.frame[cell.slot(is_first ? 0 : 1)]);
        r.cell += Size::kMove;
        return Go::next;
    }
};

[[nodiscard]] inline GlobalCell& global(const Registers& r) noexcept {
    const Context& context = *r.context;
    return context.global_cells[number(context.globals[Fields{r.cell}.number()])];
}

struct GlobalGet {
    static Go run(Registers& r) noexcept {
        set_result(r, global(r).low);
        r.cell += Size::kGlobal;
        return Go::next;
    }
};

struct GlobalSet {
    static Go run(Registers& r) noexcept {
        global(r).low = r.frame[Fields{r.cell}.slot(0)];
        r.cell += Size::kGlobal;
        return Go::next;
    }
};

struct Pass {
    static Go run(Registers& r) noexcept {
        r.cell += 1;
        return Go::next;
    }
};

// Calls.

struct Check {
    static Go run(Registers& r) noexcept {
        const std::int64_t fuel = r.fuel - static_cast<std::int64_t>(r.cell[1]);
        if (fuel < 0) [[unlikely]]
            return leave(r, Leave::at_cell);
        r.fuel = fuel;
        r.cell += Size::kCheck;
        return Go::next;
    }
};

/// What is behind the call: the position, and the entries of the side table before it.
struct Behind {
    Word word;
    [[nodiscard]] std::uint32_t position() const noexcept { return static_cast<std::uint32_t>(word); }
    [[nodiscard]] std::uint32_t branch() const noexcept { return static_cast<std::uint32_t>(word >> 32); }
};

/// MET-7, MET-10. What is refused, what has no room here, and what is not lowered yet is the stepper's.
[[nodiscard]] inline Go enter(Registers& r, const Callee& callee, Word* frame, std::int64_t price, Behind behind,
                              std::uint32_t size) noexcept {
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
    for (std::uint32_t i = callee.parameter_words; i < callee.local_words; ++i)
        frame[i] = 0;
    r.frame = frame;
    r.fuel = fuel;
    r.cell = entry;
    return Go::next;
}

struct Call {
    static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const auto& callee = *address_in<Callee>(r.cell[2]);
        return enter(r, callee, r.frame + cell.slot(0), cell.number(), Behind{r.cell[3]}, Size::kCall);
    }
};

/// Callees of the same instance and of the very type; the others are the stepper's, and so are the traps.
struct CallIndirect {
    static Go run(Registers& r) noexcept {
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
[[nodiscard]] inline Go return_from(Registers& r, std::uint32_t frame_words, std::uint32_t results,
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
    static Go run(Registers& r) noexcept {
        return return_from(r, static_cast<std::uint32_t>(r.cell[2]), 0, static_cast<std::int64_t>(r.cell[1]));
    }
};

struct ReturnOne {
    static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        r.frame[0] = r.frame[cell.slot(0)];
        return return_from(r, static_cast<std::uint32_t>(r.cell[2]), 1, cell.number());
    }
};

struct ReturnWords {
    static Go run(Registers& r) noexcept {
        const Fields cell{r.cell};
        const auto count = static_cast<std::uint32_t>(r.cell[2] >> 32);
        const Word* const from = r.frame + cell.slot(0);
        for (std::uint32_t i = 0; i < count; ++i)
            r.frame[i] = from[i];
        return return_from(r, static_cast<std::uint32_t>(r.cell[2]), count, cell.number());
    }
};

struct StepOut {
    static Go run(Registers& r) noexcept { return step_out(r); }
};

// The tables: a row for each instruction.

using Unaries = std::array<Handler, kKinds>;
using Binaries = std::array<std::array<Handler, kKinds>, kKinds>;
/// By back and sense.
using Compares = std::array<std::array<Binaries, 2>, 2>;

struct OpHandlers {
    Unaries unary{};
    Binaries binary{};
    Compares compare{};
    bool may_trap = false;
};

template <class T>
inline constexpr bool kMayTrap = false;
template <class T>
inline constexpr bool kMayTrap<Checked<T>> = true;

template <class T>
inline constexpr bool kIsInteger = std::is_same_v<T, std::uint32_t> || std::is_same_v<T, std::uint64_t>;
template <class T>
inline constexpr bool kIsNumber = kIsInteger<T> || std::is_same_v<T, F32> || std::is_same_v<T, F64>;

template <class T>
inline constexpr bool kIsNumber<Checked<T>> = kIsNumber<T>;

constexpr bool is_comparison(Op op) noexcept { return op >= Op::i32_eq && op <= Op::f64_ge && op != Op::i64_eqz; }

/// What is no plain instruction over numbers has none.
template <Op op, class Signature, auto function>
struct Make {
    static constexpr OpHandlers make() noexcept { return {}; }
};

template <Op op, class Result, class A, auto function>
    requires(kIsNumber<Result> && kIsNumber<A>)
struct Make<op, Result (*)(A) noexcept, function> {
    static constexpr OpHandlers make() noexcept {
        OpHandlers made;
        made.may_trap = kMayTrap<Result>;
        made.unary[0] = &handle<Unary<function, Kind::slot>>;
        made.unary[1] = &handle<Unary<function, Kind::accumulator>>;
        return made;
    }
};

template <Op op, class Result, class A, auto function>
    requires(kIsNumber<Result> && kIsNumber<A>)
struct Make<op, Result (*)(A, A) noexcept, function> {
    template <Kind first, Kind second, bool is_back, bool sense>
    static constexpr void add_compare(OpHandlers& made) noexcept {
        made.compare[is_back][sense][static_cast<std::size_t>(first)][static_cast<std::size_t>(second)] =
            &handle<BranchCompare<function, first, second, is_back, sense>>;
    }

    template <Kind first, Kind second>
    static constexpr void add(OpHandlers& made) noexcept {
        made.binary[static_cast<std::size_t>(first)][static_cast<std::size_t>(second)] =
            &handle<Binary<function, first, second>>;
        if constexpr (is_comparison(op) && first != Kind::constant) {
            add_compare<first, second, false, false>(made);
            add_compare<first, second, false, true>(made);
            add_compare<first, second, true, false>(made);
            add_compare<first, second, true, true>(made);
        }
    }

    static constexpr OpHandlers make() noexcept {
        OpHandlers made;
        made.may_trap = kMayTrap<Result>;
        add<Kind::slot, Kind::slot>(made);
        add<Kind::slot, Kind::accumulator>(made);
        add<Kind::accumulator, Kind::slot>(made);
        add<Kind::accumulator, Kind::accumulator>(made);
        if constexpr (kIsInteger<A>) {
            add<Kind::slot, Kind::constant>(made);
            add<Kind::accumulator, Kind::constant>(made);
            add<Kind::constant, Kind::slot>(made);
            add<Kind::constant, Kind::accumulator>(made);
        }
        return made;
    }
};

constexpr OpHandlers kNumeric[] = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    Make<Op::identifier, decltype(&body::identifier), &body::identifier>::make(),
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

constexpr std::size_t at(Kind kind) noexcept { return static_cast<std::size_t>(kind); }

using body::S32;
using body::U32;
using body::U64;

template <class Stored, class Loaded>
constexpr Unaries kLoads = {&handle<Load<Stored, Loaded, Kind::slot>>,
                            &handle<Load<Stored, Loaded, Kind::accumulator>>};

template <class Stored, Kind address>
constexpr Unaries kStoresOf = {&handle<Store<Stored, address, Kind::slot>>,
                               &handle<Store<Stored, address, Kind::accumulator>>,
                               &handle<Store<Stored, address, Kind::constant>>};
template <class Stored>
constexpr Binaries kStores = {kStoresOf<Stored, Kind::slot>, kStoresOf<Stored, Kind::accumulator>};

template <Kind condition>
constexpr Handler kBranchIf[2][2] = {
    {&handle<BranchIf<condition, false, false>>, &handle<BranchIf<condition, false, true>>},
    {&handle<BranchIf<condition, true, false>>, &handle<BranchIf<condition, true, true>>}};

} // namespace

Handler unary_handler(Op op, Kind operand) noexcept {
    return kNumeric[static_cast<std::size_t>(op)].unary[at(operand)];
}

bool can_leave(Op op) noexcept { return kNumeric[static_cast<std::size_t>(op)].may_trap; }

Handler binary_handler(Op op, Kind first, Kind second) noexcept {
    return kNumeric[static_cast<std::size_t>(op)].binary[at(first)][at(second)];
}

Handler branch_compare_handler(Op op, Kind first, Kind second, BranchKind kind) noexcept {
    const Compares& all = kNumeric[static_cast<std::size_t>(op)].compare;
    return all[kind.is_back ? 1 : 0][kind.sense ? 1 : 0][at(first)][at(second)];
}

Handler branch_if_handler(Kind condition, BranchKind kind) noexcept {
    const auto& all = condition == Kind::slot ? kBranchIf<Kind::slot> : kBranchIf<Kind::accumulator>;
    return all[kind.is_back ? 1 : 0][kind.sense ? 1 : 0];
}

Handler load_handler(Op op, Kind address) noexcept {
#define LOAD(identifier, stored, loaded)                                                                               \
    if (op == Op::identifier) return kLoads<stored, loaded>[at(address)];
#define STORE(identifier, stored)
#include "engine/exec/accesses.def"
#undef STORE
#undef LOAD
    return nullptr;
}

Handler store_handler(Op op, Kind address, Kind value) noexcept {
#define LOAD(identifier, stored, loaded)
#define STORE(identifier, stored)                                                                                      \
    if (op == Op::identifier) return kStores<stored>[at(address)][at(value)];
#include "engine/exec/accesses.def"
#undef STORE
#undef LOAD
    return nullptr;
}

constinit const Handlers kHandlers = {
    .move = &handle<Move>,
    .constant = &handle<Constant>,
    .move_words = &handle<MoveWords>,
    .select = &handle<Select>,
    .global_get = &handle<GlobalGet>,
    .global_set = &handle<GlobalSet>,
    .jump = &handle<Jump<false>>,
    .jump_back = &handle<Jump<true>>,
    .table = &handle<Table>,
    .pass = &handle<Pass>,
    .check = &handle<Check>,
    .call = &handle<Call>,
    .call_indirect = &handle<CallIndirect>,
    .return_none = &handle<ReturnNone>,
    .return_one = &handle<ReturnOne>,
    .return_words = &handle<ReturnWords>,
    .step = &handle<StepOut>,
};

} // namespace detent::fast
