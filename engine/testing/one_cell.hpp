// One cell of lowered code, alone: what stands around it, all that it sees and changes, and which of the handlers that
// there are never went on. What a number becomes is said by the stepper's bodies.
#pragma once

#include "engine/exec/fast/numeric_handlers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace detent::fast::testing {

// What is expected of numbers.

/// Of one or two operands as words; nothing where it traps.
using Meaning = std::optional<Word> (*)(Word a, Word b);

template <class T>
std::optional<Word> word_or_trap(T value) {
    return to_word(value);
}
template <class T>
std::optional<Word> word_or_trap(Checked<T> checked) {
    return checked.trapped ? std::nullopt : std::optional(to_word(checked.value));
}

template <class Signature, auto function>
struct MeaningOf {
    static constexpr Meaning kMeaning = nullptr;
    static constexpr bool kIsWide = false;
};
template <class Result, class A, auto function>
    requires(kIsNumber<Result> && kIsNumber<A>)
struct MeaningOf<Result (*)(A) noexcept, function> {
    static constexpr Meaning kMeaning = [](Word a, Word) { return word_or_trap(function(from_word<A>(a))); };
    static constexpr bool kIsWide = sizeof(A) == sizeof(Word);
};
template <class Result, class A, auto function>
    requires(kIsNumber<Result> && kIsNumber<A>)
struct MeaningOf<Result (*)(A, A) noexcept, function> {
    static constexpr Meaning kMeaning = [](Word a, Word b) {
        return word_or_trap(function(from_word<A>(a), from_word<A>(b)));
    };
    static constexpr bool kIsWide = sizeof(A) == sizeof(Word);
};

struct Facts {
    Meaning meaning;
    bool is_wide;
};

inline constexpr Facts kFacts[] = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    {MeaningOf<decltype(&body::identifier), &body::identifier>::kMeaning,                                              \
     MeaningOf<decltype(&body::identifier), &body::identifier>::kIsWide},
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

[[nodiscard]] inline const Facts& facts(Op op) { return kFacts[static_cast<std::size_t>(op)]; }

// Operands.

inline constexpr Word kWide[] = {0,  1,  ~Word{0}, Word{1} << 63, (Word{1} << 63) - 1,
                                 31, 64, 0x80,     0xFFFF'8000,   0x1234'5678'9ABC'DEF0};
