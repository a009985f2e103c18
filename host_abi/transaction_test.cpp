#include "host_abi/testing/world.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <pthread.h>

#include <algorithm>
#include <functional>

#if defined(__SANITIZE_ADDRESS__)
#define DETENT_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DETENT_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef DETENT_ADDRESS_SANITIZER
#define DETENT_ADDRESS_SANITIZER 0
#endif

namespace detent::testing {

namespace {

using F = HostFunction;

/// Calls the address at `to` with all fuel and drops the outcome.
Bytes call_at(int to, std::int64_t flags = 0) { return code(host(F::call, {to, 32, 0, 0, 0, -1, flags}), Op::drop); }

/// Contracts that do a bit of everything: 1 writes, calls 2 which succeeds and 3 which reverts, and creates a child.
void populate(World& world) {
    const Bytes child = Contract{{}, {}, host(F::storage_write, {0, 1, 0, 1})}.build();
    const Bytes first =
        code(host(F::storage_write, {0, 2, 0, 9}), host(F::event, {0, 1, 0, 3}), call_at(32),
             host(F::storage_remove, {2, 1}), Op::drop, call_at(64),
             host(F::create, {256, static_cast<std::int64_t>(child.size()), 1, 0, 0, 0, -1, 128, 32}), Op::drop,
             host(F::sha256, {0, 128, 160, 32}), Op::drop, store64(200, host(F::fuel_left)), put_out(160, 48));
    world.put(address(1),
              Contract{first,
                       {{0, bytes_of("some data")},
                        {32, bytes_of(address(2).view())},
                        {64, bytes_of(address(3).view())},
                        {256, child}},
                       {}},
              5);
    const Bytes second = code(host(F::storage_write, {0, 1, 0, 8}), host(F::transient_write, {0, 1, 0, 8}),
                              host(F::event, {0, 0, 0, 0}), put_out(0, 4));
    world.put(address(2), Contract{second, {}, {}});
    world.put(address(3), Contract{code(host(F::storage_write, {0, 1, 0, 8}), host(F::revert, {0, 3})), {}, {}});
    must(world.state.set_storage(address(1), bytes_of("m"), bytes_of("gone")));
    world.fund(address(0xEE), 1000);
}

Hash hash_of_receipt(const Receipt& receipt) { return must(receipt.hash()); }

} // namespace

TEST_CASE("ABI-50: a call pays base and amount of the host function, then its code") {
    World world;
    const Contract contract{{}, {}, {}};
    world.put(address(1), contract);
    const Bytes input = bytes_of("twelve bytes");
    const auto compiled = must(compile(contract.build(), profile()));
    const std::uint64_t own = base(WorkClass::host_call) + schedule().amount(Unit::host_copy_byte, 32 + 12).units();
    const std::uint64_t code_price = compiled->instantiation_price(schedule()).units() + base(WorkClass::call);
    CHECK(world.call(address(1), input).fuel_used == Fuel(own + code_price));
    CHECK(world.call(address(1), input, 0, own + code_price).outcome == Outcome::Success);
    const auto used_at = [&](std::uint64_t limit) {
        const Receipt receipt = world.call(address(1), input, 0, limit);
        CHECK(receipt.outcome == Outcome::OutOfFuel);
        return receipt.fuel_used.units();
    };
    CHECK(used_at(own + code_price - 1) == own + code_price - base(WorkClass::call));
    CHECK(used_at(own) == own);
    CHECK(used_at(own - 1) == 0);
    CHECK(used_at(0) == 0);
}

TEST_CASE("ABI-50: a deployment pays base and amount of create, then activation and instantiation") {
    const Bytes module = Contract{{}, {}, {}}.build();
    const auto compiled = must(compile(module, profile()));
    const Bytes input = bytes_of("in");
    const std::uint64_t own =
        base(WorkClass::host_create) + schedule().amount(Unit::host_code_byte, module.size() + 2).units();
    const std::uint64_t code_price =
        (compiled->activation_price(schedule()) + compiled->instantiation_price(schedule())).units();
    const auto deploy = [&](std::uint64_t limit) {
        World world;
        return world.run(World::deploy_input(module, input, 0, 0, limit));
    };
    CHECK(deploy(own + code_price).outcome == Outcome::Success);
    CHECK(deploy(own + code_price).fuel_used == Fuel(own + code_price));
    CHECK(deploy(own + code_price - 1).fuel_used == Fuel(own));
    CHECK(deploy(own - 1).fuel_used == Fuel(0));
    CHECK(deploy(own + code_price - 1).outcome == Outcome::OutOfFuel);
    World world;
    CHECK(world.run(World::deploy_input(bytes_of("no module"))).fuel_used ==
          Fuel(base(WorkClass::host_create) + schedule().amount(Unit::host_code_byte, 9).units()));
}

TEST_CASE("ABI-50, ABI-60: a deployment puts out the new address") {
    World world;
    world.fund(address(0xEE), 10);
    const Bytes module = Contract{put_out(0, 1), {}, put_out(0, 2)}.build();
    const Receipt receipt = world.run(World::deploy_input(module, {}, 3, 42));
    REQUIRE(receipt.outcome == Outcome::Success);
    const Hash expected = sha256({ByteView(bytes_of("detent/create/1")), address(0xEE).view(),
                                  ByteView(little_endian(42, 8)), sha256(module).view()});
    CHECK(bytes_of(receipt.output.span()) == bytes_of(expected.view()));
    CHECK(world.state.account(address_from(receipt.output.span())) == Account{3, sha256(module)});
    CHECK(world.run(World::deploy_input(module, {}, 3, 42)).outcome == Outcome::AddressTaken);
    CHECK(world.run(World::deploy_input(module, {}, 8, 43)).outcome == Outcome::InsufficientValue);
    CHECK(world.run(World::deploy_input(bytes_of("no module"))).outcome == Outcome::InvalidModule);
}

TEST_CASE("ABI-31, ABI-50: value moves from the origin, if it is there") {
    World world;
    world.fund(address(0xEE), 10);
    const Receipt sent = world.call(address(2), {}, 10);
    CHECK(sent.outcome == Outcome::Success);
    CHECK(world.state.account(address(2)).balance == 10);
    CHECK(world.state.entries().size() == 1);
    CHECK(world.call(address(2), {}, 1).outcome == Outcome::InsufficientValue);
    world.fund(address(0xEE), 10);
    CHECK(world.call(address(0xEE), {}, 10).outcome == Outcome::Success);
    CHECK(world.state.account(address(0xEE)).balance == 10);
}

TEST_CASE("ABI-51: a transaction that does not succeed changes nothing, emits nothing and keeps its fuel used") {
    World world;
    const Bytes body =
        code(host(F::storage_write, {0, 1, 0, 1}), host(F::event, {0, 0, 0, 0}), host(F::revert, {0, 2}));
    world.put(address(1), Contract{body, {{0, bytes_of("ab")}}, {}});
    world.fund(address(0xEE), 5);
    const Hash before = world.state.root();
    const Receipt receipt = world.call(address(1), {}, 5);
    CHECK(receipt.outcome == Outcome::Revert);
    CHECK(bytes_of(receipt.output.span()) == bytes_of("ab"));
    CHECK(receipt.events.empty());
    CHECK(receipt.fuel_used > Fuel(0));
    CHECK(receipt.post_root == before);
    CHECK(receipt.change_root == sha256(ByteView()));
    CHECK(world.state.root() == before);
}

TEST_CASE("ABI-61: the writes of a transaction are its net differences, and their root stands in the receipt") {
    World world;
    populate(world);
    const State before = world.state;
    const TransactionInput input = World::call_input(address(1), {}, 7);
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), input.fuel_limit));
    REQUIRE(must(transaction.run()) == Progress::ended);
    CHECK(world.state.root() == before.root());
    const Receipt receipt = must(transaction.settle());
    REQUIRE(receipt.outcome == Outcome::Success);
    const std::span<const Write> writes = transaction.writes();
    // 1 itself, its new key, its removed key; 2's key; the child and its key; the origin.
    CHECK(writes.size() == 7);
    CHECK(std::ranges::is_sorted(
        writes, [](const Write& a, const Write& b) { return compare_bytes(a.slot.encoded(), b.slot.encoded()) < 0; }));
    CHECK(receipt.change_root == must(change_root(writes)));
    State applied = before;
    must(applied.apply(writes));
    CHECK(applied.root() == world.state.root());
    CHECK(receipt.post_root == world.state.root());
    CHECK(receipt.events.size() == 2);
    CHECK(transaction.settle().error().code == ErrorCode::not_suspended);
    CHECK(transaction.run().error().code == ErrorCode::not_suspended);
}

