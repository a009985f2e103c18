// The host functions, each by itself: prices, rules of arguments, and what they answer.
#include "host_abi/testing/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace detent::testing {

namespace {

using F = HostFunction;

/// A world in which every host function finds something: contract 1 with one stored value, a block hash, an input.
struct Stage {
    BlockHash known{99, Hash{address(0x99).bytes}};
    Bytes input = bytes_of("input");
    World world;

    explicit Stage(const Bytes& body) {
        world.put(address(1), Contract{body, {{0, bytes_of("k")}, {100, bytes_of(address(2).view())}}, {}}, 10);
        must(world.state.set_storage(address(1), bytes_of("k"), bytes_of("value")));
        world.block.hashes = {&known, 1};
    }
    Receipt call(std::uint64_t limit = World::kPlenty) { return world.call(address(1), input, 0, limit); }
};

/// A call of a host function, the n of ABI-8 that it has, and how it ends.
struct Priced {
    F function;
    std::vector<std::int64_t> arguments;
    std::uint64_t n;
    Outcome outcome = Outcome::Success;
};

const Priced kPriced[] = {
    {F::input, {0, 3}, 3},
    {F::input, {0, 64}, 5},
    {F::output, {0, 10}, 10},
    {F::revert, {0, 11}, 11, Outcome::Revert},
    {F::abort, {5}, 0, Outcome::Abort},
    {F::return_data, {0, 8}, 0},
    {F::self_address, {0, 32}, 32},
    {F::caller, {0, 31}, 31},
    {F::origin, {0, 64}, 32},
    {F::value, {}, 0},
    {F::balance, {100, 32}, 32},
    {F::call_depth, {}, 0},
    {F::is_static, {}, 0},
    {F::block_height, {}, 0},
    {F::block_time, {}, 0},
    {F::chain_id, {}, 0},
    {F::block_hash, {99, 0, 32}, 32},
    {F::block_hash, {98, 0, 32}, 0},
    {F::fuel_left, {}, 0},
    {F::schedule_id, {}, 0},
    {F::storage_read, {0, 1, 8, 2}, 1 + 5},
    {F::storage_read, {1, 2, 8, 2}, 2},
    {F::storage_write, {0, 1, 8, 40}, 41},
    {F::storage_remove, {0, 1}, 1},
    {F::storage_has, {0, 1}, 1},
    {F::storage_next, {0, 0, 8, 0}, 0 + 1},
    {F::storage_next, {0, 1, 8, 9}, 1},
    {F::storage_previous, {0, 0, 8, 9}, 0 + 1},
    {F::transient_read, {0, 1, 8, 9}, 1},
    {F::transient_write, {0, 1, 8, 30}, 31},
    {F::event, {0, 2, 0, 70}, 72},
    {F::call, {100, 32, 0, 0, 40, 0, 0}, 72},
    {F::create, {0, 8, 0, 0, 0, 20, 0, 8, 32}, 28},
    {F::sha256, {0, 64, 8, 32}, 96},
    {F::keccak256, {0, 64, 8, 10}, 74},
    {F::blake2b_256, {0, 1, 8, 100}, 33},
    {F::ed25519_verify, {0, 32, 0, 64, 0, 7}, 103},
    {F::secp256k1_recover, {0, 32, 0, 64, 0, 8, 64}, 96},
};

std::uint64_t frame_price(F function) {
    const std::size_t height = std::max<std::size_t>(row(function).word_count, row(function).result ? 1 : 0);
    return schedule().amount(Unit::frame_word, height).units();
}

std::uint64_t bases(F function) {
    return row(function).word_count * base(WorkClass::constant) + base(WorkClass::call) +
           base(row(function).work_class);
}

} // namespace

