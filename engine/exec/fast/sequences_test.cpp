// Sequences do what their cells do one after the other. Expected is what the single handlers make of the same cells,
// which handlers_test.cpp and handlers_branch_test.cpp check on their own.
#include "engine/exec/fast/sequences.hpp"
#include "engine/exec/machine.hpp"
#include "engine/testing/generator.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace detent;
using namespace detent::fast;
using detent::testing::Random;

namespace {

constexpr std::uint32_t kSlots = 12;
constexpr std::size_t kMemory = 64;
constexpr std::size_t kGlobals = kSlots;
/// Of each sequence.
constexpr int kScenes = 120;

/// All that cells can see or change.
struct World {
    Registers r;
    Context context;
    std::array<Word, 8 * kSlots> frame{};
    std::array<std::uint8_t, kMemory> memory{};
    std::array<GlobalCell, kGlobals> globals{};
    std::array<GlobalAddr, kGlobals> addresses{};
    std::array<Frame, 4> frames{};
    Callee callee;

    explicit World(std::uint64_t seed) {
        Random random(seed);
        // Addresses within memory are as likely as numbers of all sizes.
        const auto word = [&random] { return random.next() >> (random.one_in(8) ? random.below(64) : 60); };
        for (Word& one : frame)
            one = word();
        // What is loaded is often an address again.
        for (std::uint8_t& one : memory)
            one = static_cast<std::uint8_t>(random.one_in(32) ? random.next() : random.one_in(8) ? 8 : 0);
        for (std::uint32_t i = 0; i < kGlobals; ++i) {
            globals[i].low = word();
            addresses[i] = GlobalAddr{i};
        }
        r.accumulator = word();
        r.f64_accumulator = F64{random.next()};
        r.f32_accumulator = F32{static_cast<std::uint32_t>(random.next())};
        for (Word& one : r.pins)
            one = word();
        for (F64& one : r.f64_pins)
            one = F64{random.next()};
        for (F32& one : r.f32_pins)
            one = F32{static_cast<std::uint32_t>(random.next())};
        r.fuel = random.one_in(4) ? random.below(50) : 1'000'000;
        callee.parameter_words = 1;
        callee.local_words = 3;
        callee.frame_words = 4;
    }

    void run(const Word* cells, const Word* stop) {
        r.cell = cells;
        r.context = &context;
        // In the middle, since a return goes back and a call goes on.
        r.frame = frame.data() + 2 * kSlots;
        r.memory = memory.data();
        context.touched = memory.size();
        context.memory_bytes = memory.size();
        context.globals = addresses.data();
        context.global_cells = globals.data();
        context.own_globals = globals.data();
        context.budget = 100;
        context.top = frames.data() + 1;
        context.top->resume = stop;
        context.top->delta = 1;
        callee.entry = stop;
        context.registers = r;
        fast::run(context);
        r = context.registers;
    }

    /// Where the cell, the frame and the top are, and all that is in them.
    [[nodiscard]] std::vector<Word> seen(const Word* cells) const {
        std::vector<Word> all(frame.begin(), frame.end());
        all.insert(all.end(), memory.begin(), memory.end());
        for (const GlobalCell& global : globals)
            all.push_back(global.low);
        all.insert(all.end(), r.pins.begin(), r.pins.end());
        for (const F64 one : r.f64_pins)
            all.push_back(one.bits);
        for (const F32 one : r.f32_pins)
            all.push_back(one.bits);
        const auto numbers = {r.accumulator,
                              r.f64_accumulator.bits,
                              Word{r.f32_accumulator.bits},
                              static_cast<Word>(r.fuel),
                              static_cast<Word>(r.cell - cells),
                              static_cast<Word>(r.frame - frame.data()),
                              static_cast<Word>(context.top - frames.data()),
                              static_cast<Word>(context.budget),
                              static_cast<Word>(context.leave)};
        all.insert(all.end(), numbers);
        return all;
    }
};

/// Cells of the elements, with fields at random, and a cell behind them that leaves.
struct Cells {
    std::vector<Word> words;
    std::vector<std::uint32_t> starts;