inline constexpr Word kNarrow[] = {0, 1, 0xFFFF'FFFF, 0x8000'0000, 0x7FFF'FFFF, 31, 33, 0x80, 0x8000, 0x1234'5678};
/// Zeros, one, halves, infinities, NaNs of several payloads, the least and the most, what is not normal, and what is
/// about the range of integers.
inline constexpr Word kDoubles[] = {0,
                                    0x8000'0000'0000'0000,
                                    0x3FF0'0000'0000'0000,
                                    0xBFF8'0000'0000'0000,
                                    0x7FF0'0000'0000'0000,
                                    0xFFF0'0000'0000'0000,
                                    0x7FF8'0000'0000'0000,
                                    0xFFF0'0000'0000'0001,
                                    1,
                                    0x7FEF'FFFF'FFFF'FFFF,
                                    0x41E0'0000'0000'0000,
                                    0xC3E0'0000'0000'0001,
                                    0x7FFC'0000'0000'1234,
                                    0x800F'FFFF'FFFF'FFFF};
inline constexpr Word kSingles[] = {0,           0x8000'0000, 0x3F80'0000, 0xBFC0'0000, 0x7F80'0000,
                                    0xFF80'0000, 0x7FC0'0000, 0xFF80'0001, 1,           0x7F7F'FFFF,
                                    0x4F00'0000, 0xDF00'0001, 0x7FE0'1234, 0x807F'FFFF};

[[nodiscard]] inline std::span<const Word> corners(Domain domain, bool is_wide) {
    if (domain == Domain::f64) return kDoubles;
    if (domain == Domain::f32) return kSingles;
    return is_wide ? std::span(kWide) : std::span(kNarrow);
}

/// What a cell of a branch or store can hold.
[[nodiscard]] inline bool is_short(Word value) {
    return value == static_cast<Word>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}

inline constexpr std::array kAllKinds = {Kind::slot, Kind::accumulator, Kind::constant, Kind::pin0,
                                         Kind::pin1, Kind::pin2,        Kind::pin3};
inline constexpr std::array kAllPlaces = {Place::slot, Place::accumulator, Place::pin0,
                                          Place::pin1, Place::pin2,        Place::pin3};
inline constexpr std::array kSenses = {false, true};

// One cell, alone.

inline constexpr std::uint32_t kTo = 1;
inline constexpr std::uint32_t kFirst = 2;
inline constexpr std::uint32_t kSecond = 3;
inline constexpr std::uint32_t kThird = 4;
/// Where the cells of a taken branch begin.
inline constexpr std::uint32_t kTarget = 10;
inline constexpr Word kPoison = 0xDEAD'BEEF'0BAD'F00D;
inline constexpr std::int64_t kFuel = 1000;

/// All that a cell can see or change.
struct Scene {
    Registers r;
    std::array<Word, 16> frame{};
    std::array<std::uint8_t, 32> memory{};

    Scene() {
        frame.fill(kPoison);
        for (std::size_t i = 0; i < memory.size(); ++i)
            memory[i] = static_cast<std::uint8_t>(0x71 + 37 * i);
        r.accumulator = kPoison;
        r.f64_accumulator = F64{kPoison};
        r.f32_accumulator = F32{static_cast<std::uint32_t>(kPoison)};
        r.pins.fill(kPoison);
        r.f64_pins.fill(F64{kPoison});
        r.f32_pins.fill(F32{static_cast<std::uint32_t>(kPoison)});
        r.fuel = kFuel;
    }

    void put_in_register(Kind kind, Domain domain, Word value) {
        const std::size_t pin = is_pin(kind) ? at(kind) - at(Kind::pin0) : 0;
        if (domain == Domain::f64) {
            (is_pin(kind) ? r.f64_pins[pin] : r.f64_accumulator) = F64{value};
        } else if (domain == Domain::f32) {
            (is_pin(kind) ? r.f32_pins[pin] : r.f32_accumulator) = F32{static_cast<std::uint32_t>(value)};
        } else {
            (is_pin(kind) ? r.pins[pin] : r.accumulator) = value;
        }
    }
    void put(Kind kind, Domain domain, std::uint32_t slot, Word value) {
        if (kind == Kind::constant) return;
        if (kind == Kind::slot) {
            frame[slot] = value;
        } else {
            put_in_register(kind, domain, value);
        }
    }
    void put_result(Place place, Domain domain, Word value) {
        if (place != Place::accumulator) frame[kTo] = value;
        const bool is_pinned = place >= Place::pin0;
        put_in_register(is_pinned ? pin_kind(at(place) - at(Place::pin0)) : Kind::accumulator, domain, value);
    }

    friend bool operator==(const Scene& a, const Scene& b) {
        const auto bits = [](const auto& all) {
            std::vector<Word> out;
            for (const auto& one : all)
                out.push_back(one.bits);
            return out;
        };
        return a.frame == b.frame && a.memory == b.memory && a.r.accumulator == b.r.accumulator &&
               a.r.f64_accumulator.bits == b.r.f64_accumulator.bits &&
               a.r.f32_accumulator.bits == b.r.f32_accumulator.bits && a.r.pins == b.r.pins &&
               bits(a.r.f64_pins) == bits(b.r.f64_pins) && bits(a.r.f32_pins) == bits(b.r.f32_pins) &&
               a.r.fuel == b.r.fuel;
    }
};

/// How a cell was left: where the next one is, in words from it; 0 where it was not passed.
struct Left {
    std::ptrdiff_t at = 0;
    Leave why = Leave::at_cell;
};

/// As the word of a cell.
[[nodiscard]] inline Word word_of_delta(std::int32_t delta) { return static_cast<Word>(std::int64_t{delta}); }

/// The words of one cell; before it, behind it and at the target of a branch stand cells that leave.
class Row {
  public:
    Row(Handler handler, std::initializer_list<Word> fields) : Row(handler, std::span(fields.begin(), fields.size())) {}
    Row(Handler handler, std::span<const Word> fields) {
        cell()[0] = word_of(handler);
        std::ranges::copy(fields, cell() + 1);
        size_ = 1 + fields.size();
        stop(words_.data());
        stop(cell() + size_);
        stop(cell() + kTarget);
        stop(cell() + kTarget + Size::kBranch);
    }

    [[nodiscard]] std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(size_); }
    /// Has the word point to the stop for branches, or to the one behind it.
    void aim(std::uint32_t at, std::size_t behind = 0) {
        cell()[at] = reinterpret_cast<std::uintptr_t>(target() + behind);
    }
    /// To the stop before the cell, whose place `run` says as kBack.
    void aim_back(std::uint32_t at) { cell()[at] = reinterpret_cast<std::uintptr_t>(words_.data()); }
    static constexpr std::ptrdiff_t kBack = -static_cast<std::ptrdiff_t>(Size::kCheck);

    /// Where the stop stands that branches and calls go to.
    [[nodiscard]] const Word* target() const { return cell() + kTarget; }
    [[nodiscard]] const Word* behind() const { return cell() + size_; }

    /// What the scene has become.
    Left run(Scene& scene) {
        Context context;
        return run(scene, context, 0);
    }
    /// The frame begins at word `base` of the scene's.
    Left run(Scene& scene, Context& context, std::size_t base) {
        scene.r.context = &context;
        scene.r.cell = cell();
        scene.r.frame = scene.frame.data() + base;
        scene.r.memory = scene.memory.data();
        context.touched = scene.memory.size();
        context.memory_bytes = scene.memory.size();
        const auto pins = scene.r.pins;
        context.registers = scene.r;
        fast::run(context);
        scene.r = context.registers;
        // Where words have no registers, nobody keeps them.
        if (kWordPins == 0) scene.r.pins = pins;
        return {scene.r.cell - cell(), context.leave};
    }

  private:
    static void stop(Word* at) {
        at[0] = word_of(kHandlers.check);
        at[1] = Word{1} << 60;
    }
    [[nodiscard]] Word* cell() { return words_.data() + Size::kCheck; }
    [[nodiscard]] const Word* cell() const { return words_.data() + Size::kCheck; }

    std::array<Word, 26> words_{};
    std::size_t size_ = 0;
};

/// How many handlers there are, and how many of them went on at least once; what they did wrong.
struct Tally {
    std::size_t there = 0;
    std::size_t executed = 0;
    std::size_t wrong = 0;

    /// `run` says how often a handler went on.
    template <class Run>
    void count(Handler handler, Run run) {
        if (handler == nullptr) return;
        ++there;
        executed += run() != 0 ? 1U : 0U;
    }
    void expect(bool holds) { wrong += holds ? 0U : 1U; }

    void check(const char* what) const {
        const std::size_t never = there - executed;
        std::cout << what << ": " << there
                  << " handlers, never executed: " << (never == 0 ? "none" : std::to_string(never)) << '\n';
        CHECK(there > 0);
        CHECK(never == 0);
        CHECK(wrong == 0);
    }
};

} // namespace detent::fast::testing
