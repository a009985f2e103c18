// Transactions that are saved and loaded at their suspensions end as they would have in one go.
#include "engine/exec/machine.hpp"
#include "engine/exec/saved.hpp"
#include "host_abi/contracts.hpp"
#include "host_abi/testing/moving.hpp"
#include "host_abi/testing/moving_cases.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <random>

namespace detent::testing {

namespace {

/// What a transaction leaves: its receipt, and what stands under its root.
struct Left {
    Hash receipt;
    Hash root;
    Outcome outcome = Outcome::Success;
    std::uint64_t fuel = 0;
    std::size_t events = 0;

    friend bool operator==(const Left&, const Left&) = default;
};

Left left_of(const Receipt& receipt, const State& state) {
    return {must(receipt.hash()), state.root(), receipt.outcome, receipt.fuel_used.units(), receipt.events.size()};
}

TransactionInput work(std::uint64_t limit = World::kPlenty) { return World::call_input(address(1), {}, 7, limit); }

Left in_one_go(const TransactionInput& input) {
    World world;
    populate_everything(world);
    return left_of(world.run(input), world.state);
}

Bytes u8(std::uint64_t value) { return little_endian(value, 1); }
Bytes u32(std::uint64_t value) { return little_endian(value, 4); }
Bytes u64(std::uint64_t value) { return little_endian(value, 8); }
Bytes listed(const Bytes& bytes) { return code(u32(bytes.size()), bytes); }
Bytes listed(std::string_view text) { return listed(bytes_of(text)); }
Bytes raw(const Address& address) { return bytes_of(address.view()); }
Bytes raw(const Hash& hash) { return bytes_of(hash.view()); }

/// A transaction that has used this much.
Transaction paused(World& world, const TransactionInput& input, std::uint64_t used) {
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), Fuel(used), &world.cache));
    REQUIRE(must(transaction.run()) == Progress::exhausted);
    return transaction;
}

Bytes execution_of(const Transaction& transaction) {
    return bytes_of(must(save(*transaction.execution(), digest_of)).span());
}

/// Where two differ; empty where they are the same.
std::string difference(const Bytes& a, const Bytes& b) {
    if (a == b) return "";
    return "at byte " + std::to_string(std::ranges::mismatch(a, b).in1 - a.begin());
}

Bytes head(const World& world) {
    return code(bytes_of("DTNTCALL"), u32(1), raw(must(hash_of(schedule()))), raw(must(hash_of(profile()))),
                raw(world.state.root()));
}

} // namespace

TEST_CASE("SAV-3, SAV-4: the bytes of a transaction that has not paid, counted by hand") {
    World world;
    world.put(address(1), plain());
    const std::array<BlockHash, 4> hashes{
        {{300, Hash{address(3).bytes}}, {43, Hash{address(4).bytes}}, {44, Hash{address(5).bytes}}, {299, {}}}};
    world.block = {300, 5, 6, hashes};
    const Bytes text = bytes_of("in");
    const TransactionInput input = World::call_input(address(1), text, 7, 900);
    const Transaction transaction = paused(world, input, 0);
    // Heights from 44 to 299 may be asked for.
    const Bytes block = code(u64(300), u64(5), u64(6), u32(2), u64(44), raw(address(5)), u64(299), Bytes(32));
    const Bytes asked =
        code(u8(0), raw(address(0xEE)), raw(address(1)), u64(7), u64(0), u64(900), listed("in"), listed(""));
    CHECK(difference(saved(transaction), code(head(world), block, asked, u32(0), u32(0))) == "");

    const Bytes module = child();
    TransactionInput deployment = World::deploy_input(module, {}, 1, 2, 3);
    deployment.to = address(9);
    const Bytes deploys =
        code(u8(1), raw(address(0xEE)), Bytes(32), u64(1), u64(2), u64(3), listed(""), listed(module));
    const Bytes deploying = saved(paused(world, deployment, 0));
    CHECK(difference(deploying, code(head(world), block, deploys, u32(0), u32(0))) == "");
}