    /// The last one of a row that turns goes to the first one, if it `is_loop`.
    Cells(const SequenceRow& row, bool is_loop, const Callee& callee, Random& random) {
        words.reserve(kElsewhere + Size::kCheck); // fields point into it
        const auto address = [this](std::size_t at) { return reinterpret_cast<std::uintptr_t>(words.data() + at); };
        const Element& last = row.elements[row.length - 1];
        // What such a branch goes around.
        put({word_of(kHandlers.check), kUnpayable, 0, 0});
        const std::size_t begin = words.size() - words_around(last);
        for (std::size_t i = 0; i + 1 < row.length; ++i)
            add(row.elements[i], address(kElsewhere), callee, random);
        add(last, address(last.branch.turns && is_loop ? begin : kStop), callee, random);
        // It turns no more than some fifty times, even if it should not.
        if (last.branch.way != Way::forward)
            words[starts.back() + target_of(last) + 1] = Word{0} - 20'000 - random.below(100);
        put({word_of(kHandlers.check), kUnpayable});
        words.resize(kStop);
        put({word_of(kHandlers.check), kUnpayable, 0, 0});
        // Where a branch around a loop goes on, and where one from before the last cell does.
        put({word_of(kHandlers.check), kUnpayable});
        put({word_of(kHandlers.check), kUnpayable});
    }

    /// So that just what the row says is handed on: no two cells write one slot, and an operand is in the slot of the
    /// cell that it comes from, or in one that nobody writes.
    void hand_on(const SequenceRow& row) {
        for (std::uint32_t i = 0; i < row.length; ++i) {
            const std::size_t written = slots_written(row.elements[i]);
            if (written > 0) set_slot(i, 0, i);
            if (written > 1) set_slot(i, 2, kSlots - 2);
            const std::array<OperandOf, 3> operands = operands_of(row.elements[i]);
            for (std::size_t operand = 0; operand < operands.size(); ++operand) {
                if (operands[operand].kind != Kind::slot) continue;
                const std::uint8_t from = row.elements[i].from[operand];
                set_slot(i, operands[operand].slot, from == 0 ? kSlots - 1 : i - from);
            }
        }
    }

    [[nodiscard]] const Word* first() const { return words.data() + starts[0]; }
    [[nodiscard]] const Word* stop() const { return words.data() + kStop; }
    [[nodiscard]] const Word* elsewhere() const { return words.data() + kElsewhere; }

  private:
    static constexpr std::size_t kStop = 48;
    static constexpr std::size_t kElsewhere = kStop + Size::kBranch + Size::kCheck;
    static constexpr Word kUnpayable = Word{1} << 60;

    [[nodiscard]] static bool is_long(const Element& is) {
        const bool has_constant = is.first == Kind::constant || is.second == Kind::constant;
        const std::string_view type = row(is.op).type;
        return has_constant && (type.starts_with("i64") || type.starts_with("f64"));
    }

    void add(const Element& is, Word stop, const Callee& callee, Random& random) {
        starts.push_back(static_cast<std::uint32_t>(words.size()));
        words.push_back(word_of(handler_of(is)));
        const auto slot = [&random] { return random.below(kSlots); };
        // The upper half is a number too, often a small one.
        const Word slots = fields(slot(), slot(), slot(), random.one_in(8) ? slot() : 0);
        const Word numbered = fields_number(slot(), slot(), slot());
        const auto delta = static_cast<Word>(static_cast<std::int64_t>(random.below(100)) - 60);
        switch (is.family) {
        case Family::none: break;
        case Family::unary:
        case Family::move:
        case Family::move_two: put({slots}); break;
        case Family::select:
            put({slots});
            for (const Kind kind : {is.first, is.second}) {
                if (kind == Kind::constant) words.push_back(random.next());
            }
            break;
        case Family::binary: is_long(is) ? put({slots, random.next()}) : put({slots}); break;
        case Family::load:
        case Family::load_sum:
        case Family::store:
        case Family::store_sum: put({slots, 8 + slot()}); break;
        // Often an address.
        case Family::constant: put({slots, random.one_in(2) ? Word{slot()} : random.next()}); break;
        case Family::global_get:
        case Family::own_global_get:
        case Family::global_set:
        case Family::own_global_set: put({numbered}); break;
        case Family::check: put({Word{random.below(30)}}); break;
        case Family::pins: put({slots, slots, slots}); break;
        case Family::compare:
            put({slots, stop, delta});
            if (is.second == Kind::constant && is.relation >= Relation::f64_eq && is.relation < Relation::f32_eq)
                words.push_back(random.next());
            break;
        case Family::branch_if:
        case Family::count: put({slots, stop, delta}); break;
        case Family::jump: put({stop, delta}); break;
        case Family::table: put({fields_number(slot(), 0, 1), stop, delta, stop, delta}); break;
        case Family::call: put({numbered, reinterpret_cast<std::uintptr_t>(&callee), 0}); break;
        case Family::call_indirect: put({numbered, 0, 0}); break;
        case Family::return_none: put({Word{slot()}, 3}); break;
        case Family::return_one: put({numbered, 3}); break;
        }
    }