TEST_CASE("ABI-8, MET-19: a host function costs the bases and the amount of its bytes") {
    const std::uint64_t empty = Stage({}).call().fuel_used.units();
    std::set<F> seen;
    for (const Priced& priced : kPriced) {
        const HostFunctionRow& facts = row(priced.function);
        INFO(facts.name << " with n = " << priced.n);
        const bool drops = facts.result && priced.outcome == Outcome::Success;
        const std::uint64_t expected = empty + frame_price(priced.function) + bases(priced.function) +
                                       schedule().amount(facts.unit, priced.n).units() +
                                       (drops ? base(WorkClass::parametric) : 0);
        const Bytes body = body_of(priced.function, priced.arguments);
        const Receipt exact = Stage(body).call(expected);
        CHECK(exact.outcome == priced.outcome);
        CHECK(exact.fuel_used == Fuel(expected));
        CHECK(Stage(body).call(expected - 1).outcome == Outcome::OutOfFuel);
        CHECK(Stage(body).call(0).fuel_used == Fuel(0));
        seen.insert(priced.function);
    }
    CHECK(seen.size() == kHostFunctionCount);
}

namespace {

/// A call against the rules, and what ends it.
struct Broken {
    F function;
    std::vector<std::int64_t> arguments;
};

const Broken kBroken[] = {
    {F::balance, {100, 31}},
    {F::balance, {100, 33}},
    {F::storage_read, {0, 0, 8, 2}},
    {F::storage_read, {0, 257, 8, 2}},
    {F::storage_write, {0, 0, 8, 2}},
    {F::storage_write, {0, 257, 8, 2}},
    {F::storage_write, {0, 1, 0, 65537}},
    {F::storage_remove, {0, 0}},
    {F::storage_remove, {0, 257}},
    {F::storage_has, {0, 0}},
    {F::storage_has, {0, 257}},
    {F::storage_next, {0, 257, 8, 2}},
    {F::storage_previous, {0, 257, 8, 2}},
    {F::transient_read, {0, 0, 8, 2}},
    {F::transient_read, {0, 257, 8, 2}},
    {F::transient_write, {0, 0, 8, 2}},
    {F::transient_write, {0, 257, 8, 2}},
    {F::transient_write, {0, 1, 0, 65537}},
    {F::event, {0, 65, 0, 0}},
    {F::event, {0, 0, 0, 65537}},
    {F::call, {100, 31, 0, 0, 0, 0, 0}},
    {F::call, {100, 32, 0, 0, 0, 0, 8}},
    {F::call, {100, 32, 1, 0, 0, 0, 2}},
    {F::create, {0, 8, 0, 0, 0, 0, 0, 8, 31}},
    {F::ed25519_verify, {0, 31, 0, 64, 0, 0}},
    {F::ed25519_verify, {0, 32, 0, 65, 0, 0}},
    {F::secp256k1_recover, {0, 33, 0, 64, 0, 8, 64}},
    {F::secp256k1_recover, {0, 32, 0, 63, 0, 8, 64}},
    {F::secp256k1_recover, {0, 32, 0, 64, 4, 8, 64}},
    {F::secp256k1_recover, {0, 32, 0, 64, -1, 8, 64}},
};

} // namespace

TEST_CASE("ABI-7: a broken rule of the arguments is an AbiViolation that costs both bases") {
    const std::uint64_t empty = Stage({}).call().fuel_used.units();
    for (const Broken& broken : kBroken) {
        INFO(row(broken.function).name);
        const Receipt receipt = Stage(body_of(broken.function, broken.arguments)).call();
        CHECK(receipt.outcome == Outcome::AbiViolation);
        CHECK(receipt.fuel_used.units() == empty + frame_price(broken.function) + bases(broken.function));
        CHECK(receipt.output.empty());
    }
}

TEST_CASE("ABI-20, ABI-23: the longest key, value and topic are allowed") {
    CHECK(Stage(host(F::storage_write, {0, 256, 0, 65536})).call().outcome == Outcome::Success);
    CHECK(Stage(host(F::transient_write, {0, 256, 0, 65536})).call().outcome == Outcome::Success);
    CHECK(Stage(host(F::event, {0, 64, 0, 65536})).call().outcome == Outcome::Success);
}