namespace {

/// The receipt and root of one transaction run in slices; `grants` says how much each slice adds.
std::pair<Hash, Hash> sliced(std::uint64_t limit, const std::function<std::uint64_t()>& grant) {
    World world;
    populate(world);
    const TransactionInput input = World::call_input(address(1), {}, 7, limit);
    std::uint64_t granted = grant();
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), Fuel(granted)));
    while (must(transaction.run()) == Progress::exhausted && !transaction.at_limit()) {
        granted = std::min(limit, granted + grant());
        must(transaction.refuel(Fuel(granted)));
    }
    const Receipt receipt = must(transaction.settle());
    CHECK(receipt.fuel_used <= Fuel(limit));
    return {hash_of_receipt(receipt), world.state.root()};
}

std::uint64_t fuel_of_populated() {
    World world;
    populate(world);
    const Receipt receipt = world.run(World::call_input(address(1), {}, 7));
    REQUIRE(receipt.outcome == Outcome::Success);
    return receipt.fuel_used.units();
}

} // namespace

TEST_CASE("MET-15: for equal limits, one go and any slicing end alike") {
    const std::uint64_t whole = fuel_of_populated();
    const bool holds = rc::check([whole] {
        const std::uint64_t limit = *rc::gen::inRange<std::uint64_t>(0, whole + 1000);
        const std::uint64_t most = *rc::gen::element<std::uint64_t>(500, 5000, 100'000);
        const auto in_one_go = sliced(limit, [limit] { return limit + 1; });
        RC_ASSERT(sliced(limit, [most] { return *rc::gen::inRange<std::uint64_t>(1, most); }) == in_one_go);
    });
    REQUIRE(holds);
}

TEST_CASE("MET-13: a limit that is raised where it ended goes on as the higher limit") {
    World world;
    populate(world);
    const TransactionInput input = World::call_input(address(2), {}, 0, 2000);
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), Fuel(2000)));
    CHECK(transaction.refuel(Fuel(2001)).error().code == ErrorCode::fuel_would_fall);
    CHECK(transaction.settle().error().code == ErrorCode::not_suspended);
    REQUIRE(must(transaction.run()) == Progress::exhausted);
    CHECK(transaction.at_limit());
    CHECK(transaction.raise_limit(Fuel(1999)).error().code == ErrorCode::fuel_would_fall);
    must(transaction.raise_limit(Fuel(World::kPlenty)));
    CHECK(!transaction.at_limit());
    CHECK(transaction.settle().error().code == ErrorCode::not_suspended);
    must(transaction.refuel(Fuel(World::kPlenty)));
    REQUIRE(must(transaction.run()) == Progress::ended);
    World other;
    populate(other);
    CHECK(hash_of_receipt(must(transaction.settle())) == hash_of_receipt(other.call(address(2))));
}

