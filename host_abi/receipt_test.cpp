#include "host_abi/receipt.hpp"

#include "host_abi/crypto.hpp"
#include "host_abi/testing/world.hpp"

#include <catch2/catch.hpp>

namespace detent::testing {

namespace {

template <class Filled>
void fill(Filled& target, const Bytes& bytes) {
    REQUIRE(target.copy_from(bytes));
}

Bytes filled(std::size_t count, std::uint8_t byte) { return Bytes(count, byte); }

Hash hash_of_byte(std::uint8_t byte) { return Hash{address(byte).bytes}; }

Receipt sample() {
    Receipt receipt;
    receipt.outcome = Outcome::Abort;
    receipt.fuel_used = Fuel(0x0102030405060708);
    fill(receipt.output, {0xAA, 0xBB});
    Event event{address(9), {}, {}};
    fill(event.topic, {0x01});
    fill(event.data, {});
    REQUIRE(receipt.events.push_back(std::move(event)));
    receipt.change_root = hash_of_byte(0xC1);
    receipt.schedule_hash = hash_of_byte(0xC2);
    receipt.profile_hash = hash_of_byte(0xC3);
    receipt.post_root = hash_of_byte(0xC4);
    return receipt;
}

Bytes sample_bytes() {
    return code(bytes_of("DTNTRCPT"), Bytes{1, 0, 0, 0}, Bytes{3, 0, 0, 0}, Bytes{8, 7, 6, 5, 4, 3, 2, 1},
                Bytes{2, 0, 0, 0, 0xAA, 0xBB}, Bytes{1, 0, 0, 0}, filled(32, 9), Bytes{1, 0, 0, 0, 1},
                Bytes{0, 0, 0, 0}, filled(32, 0xC1), filled(32, 0xC2), filled(32, 0xC3), filled(32, 0xC4));
}

} // namespace

TEST_CASE("ABI-60: the canonical bytes of a receipt, by hand") {
    detent::Bytes out;
    must(sample().append_canonical(out));
    CHECK(bytes_of(out.span()) == sample_bytes());
    CHECK(must(sample().hash()) == sha256(sample_bytes()));
}

TEST_CASE("ABI-61: the canonical bytes of writes, by hand") {
    Buffer<Write> writes;
    REQUIRE(writes.push_back(Write{StateSlot::account(address(1)), false, {}}));
    Write stored{StateSlot::storage(address(2), bytes_of("key")), true, {}};
    fill(stored.value, {7});
    REQUIRE(writes.push_back(std::move(stored)));
    const Bytes expected =
        code(filled(32, 1), Bytes{0, 0}, filled(32, 2), Bytes{1, 3, 0, 0, 0, 'k', 'e', 'y'}, Bytes{1, 1, 0, 0, 0, 7});
    detent::Bytes out;
    for (const Write& write : writes)
        must(append_canonical(write, out));
    CHECK(bytes_of(out.span()) == expected);
    CHECK(must(change_root(writes.span())) == sha256(expected));
    CHECK(must(change_root({})) == sha256(ByteView()));
}

TEST_CASE("MET-21: the hash of a schedule is the SHA-256 of its canonical bytes") {
    Bytes bytes(Schedule::canonical_size());
    schedule().write_canonical(bytes);
    CHECK(must(hash_of(schedule())) == sha256(bytes));
    detent::Bytes canonical;
    REQUIRE(profile().append_canonical(canonical));
    CHECK(must(hash_of(profile())) == sha256(canonical.span()));
}

TEST_CASE("ABI-52: a receipt whose bytes find no memory is a Fault") {
    const Receipt receipt = sample();
    std::uint64_t n = 1;
    for (bool done = false; !done; ++n) {
        allocation_probe() = {0, n};
        const Result<Hash> hash = receipt.hash();
        allocation_probe() = {};
        done = hash.has_value();
        if (!done) CHECK(hash.error() == kOutOfMemory);
    }
    CHECK(n > 2);
}

} // namespace detent::testing
