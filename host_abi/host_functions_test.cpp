#include "host_abi/testing/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace detent::testing {

namespace {

using F = HostFunction;

constexpr std::int64_t kMinusOne = -1;

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

/// The call, its result dropped.
Bytes body_of(F function, const std::vector<std::int64_t>& arguments) {
    return row(function).result ? code(host(function, arguments), Op::drop) : host(function, arguments);
}

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

// Calls.

namespace {

constexpr std::int64_t kAllFuel = kMinusOne;

/// Calls the address at 0 of memory with 4 bytes from 32; the outcome goes to 64, the length of the return data to 68,
/// 32 bytes of it to 72.
Bytes calling(std::int64_t flags, std::int64_t value = 0, std::int64_t fuel = kAllFuel) {
    return code(store32(64, host(F::call, {0, 32, value, 32, 4, fuel, flags})),
                store32(68, host(F::return_data, {72, 32})), put_out(64, 40));
}

Contract caller_of(const Address& to, const Bytes& body) {
    return {body, {{0, bytes_of(to.view())}, {32, bytes_of("data")}}, {}};
}

constexpr std::int64_t kStatic = 1;
constexpr std::int64_t kDelegate = 2;
constexpr std::int64_t kAllowReentry = 4;

} // namespace

TEST_CASE("ABI-31: a call hands over input and value, and brings back output") {
    World world;
    world.put(address(1), caller_of(address(2), calling(0, 9)), 10);
    const Bytes echo = code(host(F::input, {0, 4}), Op::drop, store64(8, host(F::value)), host(F::caller, {16, 32}),
                            Op::drop, put_out(0, 20));
    world.put(address(2), Contract{echo, {}, {}}, 1);
    const Receipt receipt = world.call(address(1));
    REQUIRE(receipt.outcome == Outcome::Success);
    const ByteView out = receipt.output.span();
    CHECK(u32_at(out) == 0);
    CHECK(u32_at(out, 4) == 20);
    CHECK(bytes_of(out.subspan(8, 4)) == bytes_of("data"));
    CHECK(u64_at(out, 16) == 9);
    CHECK(out[24] == 1);
    CHECK(world.state.account(address(1)).balance == 1);
    CHECK(world.state.account(address(2)).balance == 10);
}

TEST_CASE("ABI-31, ABI-37: a callee that fails undoes its work and the transfer, and the caller goes on") {
    const std::pair<Bytes, std::uint32_t> ends[] = {
        {code(host(F::revert, {0, 2})), 1},
        {code(host(F::abort, {7})), 3},
        {code(Op::unreachable), 10},
        {code(host(F::output, {0x10000, 1})), 31},
        {code(Op::loop, kEmptyBlock, Op::br, 0U, Op::end), 2},
    };
    for (const auto& [end, number] : ends) {
        INFO("outcome " << number);
        World world;
        world.put(address(1), caller_of(address(2), code(calling(0, 3, 1'000'000), host(F::event, {0, 1, 0, 0}))), 10);
        const Bytes work = code(host(F::storage_write, {0, 1, 0, 1}), host(F::event, {0, 0, 0, 0}),
                                host(F::transient_write, {0, 1, 0, 1}), end);
        world.put(address(2), Contract{work, {{0, bytes_of("kv")}}, {}});
        const Receipt receipt = world.call(address(1));
        REQUIRE(receipt.outcome == Outcome::Success);
        CHECK(u32_at(receipt.output.span()) == number);
        CHECK(u32_at(receipt.output.span(), 4) == (number == 1 ? 2U : number == 3 ? 4U : 0U));
        CHECK(world.state.account(address(1)).balance == 10);
        CHECK(!world.state.storage(address(2), bytes_of("k")));
        CHECK(receipt.events.size() == 1);
        CHECK(receipt.events[0].address == address(1));
    }
}

TEST_CASE("ABI-31: an account without code takes the value and succeeds at once") {
    World world;
    world.put(address(1), caller_of(address(2), calling(0, 10)), 10);
    const Receipt receipt = world.call(address(1));
    CHECK(u32_at(receipt.output.span()) == 0);
    CHECK(world.state.account(address(2)).balance == 10);
    CHECK(world.state.account(address(1)).balance == 0);
}

TEST_CASE("ABI-31: value that is not there, or that does not fit, is InsufficientValue") {
    World world;
    world.put(address(1), caller_of(address(2), calling(0, 11)), 10);
    CHECK(u32_at(world.call(address(1)).output.span()) == 36);
    world.fund(address(2), ~std::uint64_t{0} - 10);
    world.put(address(1), caller_of(address(2), calling(0, 10)), 11);
    CHECK(u32_at(world.call(address(1)).output.span()) == 0);
    CHECK(world.state.account(address(2)).balance == ~std::uint64_t{0});
    world.put(address(1), caller_of(address(2), calling(0, 1)), 1);
    CHECK(u32_at(world.call(address(1)).output.span()) == 36);
}

TEST_CASE("ABI-31: value sent to oneself only has to be there") {
    World world;
    const Bytes once =
        code(host(F::call_depth), Op::if_, kEmptyBlock, Op::return_, Op::end, calling(kAllowReentry, 10));
    world.put(address(1), caller_of(address(1), once), ~std::uint64_t{0});
    CHECK(u32_at(world.call(address(1)).output.span()) == 0);
    CHECK(world.state.account(address(1)).balance == ~std::uint64_t{0});
}

TEST_CASE("ABI-32: re-entry is denied, unless every active frame of the address allows it") {
    const auto outcome = [](std::int64_t first, std::int64_t second) {
        World world;
        // 1 calls 2, which calls 1; at depth 2 it only returns.
        const Bytes once = code(host(F::call_depth), Op::if_, kEmptyBlock, Op::return_, Op::end, calling(first));
        world.put(address(1), caller_of(address(2), once));
        world.put(address(2), caller_of(address(1), calling(second)));
        return u32_at(world.call(address(1)).output.span(), 8);
    };
    CHECK(outcome(0, 0) == 35);
    CHECK(outcome(0, kAllowReentry) == 35);
    CHECK(outcome(kAllowReentry, 0) == 0);
    CHECK(outcome(kStatic, kDelegate) == 0);
    World world;
    world.put(address(1), caller_of(address(1), calling(0)));
    CHECK(u32_at(world.call(address(1)).output.span()) == 35);
}

TEST_CASE("ABI-21, ABI-33: a static frame changes nothing, nor do its callees") {
    const Broken changes[] = {
        {F::storage_write, {0, 1, 0, 1}}, {F::storage_remove, {0, 1}},       {F::transient_write, {0, 1, 0, 1}},
        {F::event, {0, 1, 0, 1}},         {F::call, {0, 32, 1, 0, 0, 0, 0}}, {F::create, {0, 8, 0, 0, 0, 0, 0, 8, 32}},
    };
    for (const Broken& change : changes) {
        INFO(row(change.function).name);
        World world;
        world.put(address(1), caller_of(address(2), calling(kStatic)));
        world.put(address(2), Contract{body_of(change.function, change.arguments), {}, {}}, 5);
        CHECK(u32_at(world.call(address(1)).output.span()) == 30);
        // By way of 3, which calls 2 without the flag.
        world.put(address(1), caller_of(address(3), calling(kStatic)));
        world.put(address(3), caller_of(address(2), calling(0)));
        CHECK(u32_at(world.call(address(1)).output.span(), 8) == 30);
    }
    World world;
    world.put(address(1), caller_of(address(2), calling(kStatic)));
    const Bytes reads =
        code(store32(0, host(F::is_static)), host(F::call, {64, 32, 0, 0, 0, 0, 0}), Op::drop, put_out(0, 4));
    world.put(address(2), Contract{reads, {}, {}});
    const Receipt receipt = world.call(address(1));
    CHECK(u32_at(receipt.output.span()) == 0);
    CHECK(u32_at(receipt.output.span(), 8) == 1);
}

TEST_CASE("ABI-7: rules of the arguments come before static, static before ranges") {
    const auto outcome = [](const Bytes& body) {
        World world;
        world.put(address(1), caller_of(address(2), calling(kStatic)));
        world.put(address(2), Contract{body, {}, {}});
        return u32_at(world.call(address(1)).output.span());
    };
    CHECK(outcome(host(F::storage_write, {70000, 0, 0, 0})) == 31);
    CHECK(outcome(host(F::storage_write, {70000, 1, 0, 0})) == 30);
    CHECK(outcome(body_of(F::storage_has, {70000, 1})) == 31);
}

TEST_CASE("ABI-11, ABI-34: a DELEGATE call runs other code in the account of the caller") {
    World world;
    world.put(address(1), caller_of(address(2), calling(kDelegate)), 50);
    const Bytes library = code(host(F::storage_write, {0, 1, 1, 1}), host(F::self_address, {8, 1}), Op::drop,
                               host(F::caller, {9, 1}), Op::drop, store64(16, host(F::value)), put_out(8, 16));
    world.put(address(2), Contract{library, {{0, bytes_of("kv")}}, {}});
    world.fund(address(0xEE), 9);
    const Receipt receipt = world.call(address(1), {}, 9);
    REQUIRE(receipt.outcome == Outcome::Success);
    CHECK(u32_at(receipt.output.span()) == 0);
    CHECK(receipt.output[8] == 1);
    CHECK(receipt.output[9] == 0xEE);
    CHECK(u64_at(receipt.output.span(), 16) == 9);
    CHECK(world.state.storage(address(1), bytes_of("k")));
    CHECK(!world.state.storage(address(2), bytes_of("k")));
}

TEST_CASE("ABI-11: return data is empty before the first call, and after a refusal") {
    World world;
    const Bytes body = code(store32(128, host(F::return_data, {0, 0})), calling(0),
                            store32(132, host(F::return_data, {0, 0})), host(F::call, {0, 32, 99, 0, 0, 0, 0}),
                            Op::drop, store32(136, host(F::return_data, {0, 0})), put_out(128, 12));
    world.put(address(1), caller_of(address(2), body));
    world.put(address(2), Contract{put_out(0, 3), {}, {}});
    const Receipt receipt = world.call(address(1));
    CHECK(u32_at(receipt.output.span(), 0) == 0);
    CHECK(u32_at(receipt.output.span(), 4) == 3);
    CHECK(u32_at(receipt.output.span(), 8) == 0);
}

TEST_CASE("MET-14: an allowance bounds the callee, and the remainder stays with the caller") {
    const auto left_in_callee = [](std::int64_t fuel) {
        World world;
        world.put(address(1), caller_of(address(2), calling(0, 0, fuel)));
        world.put(address(2), Contract{code(store64(0, host(F::fuel_left)), put_out(0, 8)), {}, {}});
        const Receipt receipt = world.call(address(1));
        REQUIRE(u32_at(receipt.output.span()) == 0);
        return u64_at(receipt.output.span(), 8);
    };
    CHECK(left_in_callee(1'000'000) < 1'000'000);
    CHECK(left_in_callee(1'000'001) == left_in_callee(1'000'000) + 1);
    CHECK(left_in_callee(kAllFuel) > 1'000'000);
    CHECK(left_in_callee(kAllFuel) < World::kPlenty);
}

TEST_CASE("MET-14: a callee that cannot pay its instantiation is out of fuel, and costs nothing") {
    World world;
    world.put(address(1), caller_of(address(2), calling(0, 0, 10)));
    const std::uint64_t without_code = world.call(address(1)).fuel_used.units();
    world.put(address(2), Contract{{}, {}, {}});
    const Receipt receipt = world.call(address(1));
    CHECK(u32_at(receipt.output.span()) == 2);
    CHECK(receipt.fuel_used.units() == without_code);
}

// Creation.

namespace {

constexpr int kCode = 256;

/// Creates the contract whose code lies at 256; the outcome goes to 0, the address to 4, the return data to 40.
Contract creator_of(const Bytes& module, std::int64_t value = 0, std::int64_t fuel = kAllFuel) {
    const Bytes body = code(
        store32(0, host(F::create, {kCode, static_cast<std::int64_t>(module.size()), 77, value, 40, 4, fuel, 4, 32})),
        store32(36, host(F::return_data, {40, 8})), put_out(0, 48));
    return {body, {{40, bytes_of("init")}, {kCode, module}}, {}};
}

Contract child(const Bytes& deploy) { return {put_out(0, 1), {}, deploy}; }

Receipt create(World& world, const Bytes& module, std::int64_t value = 0, std::int64_t fuel = kAllFuel) {
    world.put(address(1), creator_of(module, value, fuel), 100);
    return world.call(address(1));
}

} // namespace

TEST_CASE("ABI-35, ABI-36: a creation stores the code, runs deploy and writes the address") {
    World world;
    const Bytes module =
        child(code(host(F::input, {0, 4}), Op::drop, host(F::storage_write, {0, 4, 0, 4}), put_out(0, 3))).build();
    const Receipt receipt = create(world, module, 9);
    REQUIRE(receipt.outcome == Outcome::Success);
    const ByteView out = receipt.output.span();
    CHECK(u32_at(out) == 0);
    const Hash code_hash = sha256(module);
    const Address made = address_from(out.subspan(4));
    const Hash expected = sha256(
        {ByteView(bytes_of("detent/create/1")), address(1).view(), ByteView(little_endian(77, 8)), code_hash.view()});
    CHECK(made.bytes == expected.bytes);
    CHECK(world.state.account(made) == Account{9, code_hash});
    CHECK(world.state.account(address(1)).balance == 91);
    CHECK(bytes_of(*world.state.storage(made, bytes_of("init"))) == bytes_of("init"));
    CHECK(bytes_of(*world.state.code(code_hash)) == module);
    CHECK(u32_at(out, 36) == 3);
    CHECK(bytes_of(out.subspan(40, 3)) == bytes_of("ini"));
}

TEST_CASE("ABI-35: what a creation refuses, and in which order") {
    const Bytes good = Contract{{}, {}, {}}.build();
    const auto outcome = [](const Bytes& module, std::int64_t value = 0) {
        World world;
        return u32_at(create(world, module, value).output.span());
    };
    CHECK(outcome(good) == 0);
    CHECK(outcome(bytes_of("no module")) == 32);
    CHECK(outcome(bytes_of("no module"), 1000) == 32);
    CHECK(outcome(good, 101) == 36);
    ModuleBuilder no_call;
    no_call.memory(1);
    CHECK(outcome(no_call.build()) == 33);
    CHECK(outcome(no_call.build(), 1000) == 33);
    ModuleBuilder typed;
    typed.export_function("call", typed.function(typed.type({kI32}, {}), {}, {}));
    CHECK(outcome(typed.build()) == 33);
    ModuleBuilder bad_deploy;
    bad_deploy.export_function("call", bad_deploy.function(bad_deploy.type({}, {}), {}, {}));
    bad_deploy.memory(1);
    bad_deploy.export_memory("deploy", 0);
    CHECK(outcome(bad_deploy.build()) == 33);
    World twice;
    CHECK(u32_at(create(twice, good).output.span()) == 0);
    CHECK(u32_at(create(twice, good).output.span()) == 37);
    CHECK(u32_at(create(twice, good, 1000).output.span()) == 37);
}

TEST_CASE("ABI-1: an import of another module, name, type or kind is LinkError") {
    const auto outcome = [](auto&& import) {
        ModuleBuilder b;
        const std::uint32_t entry = b.type({}, {});
        import(b);
        b.export_function("call", b.function(entry, {}, {}));
        World world;
        return u32_at(create(world, b.build()).output.span());
    };
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v1", "value", b.type({}, {kI64})); }) == 0);
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v2", "value", b.type({}, {kI64})); }) == 33);
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v1", "values", b.type({}, {kI64})); }) == 33);
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v1", "value", b.type({}, {kI32})); }) == 33);
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v1", "value", b.type({kI32}, {kI64})); }) == 33);
    CHECK(outcome([](ModuleBuilder& b) { b.import_memory("detent_v1", "value", 1); }) == 33);
}

TEST_CASE("ABI-35: a deploy that fails undoes the creation") {
    World world;
    const Receipt receipt =
        create(world, child(code(host(F::storage_write, {0, 1, 0, 1}), host(F::revert, {0, 0}))).build(), 9);
    CHECK(u32_at(receipt.output.span()) == 1);
    CHECK(bytes_of(receipt.output.span().subspan(4, 32)) == Bytes(32, 0));
    CHECK(world.state.account(address(1)).balance == 100);
    CHECK(world.state.entries().size() == 1);
    CHECK(world.state.codes().size() == 1);
}

TEST_CASE("ABI-35: the allowance pays activation and instantiation in one charge") {
    const Bytes module = Contract{{}, {}, {}}.build();
    const auto compiled = must(compile(module, profile()));
    const std::uint64_t price =
        (compiled->activation_price(schedule()) + compiled->instantiation_price(schedule())).units();
    World exact;
    CHECK(u32_at(create(exact, module, 0, static_cast<std::int64_t>(price)).output.span()) == 0);
    World less;
    const Receipt refused = create(less, module, 0, static_cast<std::int64_t>(price) - 1);
    CHECK(u32_at(refused.output.span()) == 2);
    World none;
    CHECK(refused.fuel_used == create(none, module, 0, 0).fuel_used);
}

TEST_CASE("ABI-31: stored code that does not pass or link ends the call with an outcome") {
    World world;
    world.put(address(2), bytes_of("no module"));
    ModuleBuilder no_call;
    no_call.memory(1);
    world.put(address(3), no_call.build());
    for (const auto& [target, number] : {std::pair<std::uint8_t, std::uint32_t>{2, 32}, {3, 33}}) {
        world.put(address(1), caller_of(address(target), calling(0, 1)), 5);
        const Receipt receipt = world.call(address(1));
        CHECK(u32_at(receipt.output.span()) == number);
        CHECK(world.state.account(address(1)).balance == 5);
        CHECK(world.call(address(target)).outcome == static_cast<Outcome>(number));
    }
}

} // namespace detent::testing