TEST_CASE("ABI-51: a transaction at its limit settles as OutOfFuel") {
    World world;
    populate(world);
    const Hash before = world.state.root();
    const Receipt receipt = world.call(address(1), {}, 0, 50'000);
    CHECK(receipt.outcome == Outcome::OutOfFuel);
    CHECK(receipt.fuel_used > Fuel(0));
    CHECK(receipt.output.empty());
    CHECK(world.state.root() == before);
}

TEST_CASE("ABI-52: an allocation that fails is a Fault, and nothing is written") {
    std::uint64_t faults = 0;
    const TransactionInput input = World::call_input(address(1), {}, 7);
    World reference;
    populate(reference);
    const Hash expected = hash_of_receipt(reference.run(input));
    for (std::uint64_t n = 1;; ++n) {
        World world;
        populate(world);
        const Hash before = world.state.root();
        allocation_probe() = {0, n};
        const Result<Receipt> receipt = execute(world.state, world.block, input, schedule(), profile());
        const bool reached = allocation_probe().allocations >= n;
        allocation_probe() = {};
        if (receipt.has_value()) {
            CHECK(hash_of_receipt(receipt.assume_value()) == expected);
            if (!reached) break;
            continue;
        }
        ++faults;
        CHECK(receipt.error() == kOutOfMemory);
        CHECK(world.state.root() == before);
    }
    CHECK(faults > 100);
}

TEST_CASE("ABI-52: code that the state names and does not hold is a Fault") {
    World world;
    must(world.state.set_account(address(1), {0, Hash{address(9).bytes}}));
    const TransactionInput input = World::call_input(address(1));
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), input.fuel_limit));
    CHECK(transaction.run().error().code == ErrorCode::host_failed);
    CHECK(transaction.run().error().code == ErrorCode::host_failed);
    CHECK(transaction.settle().error().code == ErrorCode::host_failed);
}