namespace {

struct Range {
    std::int64_t pointer;
    std::int64_t length;
    bool valid;
};

constexpr Range kRanges[] = {
    {0, 65536, true},
    {65536, 0, true},
    {65535, 1, true},
    {0, 65537, false},
    {65537, 0, false},
    {65535, 2, false},
    {0xFFFFFFFF, 2, false},
    {2, 0xFFFFFFFF, false},
    {0xFFFFFFFF, 0, false},
    {0, 0xFFFFFFFF, false},
    {0xFFFFFFFF, 0xFFFFFFFF, false},
};

Outcome outcome_of_body(const Bytes& body) { return World::run_body(body).outcome; }

} // namespace

TEST_CASE("ABI-3: a guest range is valid exactly within memory, by a sum that does not wrap") {
    for (const Range& range : kRanges) {
        INFO(range.pointer << " + " << range.length);
        const Outcome expected = range.valid ? Outcome::Success : Outcome::AbiViolation;
        CHECK(outcome_of_body(host(F::output, {range.pointer, range.length})) == expected);
        CHECK(outcome_of_body(body_of(F::input, {range.pointer, range.length})) == expected);
    }
}

TEST_CASE("ABI-3: an instance without a memory has one of 0 bytes") {
    const auto outcome = [](std::int64_t pointer, std::int64_t length) {
        World world;
        world.put(address(1), Contract{host(F::output, {pointer, length}), {}, {}, false});
        return world.call(address(1)).outcome;
    };
    CHECK(outcome(0, 0) == Outcome::Success);
    CHECK(outcome(1, 0) == Outcome::AbiViolation);
    CHECK(outcome(0, 1) == Outcome::AbiViolation);
}

TEST_CASE("ABI-7: a range out of bounds is refused before its amount is asked for") {
    const Bytes body = host(F::output, {0, 0x7FFFFFFF});
    const std::uint64_t refused = World::run_body(body).fuel_used.units();
    const Receipt receipt = World::run_body(body, {}, refused);
    CHECK(receipt.outcome == Outcome::AbiViolation);
    CHECK(World::run_body(body, {}, refused - 1).outcome == Outcome::OutOfFuel);
}

TEST_CASE("ABI-4: an output range takes what fits, and the full length comes back") {
    const Bytes body = code(store32(64, host(F::input, {0, 3})), put_out(0, 68));
    World world;
    world.put(address(1), Contract{body, {}, {}});
    const Receipt receipt = world.call(address(1), bytes_of("hello"));
    CHECK(bytes_of(receipt.output.span().first(5)) == Bytes{'h', 'e', 'l', 0, 0});
    CHECK(u32_at(receipt.output.span(), 64) == 5);
}

TEST_CASE("ABI-10: the last output counts, and only on success") {
    const Bytes twice = code(put_out(0, 3), put_out(1, 1));
    CHECK(bytes_of(World::run_body(twice, {{0, bytes_of("abc")}}).output.span()) == bytes_of("b"));
    const Receipt failed = World::run_body(code(put_out(0, 3), Op::unreachable), {{0, bytes_of("abc")}});
    CHECK(failed.outcome == Outcome::Unreachable);
    CHECK(failed.output.empty());
}

TEST_CASE("ABI-10: revert and abort end the call with their own output") {
    const Receipt reverted =
        World::run_body(code(put_out(0, 1), host(F::revert, {1, 2}), Op::unreachable), {{0, bytes_of("abc")}});
    CHECK(reverted.outcome == Outcome::Revert);
    CHECK(bytes_of(reverted.output.span()) == bytes_of("bc"));
    const Receipt aborted = World::run_body(code(host(F::abort, {0x01020304}), Op::unreachable));
    CHECK(aborted.outcome == Outcome::Abort);
    CHECK(bytes_of(aborted.output.span()) == Bytes{4, 3, 2, 1});
}

