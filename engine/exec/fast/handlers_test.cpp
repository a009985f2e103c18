// Every handler of the tables of numbers, memory and branches, alone: at corner operands, with each operand in each
// place. What a number becomes is said by the stepper's bodies, what memory holds and when a branch is taken by the
// specification. All that a handler is not to change must stay what it was.
#include "engine/exec/fast/numeric_handlers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

using namespace detent;
using namespace detent::fast;

namespace {

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

constexpr Facts kFacts[] = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    {MeaningOf<decltype(&body::identifier), &body::identifier>::kMeaning,                                              \
     MeaningOf<decltype(&body::identifier), &body::identifier>::kIsWide},
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

const Facts& facts(Op op) { return kFacts[static_cast<std::size_t>(op)]; }

// Operands.

constexpr Word kWide[] = {0,  1,  ~Word{0}, Word{1} << 63, (Word{1} << 63) - 1,
                          31, 64, 0x80,     0xFFFF'8000,   0x1234'5678'9ABC'DEF0};
constexpr Word kNarrow[] = {0, 1, 0xFFFF'FFFF, 0x8000'0000, 0x7FFF'FFFF, 31, 33, 0x80, 0x8000, 0x1234'5678};
/// Zeros, one, halves, infinities, NaNs, the least and the most, and what is about the range of integers.
constexpr Word kDoubles[] = {0,
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
                             0xC3E0'0000'0000'0001};
constexpr Word kSingles[] = {0,           0x8000'0000, 0x3F80'0000, 0xBFC0'0000, 0x7F80'0000, 0xFF80'0000,
                             0x7FC0'0000, 0xFF80'0001, 1,           0x7F7F'FFFF, 0x4F00'0000, 0xDF00'0001};

std::span<const Word> corners(Domain domain, bool is_wide) {
    if (domain == Domain::f64) return kDoubles;
    if (domain == Domain::f32) return kSingles;
    return is_wide ? std::span(kWide) : std::span(kNarrow);
}

/// What a cell of a branch or store can hold.
bool is_short(Word value) {
    return value == static_cast<Word>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}

constexpr std::array kAllKinds = {Kind::slot, Kind::accumulator, Kind::constant, Kind::pin0,
                                  Kind::pin1, Kind::pin2,        Kind::pin3};
constexpr std::array kAllPlaces = {Place::slot, Place::accumulator, Place::pin0, Place::pin1, Place::pin2, Place::pin3};

// One cell, alone.

constexpr std::uint32_t kTo = 1;
constexpr std::uint32_t kFirst = 2;
constexpr std::uint32_t kSecond = 3;
constexpr std::uint32_t kThird = 4;
/// Where the cells of a taken branch begin.
constexpr std::uint32_t kTarget = 10;
constexpr Word kPoison = 0xDEAD'BEEF'0BAD'F00D;
constexpr std::int64_t kFuel = 1000;

/// All that a cell can see or change.
struct Scene {
    Registers r;
    std::array<Word, 6> frame{};
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

/// The words of one cell; behind it and at the target of a branch stand cells that leave.
class Row {
  public:
    Row(Handler handler, std::initializer_list<Word> fields) {
        words_[0] = word_of(handler);
        std::ranges::copy(fields, words_.begin() + 1);
        size_ = 1 + fields.size();
        stop(size_);
        stop(kTarget);
        stop(kTarget + Size::kBranch);
    }

    [[nodiscard]] std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(size_); }
    void aim(std::uint32_t at) { words_[at] = reinterpret_cast<std::uintptr_t>(words_.data() + kTarget); }

    /// What the scene has become.
    Left run(Scene& scene) {
        Context context;
        scene.r.context = &context;
        scene.r.cell = words_.data();
        scene.r.frame = scene.frame.data();
        scene.r.memory = scene.memory.data();
        scene.r.memory_size = scene.memory.size();
        context.memory_size = scene.memory.size();
        fast::run(scene.r);
        // Where no local has a register, none is handed back.
        if (kWordPins == 0) scene.r.pins.fill(kPoison);
        return {scene.r.cell - words_.data(), context.leave};
    }

  private:
    void stop(std::size_t at) {
        words_[at] = word_of(kHandlers.check);
        words_[at + 1] = Word{1} << 60;
    }

    std::array<Word, 20> words_{};
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
        std::cout << what << ": " << executed << " of " << there << " handlers executed\n";
        CHECK(there > 0);
        CHECK(executed == there);
        CHECK(wrong == 0);
    }
};

// Numbers.

struct NumericCase {
    Op op;
    const NumericHandlers& handlers;
    Kind first;
    std::optional<Kind> second;
    Place place;
};

Row row_of(const NumericCase& test, Handler handler, Word a, Word b) {
    const bool has_first = test.first == Kind::constant;
    const bool has_second = test.second == Kind::constant;
    if (!has_first && !has_second) return {handler, {fields(kTo, kFirst, kSecond)}};
    const Word constant = has_first ? a : b;
    const Word head = fields_number(kTo, has_first ? kSecond : kFirst, static_cast<std::uint32_t>(constant));
    if (facts(test.op).is_wide) return {handler, {head, constant}};
    return {handler, {head}};
}

std::size_t run_numeric(Tally& tally, const NumericCase& test, Handler handler) {
    const std::span<const Word> values = corners(test.handlers.operand, facts(test.op).is_wide);
    std::size_t passed = 0;
    for (const Word b : values) {
        for (const Word value : values) {
            const Word a = test.second == test.first && is_pin(test.first) ? b : value;
            Scene scene;
            scene.put(test.first, test.handlers.operand, kFirst, a);
            if (test.second) scene.put(*test.second, test.handlers.operand, kSecond, b);
            Scene expected = scene;
            const std::optional<Word> result = facts(test.op).meaning(a, b);
            if (result) expected.put_result(test.place, test.handlers.result, *result);
            Row row = row_of(test, handler, a, b);
            const Left left = row.run(scene);
            tally.expect(scene == expected && left.why == Leave::at_cell && left.at == (result ? row.size() : 0));
            passed += result ? 1U : 0U;
        }
    }
    return passed;
}

void run_unary(Tally& tally, Op op, const NumericHandlers& handlers) {
    for (const Kind kind : kAllKinds) {
        for (const Place place : kAllPlaces) {
            const Handler handler = handlers.unary[at(kind)][at(place)];
            tally.count(handler, [&] { return run_numeric(tally, {op, handlers, kind, {}, place}, handler); });
        }
    }
}

void run_binary(Tally& tally, Op op, const NumericHandlers& handlers) {
    for (const Kind first : kAllKinds) {
        for (const Kind second : kAllKinds) {
            for (const Place place : kAllPlaces) {
                const Handler handler = handlers.binary[at(first)][at(second)][at(place)];
                tally.count(handler, [&] { return run_numeric(tally, {op, handlers, first, second, place}, handler); });
            }
        }
    }
}

// Memory.

constexpr std::array kAllStored = {Stored::u8,     Stored::u16,    Stored::u32,   Stored::u64,
                                   Stored::s8_32,  Stored::s16_32, Stored::s8_64, Stored::s16_64,
                                   Stored::s32_64, Stored::f32,    Stored::f64};
static_assert(std::size(kAllStored) == kStored);

/// Bytes, whether the sign is extended, and bits of the operand. Source: spec, exec-load.
struct Shape {
    unsigned bytes;
    bool is_signed;
    unsigned bits;
};
constexpr Shape kShapes[] = {{1, false, 32}, {2, false, 32}, {4, false, 32}, {8, false, 64},
                             {1, true, 32},  {2, true, 32},  {1, true, 64},  {2, true, 64},
                             {4, true, 64},  {4, false, 32}, {8, false, 64}};

const Shape& shape(Stored stored) { return kShapes[static_cast<std::size_t>(stored)]; }

Word loaded(const Scene& scene, Stored stored, std::uint64_t address) {
    const Shape& is = shape(stored);
    Word value = 0;
    for (unsigned i = 0; i < is.bytes; ++i)
        value |= Word{scene.memory[address + i]} << (8 * i);
    const bool is_negative = is.is_signed && (value >> (8 * is.bytes - 1) & 1) != 0;
    if (is_negative && is.bytes < 8) value |= ~Word{0} << (8 * is.bytes);
    return is.bits == 32 ? static_cast<std::uint32_t>(value) : value;
}

/// The first, one in between, the last that fits, one behind it, and far away.
std::vector<std::uint32_t> addresses(Stored stored, std::uint32_t offset) {
    const auto last =
        static_cast<std::uint32_t>(std::tuple_size_v<decltype(Scene::memory)>) - shape(stored).bytes - offset;
    return {0, 5, last, last + 1, 0xFFFF'FFFF - offset, 0xFFFF'FFFF};
}

constexpr std::uint32_t kOffset = 3;

/// An address of one operand, or a sum of two.
struct Address {
    Kind first;
    std::optional<Kind> second;

    [[nodiscard]] bool is_same_pin() const { return second == first && is_pin(first); }
    /// The parts of which an address is the sum, as far as they can be such.
    [[nodiscard]] std::vector<std::pair<Word, Word>> parts(std::uint32_t address) const {
        if (!second) return {{address, 0}};
        if (is_same_pin()) {
            if (address % 2 != 0) return {};
            return {{address / 2, address / 2}, {address / 2 | 0x8000'0000, address / 2 | 0x8000'0000}};
        }
        return {{address, 0},
                {2, static_cast<std::uint32_t>(address - 2)},
                {0xFFFF'FFF0, static_cast<std::uint32_t>(address + 16)}};
    }
};

/// Runs `one` for every address and its parts, with whether it is within the memory.
template <class One>
std::size_t at_addresses(Stored stored, const Address& address, One one) {
    std::size_t passed = 0;
    for (const std::uint32_t sum : addresses(stored, kOffset)) {
        const std::uint64_t start = std::uint64_t{sum} + kOffset;
        const bool is_inside = start + shape(stored).bytes <= std::tuple_size_v<decltype(Scene::memory)>;
        for (const auto& [a, b] : address.parts(sum)) {
            one(a, b, start, is_inside);
            passed += is_inside ? 1U : 0U;
        }
    }
    return passed;
}

Word address_fields(const Address& address, std::uint32_t to, Word b) {
    if (address.second == Kind::constant) return fields_number(to, kFirst, static_cast<std::uint32_t>(b));
    return fields(to, kFirst, kSecond);
}

std::size_t run_load(Tally& tally, Stored stored, const Address& address, Place place, Handler handler) {
    const Word end = kOffset + shape(stored).bytes;
    return at_addresses(stored, address, [&](Word a, Word b, std::uint64_t start, bool is_inside) {
        Scene scene;
        scene.put(address.first, Domain::word, kFirst, a);
        if (address.second) scene.put(*address.second, Domain::word, kSecond, b);
        Scene expected = scene;
        if (is_inside) expected.put_result(place, domain_of(stored), loaded(scene, stored, start));
        Row row(handler, {address_fields(address, kTo, b), end});
        const Left left = row.run(scene);
        tally.expect(scene == expected && left.why == Leave::at_cell && left.at == (is_inside ? row.size() : 0));
    });
}

void run_loads(Tally& tally, Stored stored, const Address& address, const Places& places) {
    for (const Place place : kAllPlaces) {
        const Handler handler = places[at(place)];
        tally.count(handler, [&] { return run_load(tally, stored, address, place, handler); });
    }
}

Word store_fields(const Address& address, Kind value_kind, Word b, Word value) {
    if (value_kind == Kind::constant) return fields_number(kFirst, 0, static_cast<std::uint32_t>(value));
    if (!address.second) return fields(kFirst, kThird);
    if (address.second == Kind::constant) return fields_number(kFirst, kThird, static_cast<std::uint32_t>(b));
    return fields(kFirst, kSecond, kThird);
}

std::size_t run_store(Tally& tally, Stored stored, const Address& address, Kind kind, Handler handler) {
    const Shape& is = shape(stored);
    std::size_t passed = 0;
    for (Word value : corners(domain_of(stored), is.bits == 64)) {
        if (kind == Kind::constant && is.bits == 64 && !is_short(value)) continue;
        passed += at_addresses(stored, address, [&](Word a, Word b, std::uint64_t start, bool is_inside) {
            Scene scene;
            scene.put(address.first, Domain::word, kFirst, a);
            if (address.second) scene.put(*address.second, Domain::word, kSecond, b);
            const bool shares =
                domain_of(stored) == Domain::word && is_pin(kind) && (kind == address.first || address.second == kind);
            if (shares) value = kind == address.first ? a : b;
            scene.put(kind, domain_of(stored), kThird, value);
            Scene expected = scene;
            for (unsigned i = 0; is_inside && i < is.bytes; ++i)
                expected.memory[start + i] = static_cast<std::uint8_t>(value >> (8 * i));
            Row row(handler, {store_fields(address, kind, b, value), Word{kOffset} + is.bytes});
            const Left left = row.run(scene);
            tally.expect(scene == expected && left.why == Leave::at_cell && left.at == (is_inside ? row.size() : 0));
        });
    }
    return passed;
}

// Branches.

/// The instruction that asks what a relation asks.
Op op_of(Relation relation, bool is_wide) {
    switch (relation) {
    case Relation::eq: return is_wide ? Op::i64_eq : Op::i32_eq;
    case Relation::lt_s: return is_wide ? Op::i64_lt_s : Op::i32_lt_s;
    case Relation::lt_u: return is_wide ? Op::i64_lt_u : Op::i32_lt_u;
    case Relation::gt_s: return is_wide ? Op::i64_gt_s : Op::i32_gt_s;
    case Relation::gt_u: return is_wide ? Op::i64_gt_u : Op::i32_gt_u;
    case Relation::f64_eq: return Op::f64_eq;
    case Relation::f64_lt: return Op::f64_lt;
    case Relation::f64_le: return Op::f64_le;
    case Relation::f64_gt: return Op::f64_gt;
    case Relation::f64_ge: return Op::f64_ge;
    case Relation::f32_eq: return Op::f32_eq;
    case Relation::f32_lt: return Op::f32_lt;
    case Relation::f32_le: return Op::f32_le;
    case Relation::f32_gt: return Op::f32_gt;
    case Relation::f32_ge: return Op::f32_ge;
    }
    return Op::nop;
}

constexpr std::array kRelations = {Relation::eq,     Relation::lt_s,   Relation::lt_u,   Relation::gt_s,
                                   Relation::gt_u,   Relation::f64_eq, Relation::f64_lt, Relation::f64_le,
                                   Relation::f64_gt, Relation::f64_ge, Relation::f32_eq, Relation::f32_lt,
                                   Relation::f32_le, Relation::f32_gt, Relation::f32_ge};

Domain domain_of(Relation relation) {
    if (relation < Relation::f64_eq) return Domain::word;
    return relation < Relation::f32_eq ? Domain::f64 : Domain::f32;
}

/// Debts behind a branch that can be paid, just so or with more, and that cannot.
constexpr std::int32_t kDeltas[] = {25, -static_cast<std::int32_t>(kFuel), -static_cast<std::int32_t>(kFuel) - 1};

/// Runs the row of a branch whose condition holds, or does not. Around a loop it is always taken, and passes the branch
/// there that has the same condition.
void run_branch(Tally& tally, Row& row, const Scene& before, Scene expected, BranchKind kind, bool holds,
                std::int32_t delta) {
    Scene scene = before;
    row.aim(At::kBranchTarget);
    const bool is_around = kind.way == Way::around;
    const bool is_taken = is_around || holds == kind.sense;
    if (is_taken) expected.r.fuel += delta;
    const Left left = row.run(scene);
    const bool has_failed = kind.way != Way::forward && is_taken && expected.r.fuel < 0;
    const bool is_passed = is_around && !has_failed && holds != kind.sense;
    const std::uint32_t target = kTarget + (is_passed ? Size::kBranch : 0);
    const std::ptrdiff_t at = is_taken ? static_cast<std::ptrdiff_t>(target) : row.size();
    tally.expect(scene == expected && left.at == at && left.why == (has_failed ? Leave::at_entry : Leave::at_cell));
}

/// Calls `run` with all pairs of corners of the relation's domain and each delta; how often.
template <class Run>
std::size_t at_pairs(Relation relation, bool is_wide, Kind first, Kind second, Run run) {
    std::size_t passed = 0;
    const std::span<const Word> values = corners(domain_of(relation), is_wide);
    const bool must_be_short = is_wide && second == Kind::constant && domain_of(relation) == Domain::word;
    for (const Word b : values) {
        if (must_be_short && !is_short(b)) continue;
        for (const Word a : values) {
            for (const std::int32_t delta : kDeltas) {
                run(first == second && is_pin(first) ? b : a, b, delta);
                ++passed;
            }
        }
    }
    return passed;
}

constexpr std::array kBranchKinds = {BranchKind{Way::forward, false}, BranchKind{Way::forward, true},
                                     BranchKind{Way::back, false},    BranchKind{Way::back, true},
                                     BranchKind{Way::around, false},  BranchKind{Way::around, true}};
static_assert(std::size(kBranchKinds) == 2 * kWays);

struct BranchCase {
    Relation relation;
    bool is_wide;
    Kind first;
    Kind second;
    BranchKind kind;
};

std::size_t run_compare(Tally& tally, const BranchCase& test, Handler handler) {
    const Op op = op_of(test.relation, test.is_wide);
    const Domain domain = domain_of(test.relation);
    const auto one = [&](Word a, Word b, std::int32_t delta) {
        Scene scene;
        scene.put(test.first, domain, kFirst, a);
        scene.put(test.second, domain, kSecond, b);
        const bool holds = facts(op).meaning(a, b) == Word{1};
        const bool has_constant = test.second == Kind::constant;
        const Word head =
            has_constant ? fields_number(kFirst, 0, static_cast<std::uint32_t>(b)) : fields(kFirst, kSecond);
        const Word behind = static_cast<std::uint32_t>(delta);
        Row row = has_constant && domain == Domain::f64 ? Row(handler, {head, 0, behind, b})
                                                        : Row(handler, {head, 0, behind});
        run_branch(tally, row, scene, scene, test.kind, holds, delta);
    };
    return at_pairs(test.relation, test.is_wide, test.first, test.second, one);
}

void run_compares(Tally& tally, Relation relation, bool is_wide, Kind first, Kind second) {
    for (const BranchKind kind : kBranchKinds) {
        const Handler handler = handler_of(compare_branches(relation, is_wide, first, second), kind);
        tally.count(handler, [&] { return run_compare(tally, {relation, is_wide, first, second, kind}, handler); });
    }
}

Kind kind_of_local(Place place) { return place == Place::slot ? Kind::slot : pin_kind(at(place) - at(Place::pin0)); }

std::size_t run_count(Tally& tally, const BranchCase& test, Place place, Handler handler) {
    constexpr std::int32_t kStep = -3;
    const Op op = op_of(test.relation, test.is_wide);
    const auto one = [&](Word a, Word b, std::int32_t delta) {
        Scene scene;
        scene.put(kind_of_local(place), Domain::word, kTo, a);
        scene.put(test.second, Domain::word, kSecond, b);
        Scene expected = scene;
        const Word sum = test.is_wide ? a - 3 : Word{static_cast<std::uint32_t>(a - 3)};
        expected.put(kind_of_local(place), Domain::word, kTo, sum);
        expected.frame[kTo] = sum;
        const bool is_own = test.second == kind_of_local(place) && is_pin(test.second);
        const bool holds = facts(op).meaning(sum, is_own ? sum : b) == Word{1};
        const Word head =
            test.second == Kind::constant ? fields_number(kTo, 0, static_cast<std::uint32_t>(b)) : fields(kTo, kSecond);
        Row row(handler,
                {head, 0, Word{static_cast<std::uint32_t>(delta)} | Word{static_cast<std::uint32_t>(kStep)} << 32});
        run_branch(tally, row, scene, expected, test.kind, holds, delta);
    };
    return at_pairs(test.relation, test.is_wide, kind_of_local(place), test.second, one);
}

} // namespace

TEST_CASE("each handler of a number does what the stepper does, wherever its operands are") {
    Tally tally;
    std::size_t ops = 0;
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const Op op = static_cast<Op>(i);
        const NumericHandlers* const handlers = numeric_handlers(op);
        if (handlers == nullptr) continue;
        ++ops;
        REQUIRE(facts(op).meaning != nullptr);
        if (handlers->is_unary)
            run_unary(tally, op, *handlers);
        else
            run_binary(tally, op, *handlers);
    }
    CHECK(ops > 120);
    tally.check("numbers");
}

TEST_CASE("each handler of a load reads what lies there, and leaves where nothing does") {
    Tally tally;
    for (const Stored stored : kAllStored) {
        for (const Kind first : kAllKinds) {
            run_loads(tally, stored, {first, {}}, load_handlers(stored, first));
            for (const Kind second : kAllKinds)
                run_loads(tally, stored, {first, second}, load_sum_handlers(stored, first, second));
        }
    }
    tally.check("loads");
}

TEST_CASE("each handler of a store writes its bytes and no others, and leaves where there are none") {
    Tally tally;
    for (const Stored stored : kAllStored) {
        for (const Kind first : kAllKinds) {
            for (const Kind value : kAllKinds) {
                const Handler plain = store_handler(stored, first, value);
                tally.count(plain, [&] { return run_store(tally, stored, {first, {}}, value, plain); });
                for (const Kind second : kAllKinds) {
                    const Handler sum = store_sum_handler(stored, first, second, value);
                    tally.count(sum, [&] { return run_store(tally, stored, {first, second}, value, sum); });
                }
            }
        }
    }
    tally.check("stores");
}

TEST_CASE("each branch on a relation is taken where the comparison holds, and is a check where it goes back") {
    Tally tally;
    for (const Relation relation : kRelations) {
        for (const Kind first : kAllKinds) {
            for (const Kind second : kAllKinds) {
                run_compares(tally, relation, domain_of(relation) == Domain::f64, first, second);
                if (domain_of(relation) == Domain::word) run_compares(tally, relation, true, first, second);
            }
        }
    }
    tally.check("branches on relations");
}

TEST_CASE("each branch on a word is taken where it is not zero") {
    Tally tally;
    for (const Kind kind : kAllKinds) {
        for (const BranchKind branch : kBranchKinds) {
            const Handler handler = handler_of(word_branches(kind), branch);
            tally.count(handler, [&] {
                return at_pairs(Relation::eq, false, kind, kind, [&](Word, Word value, std::int32_t delta) {
                    Scene scene;
                    scene.put(kind, Domain::word, kFirst, value);
                    Row row(handler, {fields(kFirst), 0, static_cast<std::uint32_t>(delta)});
                    run_branch(tally, row, scene, scene, branch, value != 0, delta);
                });
            });
        }
    }
    tally.check("branches on words");
}

TEST_CASE("each counting branch writes its local, and goes back while the relation holds") {
    Tally tally;
    const auto run_all = [&tally](Relation relation, bool is_wide, Place place, Kind second) {
        for (const BranchKind kind : kBranchKinds) {
            const Handler handler = count_branch(relation, is_wide, place, second, kind);
            const BranchCase test{relation, is_wide, Kind::slot, second, kind};
            tally.count(handler, [&] { return run_count(tally, test, place, handler); });
        }
    };
    for (const Relation relation : kRelations) {
        if (domain_of(relation) != Domain::word) continue;
        for (const Place place : {Place::slot, Place::pin0, Place::pin1, Place::pin2}) {
            for (const Kind second : kAllKinds) {
                run_all(relation, false, place, second);
                run_all(relation, true, place, second);
            }
        }
    }
    tally.check("counting branches");
}
