// Every other handler, alone: what moves words, reads and writes globals, jumps, checks, calls, returns, and moves
// bytes. All that a handler is not to change must stay what it was. The one that calls the body of an instruction needs
// a machine: visit_test.cpp has it.
#include "engine/testing/one_cell.hpp"

#include "engine/exec/machine.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace detent;
using namespace detent::fast;
using namespace detent::fast::testing;

namespace {

using fast::at;

constexpr std::array kAllDomains = {Domain::word, Domain::f64, Domain::f32};
constexpr std::size_t at(Domain domain) { return static_cast<std::size_t>(domain); }
constexpr std::int64_t kBudget = 100;
/// Prices that can be paid, just so or with more, and that cannot.
constexpr std::int64_t kPrices[] = {25, kFuel, kFuel + 1};

/// A scene with what stands around frames: the caller's, the top one, and room for one more.
struct Stage {
    Scene scene;
    Context context;
    std::array<Frame, 3> frames{};
    std::array<GlobalCell, 4> globals{};

    Stage() {
        context.top = &frames[1];
        context.budget = kBudget;
        for (std::size_t i = 0; i < globals.size(); ++i)
            globals[i].low = 0x1111'1111'1111'1111 * (i + 1);
        context.global_cells = globals.data();
    }

    [[nodiscard]] std::ptrdiff_t frame_at() const { return scene.r.frame - scene.frame.data(); }
};

/// Runs the row in a scene that then must be as expected; whether it went on to the cell `at`.
bool passes(Tally& tally, Row& row, Stage& stage, const Scene& expected, std::ptrdiff_t at) {
    const Left left = row.run(stage.scene, stage.context, 0);
    tally.expect(stage.scene == expected && left.at == at && left.why == Leave::at_cell);
    return left.at == at;
}

/// The same, of what always goes on to the next cell.
std::size_t passes(Tally& tally, Row row, Scene scene, const Scene& expected) {
    const Left left = row.run(scene);
    tally.expect(scene == expected && left.at == row.size());
    return left.at == row.size() ? 1 : 0;
}

// What moves words.

void run_move(Tally& tally, Domain domain, Kind kind, Place place) {
    const Handler handler = kHandlers.move[at(domain)][at(kind)][at(place)];
    tally.count(handler, [&] {
        std::size_t passed = 0;
        for (const Word value : corners(domain, true)) {
            Scene scene;
            scene.put(kind, domain, kFirst, value);
            Scene expected = scene;
            expected.put_result(place, domain, value);
            passed += passes(tally, {handler, {fields(kTo, kFirst)}}, scene, expected);
        }
        return passed;
    });
}

void run_moves(Tally& tally) {
    for (const Domain domain : kAllDomains) {
        for (const Kind kind : kAllKinds) {
            for (const Place place : kAllPlaces)
                run_move(tally, domain, kind, place);
        }
    }
}

void run_constants(Tally& tally) {
    for (const Domain domain : kAllDomains) {
        for (const Place place : kAllPlaces) {
            const Handler handler = kHandlers.constant[at(domain)][at(place)];
            tally.count(handler, [&] {
                std::size_t passed = 0;
                for (const Word value : corners(domain, true)) {
                    Scene expected;
                    expected.put_result(place, domain, value);
                    passed += passes(tally, {handler, {fields(kTo), value}}, Scene(), expected);
                }
                return passed;
            });
        }
    }
}

/// A scene in whose frame no two words are the same.
Scene numbered() {
    Scene scene;
    for (std::size_t i = 0; i < scene.frame.size(); ++i)
        scene.frame[i] = 0x0101'0101'0101'0101 * (i + 1);
    return scene;
}

void run_word_moves(Tally& tally) {
    tally.count(kHandlers.move_two, [&] {
        std::size_t passed = 0;
        // The second may take what the first one left.
        for (const std::uint32_t last : {kSecond, kTo}) {
            const Scene scene = numbered();
            Scene expected = scene;
            expected.frame[kTo] = scene.frame[kFirst];
            expected.frame[kThird] = expected.frame[last];
            expected.r.accumulator = expected.frame[last];
            passed += passes(tally, {kHandlers.move_two, {fields(kTo, kFirst, kThird, last)}}, scene, expected);
        }
        return passed;
    });
    tally.count(kHandlers.move_words, [&] {
        std::size_t passed = 0;
        for (std::uint32_t count = 0; count < 6; ++count) {
            for (const std::uint32_t from : {1U, 2U, 6U}) {
                const Scene scene = numbered();
                Scene expected = scene;
                std::copy_n(scene.frame.begin() + from, count, expected.frame.begin() + 1);
                passed += passes(tally, {kHandlers.move_words, {fields_number(1, from, count)}}, scene, expected);
            }
        }
        return passed;
    });
}

/// The operands of a select.
struct Selected {
    Kind first = Kind::slot;
    Kind second = Kind::slot;
    Kind condition = Kind::slot;
};

void run_select(Tally& tally, const Selected& kinds, Place place) {
    constexpr Word kIfTrue = 0x0123'4567'89AB'CDEF;
    constexpr Word kIfFalse = 0xFEDC'BA98'7654'3210;
    const Handler handler = kHandlers.select[at(kinds.condition)][at(kinds.first)][at(kinds.second)][at(place)];
    tally.count(handler, [&] {
        std::size_t passed = 0;
        for (const Word condition : kWide) {
            Scene scene = numbered();
            // Where both are in one register they are one local.
            const bool is_same = kinds.first == kinds.second && is_pin(kinds.first);
            const Word if_true = is_same ? kIfFalse : kIfTrue;
            scene.put(kinds.first, Domain::word, kFirst, if_true);
            scene.put(kinds.second, Domain::word, kSecond, kIfFalse);
            scene.put(kinds.condition, Domain::word, kThird, condition);
            std::vector<Word> words{fields(kTo, kFirst, kSecond, kThird)};
            if (kinds.first == Kind::constant) words.push_back(if_true);
            if (kinds.second == Kind::constant) words.push_back(kIfFalse);
            Scene expected = scene;
            const bool is_first = static_cast<std::uint32_t>(condition) != 0;
            expected.put_result(place, Domain::word, is_first ? if_true : kIfFalse);
            passed += passes(tally, Row(handler, words), scene, expected);
        }
        return passed;
    });
}

void run_selects(Tally& tally) {
    for (const Kind first : kAllKinds) {
        for (const Kind second : kAllKinds) {
            for (const Kind condition : {Kind::slot, Kind::accumulator}) {
                for (const Place place : kAllPlaces)
                    run_select(tally, {first, second, condition}, place);
            }
        }
    }
}

// Globals and the memory's size.

/// Global 1 of the instance is number 3 of the store, and so is its second own one.
struct GlobalStage : Stage {
    std::array<GlobalAddr, 2> addresses{GlobalAddr{0}, GlobalAddr{3}};