TEST_CASE("SAV-4, SAV-5, SAV-6, SAV-7: the bytes of nested calls with a journal, counted by hand") {
    // 1 writes "a", removes "b", forgets "c", emits and calls 2 with 5; 2 creates with 3, and runs out of the grant in
    // the child's code, which has one instruction that is never paid.
    using F = HostFunction;
    const Bytes made = Contract{{}, {}, code(Op::nop, Op::nop), false}.build();
    const auto size = static_cast<std::int64_t>(made.size());
    World world;
    world.block.hashes = {};
    const Bytes first = code(body_of(F::storage_write, {64, 1, 66, 2}), body_of(F::storage_remove, {65, 1}),
                             body_of(F::transient_write, {66, 1, 64, 3}), body_of(F::event, {64, 2, 65, 2}),
                             put_out(64, 2), host(F::call, {0, 32, 5, 64, 4, -1, 4}), Op::drop);
    world.put(address(1), Contract{first, {{0, raw(address(2))}, {64, bytes_of("abcd")}}, {}}, 50);
    const Bytes second = code(host(F::create, {0, size, 9, 3, 0, 2, -1, 500, 32}), Op::drop);
    world.put(address(2), Contract{second, {{0, made}}, {}}, 1);
    must(world.state.set_storage(address(1), bytes_of("b"), bytes_of("old")));
    world.fund(address(0xEE), 20);
    const Bytes text = bytes_of("in");
    const TransactionInput input = World::call_input(address(1), text, 7);
    State copy = world.state;
    const Receipt whole = must(execute(copy, world.block, input, schedule(), profile()));
    REQUIRE(whole.outcome == Outcome::Success);

    const Transaction transaction = paused(world, input, whole.fuel_used.units() - 3);
    const Hash code_1 = world.state.account(address(1)).code_hash;
    const Hash code_2 = world.state.account(address(2)).code_hash;
    const Hash code_3 = sha256(made);
    const Address third = created_address(address(2), 9, code_3);
    const auto account = [](std::uint64_t balance, const Hash& hash) { return listed(code(u64(balance), raw(hash))); };
    const auto of = [](const Address& address, std::string_view key) { return code(raw(address), listed(key)); };
    const Bytes outer =
        code(raw(code_1), raw(address(1)), raw(address(0xEE)), u64(7), u8(0), u8(1), u8(0), listed("in"), listed("ab"),
             listed(""), u32(4), of(address(1), ""), u8(1), account(57, code_1), of(address(1), "a"), u8(1),
             listed("cd"), of(address(1), "b"), u8(0), listed(""), of(address(0xEE), ""), u8(1), account(13, {}), //
             u32(1), of(address(1), "c"), u8(1), listed("abc"), u32(1), raw(address(1)), listed("ab"), listed("bc"));
    const Bytes inner = code(raw(code_2), raw(address(2)), raw(address(1)), u64(5), u8(0), u8(0), u8(0), listed("abcd"),
                             listed(""), listed(""), u32(2), of(address(1), ""), u8(1), account(52, code_1),
                             of(address(2), ""), u8(1), account(6, code_2), u32(0), u32(0));
    const bool is_third_first = raw(third) < raw(address(2));
    const Bytes gets = code(of(third, ""), u8(1), account(3, code_3));
    const Bytes gives = code(of(address(2), ""), u8(1), account(3, code_2));
    const Bytes innermost =
        code(raw(code_3), raw(third), raw(address(2)), u64(3), u8(0), u8(0), u8(1), listed(Bytes{made[0], made[1]}),
             listed(""), listed(""), u32(2), is_third_first ? code(gets, gives) : code(gives, gets), u32(0), u32(0));
    const Bytes asked =
        code(u8(0), raw(address(0xEE)), raw(address(1)), u64(7), u64(0), u64(World::kPlenty), listed("in"), listed(""));
    const Bytes block = code(u64(100), u64(1234), u64(7), u32(0));
    const Bytes expected = code(head(world), block, asked, u32(1), listed(made), u32(3), outer, inner, innermost,
                                execution_of(transaction));
    CHECK(difference(saved(transaction), expected) == "");
}