TEST_CASE("ABI-11, ABI-12: what the context functions answer") {
    const Bytes body = code(
        host(F::self_address, {0, 32}), Op::drop, host(F::caller, {32, 32}), Op::drop, host(F::origin, {64, 32}),
        Op::drop, store64(96, host(F::value)), store64(104, host(F::block_height)), store64(112, host(F::block_time)),
        store64(120, host(F::chain_id)), store32(128, host(F::call_depth)), store32(132, host(F::is_static)),
        store32(136, host(F::schedule_id)), store64(144, host(F::balance, {0, 32})), put_out(0, 152));
    World world;
    world.put(address(1), Contract{body, {}, {}}, 5);
    world.fund(address(0xEE), 100);
    const Receipt receipt = world.call(address(1), {}, 30);
    REQUIRE(receipt.outcome == Outcome::Success);
    const ByteView out = receipt.output.span();
    CHECK(address_from(out) == address(1));
    CHECK(address_from(out.subspan(32)) == address(0xEE));
    CHECK(address_from(out.subspan(64)) == address(0xEE));
    CHECK(u64_at(out, 96) == 30);
    CHECK(u64_at(out, 104) == 100);
    CHECK(u64_at(out, 112) == 1234);
    CHECK(u64_at(out, 120) == 7);
    CHECK(u32_at(out, 128) == 0);
    CHECK(u32_at(out, 132) == 0);
    CHECK(u32_at(out, 136) == schedule().id());
    CHECK(u64_at(out, 144) == 35);
    CHECK(world.state.account(address(0xEE)).balance == 70);
}

TEST_CASE("ABI-12: block hashes are those of the 256 heights before, as far as they are known") {
    const BlockHash known[] = {{1000, Hash{address(1).bytes}},
                               {744, Hash{address(2).bytes}},
                               {743, Hash{address(3).bytes}},
                               {999, Hash{address(4).bytes}},
                               {1001, Hash{address(5).bytes}}};
    const Block block{1000, 0, 0, known};
    CHECK(!block.hash_at(1000));
    CHECK(!block.hash_at(1001));
    CHECK(block.hash_at(999) == Hash{address(4).bytes});
    CHECK(block.hash_at(744) == Hash{address(2).bytes});
    CHECK(!block.hash_at(743));
    CHECK(!block.hash_at(998));
    CHECK(!Block{}.hash_at(0));
}

TEST_CASE("ABI-13: fuel_left is the limit less what was used, its own price included") {
    const Bytes body = code(store64(0, host(F::fuel_left)), put_out(0, 8));
    const Receipt receipt = World::run_body(body, {}, 5'000'000);
    const std::uint64_t after = base(WorkClass::store) + 2 * base(WorkClass::constant) + base(WorkClass::call) +
                                base(WorkClass::host_frame) + schedule().amount(Unit::host_copy_byte, 8).units();
    CHECK(u64_at(receipt.output.span()) == 5'000'000 - (receipt.fuel_used.units() - after));
}

TEST_CASE("ABI-20: storage is read, written, removed and walked in byte order") {
    const std::vector<Data> data = {{0, bytes_of("b")}, {1, Bytes{0x80}}, {2, bytes_of("value")}};
    const Bytes body =
        code(host(F::storage_write, {0, 1, 2, 5}), host(F::storage_write, {1, 1, 2, 0}),
             store32(64, host(F::storage_read, {0, 1, 128, 3})), store32(68, host(F::storage_read, {1, 1, 160, 8})),
             store32(72, host(F::storage_read, {2, 1, 160, 8})), store32(76, host(F::storage_has, {1, 1})),
             store32(80, host(F::storage_next, {0, 1, 168, 8})), store32(84, host(F::storage_next, {1, 1, 176, 8})),
             store32(88, host(F::storage_previous, {0, 0, 184, 8})),
             store32(92, host(F::storage_previous, {0, 1, 192, 8})), store32(96, host(F::storage_remove, {0, 1})),
             store32(100, host(F::storage_remove, {0, 1})), store32(104, host(F::storage_has, {0, 1})),
             store32(108, host(F::storage_next, {0, 0, 200, 8})), put_out(64, 200));
    const Receipt receipt = World::run_body(body, data);
    REQUIRE(receipt.outcome == Outcome::Success);
    const ByteView out = receipt.output.span();
    const std::uint32_t expected[] = {5, 0, 0xFFFFFFFF, 1, 1, 0xFFFFFFFF, 1, 0xFFFFFFFF, 1, 0, 0, 1};
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        INFO("answer " << i);
        CHECK(u32_at(out, 4 * i) == expected[i]);
    }
    CHECK(bytes_of(out.subspan(64, 4)) == Bytes{'v', 'a', 'l', 0});
    CHECK(out[104] == 0x80);
    CHECK(out[120] == 0x80);
    CHECK(out[136] == 0x80);
}