    void put(std::initializer_list<Word> more) { words.insert(words.end(), more); }

    void set_slot(std::size_t cell, unsigned slot, std::uint32_t value) {
        Word& word = words[starts[cell] + At::kSlots];
        word = (word & ~(Word{0xFFFF} << 16 * slot)) | Word{value} << 16 * slot;
    }
};

/// As code that is entered at its first cell alone.
void join_all(Cells& cells) {
    Landings landings;
    REQUIRE(landings.begin(cells.words.size()));
    landings.add(cells.starts[0]);
    join_sequences(cells.words, cells.starts, landings);
}

struct Tally {
    std::size_t rows = 0;
    std::size_t passed = 0;
    std::size_t wrong = 0;
    /// Runs that ended as they went back to the first cell.
    std::size_t turned = 0;
};

/// Whether the last cell was passed in one of the scenes.
bool is_passed(const SequenceRow& row, Tally& tally, std::uint64_t seed) {
    bool passed = false;
    for (int i = 0; i < kScenes; ++i) {
        Random random(seed + static_cast<std::uint64_t>(i));
        World alone(seed + static_cast<std::uint64_t>(i));
        World joined(seed + static_cast<std::uint64_t>(i));
        const bool is_loop = i % 4 != 2;
        Cells cells(row, is_loop, alone.callee, random);
        // Else it may be another sequence of the same cells.
        const bool must_fit = i % 2 == 0;
        if (must_fit) cells.hand_on(row);
        alone.run(cells.first(), cells.stop());
        join_all(cells);
        const bool turns = row.elements[row.length - 1].branch.turns;
        if (must_fit) CHECK((*cells.first() == word_of(row.handler)) == (is_loop || !turns));
        joined.run(cells.first(), cells.stop());
        tally.wrong += alone.seen(cells.words.data()) == joined.seen(cells.words.data()) ? 0U : 1U;
        const bool is_elsewhere = alone.r.cell == cells.elsewhere();
        const bool has_turned = alone.context.leave == Leave::at_entry && alone.r.cell <= cells.first();
        passed = passed || has_turned || (!is_elsewhere && alone.r.cell > cells.words.data() + cells.starts.back());
        tally.turned += has_turned ? 1U : 0U;
    }
    return passed;
}

template <std::size_t part>
void run_part(Tally& tally) {
    for (const SequenceRow& row : sequence_rows<part>()) {
        if (row.length == 0) continue;
        ++tally.rows;
        tally.passed += is_passed(row, tally, tally.rows) ? 1U : 0U;
    }
}

template <std::size_t... parts>
void run_all(Tally& tally, std::index_sequence<parts...>) {
    (run_part<parts>(tally), ...);
}

/// Of sequences.def.
std::size_t written_rows() {
    std::ifstream table(std::string(std::getenv("DETENT_ROOT")) + "/engine/exec/fast/sequences.def");
    std::size_t rows = 0;
    for (std::string line; std::getline(table, line);)
        rows += line.starts_with("SEQUENCE(") ? 1U : 0U;
    return rows;
}

} // namespace

TEST_CASE("each sequence does what its cells do one after the other") {
    Tally tally;
    run_all(tally, std::make_index_sequence<kSequenceParts>{});
    // An indirect call has no table here, and leaves at its cell.
    std::cout << "sequences: " << tally.rows << ", passed to their ends: " << tally.passed
              << ", turned: " << tally.turned << "\n";
    CHECK(tally.wrong == 0);
    // No row is in a part that nobody compiles.
    if (kHasPins && kWordPins != 0) CHECK(tally.rows == written_rows());
    CHECK(tally.passed * 100 >= tally.rows * 99);
}

TEST_CASE("cells within a sequence keep their own handlers, unless something lands there") {
    std::size_t compared = 0;
    for (const SequenceRow& row : sequence_rows<0>()) {
        if (row.length < 3) continue;
        Callee callee;
        Random random(row.length);
        Cells cells(row, true, callee, random);
        const std::vector<Word> alone = cells.words;
        join_all(cells);
        for (std::size_t i = 1; i < row.length; ++i)
            CHECK(cells.words[cells.starts[i]] == alone[cells.starts[i]]);
        ++compared;
    }
    std::cout << "sequences of three and more: " << compared << "\n";
    // A build with few handlers has no sequences.
    CHECK((compared > 100) == kHasPins);
}