TEST_CASE("ABI-52: a state that changed under a transaction is a Fault, and stays as it is") {
    World world;
    world.fund(address(0xEE), 5);
    const TransactionInput input = World::call_input(address(2), {}, 5);
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), input.fuel_limit));
    REQUIRE(must(transaction.run()) == Progress::ended);
    world.fund(address(0xEE), 4);
    const Hash before = world.state.root();
    CHECK(transaction.settle().error().code == ErrorCode::host_failed);
    CHECK(world.state.root() == before);
}

TEST_CASE("MET-1: a cache of code changes no receipt, however small it is") {
    World plain;
    populate(plain);
    World cached;
    populate(cached);
    World tiny;
    populate(tiny);
    tiny.cache = CodeCache(1500);
    for (int round = 0; round < 3; ++round) {
        const TransactionInput input = World::call_input(address(1), {}, 7);
        const Hash expected = hash_of_receipt(must(execute(plain.state, plain.block, input, schedule(), profile())));
        CHECK(hash_of_receipt(cached.run(input)) == expected);
        CHECK(hash_of_receipt(tiny.run(input)) == expected);
    }
    CHECK(cached.cache.size() == 4);
    CHECK(tiny.cache.size() < 4);
}

TEST_CASE("MET-1: a cache keeps what fits, and makes room by forgetting everything") {
    const Bytes module = Contract{{}, {}, {}}.build();
    const auto compiled = must(compile(module, profile()));
    CodeCache cache(2 * module.size());
    for (std::uint8_t i = 1; i <= 3; ++i) {
        cache.keep(Hash{address(i).bytes}, compiled);
        cache.keep(Hash{address(i).bytes}, compiled);
    }
    CHECK(cache.size() == 1);
    CHECK(cache.find(Hash{address(3).bytes}, profile().id) == compiled);
    CHECK(cache.find(Hash{address(3).bytes}, profile().id + 1) == nullptr);
    CHECK(cache.find(Hash{address(3).bytes}, profile().id - 1) == nullptr);
    CHECK(cache.find(Hash{address(1).bytes}, profile().id) == nullptr);
    CodeCache small(module.size() - 1);
    small.keep(Hash{}, compiled);
    CHECK(small.size() == 0);
}

// Depth.

