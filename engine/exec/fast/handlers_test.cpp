// Every handler of the tables of numbers and memory, alone: at corner operands, with each operand in each place. What a
// number becomes is said by the stepper's bodies, what memory holds by the specification. All that a handler is not to
// change must stay what it was.
#include "engine/testing/one_cell.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::fast;
using namespace detent::fast::testing;

namespace {

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