TEST_CASE("SAV-3: a loaded transaction says what it is and of which block, and needs its own state") {
    World world;
    populate_everything(world);
    const std::array<BlockHash, 1> hashes{{{42, Hash{address(4).bytes}}}};
    world.block.hashes = hashes;
    const Bytes text = bytes_of("input");
    const Bytes bytes = saved(paused(world, World::call_input(address(2), text, 3, 5000), 2000));
    const Transaction loaded = must(Transaction::load(world.state, bytes, schedule(), profile()));
    CHECK(loaded.block().height == 100);
    CHECK(loaded.block().time == 1234);
    CHECK(loaded.block().chain_id == 7);
    CHECK(loaded.block().hash_at(42) == Hash{address(4).bytes});
    CHECK(loaded.input().kind == TransactionInput::Kind::call);
    CHECK(loaded.input().from == address(0xEE));
    CHECK(loaded.input().to == address(2));
    CHECK(loaded.input().value == 3);
    CHECK(loaded.input().fuel_limit == Fuel(5000));
    CHECK(bytes_of(loaded.input().input) == text);
    world.fund(address(0xEE), 999);
    CHECK(Transaction::load(world.state, bytes, schedule(), profile()).error().code == ErrorCode::wrong_state);
}

TEST_CASE("SAV-1: what has ended, failed or settled is not suspended") {
    World world;
    populate_everything(world);
    const TransactionInput input = work();
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), input.fuel_limit));
    CHECK(transaction.save().has_value());
    REQUIRE(must(transaction.run()) == Progress::ended);
    CHECK(transaction.save().error().code == ErrorCode::not_suspended);
    must(status_of(transaction.settle()));
    CHECK(transaction.save().error().code == ErrorCode::not_suspended);
    Transaction short_of = paused(world, work(20'000), 20'000);
    CHECK(short_of.save().has_value());
    must(status_of(short_of.settle()));
    CHECK(short_of.save().error().code == ErrorCode::not_suspended);
    must(world.state.set_account(address(1), {0, Hash{address(9).bytes}}));
    Transaction failed =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), input.fuel_limit));
    REQUIRE(failed.run().has_error());
    CHECK(failed.save().error().code == ErrorCode::not_suspended);
}

