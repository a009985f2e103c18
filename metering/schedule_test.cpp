// Schedules and amounts. Source: METERING.md, MET-3, MET-16 and MET-20 to MET-23.
#include "metering/schedule.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

namespace detent {

namespace {

using Bytes = std::vector<std::uint8_t>;
__extension__ using Unsigned128 = unsigned __int128;

const Schedule& schedule1() { return *Schedule::published(1); }

Bytes canonical(const Schedule& schedule) {
    Bytes bytes(Schedule::canonical_size());
    schedule.write_canonical(bytes);
    return bytes;
}

/// Where a name stands in canonical bytes; its number or numbers follow it.
std::size_t find(const Bytes& bytes, const std::string& name) {
    std::string entry(1, static_cast<char>(name.size()));
    entry += name;
    const auto found = std::search(bytes.begin(), bytes.end(), entry.begin(), entry.end());
    REQUIRE(found != bytes.end());
    return static_cast<std::size_t>(found - bytes.begin());
}

std::size_t number_of(const Bytes& bytes, const std::string& name) { return find(bytes, name) + 1 + name.size(); }

std::optional<ScheduleFlaw> flaw_of(const Bytes& bytes) {
    Schedule into;
    const std::optional<ScheduleFlaw> flaw = Schedule::load(bytes, into);
    if (flaw) CHECK(into == Schedule());
    return flaw;
}

/// Canonical bytes of schedule 1 with a number put somewhere.
Bytes changed(std::size_t at, std::uint32_t number) {
    Bytes bytes = canonical(schedule1());
    for (unsigned i = 0; i < 4; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(number >> (8 * i));
    return bytes;
}

} // namespace

TEST_CASE("MET-3: an amount is rounded up") {
    // RATE(word_moved, 1, 2), RATE(memory_copy_byte, 1, 16), RATE(activation_byte, 2, 1)
    const auto fuel = [](Unit unit, std::uint64_t n) { return schedule1().amount(unit, n).units(); };
    CHECK(fuel(Unit::word_moved, 0) == 0);
    CHECK(fuel(Unit::word_moved, 1) == 1);
    CHECK(fuel(Unit::word_moved, 2) == 1);
    CHECK(fuel(Unit::word_moved, 3) == 2);
    CHECK(fuel(Unit::memory_copy_byte, 16) == 1);
    CHECK(fuel(Unit::memory_copy_byte, 17) == 2);
    CHECK(fuel(Unit::activation_byte, 21) == 42);
    CHECK(fuel(Unit::none, 1000) == 0);
}

TEST_CASE("MET-3: an amount that does not fit is 2^63 - 1") {
    const auto fuel = [](std::uint64_t n) { return schedule1().amount(Unit::activation_byte, n); };
    CHECK(fuel((std::uint64_t{1} << 62) - 1).units() == Fuel::kMaximum - 1);
    CHECK(fuel(std::uint64_t{1} << 62) == Fuel::maximum());
    CHECK(fuel(~std::uint64_t{0}) == Fuel::maximum());
    const std::uint64_t half = schedule1().amount(Unit::word_moved, ~std::uint64_t{0}).units();
    CHECK(half == Fuel::kMaximum);
    CHECK(schedule1().amount(Unit::memory_fill_byte, ~std::uint64_t{0}).units() == std::uint64_t{1} << 59);
}

TEST_CASE("MET-21: schedule 2 differs from schedule 1 in prices that rose, and in nothing else") {
    const Schedule& second = *Schedule::published(2);
    CHECK(second.id() == 2);
    CHECK(std::ranges::equal(second.classification(), schedule1().classification()));
    for (std::size_t i = 0; i < kWorkClassCount; ++i)
        CHECK(second.base(static_cast<WorkClass>(i)) >= schedule1().base(static_cast<WorkClass>(i)));
    for (std::size_t i = 0; i < kUnitCount; ++i)
        CHECK(second.rate(static_cast<Unit>(i)) == schedule1().rate(static_cast<Unit>(i)));
    CHECK(second != schedule1());
    Schedule loaded;
    REQUIRE(Schedule::load(canonical(second), loaded) == std::nullopt);
    CHECK(loaded == second);
}

TEST_CASE("MET-3: amounts are exact for every rate") {
    const std::size_t at = number_of(canonical(schedule1()), "heap_byte");
    CHECK(rc::check("ceil(n * numerator / denominator)", [at](std::uint32_t a, std::uint32_t b) {
        // Of each length up to 64 bits.
        const std::uint64_t n = *rc::gen::inRange<std::uint64_t>(0, ~std::uint64_t{0}) >> *rc::gen::inRange(0U, 64U);
        const std::uint32_t numerator = a | 1;
        const std::uint32_t denominator = b | 1;
        Bytes bytes = changed(at, numerator);
        for (unsigned i = 0; i < 4; ++i)
            bytes[at + 4 + i] = static_cast<std::uint8_t>(denominator >> (8 * i));
        Schedule schedule;
        RC_ASSERT(!Schedule::load(bytes, schedule));
        const Unsigned128 product = Unsigned128{n} * numerator;
        const Unsigned128 expected = product / denominator + (product % denominator == 0 ? 0 : 1);
        const auto most = static_cast<std::uint64_t>(std::min(expected, Unsigned128{Fuel::kMaximum}));
        RC_ASSERT(schedule.amount(Unit::heap_byte, n) == Fuel(most));
    }));
}

TEST_CASE("MET-16: sums of fuel saturate, and a number past 2^63 - 1 is no fuel") {
    CHECK(Fuel::maximum() + Fuel(1) == Fuel::maximum());
    CHECK(Fuel::maximum() + Fuel::maximum() == Fuel::maximum());
    CHECK(Fuel(3) - Fuel(5) == Fuel(0));
    CHECK(Fuel::from(Fuel::kMaximum) == Fuel::maximum());
    CHECK(Fuel::from(Fuel::kMaximum + 1) == std::nullopt);
}

TEST_CASE("MET-20: every class and every unit of schedule 1 has its price") {
    CHECK(schedule1().id() == 1);
#define CLASSIFICATION(digest)
#define PRICE(work_class, price) CHECK(schedule1().base(WorkClass::work_class) == Fuel(price));
#define RATE(unit, numerator, denominator) CHECK(schedule1().rate(Unit::unit) == Rate{numerator, denominator});
#include "metering/schedules/1.def"
#undef RATE
#undef PRICE
#undef CLASSIFICATION
    CHECK(schedule1().base(WorkClass::structure) == Fuel(1));
    CHECK(schedule1().base(WorkClass::host_signature) == Fuel(100000));
}

TEST_CASE("MET-21: the canonical bytes are laid out as METERING.md says") {
    const Bytes bytes = canonical(schedule1());
    const Bytes head = {'D', 'T', 'N', 'T', 'F', 'U', 'E', 'L', 1, 0, 0, 0, 1, 0, 0, 0};
    CHECK(std::equal(head.begin(), head.end(), bytes.begin()));
    CHECK(std::ranges::equal(schedule1().classification(), std::span(bytes).subspan(16, 32)));
    CHECK(bytes[48] == kWorkClassCount);
    CHECK(find(bytes, "structure") == 52);
    CHECK(bytes[number_of(bytes, "structure")] == 1);
    // Without the underscore that C++ needs.
    const std::size_t after_return = number_of(bytes, "return");
    CHECK(bytes[after_return] == 2);
    const std::size_t units = find(bytes, "word_moved") - 4;
    const Bytes first_unit = {static_cast<std::uint8_t>(kUnitCount), 0, 0, 0};
    CHECK(std::equal(first_unit.begin(), first_unit.end(), bytes.begin() + static_cast<std::ptrdiff_t>(units)));
    const Bytes last = {20, 0, 0, 0, 1, 0, 0, 0};
    CHECK(std::equal(last.rbegin(), last.rend(), bytes.rbegin()));
}

TEST_CASE("MET-21: what is written loads, and is the same") {
    Schedule loaded;
    REQUIRE(Schedule::load(canonical(schedule1()), loaded) == std::nullopt);
    CHECK(loaded == schedule1());
    CHECK(canonical(loaded) == canonical(schedule1()));
    CHECK(Schedule::published(0) == nullptr);
    CHECK(Schedule::published(3) == nullptr);
}

TEST_CASE("MET-20: bytes that are no schedule do not load") {
    const Bytes whole = canonical(schedule1());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        REQUIRE(flaw_of(cut) == ScheduleFlaw::truncated);
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK(flaw_of(longer) == ScheduleFlaw::trailing);
    CHECK(flaw_of(changed(0, 0)) == ScheduleFlaw::bad_magic);
    CHECK(flaw_of(changed(8, 2)) == ScheduleFlaw::bad_format);
    CHECK(flaw_of(changed(48, kWorkClassCount - 1)) == ScheduleFlaw::bad_name);
    CHECK(flaw_of(changed(number_of(whole, "call") - 4, 0)) == ScheduleFlaw::bad_name);
    Bytes renamed = whole;
    renamed[find(whole, "heap_byte") + 1] = 'x';
    CHECK(flaw_of(renamed) == ScheduleFlaw::bad_name);
    CHECK(flaw_of(changed(number_of(whole, "call_ref"), 0)) == ScheduleFlaw::zero_price);
    CHECK(flaw_of(changed(number_of(whole, "heap_byte"), 0)) == ScheduleFlaw::zero_price);
    CHECK(flaw_of(changed(number_of(whole, "heap_byte") + 4, 0)) == ScheduleFlaw::zero_price);
}

TEST_CASE("MET-23: a schedule whose calls are too cheap does not load") {
    const Bytes whole = canonical(schedule1());
    for (const char* name : {"host_call", "host_create"}) {
        CHECK(flaw_of(changed(number_of(whole, name), 1023)) == ScheduleFlaw::low_call_price);
        CHECK(flaw_of(changed(number_of(whole, name), 1024)) == std::nullopt);
    }
}

} // namespace detent