TEST_CASE("ABI-22: transient storage follows writes, an empty value removes, and the transaction ends it") {
    const std::vector<Data> data = {{0, bytes_of("k")}, {2, bytes_of("value")}};
    const Bytes body =
        code(store32(64, host(F::transient_read, {0, 1, 128, 8})), host(F::transient_write, {0, 1, 2, 5}),
             store32(68, host(F::transient_read, {0, 1, 128, 8})), store32(72, host(F::storage_has, {0, 1})),
             host(F::transient_write, {0, 1, 2, 0}), store32(76, host(F::transient_read, {0, 1, 128, 8})),
             host(F::transient_write, {0, 1, 2, 5}), put_out(64, 16));
    World world;
    world.put(address(1), Contract{body, data, {}});
    for (int round = 0; round < 2; ++round) {
        const Receipt receipt = world.call(address(1));
        CHECK(u32_at(receipt.output.span(), 0) == 0xFFFFFFFF);
        CHECK(u32_at(receipt.output.span(), 4) == 5);
        CHECK(u32_at(receipt.output.span(), 8) == 0);
        CHECK(u32_at(receipt.output.span(), 12) == 0xFFFFFFFF);
        CHECK(receipt.post_root == world.state.root());
    }
}

TEST_CASE("ABI-23: events stand in the receipt in order, with the address that emitted") {
    const Receipt receipt =
        World::run_body(code(host(F::event, {0, 1, 1, 2}), host(F::event, {0, 0, 0, 0})), {{0, bytes_of("abc")}});
    REQUIRE(receipt.events.size() == 2);
    CHECK(receipt.events[0].address == address(1));
    CHECK(bytes_of(receipt.events[0].topic.span()) == bytes_of("a"));
    CHECK(bytes_of(receipt.events[0].data.span()) == bytes_of("bc"));
    CHECK(receipt.events[1].topic.empty());
}

TEST_CASE("ABI-40, ABI-41: the functions of cryptography answer through guest memory") {
    const Bytes body = code(host(F::sha256, {0, 3, 64, 32}), Op::drop, host(F::keccak256, {0, 3, 96, 32}), Op::drop,
                            host(F::blake2b_256, {0, 3, 128, 32}), Op::drop,
                            store32(160, host(F::ed25519_verify, {200, 32, 232, 64, 296, 1})),
                            store32(164, host(F::secp256k1_recover, {0, 32, 0, 64, 0, 64, 64})), put_out(64, 104));
    // RFC 8032, 7.1, test 2: key, signature, message.
    const Bytes vector = {0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b,
                          0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1,
                          0x2a, 0xf4, 0x66, 0x0c, 0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e,
                          0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f,
                          0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15,
                          0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae,
                          0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00, 0x72};
    const Receipt receipt = World::run_body(body, {{0, bytes_of("abc")}, {200, vector}});
    REQUIRE(receipt.outcome == Outcome::Success);
    const ByteView out = receipt.output.span();
    CHECK(hash_from(out) == sha256(bytes_of("abc")));
    CHECK(hash_from(out.subspan(32)) == must(keccak256(bytes_of("abc"))));
    CHECK(hash_from(out.subspan(64)) == blake2b_256(bytes_of("abc")));
    CHECK(u32_at(out, 96) == 1);
    CHECK(u32_at(out, 100) == 0xFFFFFFFE);
}

} // namespace detent::testing