    GlobalStage() {
        context.globals = addresses.data();
        context.own_globals = &globals[2];
    }
};

void run_globals(Tally& tally, const Places& gets, const std::array<Handler, 2>& sets) {
    for (const Place place : kAllPlaces) {
        tally.count(gets[at(place)], [&] {
            GlobalStage stage;
            Scene expected;
            expected.put_result(place, Domain::word, stage.globals[3].low);
            Row row(gets[at(place)], {fields_number(kTo, 0, 1)});
            return passes(tally, row, stage, expected, row.size());
        });
    }
    for (const Kind kind : {Kind::slot, Kind::accumulator}) {
        tally.count(sets[at(kind)], [&] {
            GlobalStage stage;
            stage.scene.put(kind, Domain::word, kFirst, kWide[9]);
            const Scene expected = stage.scene;
            Row row(sets[at(kind)], {fields_number(kFirst, 0, 1)});
            const bool has_passed = passes(tally, row, stage, expected, row.size());
            tally.expect(stage.globals[3].low == kWide[9] && stage.globals[2].low == GlobalStage().globals[2].low);
            return has_passed;
        });
    }
}

void run_memory_sizes(Tally& tally) {
    for (const Place place : kAllPlaces) {
        const Handler handler = kHandlers.memory_size[at(place)];
        tally.count(handler, [&] {
            std::size_t passed = 0;
            for (const std::uint32_t log : {0U, 3U, 16U}) {
                Scene expected;
                expected.put_result(place, Domain::word, expected.memory.size() >> log);
                passed += passes(tally, {handler, {fields_number(kTo, 0, log)}}, Scene(), expected);
            }
            return passed;
        });
    }
}

// Jumps and checks.

/// Whether a way back with this delta can be paid. What goes forward is not asked.
bool is_paid(std::int32_t delta) { return kFuel + delta >= 0; }

constexpr std::int32_t kDeltas[] = {25, -static_cast<std::int32_t>(kFuel), -static_cast<std::int32_t>(kFuel) - 1};

void run_jumps(Tally& tally) {
    for (const bool is_back : kSenses) {
        const Handler handler = is_back ? kHandlers.jump_back : kHandlers.jump;
        tally.count(handler, [&] {
            for (const std::int32_t delta : kDeltas) {
                Scene scene;
                Scene expected;
                expected.r.fuel += delta;
                Row row(handler, {0, word_of_delta(delta)});
                row.aim(At::kJumpTarget);
                const Left left = row.run(scene);
                const bool has_failed = is_back && !is_paid(delta);
                tally.expect(scene == expected && left.at == kTarget &&
                             left.why == (has_failed ? Leave::at_entry : Leave::at_cell));
            }
            return std::size(kDeltas);
        });
    }
}

/// Three targets, of which one goes back, which is a check; whatever is behind the last one goes to that.
bool run_table(Tally& tally, Kind kind, Word index, unsigned back, std::int32_t delta) {
    const auto chosen = std::min<Word>(static_cast<std::uint32_t>(index), 2);
    Scene scene;
    scene.put(kind, Domain::word, kFirst, index);
    Scene expected = scene;
    expected.r.fuel += chosen == 1 ? delta : 7 * static_cast<std::int64_t>(chosen);
    const auto behind = [&](unsigned target) {
        const std::int32_t owed = target == 1 ? delta : static_cast<std::int32_t>(7 * target);
        return word_of_delta(owed);
    };
    Row row(kHandlers.table[at(kind)], {fields_number(kFirst, 0, 2), 0, behind(0), 0, behind(1), 0, behind(2)});
    row.aim(2);
    row.aim(4, Size::kBranch);
    row.aim(6);
    row.aim_back(2 + back * Size::kTarget);
    const Left left = row.run(scene);
    const bool has_failed = chosen == back && expected.r.fuel < 0;
    const auto forward = static_cast<std::ptrdiff_t>(chosen == 1 ? kTarget + Size::kBranch : kTarget);
    const std::ptrdiff_t target = chosen == back ? Row::kBack : forward;
    tally.expect(scene == expected && left.at == target && left.why == (has_failed ? Leave::at_entry : Leave::at_cell));
    return left.at == target;
}

std::size_t run_tables_of(Tally& tally, Kind kind) {
    std::size_t passed = 0;
    for (const Word index : {Word{0}, Word{1}, Word{2}, Word{3}, Word{0xFFFF'FFFF}, kPoison << 32 | 1}) {
        for (const unsigned back : {0U, 1U, 2U}) {
            for (const std::int32_t delta : kDeltas)
                passed += run_table(tally, kind, index, back, delta) ? 1U : 0U;
        }
    }
    return passed;
}

void run_tables(Tally& tally) {
    for (const Kind kind : kAllKinds)
        tally.count(kHandlers.table[at(kind)], [&] { return run_tables_of(tally, kind); });
}

void run_checks(Tally& tally) {
    tally.count(kHandlers.pass, [&] { return passes(tally, {kHandlers.pass, {}}, Scene(), Scene()); });
    tally.count(kHandlers.check, [&] {
        for (const std::int64_t price : kPrices) {
            Stage stage;
            Scene expected;
            const bool can_pay = price <= kFuel;
            if (can_pay) expected.r.fuel -= price;
            Row row(kHandlers.check, {static_cast<Word>(price)});
            passes(tally, row, stage, expected, can_pay ? row.size() : 0);
        }
        return std::size(kPrices);
    });
}

std::size_t run_pins(Tally& tally, Handler handler, std::size_t words, std::size_t f64s, std::size_t f32s) {
    const Scene scene = numbered();
    Scene expected = scene;
    for (std::size_t i = 0; i < words; ++i)
        expected.r.pins[i] = scene.frame[3 - i];
    for (std::size_t i = 0; i < f64s; ++i)
        expected.r.f64_pins[i] = F64{scene.frame[7 - i]};
    for (std::size_t i = 0; i < f32s; ++i)
        expected.r.f32_pins[i] = F32{static_cast<std::uint32_t>(scene.frame[9 - i])};
    return passes(tally, {handler, {fields(3, 2, 1), fields(7, 6, 5, 4), fields(9, 8)}}, scene, expected);
}

void run_all_pins(Tally& tally) {
    for (std::size_t words = 0; words <= pins_of(Domain::word); ++words) {
        for (std::size_t f64s = 0; f64s <= pins_of(Domain::f64); ++f64s) {
            for (std::size_t f32s = 0; f32s <= pins_of(Domain::f32); ++f32s) {
                const Handler handler = pins_handler(words, f64s, f32s);
                tally.count(handler, [&] { return run_pins(tally, handler, words, f64s, f32s); });
            }
        }
    }
}

// Bytes.

struct BulkCase {
    Word to;
    Word from;
    Word count;
    std::int64_t price;
};

/// At half a unit for each byte, rounded up, on top of what is owed.
bool run_bulk(Tally& tally, Handler handler, bool is_fill, const BulkCase& test) {
    constexpr std::uint32_t kPassedOver = kTarget - Size::kBulk;
    Stage stage;
    stage.scene.frame[kFirst] = test.to;
    stage.scene.frame[kSecond] = test.from;
    stage.scene.frame[kThird] = test.count;
    Scene expected = stage.scene;
    const std::size_t size = expected.memory.size();
    const std::int64_t price = test.price + static_cast<std::int64_t>((test.count + 1) / 2);
    const bool is_done = test.to + test.count <= size && (is_fill || test.from + test.count <= size) && price <= kFuel;
    if (is_done) {
        expected.r.fuel -= price;
        for (std::size_t i = 0; i < test.count; ++i)
            expected.memory[test.to + i] =
                is_fill ? static_cast<std::uint8_t>(test.from) : stage.scene.memory[test.from + i];
    }
    Row row(handler,
            {fields(kFirst, kSecond, kThird, kPassedOver), static_cast<Word>(test.price), Word{1} | Word{2} << 32});
    return passes(tally, row, stage, expected, is_done ? static_cast<std::ptrdiff_t>(kTarget) : 0) && is_done;
}

void run_bulks(Tally& tally) {
    for (const bool is_fill : kSenses) {
        const Handler handler = is_fill ? kHandlers.memory_fill : kHandlers.memory_copy;
        tally.count(handler, [&] {
            std::size_t passed = 0;
            for (const Word to : {0U, 3U, 31U, 32U, 33U, 0xFFFF'FFFFU}) {
                for (const Word from : {0U, 5U, 32U, 33U, 0xFFFF'FFFFU}) {
                    for (const Word count : {0U, 1U, 27U, 29U, 32U, 0xFFFF'FFFFU}) {
                        for (const std::int64_t price : {std::int64_t{3}, kFuel - 14, kFuel - 13, kFuel + 1})
                            passed += run_bulk(tally, handler, is_fill, {to, from, count, price}) ? 1U : 0U;
                    }
                }
            }
            return passed;
        });
    }
}

// Calls.

constexpr std::uint32_t kDelta = 5;
constexpr std::uint32_t kImported = 2;

/// Two functions: of two parameters and two further locals, in frames of seven words. The first is the callee.
struct CallStage : Stage {
    std::array<Callee, 2> callees;

    CallStage() {
        scene = numbered();
        for (Callee& callee : callees) {
            callee.index = 40;
            callee.parameter_words = 2;
            callee.local_words = 4;
            callee.frame_words = 7;
        }
        context.callees = callees.data();
        context.imported_functions = kImported;
    }
};

/// What a call may lack.
struct CallCase {
    std::int64_t price = 25;
    bool is_lowered = true;
    std::int64_t budget = kBudget;
    /// Of a call by table.
    bool is_found = true;

    [[nodiscard]] bool is_entered(std::int64_t needed) const {
        return is_found && price <= kFuel && is_lowered && budget >= needed;
    }
};

std::vector<CallCase> call_cases() {
    std::vector<CallCase> cases;
    for (const std::int64_t price : kPrices)
        cases.push_back({.price = price});
    cases.push_back({.is_lowered = false});
    for (const std::int64_t budget : {0, 7, 8})
        cases.push_back({.budget = budget});
    return cases;
}

bool check_entered(Tally& tally, const CallStage& stage, const Row& row, bool is_entered) {
    const Frame& top = *stage.context.top;
    if (!is_entered) {
        tally.expect(stage.context.top == &stage.frames[1] && stage.frame_at() == 0);
        return false;
    }
    tally.expect(stage.context.top == &stage.frames[2] && stage.frame_at() == kDelta);
    tally.expect(top.code == nullptr && top.delta == kDelta && top.callee == stage.callees.data());
    tally.expect(top.resume == row.behind());
    return true;
}

/// `cleared` words of the callee's frame become zero.
bool run_call(Tally& tally, Row& row, CallStage& stage, const CallCase& test, std::size_t cleared) {
    if (test.is_lowered) stage.callees[0].entry = row.target();
    stage.context.budget = test.budget;
    Scene expected = stage.scene;
    const bool is_entered = test.is_entered(stage.callees[0].budget());
    if (is_entered) expected.r.fuel -= test.price;
    if (is_entered) std::fill_n(expected.frame.begin() + kDelta + 2, cleared, 0);
    passes(tally, row, stage, expected, is_entered ? static_cast<std::ptrdiff_t>(kTarget) : 0);
    tally.expect(stage.context.budget == test.budget - (is_entered ? stage.callees[0].budget() : 0));
    return check_entered(tally, stage, row, is_entered);
}

void run_calls(Tally& tally) {
    for (std::size_t locals = 0; locals < kHandlers.call.size(); ++locals) {
        const Handler handler = kHandlers.call[locals];
        const std::size_t cleared = locals == Handlers::kAnyLocals ? 2 : Handlers::kCleared[locals];
        tally.count(handler, [&] {
            std::size_t passed = 0;
            for (const CallCase& test : call_cases()) {
                CallStage stage;
                Row row(handler, {fields_number(kDelta, kDelta + 2, static_cast<std::uint32_t>(test.price)),
                                  reinterpret_cast<std::uintptr_t>(stage.callees.data()), 0});
                passed += run_call(tally, row, stage, test, cleared) ? 1U : 0U;
            }
            return passed;
        });
    }
}

/// What table 0 has: nothing, the callee, one of another type, of another instance, and of the host.
struct IndirectStage : CallStage {
    std::array<Word, 5> table{};
    std::array<Function, 4> functions{};
    std::array<Word, 2> types{};

    [[nodiscard]] const CanonicalType* type(std::size_t i) const {
        return reinterpret_cast<const CanonicalType*>(&types[i]);
    }

    IndirectStage() {
        for (std::size_t i = 0; i < functions.size(); ++i) {
            table[i + 1] = Ref::func(FuncAddr(static_cast<std::uint32_t>(i))).word();
            functions[i].index = FuncIdx{kImported};
            functions[i].canonical = type(0);
            functions[i].instance = InstanceAddr{7};
        }
        functions[1].canonical = type(1);
        functions[2].instance = InstanceAddr{8};
        functions[3].host = reinterpret_cast<HostModule*>(types.data());
        context.instance = InstanceAddr{7};
        context.table = table.data();
        context.table_size = table.size();
        context.functions = functions.data();
    }
};

bool run_call_indirect(Tally& tally, Word index, CallCase test) {
    constexpr std::uint32_t kFramePrice = 4;
    IndirectStage stage;
    stage.callees[0].frame_price = kFramePrice;
    stage.scene.frame[kFirst] = index;
    test.is_found = index == 1;
    Row row(kHandlers.call_indirect,
            {fields_number(kDelta, kFirst, static_cast<std::uint32_t>(test.price) - kFramePrice),
             reinterpret_cast<std::uintptr_t>(stage.type(0)), 0});
    return run_call(tally, row, stage, test, 2);
}

void run_calls_indirect(Tally& tally) {
    tally.count(kHandlers.call_indirect, [&] {
        std::size_t passed = 0;
        for (const Word index : {Word{0}, Word{1}, Word{2}, Word{3}, Word{4}, Word{5}, Word{0xFFFF'FFFF}}) {
            for (const CallCase& test : call_cases())
                passed += run_call_indirect(tally, index, test) ? 1U : 0U;
        }
        return passed;
    });
}

/// Out of a frame of four words.
bool run_return_call(Tally& tally, std::size_t parameters, const CallCase& test) {
    constexpr std::int64_t kFrameWords = 4;
    const bool is_plain = parameters < Handlers::kAnyWords;
    const std::uint32_t words = is_plain ? static_cast<std::uint32_t>(parameters) : 2;
    CallStage stage;
    stage.callees[0].parameter_words = words;
    if (is_plain) stage.callees[0].local_words = words;
    Row row(kHandlers.return_call[parameters],
            {fields_number(kDelta, 0, static_cast<std::uint32_t>(test.price)),
             reinterpret_cast<std::uintptr_t>(stage.callees.data()), Word{kFrameWords}});
    if (test.is_lowered) stage.callees[0].entry = row.target();
    stage.context.budget = test.budget;
    Scene expected = stage.scene;
    const std::int64_t needed = stage.callees[0].frame_words - kFrameWords;
    const bool is_entered = test.is_entered(needed);
    if (is_entered) {
        expected.r.fuel -= test.price;
        std::copy_n(stage.scene.frame.begin() + kDelta, words, expected.frame.begin());
        if (!is_plain) std::fill_n(expected.frame.begin() + words, 2, 0);
    }
    passes(tally, row, stage, expected, is_entered ? static_cast<std::ptrdiff_t>(kTarget) : 0);
    tally.expect(stage.context.budget == test.budget - (is_entered ? needed : 0));
    tally.expect(stage.context.top == &stage.frames[1] && stage.frame_at() == 0);
    tally.expect(!is_entered ||
                 (number(stage.frames[1].function) == 40 && stage.frames[1].callee == stage.callees.data()));
    return is_entered;
}

void run_return_calls(Tally& tally) {
    for (std::size_t parameters = 0; parameters < kHandlers.return_call.size(); ++parameters) {
        tally.count(kHandlers.return_call[parameters], [&] {
            std::size_t passed = 0;
            for (const CallCase& test : call_cases())
                passed += run_return_call(tally, parameters, test) ? 1U : 0U;
            for (const std::int64_t budget : {2, 3})
                passed += run_return_call(tally, parameters, {.budget = budget}) ? 1U : 0U;
            return passed;
        });
    }
}

bool run_return_call_self(Tally& tally, std::size_t parameters, std::int64_t price) {
    CallStage stage;
    Row row(kHandlers.return_call_self[parameters], {fields_number(kDelta, 0, static_cast<std::uint32_t>(price)), 0});
    row.aim(2);
    Scene expected = stage.scene;
    const bool is_entered = price <= kFuel;
    if (is_entered) {
        expected.r.fuel -= price;
        std::copy_n(stage.scene.frame.begin() + kDelta, parameters, expected.frame.begin());
    }
    passes(tally, row, stage, expected, is_entered ? static_cast<std::ptrdiff_t>(kTarget) : 0);
    tally.expect(stage.context.budget == kBudget && stage.context.top == &stage.frames[1] && stage.frame_at() == 0);
    return is_entered;
}

void run_return_calls_self(Tally& tally) {
    for (std::size_t parameters = 0; parameters < kHandlers.return_call_self.size(); ++parameters) {
        tally.count(kHandlers.return_call_self[parameters], [&] {
            std::size_t passed = 0;
            for (const std::int64_t price : kPrices)
                passed += run_return_call_self(tally, parameters, price) ? 1U : 0U;
            return passed;
        });
    }
}

// Returns.

/// A return of `results` words, which `expect` puts into a scene; the frame begins at word 4.
struct Return {
    Handler handler;
    std::initializer_list<Word> fields;
    std::uint32_t results;
    std::int64_t price;
};

constexpr std::size_t kBase = 4;
constexpr std::uint32_t kFrameWords = 6;

/// Whether there was a frame below to go on in.
template <class Expect>
bool run_return(Tally& tally, const Return& test, const Scene& before, bool has_caller, Expect expect) {
    Stage stage;
    stage.scene = before;
    Scene expected = before;
    expected.r.fuel -= test.price;
    expect(expected);
    Row row(test.handler, test.fields);
    stage.frames[1].delta = kBase;
    stage.frames[1].resume = has_caller ? row.target() : nullptr;
    const Left left = row.run(stage.scene, stage.context, kBase);
    const bool goes_on = has_caller && test.price <= kFuel;
    tally.expect(stage.scene == expected && left.at == (goes_on ? static_cast<std::ptrdiff_t>(kTarget) : 0));
    tally.expect(left.why == (goes_on ? Leave::at_cell : Leave::returned));
    tally.expect(goes_on || stage.context.results == test.results);
    tally.expect(stage.context.top == &stage.frames[goes_on ? 0 : 1]);
    tally.expect(stage.frame_at() == (goes_on ? 0 : static_cast<std::ptrdiff_t>(kBase)));
    tally.expect(stage.context.budget == kBudget + kFrameWords + 1);
    return goes_on;
}

/// With each price, out of the last frame or not.
template <class Run>
std::size_t at_prices(Run run) {
    std::size_t passed = 0;
    for (const std::int64_t price : kPrices) {
        for (const bool has_caller : kSenses)
            passed += run(price, static_cast<std::uint32_t>(price), has_caller) ? 1U : 0U;
    }
    return passed;
}

void run_returns_of_one(Tally& tally, Domain domain, Kind kind) {
    const Handler handler = kHandlers.return_one[at(domain)][at(kind)];
    tally.count(handler, [&] {
        std::size_t passed = 0;
        for (const Word value : corners(domain, true)) {
            Scene scene = numbered();
            scene.put(kind, domain, kBase + kFirst, value);
            passed += at_prices([&](std::int64_t price, std::uint32_t number, bool has_caller) {
                const Return test{handler, {fields_number(kFirst, 0, number), kFrameWords}, 1, price};
                return run_return(tally, test, scene, has_caller, [&](Scene& expected) {
                    expected.frame[kBase] = value;
                    expected.put_in_register(Kind::accumulator, domain, value);
                });
            });
        }
        return passed;
    });
}

void run_returns(Tally& tally) {
    tally.count(kHandlers.return_none, [&] {
        return at_prices([&](std::int64_t price, std::uint32_t number, bool has_caller) {
            const Return test{kHandlers.return_none, {number, kFrameWords}, 0, price};
            return run_return(tally, test, numbered(), has_caller, [](Scene&) {});
        });
    });
    tally.count(kHandlers.return_words, [&] {
        return at_prices([&](std::int64_t price, std::uint32_t number, bool has_caller) {
            const Return test{
                kHandlers.return_words, {fields_number(2, 0, number), kFrameWords | Word{3} << 32}, 3, price};
            return run_return(tally, test, numbered(), has_caller, [](Scene& expected) {
                const Scene before = expected;
                std::copy_n(before.frame.begin() + kBase + 2, 3, expected.frame.begin() + kBase);
            });
        });
    });
    for (const Domain domain : kAllDomains) {
        for (const Kind kind : {Kind::slot, Kind::accumulator})
            run_returns_of_one(tally, domain, kind);
    }
}

/// How many handlers the tables have, each once.
std::size_t handlers_there() {
    std::array<Handler, sizeof(Handlers) / sizeof(Handler)> all{};
    std::memcpy(all.data(), &kHandlers, sizeof all);
    std::set<Word> words;
    for (const Handler handler : all) {
        if (handler != nullptr) words.insert(word_of(handler));
    }
    return words.size() + (pins_of(Domain::word) + 1) * (pins_of(Domain::f64) + 1) * (pins_of(Domain::f32) + 1);
}

} // namespace

TEST_CASE("each handler of control does what its cell says, and leaves what it may not do to the stepper") {
    Tally tally;
    run_moves(tally);
    run_constants(tally);
    run_word_moves(tally);
    run_selects(tally);
    run_globals(tally, kHandlers.global_get, kHandlers.global_set);
    run_globals(tally, kHandlers.own_global_get, kHandlers.own_global_set);
    run_memory_sizes(tally);
    run_jumps(tally);
    run_tables(tally);
    run_checks(tally);
    run_all_pins(tally);
    run_bulks(tally);
    run_calls(tally);
    run_calls_indirect(tally);
    run_return_calls(tally);
    run_return_calls_self(tally);
    run_returns(tally);
    // All but the one that calls a body.
    CHECK(tally.there + 1 == handlers_there());
    tally.check("control");
}
