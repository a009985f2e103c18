// Schedules as data, from outside: what loads, what does not, and that an execution knows the one it is given.
#include "conformance/record.hpp"
#include "conformance/runner.hpp"
#include "host_abi/crypto.hpp"

#include <catch2/catch.hpp>

namespace detent::conformance {

namespace {

const Schedule& first() { return *Schedule::published(1); }

ByteString canonical(const Schedule& schedule = first()) {
    ByteString bytes(Schedule::canonical_size());
    schedule.write_canonical(bytes);
    return bytes;
}

std::optional<ScheduleFlaw> flaw_of(const ByteString& bytes) {
    Schedule into;
    const std::optional<ScheduleFlaw> flaw = Schedule::load(bytes, into);
    CHECK((into == Schedule()) == flaw.has_value());
    return flaw;
}

/// Where the four bytes behind a name stand.
std::size_t place_of(const ByteString& bytes, std::string_view name) {
    const auto is_same = [](std::uint8_t byte, char character) { return byte == static_cast<std::uint8_t>(character); };
    ByteString::const_iterator at = bytes.begin();
    do {
        at = std::search(at + 1, bytes.end(), name.begin(), name.end(), is_same);
        REQUIRE(at != bytes.end());
    } while (at[-1] != name.size());
    return static_cast<std::size_t>(at - bytes.begin()) + name.size();
}

ByteString with_number(std::string_view name, std::uint32_t number, std::size_t further = 0) {
    ByteString bytes = canonical();
    const std::size_t place = place_of(bytes, name) + further;
    for (std::size_t i = 0; i < 4; ++i)
        bytes[place + i] = static_cast<std::uint8_t>(number >> (8 * i));
    return bytes;
}

/// The fuel of the smallest case under a schedule.
std::uint64_t fuel_under(const Schedule& schedule) {
    const Vector vector = read_vector("vectors/traps/unreachable.json");
    State state = make_state(vector.pre, {{"contract", load_code("contract", vector.code.at("contract"), ".")}});
    const TransactionRequest& request = vector.steps[0].transaction;
    TransactionInput input;
    input.from = request.from;
    input.to = std::get<CallRequest>(request.kind).to;
    input.fuel_limit = request.fuel_limit;
    const Result<Receipt> receipt = execute(state, Block(), input, schedule, *Profile::published(1));
    REQUIRE(receipt.has_value());
    return receipt.assume_value().fuel_used.units();
}

} // namespace

TEST_CASE("MET-20, MET-21: a schedule survives its canonical bytes, and no other bytes load") {
    Schedule into;
    CHECK_FALSE(Schedule::load(canonical(), into).has_value());
    CHECK(into == first());
    CHECK(canonical(into) == canonical());
    const ByteString bytes = canonical();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK(flaw_of(ByteString(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))).has_value());
    }
    ByteString longer = bytes;
    longer.push_back(0);
    CHECK(flaw_of(longer) == ScheduleFlaw::trailing);
}

TEST_CASE("MET-20: a row that is left out, repeated or unknown, and a number out of range, do not load") {
    CHECK(flaw_of(with_number("call", 0)) == ScheduleFlaw::zero_price);
    CHECK(flaw_of(with_number("word_moved", 0)) == ScheduleFlaw::zero_price);
    CHECK(flaw_of(with_number("word_moved", 0, 4)) == ScheduleFlaw::zero_price);
    CHECK_FALSE(flaw_of(with_number("call", 0xFFFFFFFF)).has_value());
    CHECK_FALSE(flaw_of(with_number("word_moved", 0xFFFFFFFF, 4)).has_value());
    ByteString unknown = canonical();
    ++unknown[place_of(unknown, "memory_fill_byte") - 1];
    CHECK(flaw_of(unknown) == ScheduleFlaw::bad_name);
    ByteString format = canonical();
    ++format[8];
    CHECK(flaw_of(format) == ScheduleFlaw::bad_format);
    ByteString magic = canonical();
    ++magic[0];
    CHECK(flaw_of(magic) == ScheduleFlaw::bad_magic);
}

TEST_CASE("MET-21: the hash that vectors name schedule 1 by is that of its bytes") {
    // The hash in the vectors is the oracle's, which reads the published data by itself.
    const Vector vector = read_vector("vectors/traps/unreachable.json");
    CHECK(sha256(canonical()) == vector.schedule.hash);
    CHECK(Schedule::published(0) == nullptr);
    CHECK(Schedule::published(3) == nullptr);
}

TEST_CASE("MET-22: an execution is priced by the schedule that the caller names") {
    const std::uint64_t used = fuel_under(first());
    CHECK(used == 7020); // counted by hand in the note of the case
    Schedule dearer;
    REQUIRE_FALSE(Schedule::load(with_number("host_call", 6000), dearer).has_value());
    CHECK(fuel_under(dearer) == 8020);
    CHECK(fuel_under(first()) == used);
}

TEST_CASE("MET-23: a contract call costs at least 1,024, or the schedule does not load") {
    for (const char* name : {"host_call", "host_create"}) {
        CHECK(flaw_of(with_number(name, 1023)) == ScheduleFlaw::low_call_price);
        CHECK_FALSE(flaw_of(with_number(name, 1024)).has_value());
    }
}

} // namespace detent::conformance
