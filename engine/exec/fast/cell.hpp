// Cells: lowered code. A cell is the address of a handler and, behind it, the handler's fields in words of 64 bits;
// code is a row of cells, and each handler goes on to the next one. How they follow one another is settled here: by
// tail calls where the compiler guarantees them, else by a loop.
#pragma once

#include "engine/exec/floats.hpp"
#include "engine/runtime/memory.hpp"
#include "engine/runtime/value.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace detent {
struct Frame;
struct Function;
class Heap;
class Machine;
enum class Step : std::uint8_t;
} // namespace detent

namespace detent::fast {

using Word = std::uint64_t;

struct Context;

/// By how many cells before it what they wrote can be handed on to a cell of a sequence.
inline constexpr std::size_t kMostHandedOn = 5;

/// What handlers pass on. Where tail calls are guaranteed these are machine registers.
struct Registers {
    /// The cell that is executed.
    const Word* cell = nullptr;
    /// Word 0 of the top frame: its locals, then its operands.
    Word* frame = nullptr;
    std::uint8_t* memory = nullptr;
    /// S - P + owed: see Reserve.
    std::int64_t fuel = 0;
    Context* context = nullptr;
    /// What the last cell wrote: a word, or a float in one of its own.
    Word accumulator = 0;
    F64 f64_accumulator;
    F32 f32_accumulator;
    /// Locals that the innermost loop uses most. Their slots hold the same.
    std::array<Word, 4> pins{};
    std::array<F64, 4> f64_pins{};
    std::array<F32, 2> f32_pins{};
    /// In a sequence: what its cells wrote to slots, the cell that runs first, then those before it. See element.hpp.
    std::array<Word, kMostHandedOn + 1> written{};
};

// Three ways from one handler to the next. clang guarantees tail calls, and has a convention with registers for all of
// them on two machines, which AddressSanitizer cannot do with. GCC makes tail calls where it optimises, of as many
// arguments as have registers; the build says where (DETENT_SIBLING_CALLS), and scripts/check-handlers looks. Elsewhere
// handlers return to a loop.
#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__)) && !defined(DETENT_NO_TAIL_CALLS)
#if __has_cpp_attribute(clang::musttail) && __has_cpp_attribute(clang::preserve_none) &&                               \
    !__has_feature(address_sanitizer)
#define DETENT_TAIL_CALLS 1
#endif
#endif

// Floats go by the registers of their kind, whose moves leave all bits as they are.
#define DETENT_FLOAT_PARAMETERS                                                                                        \
    double f64_accumulator, double f64_pin0, double f64_pin1, double f64_pin2, double f64_pin3, float f32_accumulator, \
        float f32_pin0, float f32_pin1
#define DETENT_FLOAT_ARGUMENTS                                                                                         \
    f64_accumulator, f64_pin0, f64_pin1, f64_pin2, f64_pin3, f32_accumulator, f32_pin0, f32_pin1
#define DETENT_FLOATS_OF(r)                                                                                            \
    native(r.f64_accumulator), native(r.f64_pins[0]), native(r.f64_pins[1]), native(r.f64_pins[2]),                    \
        native(r.f64_pins[3]), native(r.f32_accumulator), native(r.f32_pins[0]), native(r.f32_pins[1])

#if defined(DETENT_TAIL_CALLS)
inline constexpr std::size_t kWordPins = 4;
#define DETENT_HANDLER_CONVENTION __attribute__((preserve_none))
#define DETENT_TAIL [[clang::musttail]]
#define DETENT_HANDLER_PARAMETERS                                                                                      \
    const Word *cell, Word *frame, std::uint8_t *memory, std::int64_t fuel, Context *context, Word accumulator,        \
        Word pin0, Word pin1, Word pin2, Word pin3, DETENT_FLOAT_PARAMETERS
#define DETENT_HANDLER_ARGUMENTS                                                                                       \
    cell, frame, memory, fuel, context, accumulator, pin0, pin1, pin2, pin3, DETENT_FLOAT_ARGUMENTS
#define DETENT_ARGUMENTS_OF(r)                                                                                         \
    r.cell, r.frame, r.memory, r.fuel, r.context, r.accumulator, r.pins[0], r.pins[1], r.pins[2], r.pins[3],           \
        DETENT_FLOATS_OF(r)
#elif defined(DETENT_SIBLING_CALLS) && !defined(DETENT_NO_TAIL_CALLS)
inline constexpr std::size_t kWordPins = 0;
#define DETENT_HANDLER_CONVENTION
#define DETENT_TAIL
#define DETENT_HANDLER_PARAMETERS                                                                                      \
    const Word *cell, Word *frame, std::uint8_t *memory, std::int64_t fuel, Context *context, Word accumulator,        \
        DETENT_FLOAT_PARAMETERS
#define DETENT_HANDLER_ARGUMENTS cell, frame, memory, fuel, context, accumulator, DETENT_FLOAT_ARGUMENTS
#define DETENT_ARGUMENTS_OF(r) r.cell, r.frame, r.memory, r.fuel, r.context, r.accumulator, DETENT_FLOATS_OF(r)
#elif defined(DETENT_NO_WORD_PINS)
inline constexpr std::size_t kWordPins = 0; // as with sibling calls, for bench/sequences
#else
inline constexpr std::size_t kWordPins = 4;
#endif

#ifdef DETENT_HANDLER_PARAMETERS
using Handler = void(DETENT_HANDLER_CONVENTION*)(DETENT_HANDLER_PARAMETERS);
#else
/// False to leave the lowered code.
using Handler = bool (*)(Registers& registers) noexcept;
#endif

/// As `detent --version` says it.
[[nodiscard]] const char* dispatch_name() noexcept;

/// How a handler ends.
enum class Go : std::uint8_t {
    leave, ///< back to the caller of `run`; Context::leave says why
    next,  ///< on to Registers::cell, which is the cell behind
    away,  ///< on to Registers::cell, wherever that is
    again, ///< on to the first cell of the sequence that it ends
};

[[nodiscard]] inline Word word_of(Handler handler) noexcept { return reinterpret_cast<std::uintptr_t>(handler); }
[[nodiscard]] inline Handler handler_at(const Word* cell) noexcept {
    return reinterpret_cast<Handler>(static_cast<std::uintptr_t>(*cell)); // NOLINT(performance-no-int-to-ptr)
}

struct Lowered;
struct Recording;

/// What lowered code knows of a function of its module, before that is lowered too.
struct Callee {
    /// Its first cell; null until it is lowered.
    std::atomic<const Word*> entry{nullptr};
    std::atomic<const Lowered*> lowered{nullptr};
    /// Made when it is asked for first, and kept.
    std::atomic<const Recording*> recording{nullptr};
    /// Of `lowered`. Here too, so that whoever lets go of a module need not look at each function.
    bool is_on_shelf = false;
    /// It has too many slots.
    std::atomic<bool> is_for_stepper{false};
    /// How many instructions of it the stepper executes before it is lowered, under Tier::adaptive. Threads may miss
    /// each other's.
    std::atomic<std::uint32_t> steps_left{0};
    std::uint32_t index = 0;
    std::uint32_t parameter_words = 0;
    std::uint32_t local_words = 0;
    std::uint32_t frame_words = 0;
    /// Of Context::budget.
    [[nodiscard]] std::int64_t budget() const noexcept { return std::int64_t{frame_words} + 1; }
    /// The frame's amount, by the schedule (MET-7).
    std::uint32_t frame_price = 0;
};

/// Why the lowered code was left.
enum class Leave : std::uint8_t {
    at_cell,  ///< the state before Registers::cell is to be found, and the stepper executes its instruction
    at_entry, ///< a check failed on the way to the entry at Registers::cell
    returned, ///< the top frame has returned into one that is not in lowered code, or fuel ends behind the call
    stepped,  ///< a body was called that did not end with Step::next, or went where no entry is
};

inline constexpr std::uint64_t kNoAccess = ~std::uint64_t{0};

/// What handlers find beside their registers. The pointers are those of the machine, until it is left.
struct Context {
    /// When lowered code is left, or calls the body of an instruction.
    Registers registers;
    /// How far memory 0 was touched, in bytes. Behind that, the machine is asked (leave_access).
    std::uint64_t touched = 0;
    /// Of memory 0.
    std::uint64_t memory_bytes = 0;
    /// Where the access ends that did not lie in what was touched; kNoAccess where none was.
    std::uint64_t access_end = kNoAccess;
    /// Of the pieces of memory 0, where they are tracked.
    std::uint8_t* marks = nullptr;
    Leave leave = Leave::at_cell;
    /// What the register of fuel lacks, so that a check fails early (Handover).
    std::int64_t hidden = 0;
    Word* stack = nullptr;
    Frame* top = nullptr;
    /// What further frames may have, in words with one for each, by the limits and by the room that there is now. A
    /// call that exceeds it is the stepper's, which knows the limits and makes room.
    std::int64_t budget = 0;
    std::int64_t budget_at_start = 0;
    /// Behind Leave::returned, where the top is the frame that has gone: how many words were given back.
    std::uint32_t results = 0;
    // Of the top frame's instance.
    const GlobalAddr* globals = nullptr;
    GlobalCell* global_cells = nullptr;
    /// The first global that it defines; the others follow it.
    GlobalCell* own_globals = nullptr;
    InstanceAddr instance{};
    /// Of table 0.
    const Word* table = nullptr;
    std::uint64_t table_size = 0;
    const Function* functions = nullptr;
    Heap* heap = nullptr;
    /// What its debt may come to without an accounting (DET-11).
    std::uint64_t heap_limit = 0;
    const Callee* callees = nullptr;
    std::uint32_t imported_functions = 0;
    Machine* machine = nullptr;
    /// Behind Leave::stepped: how the step ended.
    Step step{};
};

#ifdef DETENT_HANDLER_PARAMETERS

[[nodiscard, gnu::always_inline]] inline Registers registers_of(DETENT_HANDLER_PARAMETERS) noexcept {
#ifndef DETENT_TAIL_CALLS
    const Word pin0 = 0;
    const Word pin1 = 0;
    const Word pin2 = 0;
    const Word pin3 = 0;
#endif
    return {cell,
            frame,
            memory,
            fuel,
            context,
            accumulator,
            std::bit_cast<F64>(f64_accumulator),
            std::bit_cast<F32>(f32_accumulator),
            {pin0, pin1, pin2, pin3},
            {std::bit_cast<F64>(f64_pin0), std::bit_cast<F64>(f64_pin1), std::bit_cast<F64>(f64_pin2),
             std::bit_cast<F64>(f64_pin3)},
            {std::bit_cast<F32>(f32_pin0), std::bit_cast<F32>(f32_pin1)}};
}

/// Where every chain of tail calls ends: the registers go back to the context.
[[gnu::noinline]] DETENT_HANDLER_CONVENTION void keep(DETENT_HANDLER_PARAMETERS);

template <class Body>
DETENT_HANDLER_CONVENTION void handle(DETENT_HANDLER_PARAMETERS) {
    Registers r = registers_of(DETENT_HANDLER_ARGUMENTS);
    const Go go = Body::run(r);
    // Each way by itself: compilers would bring both into one pair of registers first.
    if (go == Go::next) [[likely]] {
        DETENT_TAIL return handler_at(r.cell)(DETENT_ARGUMENTS_OF(r));
    }
    if (go == Go::away) [[likely]] {
        DETENT_TAIL return handler_at(r.cell)(DETENT_ARGUMENTS_OF(r));
    }
    DETENT_TAIL return keep(DETENT_ARGUMENTS_OF(r));
}

/// From the cell in the context's registers on, until the lowered code is left. Then they are what it left there.
void run(Context& context) noexcept;

#else

template <class Body>
bool handle(Registers& r) noexcept {
    return Body::run(r) != Go::leave;
}

#ifdef DETENT_COUNT_CELLS
/// Only in a build that bench/sequences counts with (cell_counts.cpp).
void count_cell(const Word* cell) noexcept;
#else
inline void count_cell(const Word*) noexcept {}
#endif

/// From the cell in the context's registers on, until the lowered code is left. Then they are what it left there.
inline void run(Context& context) noexcept {
    Registers r = context.registers;
    do {
        count_cell(r.cell);
    } while (handler_at(r.cell)(r));
    context.registers = r;
}

#endif

/// Reserve accounting (MET-1 to MET-15 hold, whatever this is): with S the exact balance, the register is
/// S - P + owed(p), where owed(p) is what lowering knows to be unpaid at a point p. Only checks test it.
struct Reserve {
    /// P: what may be executed between two checks. No result depends on it.
#ifdef DETENT_RESERVE
    static constexpr std::int64_t kUnits = DETENT_RESERVE;
#else
    static constexpr std::int64_t kUnits = 256;
#endif
    // A call of the host costs four times as much at least (MET-23).
    static_assert(kUnits > 0 && kUnits <= 256);
};

/// Not in a build that bench/run measures the cost of fuel with, which is fit for nothing else.
#ifdef DETENT_BENCH_NO_FUEL
inline constexpr bool kCountsFuel = false;
#else
inline constexpr bool kCountsFuel = true;
#endif

// Fields of cells. A word behind the handler holds up to four slots, or two and a number of 32 bits.

struct Fields {
    const Word* words;

    // Read as what they are, since a compiler that reads the word takes it apart.
    [[nodiscard]] std::uint16_t slot(unsigned number) const noexcept {
        return part<std::uint16_t>(kIsLittle ? 2 * number : 6 - 2 * number);
    }
    /// The upper half of the first word.
    [[nodiscard]] std::uint32_t number() const noexcept { return part<std::uint32_t>(kIsLittle ? 4 : 0); }

  private:
    static constexpr bool kIsLittle = std::endian::native == std::endian::little;

    template <class T>
    [[nodiscard]] T part(unsigned offset) const noexcept {
        T value;
        std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(words + 1) + offset, sizeof value);
        return value;
    }
};

[[nodiscard]] constexpr Word fields(std::uint32_t slot0, std::uint32_t slot1 = 0, std::uint32_t slot2 = 0,
                                    std::uint32_t slot3 = 0) noexcept {
    return Word{slot0} | Word{slot1} << 16 | Word{slot2} << 32 | Word{slot3} << 48;
}
[[nodiscard]] constexpr Word fields_number(std::uint32_t slot0, std::uint32_t slot1, std::uint32_t number) noexcept {
    return Word{slot0} | Word{slot1} << 16 | Word{number} << 32;
}

} // namespace detent::fast