namespace {

/// Calls itself until the depth that its input says; what ends it, and the depth it reached, come back from below.
Contract nesting() {
    const Bytes deeper = code(store32(64, host(F::call, {0, 32, 0, 256, 4, -1, 4})), Op::i32_const, 64, Op::i32_load,
                              2U, 0U, Op::if_, kEmptyBlock, store32(68, host(F::call_depth)), put_out(64, 8), Op::else_,
                              host(F::return_data, {128, 8}), Op::drop, put_out(128, 8), Op::end);
    const Bytes body = code(host(F::input, {256, 4}), Op::drop, host(F::call_depth), Op::i32_const, 256, Op::i32_load,
                            2U, 0U, Op::i32_lt_u, Op::if_, kEmptyBlock, deeper, Op::else_,
                            store32(68, host(F::call_depth)), put_out(64, 8), Op::end);
    return {body, {{0, bytes_of(address(1).view())}}, {}};
}

Receipt nest(std::uint8_t depth) {
    World world;
    world.put(address(1), nesting());
    return world.call(address(1), Bytes{depth, 0, 0, 0});
}

/// A stack of its own, painted, so that what a run has touched can be seen.
class PaintedStack {
  public:
    PaintedStack() : bytes_(kSize, kPaint) {}

    /// Bytes of stack that `run` used at most.
    std::size_t used_by(std::function<void()> run) {
        pthread_attr_t attributes;
        REQUIRE(pthread_attr_init(&attributes) == 0);
        const std::size_t lead = (kPage - reinterpret_cast<std::uintptr_t>(bytes_.data()) % kPage) % kPage;
        REQUIRE(pthread_attr_setstack(&attributes, bytes_.data() + lead, kSize - kPage) == 0);
        pthread_t thread;
        REQUIRE(pthread_create(&thread, &attributes, enter, &run) == 0);
        REQUIRE(pthread_join(thread, nullptr) == 0);
        REQUIRE(pthread_attr_destroy(&attributes) == 0);
        const auto touched = std::find_if(bytes_.begin() + static_cast<std::ptrdiff_t>(lead), bytes_.end(),
                                          [](std::uint8_t byte) { return byte != kPaint; });
        return static_cast<std::size_t>(bytes_.end() - touched);
    }

  private:
    static constexpr std::size_t kSize = std::size_t{1} << 20;
    static constexpr std::size_t kPage = 4096;
    static constexpr std::uint8_t kPaint = 0xA5;

    static void* enter(void* run) {
        (*static_cast<std::function<void()>*>(run))();
        return nullptr;
    }

    std::vector<std::uint8_t> bytes_;
};

std::size_t stack_of(std::uint8_t depth) {
    std::uint32_t reached = 0;
    const std::size_t used = PaintedStack().used_by([&] { reached = u32_at(nest(depth).output.span(), 4); });
    REQUIRE(reached == depth);
    return used;
}

} // namespace

TEST_CASE("ABI-31: 64 nested calls are allowed, and one more is CallDepth") {
    const Receipt deepest = nest(64);
    REQUIRE(deepest.outcome == Outcome::Success);
    CHECK(u32_at(deepest.output.span()) == 0);
    CHECK(u32_at(deepest.output.span(), 4) == 64);
    const Receipt refused = nest(65);
    REQUIRE(refused.outcome == Outcome::Success);
    CHECK(u32_at(refused.output.span()) == 23);
    CHECK(u32_at(refused.output.span(), 4) == 64);
}

TEST_CASE("ABI-6: 64 nested calls use no more native stack than one") {
#if DETENT_ADDRESS_SANITIZER
    WARN("not measured: AddressSanitizer keeps frames elsewhere; that the calls end is all that is shown here");
    REQUIRE(u32_at(nest(64).output.span(), 4) == 64);
    return;
#endif
    // The first run of a program touches more, for what it does only once.
    REQUIRE(stack_of(1) > 0);
    const std::size_t one = stack_of(1);
    const std::size_t many = stack_of(64);
    INFO("stack at depth 1: " << one << ", at depth 64: " << many);
    CHECK(many <= one + 256);
}

} // namespace detent::testing
