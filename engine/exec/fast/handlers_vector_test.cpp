// Every handler of whole operands, alone: vectors and integers of 128 bits at corner operands, with the result beside
// them and over them. What an instruction without immediates makes is said by the stepper's body; lanes and memory are
// bytes in order, as in the specification. All that a handler is not to change must stay what it was.
#include "engine/testing/one_cell.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <tuple>

using namespace detent;
using namespace detent::fast;
using namespace detent::fast::testing;

namespace {

// What is expected.

using Words = std::vector<Word>;

template <class T>
constexpr bool kIsPair = std::is_same_v<T, V128> || std::is_same_v<T, WideResult>;

template <class T>
T take(const Word*& words) {
    if constexpr (std::is_same_v<T, V128>) {
        words += 2;
        return {words[-2], words[-1]};
    } else {
        return from_word<T>(*words++);
    }
}

template <class T>
Words words_of(T value) {
    if constexpr (kIsPair<T>)
        return {value.low, value.high};
    else
        return {to_word(value)};
}

/// Of the words of all operands, the lowest operand first.
using WholeMeaning = Words (*)(const Word* operands);

template <class Signature, auto function>
struct WholeMeaningOf {
    static constexpr WholeMeaning kMeaning = nullptr;
};
template <class Result, class... Operands, auto function>
    requires(kIsPair<Result> || (kIsPair<Operands> || ...))
struct WholeMeaningOf<Result (*)(Operands...) noexcept, function> {
    // Braces keep the order of the operands.
    static constexpr WholeMeaning kMeaning = [](const Word* words) {
        return words_of(std::apply(function, std::tuple<Operands...>{take<Operands>(words)...}));
    };
};

constexpr WholeMeaning kMeanings[] = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    WholeMeaningOf<decltype(&body::identifier), &body::identifier>::kMeaning,
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

using Bytes16 = std::array<std::uint8_t, 16>;

Bytes16 bytes_of(V128 vector) {
    Bytes16 bytes{};
    for (unsigned i = 0; i < 16; ++i)
        bytes[i] = static_cast<std::uint8_t>((i < 8 ? vector.low : vector.high) >> (8 * (i % 8)));
    return bytes;
}

Words vector_of(const Bytes16& bytes) {
    Words words{0, 0};
    for (unsigned i = 0; i < 16; ++i)
        words[i / 8] |= Word{bytes[i]} << (8 * (i % 8));
    return words;
}

// Operands.

constexpr std::uint16_t kShorts[] = {0, 1, 0xFFFF, 0x8000, 0x7FFF, 0x0080, 0x00FF, 0x1234};
constexpr std::uint8_t kBytes[] = {0, 1, 0xFF, 0x80, 0x7F, 7, 8, 15, 16, 0x55};
constexpr Word kUniform[] = {0, ~Word{0}};

/// Vectors in each of whose lanes every corner stands once.
template <class T, std::size_t count>
std::vector<V128> turned(const Word (&corners)[count]) {
    std::vector<V128> vectors;
    for (std::size_t i = 0; i < count; ++i) {
        body::Lanes<T> lanes{};
        for (std::size_t k = 0; k < lanes.size(); ++k)
            lanes[k] = static_cast<T>(corners[(i + k) % count]);
        vectors.push_back(body::vector_of<T>(lanes));
    }
    return vectors;
}

template <class T, std::size_t count>
std::vector<V128> turned(const T (&corners)[count]) {
    Word words[count];
    std::ranges::copy(corners, words);
    return turned<T>(words);
}

/// Operands are paired within a set.
const std::vector<std::vector<V128>>& sets() {
    static const std::vector<std::vector<V128>> all = {turned<body::U64>(kDoubles),
                                                       turned<body::U64>(kWide),
                                                       turned<body::U32>(kSingles),
                                                       turned<body::U32>(kNarrow),
                                                       turned<body::U16>(kShorts),
                                                       turned<body::U8>(kBytes),
                                                       {V128{}, V128{kUniform[1], kUniform[1]}}};
    return all;
}

std::vector<V128> all_vectors() {
    std::vector<V128> all;
    for (const std::vector<V128>& set : sets())
        all.insert(all.end(), set.begin(), set.end());
    return all;
}

// One cell.

/// One execution, and what must come of it.
struct Whole {
    const WholeHandler& is;
    /// Of all operands, one after the other.
    Words operands;
    std::optional<std::uint32_t> lane = {};
    /// Behind the word of the slots.
    Words more = {};
    /// Of the result; none where nothing is given.
    Words result = {};
    bool goes_on = true;
    std::optional<std::array<std::uint8_t, 32>> memory = {};
};

/// The slots of the result and of each operand.
using Slots = std::array<std::uint32_t, 5>;

/// The result before the operands; over them, as on the operand stack; and over them in the contrary order.
std::vector<Slots> layouts(const WholeHandler& is) {
    Slots apart{0};
    Slots over{1};
    Slots against{1};
    std::uint32_t words = 0;
    for (std::size_t i = 0; i < is.operands; ++i) {
        apart[1 + i] = 2 + words;
        over[1 + i] = 1 + words;
        words += is.words[i];
    }
    for (std::size_t i = 0; i < is.operands; ++i)
        against[1 + i] = 2 + words - over[1 + i] - is.words[i];
    return {apart, over, against};
}

Words cell_of(const Whole& test, Slots slots) {
    const std::size_t behind = test.is.form == WholeForm::access_lane ? 3U : 1U + test.is.operands;
    if (test.lane) slots[behind] = *test.lane;
    Words words{fields(slots[0], slots[1], slots[2], slots[3])};
    if (test.is.operands > 3) words.push_back(fields(slots[4]));
    words.insert(words.end(), test.more.begin(), test.more.end());
    return words;
}

void put_operands(Scene& scene, const Whole& test, const Slots& slots) {
    auto from = test.operands.begin();
    for (std::size_t i = 0; i < test.is.operands; ++i) {
        for (std::uint32_t word = 0; word < test.is.words[i]; ++word)
            scene.frame[slots[1 + i] + word] = *from++;
    }
}

/// How often the handler went on.
std::size_t run_whole(Tally& tally, const Whole& test) {
    std::size_t passed = 0;
    for (const Slots& slots : layouts(test.is)) {
        Scene scene;
        put_operands(scene, test, slots);
        Scene expected = scene;
        if (test.memory) expected.memory = *test.memory;
        std::ranges::copy(test.result, expected.frame.begin() + slots[0]);
        if (test.result.size() == 1) expected.put_in_register(Kind::accumulator, test.is.result, test.result[0]);
        Row row(test.is.handler, std::span<const Word>(cell_of(test, slots)));
        const Left left = row.run(scene);
        tally.expect(scene == expected && left.why == Leave::at_cell && left.at == (test.goes_on ? row.size() : 0));
        passed += test.goes_on ? 1U : 0U;
    }
    return passed;
}

// Instructions without immediates.

/// Calls `run` with all combinations of the set's vectors, or of their lower words, as operands.
template <class Run>
std::size_t at_operands(const WholeHandler& is, const std::vector<V128>& set, Run run) {
    std::size_t passed = 0;
    std::array<std::size_t, 4> chosen{};
    std::size_t turning = 0;
    while (turning < is.operands) {
        Words operands;
        for (std::size_t i = 0; i < is.operands; ++i) {
            const V128 value = set[chosen[i]];
            operands.push_back(value.low);
            if (is.words[i] == 2) operands.push_back(value.high);
        }
        passed += run(operands);
        for (turning = 0; turning < is.operands && ++chosen[turning] == set.size(); ++turning)
            chosen[turning] = 0;
    }
    return passed;
}

std::size_t run_plain(Tally& tally, const WholeHandler& is, WholeMeaning meaning) {
    std::size_t passed = 0;
    for (const std::vector<V128>& set : sets()) {
        passed += at_operands(is, set, [&](const Words& operands) {
            const Words result = meaning(operands.data());
            tally.expect(result.size() == is.result_words);
            return run_whole(tally, {.is = is, .operands = operands, .result = result});
        });
    }
    return passed;
}

// Lanes.

struct LaneShape {
    Op extract;
    unsigned bytes;
    bool is_signed;
    /// Of the number.
    unsigned bits;
    /// None beside the one that extends by zeros.
    std::optional<Op> replace = {};
};
constexpr LaneShape kLanes[] = {{Op::i8x16_extract_lane_s, 1, true, 32},
                                {Op::i8x16_extract_lane_u, 1, false, 32, Op::i8x16_replace_lane},
                                {Op::i16x8_extract_lane_s, 2, true, 32},
                                {Op::i16x8_extract_lane_u, 2, false, 32, Op::i16x8_replace_lane},
                                {Op::i32x4_extract_lane, 4, false, 32, Op::i32x4_replace_lane},
                                {Op::i64x2_extract_lane, 8, false, 64, Op::i64x2_replace_lane},
                                {Op::f32x4_extract_lane, 4, false, 32, Op::f32x4_replace_lane},
                                {Op::f64x2_extract_lane, 8, false, 64, Op::f64x2_replace_lane}};

Word lane_word(const LaneShape& shape, const Bytes16& bytes, std::uint32_t lane) {
    Word word = 0;
    for (unsigned i = 0; i < shape.bytes; ++i)
        word |= Word{bytes[lane * shape.bytes + i]} << (8 * i);
    if (shape.is_signed && (word >> (8 * shape.bytes - 1)) != 0) word |= ~Word{0} << (8 * shape.bytes);
    return shape.bits == 32 ? static_cast<std::uint32_t>(word) : word;
}

std::size_t run_extract(Tally& tally, const WholeHandler& is, const LaneShape& shape) {
    std::size_t passed = 0;
    for (const V128 vector : all_vectors()) {
        for (std::uint32_t lane = 0; lane < 16 / shape.bytes; ++lane)
            passed += run_whole(tally, {.is = is,
                                        .operands = {vector.low, vector.high},
                                        .lane = lane,
                                        .result = {lane_word(shape, bytes_of(vector), lane)}});
    }
    return passed;
}

Bytes16 replaced(Bytes16 bytes, std::uint32_t first, unsigned count, Word word) {
    for (unsigned i = 0; i < count; ++i)
        bytes[first + i] = static_cast<std::uint8_t>(word >> (8 * i));
    return bytes;
}

std::size_t run_replace(Tally& tally, const WholeHandler& is, const LaneShape& shape) {
    std::size_t passed = 0;
    for (const V128 vector : all_vectors()) {
        for (std::uint32_t lane = 0; lane < 16 / shape.bytes; ++lane) {
            const Word number = vector.low ^ 0x0102'0408'1020'4080;
            const Words result = vector_of(replaced(bytes_of(vector), lane * shape.bytes, shape.bytes, number));
            passed += run_whole(
                tally, {.is = is, .operands = {vector.low, vector.high, number}, .lane = lane, .result = result});
        }
    }
    return passed;
}

// Constants, shuffles and choices.

constexpr V128 kFirstVector{0x8877'6655'4433'2211, 0x00FF'EEDD'CCBB'AA99};
constexpr V128 kSecondVector{0x1716'1514'1312'1110, 0x1F1E'1D1C'1B1A'1918};

/// Each lane by itself, mirrored, one lane everywhere, and mixed.
std::vector<Bytes16> choices() {
    std::vector<Bytes16> all(36);
    for (std::uint8_t i = 0; i < 16; ++i) {
        for (std::uint8_t lane = 0; lane < 32; ++lane)
            all[lane][i] = lane;
        all[32][i] = i;
        all[33][i] = static_cast<std::uint8_t>(31 - i);
        all[34][i] = static_cast<std::uint8_t>(i % 2 == 0 ? i / 2 : 16 + i / 2);
        all[35][i] = static_cast<std::uint8_t>((7 * i + 3) % 32);
    }
    return all;
}

std::size_t run_shuffle(Tally& tally, const WholeHandler& is) {
    std::size_t passed = 0;
    for (const Bytes16& chosen : choices()) {
        Bytes16 result{};
        for (std::size_t i = 0; i < 16; ++i)
            result[i] = bytes_of(chosen[i] < 16 ? kFirstVector : kSecondVector)[chosen[i] % 16];
        passed +=
            run_whole(tally, {.is = is,
                              .operands = {kFirstVector.low, kFirstVector.high, kSecondVector.low, kSecondVector.high},
                              .more = vector_of(chosen),
                              .result = vector_of(result)});
    }
    return passed;
}

std::size_t run_constant(Tally& tally, const WholeHandler& is) {
    std::size_t passed = 0;
    for (const V128 vector : all_vectors()) {
        const Words words{vector.low, vector.high};
        passed += run_whole(tally, {.is = is, .operands = {}, .more = words, .result = words});
    }
    return passed;
}

// Memory.

constexpr std::uint32_t kAccessOffset = 3;

/// Calls `run` with an address, whether the access fits, and its first byte: at both ends of the memory, between them,
/// one behind, and where 32 bits end.
template <class Run>
std::size_t at_addresses(unsigned bytes, Run run) {
    std::size_t passed = 0;
    const std::uint32_t last = 32 - bytes - kAccessOffset;
    for (const std::uint32_t address : {0U, 5U, last, last + 1, 0xFFFF'FFFF - kAccessOffset, 0xFFFF'FFFFU})
        passed += run(address, address <= last, std::size_t{address} + kAccessOffset);
    return passed;
}

enum class Fill : std::uint8_t { zero, repeat, extend };

/// What a load makes: `bytes` from memory, which become lanes of `to` bytes by extending lanes of half the size.
struct LoadShape {
    Op op;
    unsigned bytes;
    Fill fill = Fill::zero;
    unsigned to = 0;
    bool is_signed = false;
};
constexpr LoadShape kLoads[] = {{Op::v128_load, 16},
                                {Op::v128_load8x8_s, 8, Fill::extend, 2, true},
                                {Op::v128_load8x8_u, 8, Fill::extend, 2},
                                {Op::v128_load16x4_s, 8, Fill::extend, 4, true},
                                {Op::v128_load16x4_u, 8, Fill::extend, 4},
                                {Op::v128_load32x2_s, 8, Fill::extend, 8, true},
                                {Op::v128_load32x2_u, 8, Fill::extend, 8},
                                {Op::v128_load8_splat, 1, Fill::repeat},
                                {Op::v128_load16_splat, 2, Fill::repeat},
                                {Op::v128_load32_splat, 4, Fill::repeat},
                                {Op::v128_load64_splat, 8, Fill::repeat},
                                {Op::v128_load32_zero, 4},
                                {Op::v128_load64_zero, 8}};

std::uint8_t loaded_byte(const LoadShape& shape, const std::uint8_t* from, unsigned i) {
    if (shape.fill == Fill::repeat) return from[i % shape.bytes];
    if (shape.fill == Fill::zero) return i < shape.bytes ? from[i] : std::uint8_t{0};
    const unsigned half = shape.to / 2;
    const std::uint8_t* const lane = from + i / shape.to * half;
    if (i % shape.to < half) return lane[i % shape.to];
    return shape.is_signed && lane[half - 1] >= 0x80 ? std::uint8_t{0xFF} : std::uint8_t{0};
}

std::size_t run_load(Tally& tally, const WholeHandler& is, const LoadShape& shape) {
    const Scene scene;
    return at_addresses(shape.bytes, [&](Word address, bool is_inside, std::size_t first) {
        Whole test{.is = is, .operands = {address}, .more = {kAccessOffset + shape.bytes}, .goes_on = is_inside};
        if (is_inside) {
            Bytes16 loaded{};
            for (unsigned i = 0; i < 16; ++i)
                loaded[i] = loaded_byte(shape, &scene.memory[first], i);
            test.result = vector_of(loaded);
        }
        return run_whole(tally, test);
    });
}

/// Of lanes in memory, or of a whole vector, which has no number of its lane.
struct LaneAccess {
    Op op;
    unsigned bytes;
    bool is_store;
};
constexpr LaneAccess kLaneAccesses[] = {
    {Op::v128_load8_lane, 1, false},  {Op::v128_load16_lane, 2, false}, {Op::v128_load32_lane, 4, false},
    {Op::v128_load64_lane, 8, false}, {Op::v128_store8_lane, 1, true},  {Op::v128_store16_lane, 2, true},
    {Op::v128_store32_lane, 4, true}, {Op::v128_store64_lane, 8, true}, {Op::v128_store, 16, true}};

Whole lane_access(const WholeHandler& is, const LaneAccess& shape, std::uint32_t lane, Word address, bool is_inside,
                  std::size_t first) {
    Whole test{.is = is,
               .operands = {address, kFirstVector.low, kFirstVector.high},
               .more = {kAccessOffset + shape.bytes},
               .goes_on = is_inside};
    if (is.form == WholeForm::access_lane) test.lane = lane;
    if (!is_inside) return test;
    auto memory = Scene().memory;
    Bytes16 bytes = bytes_of(kFirstVector);
    const auto from = bytes.begin() + lane * shape.bytes;
    const auto to = memory.begin() + static_cast<std::ptrdiff_t>(first);
    if (shape.is_store)
        std::copy_n(from, shape.bytes, to);
    else
        std::copy_n(to, shape.bytes, from);
    test.memory = memory;
    if (!shape.is_store) test.result = vector_of(bytes);
    return test;
}

std::size_t run_lane_access(Tally& tally, const WholeHandler& is, const LaneAccess& shape) {
    std::size_t passed = 0;
    for (std::uint32_t lane = 0; lane < 16 / shape.bytes; ++lane) {
        passed += at_addresses(shape.bytes, [&](Word address, bool is_inside, std::size_t first) {
            return run_whole(tally, lane_access(is, shape, lane, address, is_inside, first));
        });
    }
    return passed;
}

/// Of an instruction with immediates.
std::size_t run_with_immediates(Tally& tally, Op op, const WholeHandler& is) {
    for (const LaneShape& shape : kLanes) {
        if (shape.extract == op) return run_extract(tally, is, shape);
        if (shape.replace == op) return run_replace(tally, is, shape);
    }
    for (const LoadShape& shape : kLoads)
        if (shape.op == op) return run_load(tally, is, shape);
    for (const LaneAccess& shape : kLaneAccesses)
        if (shape.op == op) return run_lane_access(tally, is, shape);
    if (op == Op::i8x16_shuffle) return run_shuffle(tally, is);
    return op == Op::v128_const ? run_constant(tally, is) : 0;
}

// What lowering takes for other instructions.

WholeHandler of_vectors(Handler handler, WholeForm form, std::uint8_t operands, std::array<std::uint8_t, 4> words) {
    return {handler, form, 2, Domain::word, operands, words};
}

std::size_t run_move(Tally& tally) {
    const WholeHandler is = of_vectors(kVectorHandlers.move, WholeForm::plain, 1, {2});
    std::size_t passed = 0;
    for (const V128 vector : all_vectors()) {
        const Words words{vector.low, vector.high};
        passed += run_whole(tally, {.is = is, .operands = words, .result = words});
    }
    return passed;
}

std::size_t run_select(Tally& tally) {
    // Three slots of operands are in the word; the condition's is the fourth.
    const WholeHandler is = of_vectors(kVectorHandlers.select, WholeForm::plain, 3, {2, 2, 1});
    std::size_t passed = 0;
    for (const Word condition : kNarrow) {
        const V128 chosen = condition != 0 ? kFirstVector : kSecondVector;
        passed += run_whole(
            tally, {.is = is,
                    .operands = {kFirstVector.low, kFirstVector.high, kSecondVector.low, kSecondVector.high, condition},
                    .result = {chosen.low, chosen.high}});
    }
    return passed;
}

/// Any words of the frame, whatever lies there; the result in slot 0.
std::size_t run_shuffle_words(Tally& tally) {
    std::size_t passed = 0;
    for (std::uint32_t first = 0; first < 20; ++first) {
        Scene scene;
        for (std::size_t i = 0; i < scene.frame.size(); ++i)
            scene.frame[i] = 0x0101'0101'0101'0101 * i + 0x0001'0203'0405'0607;
        Scene expected = scene;
        std::array<Word, 4> offsets{};
        std::array<Word, 4> lanes{};
        for (std::size_t i = 0; i < 4; ++i) {
            offsets[i] = 4 * ((first + 5 * i) % (2 * scene.frame.size()));
            std::uint32_t lane = 0;
            std::memcpy(&lane, reinterpret_cast<const std::uint8_t*>(scene.frame.data()) + offsets[i], sizeof lane);
            lanes[i] = lane;
        }
        expected.frame[0] = lanes[0] | lanes[1] << 32;
        expected.frame[1] = lanes[2] | lanes[3] << 32;
        Row row(kVectorHandlers.shuffle_words,
                {fields(0), offsets[0] | offsets[1] << 32, offsets[2] | offsets[3] << 32});
        const Left left = row.run(scene);
        tally.expect(scene == expected && left.at == row.size());
        passed += left.at == row.size() ? 1U : 0U;
    }
    return passed;
}

} // namespace

TEST_CASE("each handler of vectors and wide integers does what the stepper does, over its operands too") {
    Tally tally;
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const Op op = static_cast<Op>(i);
        const WholeHandler& is = whole_handler(op);
        tally.count(is.handler, [&] {
            if (is.form == WholeForm::plain && kMeanings[i] != nullptr) return run_plain(tally, is, kMeanings[i]);
            return run_with_immediates(tally, op, is);
        });
    }
    CHECK(tally.there == 260);
    tally.count(kVectorHandlers.move, [&] { return run_move(tally); });
    tally.count(kVectorHandlers.select, [&] { return run_select(tally); });
    tally.count(kVectorHandlers.shuffle_words, [&] { return run_shuffle_words(tally); });
    tally.check("vectors");
}