namespace {

/// Runs to a low limit, which is then raised, with a move at both ends or none.
Left raised(bool moves) {
    World world;
    populate_everything(world);
    MovingTransaction moving(world.state, world.block, work(30'000));
    Transaction& transaction = moving.transaction();
    const auto run_to = [&](std::uint64_t limit) {
        must(transaction.refuel(Fuel(limit)));
        return must(transaction.run());
    };
    REQUIRE(run_to(30'000) == Progress::exhausted);
    REQUIRE(transaction.at_limit());
    if (moves) {
        moving.move();
        CHECK(!transaction.at_limit());
        REQUIRE(run_to(30'000) == Progress::exhausted);
        CHECK(transaction.at_limit());
    }
    must(transaction.raise_limit(Fuel(World::kPlenty)));
    if (moves) moving.move();
    CHECK(transaction.limit() == Fuel(World::kPlenty));
    REQUIRE(run_to(World::kPlenty) == Progress::ended);
    return left_of(must(transaction.settle()), world.state);
}

} // namespace

TEST_CASE("SAV-2, MET-13: a limit that is raised moves along, and one that was reached is reached again") {
    CHECK(raised(true) == raised(false));
}

TEST_CASE("SAV-1, SAV-2: a call that moves at every suspension ends as in one go, by both tiers") {
    const Left whole = in_one_go(work());
    REQUIRE(whole.outcome == Outcome::Success);
    // 1 itself, 2 for it, the library and 2 for it, 1 for itself, the first child and 2 for it, the second child.
    REQUIRE(whole.events == 8);
    for (const Tier tier : {Tier::stepper, Tier::fast}) {
        World world;
        populate_everything(world);
        MovingTransaction moving(world.state, world.block, work());
        const Receipt receipt = moving.run([] { return 1; }, [tier] { return tier; });
        CHECK(left_of(receipt, world.state) == whole);
        CHECK(moving.moves() > 300);
    }
}

TEST_CASE("SAV-1, SAV-2: a creation that moves at every suspension ends as in one go") {
    const Bytes module = child();
    const Bytes text = bytes_of("in");
    const TransactionInput input = World::deploy_input(module, text, 9, 77);
    World whole;
    populate_everything(whole);
    const Left expected = left_of(whole.run(input), whole.state);
    REQUIRE(expected.outcome == Outcome::Success);
    World world;
    populate_everything(world);
    MovingTransaction moving(world.state, world.block, input);
    std::mt19937_64 random(1);
    const Receipt receipt =
        moving.run([] { return 1; }, [&random] { return random() % 2 == 0 ? Tier::stepper : Tier::fast; });
    CHECK(left_of(receipt, world.state) == expected);
}

TEST_CASE("SAV-1, SAV-2, MET-15: whatever the limit, the slices and the tiers, what moves ends as in one go") {
    const std::uint64_t whole = in_one_go(work()).fuel;
    const bool holds = rc::check([whole] {
        const std::uint64_t limit = *rc::gen::inRange<std::uint64_t>(0, whole + 1000);
        const std::uint64_t most = *rc::gen::element<std::uint64_t>(5000, 20'000, 100'000);
        std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
        World world;
        populate_everything(world);
        MovingTransaction moving(world.state, world.block, work(limit));
        const Receipt receipt =
            moving.run([&] { return 1 + random() % most; }, [&] { return static_cast<Tier>(random() % 3); });
        RC_ASSERT(left_of(receipt, world.state) == in_one_go(work(limit)));
    });
    REQUIRE(holds);
}

namespace {

/// Adds up what steps use, by the number of contract calls around each.
class DepthCounter final : public StepObserver {
  public:
    Status before(const Machine& machine) noexcept override {
        used_ = machine.meter().used();
        depth_ = watched->contracts().size() - 1;
        return ok();
    }
    Status after(const Machine& machine, Step) noexcept override {
        fuel[depth_] += (machine.meter().used() - used_).units();
        return ok();
    }

    const Transaction* watched = nullptr;
    std::array<std::uint64_t, Contracts::kMaximumDepth + 1> fuel{};

  private:
    Fuel used_;
    std::size_t depth_ = 0;
};

} // namespace

TEST_CASE("ABI-50: an observer is told of every step of every contract call, and of a loaded transaction's") {
    const auto watched = [](bool moves) {
        World world;
        populate_everything(world);
        DepthCounter counter;
        MovingTransaction moving(world.state, world.block, work());
        Transaction& transaction = moving.transaction();
        counter.watched = &transaction;
        transaction.observe(counter);
        must(transaction.refuel(Fuel(World::kPlenty)));
        REQUIRE(must(transaction.run_to(Fuel(1))) == Progress::exhausted);
        const std::uint64_t price = transaction.used().units();
        must(status_of(transaction.run_to(Fuel(30'000))));
        if (moves) {
            moving.move();
            transaction.observe(counter);
            must(transaction.refuel(Fuel(World::kPlenty)));
        }
        REQUIRE(must(transaction.run()) == Progress::ended);
        std::uint64_t sum = price;
        for (const std::uint64_t each : counter.fuel)
            sum += each;
        CHECK(sum == must(transaction.settle()).fuel_used.units());
        return counter.fuel;
    };
    const auto fuel = watched(false);
    CHECK(watched(true) == fuel);
    CHECK(fuel[0] != 0);
    CHECK(fuel[2] != 0);
    CHECK(fuel[3] == 0);
}

TEST_CASE("SAV-1: bytes depend on neither tier nor slices nor moves before") {
    const std::uint64_t whole = in_one_go(work()).fuel;
    std::mt19937_64 random(7);
    for (int i = 0; i < 40; ++i) {
        const std::uint64_t at = random() % whole;
        const auto bytes_at = [&](Tier tier, std::uint64_t slice, bool moves) {
            World world;
            populate_everything(world);
            MovingTransaction moving(world.state, world.block, work());
            for (std::uint64_t grant = slice;; grant += slice) {
                moving.transaction().use(tier);
                must(moving.transaction().refuel(Fuel(std::min(grant, at))));
                REQUIRE(must(moving.transaction().run()) == Progress::exhausted);
                if (grant >= at) return saved(moving.transaction());
                if (moves) moving.move();
            }
        };
        const Bytes expected = bytes_at(Tier::stepper, whole, false);
        CHECK(difference(bytes_at(Tier::fast, whole, false), expected) == "");
        CHECK(difference(bytes_at(Tier::fast, 1 + whole / 5, true), expected) == "");
        CHECK(difference(bytes_at(Tier::stepper, 1 + whole / 3, true), expected) == "");
    }
}

} // namespace detent::testing
