// Commitments of transactions: those of the tiers, of slices, of moves, with and without cached code are compared with
// one another and with hashes that are made of one state alone. What these are of is checked by
// conformance/check_commitments.py, which has them from saved bytes.
#include "host_abi/testing/moving.hpp"
#include "host_abi/testing/moving_cases.hpp"
#include "host_abi/transaction_commitment.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <random>

namespace detent::testing {

namespace {

struct Committed {
    Hash receipt;
    std::vector<Commitment> chain;

    friend bool operator==(const Committed&, const Committed&) = default;
};

/// A world, and what is done in it.
struct Job {
    std::function<void(World&)> populate;
    TransactionInput input;
};

TransactionInput work(std::uint64_t limit = World::kPlenty) { return World::call_input(address(1), {}, 7, limit); }

/// Fills a word into every thousandth byte of its memory, both the word and the end from its input.
Contract filling() {
    const auto load = [](int place) { return code(Op::i32_const, place, Op::i32_load, 2U, 0U); };
    const Bytes body = code(body_of(HostFunction::input, {0, 8}), Op::loop, kEmptyBlock,
                            store32(8, code(load(8), Op::i32_const, 1000, Op::i32_add)), load(8), load(0),
                            Op::i32_store, 2U, 16U, load(8), load(4), Op::i32_lt_u, Op::br_if, 0U, Op::end);
    return {body, {}, {}};
}

/// One calls another three times, whose instances come and go at one place of the store: with much to fill, less and
/// nothing; and fills itself in between.
void populate_fillers(World& world) {
    const auto words = [](std::uint64_t value, std::uint64_t end) {
        return code(little_endian(value, 4), little_endian(end, 4));
    };
    const auto fill = [](int input) {
        return code(host(HostFunction::call, {32, 32, 0, input, 8, kAllFuel, 0}), Op::drop);
    };
    const Bytes body = code(fill(100), store32(9000, code(Op::i32_const, 7)), fill(108),
                            store32(20'000, code(Op::i32_const, 8)), fill(116));
    world.put(address(1), Contract{body,
                                   {{32, bytes_of(address(2).view())},
                                    {100, words(0x0707'0707, 60'000)},
                                    {108, words(0x0909'0909, 20'000)},
                                    {116, words(0, 0)}},
                                   {}});
    world.put(address(2), filling());
    world.fund(address(0xEE), 10);
}

/// What is created is `child`, which lives as long as the job.
Job creation(const Bytes& module) { return {populate_everything, World::deploy_input(module, {}, 9, 77)}; }

Committed in_one_go(const Job& job, std::uint64_t every, Tier tier, bool is_cached = true) {
    World world;
    job.populate(world);
    CodeCache* const cache = is_cached ? &world.cache : nullptr;
    Transaction transaction = must(
        Transaction::begin(world.state, world.block, job.input, schedule(), profile(), job.input.fuel_limit, cache));
    transaction.use(tier);
    TransactionCommitter committer = must(TransactionCommitter::begin(transaction, Fuel(every)));
    must(committer.run(transaction));
    const std::span<const Commitment> chain = committer.chain().commitments();
    return {must(must(transaction.settle()).hash()), {chain.begin(), chain.end()}};
}

/// Granted what `next` says on top each time; moves wherever something was used since, and goes on with a committer and
/// a tier of its own.
template <class Next, class NextTier>
Committed in_moves(const Job& job, std::uint64_t every, Next next, NextTier tier) {
    World world;
    job.populate(world);
    MovingTransaction moving(world.state, world.block, job.input);
    std::vector<Commitment> chain;
    std::optional<TransactionCommitter> committer;
    Fuel moved_at = Fuel::maximum();
    Fuel granted;
    Progress progress = Progress::exhausted;
    do {
        if (moving.transaction().used() != moved_at) {
            moving.move();
            moved_at = moving.transaction().used();
            moving.transaction().use(tier());
            committer = must(TransactionCommitter::begin(moving.transaction(), Fuel(every)));
            if (!chain.empty()) committer->chain().go_on_from(chain.back().digest);
        }
        granted = std::min(granted + Fuel(next()), moving.transaction().limit());
        must(moving.transaction().refuel(granted));
        const std::size_t before = committer->chain().commitments().size();
        progress = must(committer->run(moving.transaction()));
        const std::span<const Commitment> made = committer->chain().commitments().subspan(before);
        chain.insert(chain.end(), made.begin(), made.end());
    } while (progress == Progress::exhausted && !moving.transaction().at_limit());
    return {must(must(moving.transaction().settle()).hash()), chain};
}

/// A committer that has never seen the transaction, nor the store that it lives in. No contract here makes objects, so
/// that the heap stands in every hash.
Digest hash_anew(World& world, const Transaction& transaction) {
    const Transaction other = must(Transaction::load(world.state, saved(transaction), schedule(), profile()));
    return must(must(TransactionCommitter::begin(other, Fuel(1))).hash(other));
}

/// Unit by unit: where more is used than before is a suspension; and each state alone is hashed there.
std::vector<Commitment> by_hand(const Job& job, std::uint64_t every) {
    World world;
    job.populate(world);
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, job.input, schedule(), profile(), Fuel()));
    CommitmentChain chain = must(CommitmentChain::begin(schedule(), Fuel(every), digest_of));
    std::uint64_t before = 0;
    for (std::uint64_t grant = 0; !transaction.at_limit(); ++grant) {
        must(transaction.refuel(std::min(Fuel(grant), transaction.limit())));
        if (must(transaction.run()) == Progress::ended) break;
        const std::uint64_t used = transaction.used().units();
        if (used / every != before / every) must(chain.add(Fuel(used), hash_anew(world, transaction), true));
        before = used;
    }
    return {chain.commitments().begin(), chain.commitments().end()};
}

} // namespace

TEST_CASE("SAV-15: commitments are where a transaction would end that was granted as much, of one state alone") {
    const Bytes module = child();
    const std::vector<Job> jobs{{populate_everything, work()},
                                {populate_fillers, work()},
                                creation(module),
                                {populate_everything, work(30'000)}};
    for (const Job& job : jobs) {
        for (const std::uint64_t every : {std::uint64_t{997}, std::uint64_t{40}}) {
            INFO("every " << every << ", limit " << job.input.fuel_limit.units());
            const std::vector<Commitment> expected = by_hand(job, every);
            CHECK(expected.size() > 5);
            for (const Tier tier : {Tier::stepper, Tier::fast, Tier::adaptive, Tier::single})
                CHECK(in_one_go(job, every, tier).chain == expected);
        }
    }
}

TEST_CASE("SAV-15: the first may be where nothing but the price is paid; without a suspension there is none") {
    World world;
    populate_everything(world);
    const TransactionInput input = work();
    const std::uint64_t price = 1;
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, input, schedule(), profile(), input.fuel_limit));
    CHECK(must(transaction.run_to(Fuel())) == Progress::exhausted);
    CHECK(transaction.used() == Fuel());
    CHECK(must(transaction.run_to(Fuel(price))) == Progress::exhausted);
    const std::uint64_t paid = transaction.used().units();
    const std::vector<Commitment> chain = in_one_go({populate_everything, input}, price, Tier::fast).chain;
    CHECK(chain.at(0).used == Fuel(paid));
    CHECK(in_one_go({populate_everything, input}, World::kPlenty, Tier::fast).chain.empty());
    // Nobody is there who could run.
    const TransactionInput to_nobody = World::call_input(address(77), {}, 7);
    CHECK(in_one_go({populate_everything, to_nobody}, price, Tier::fast).chain.empty());
}

TEST_CASE("SAV-15, SAV-1: a transaction that moves at every suspension has the chain of one go") {
    const Bytes module = child();
    for (const Job& job : {Job{populate_everything, work()}, Job{populate_fillers, work()}, creation(module)}) {
        const Committed whole = in_one_go(job, 1500, Tier::fast);
        CHECK(whole.chain.size() > 5);
        std::mt19937_64 random(1);
        const auto any = [&random] { return random() % 2 == 0 ? Tier::stepper : Tier::fast; };
        CHECK(in_moves(job, 1500, [] { return 1; }, any) == whole);
    }
}

TEST_CASE("SAV-15: whatever the limit, the slices, the tiers and the cache, the chain is that of one go") {
    const std::vector<Job> jobs{{populate_everything, work()}, {populate_fillers, work()}};
    const bool holds = rc::check([&jobs] {
        Job job = *rc::gen::elementOf(jobs);
        job.input.fuel_limit = Fuel(*rc::gen::inRange<std::uint64_t>(0, 300'000));
        const std::uint64_t every = *rc::gen::element<std::uint64_t>(1, 333, 5'000);
        const std::uint64_t most = *rc::gen::element<std::uint64_t>(5000, 20'000, 100'000);
        std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
        const Committed whole = in_one_go(job, every, Tier::stepper, false);
        RC_ASSERT(in_one_go(job, every, static_cast<Tier>(random() % 4), random() % 2 == 0) == whole);
        RC_ASSERT(in_moves(
                      job, every, [&] { return 1 + random() % most; },
                      [&] { return static_cast<Tier>(random() % 4); }) == whole);
    });
    REQUIRE(holds);
}

TEST_CASE("SAV-15: code that was lowered for runs without commitments is lowered anew") {
    World world;
    populate_fillers(world);
    const TransactionInput input = work();
    const auto begun = [&] {
        Transaction made = must(
            Transaction::begin(world.state, world.block, input, schedule(), profile(), input.fuel_limit, &world.cache));
        made.use(Tier::fast);
        return made;
    };
    Transaction before = begun();
    REQUIRE(must(before.run()) == Progress::ended);
    REQUIRE(before.execution()->counts().visits != 0);
    Transaction transaction = begun();
    TransactionCommitter committer = must(TransactionCommitter::begin(transaction, Fuel(700)));
    REQUIRE(must(committer.run(transaction)) == Progress::ended);
    const std::span<const Commitment> chain = committer.chain().commitments();
    CHECK(std::ranges::equal(chain, in_one_go({populate_fillers, input}, 700, Tier::stepper, false).chain));
}

TEST_CASE("SAV-16: a limit that is raised is another one from the beginning") {
    // Of 2, which reads no fuel and calls nobody who has code.
    const TransactionInput high = World::call_input(address(2), {}, 1);
    TransactionInput low = high;
    low.fuel_limit = Fuel(5000);
    World world;
    populate_everything(world);
    Transaction transaction =
        must(Transaction::begin(world.state, world.block, low, schedule(), profile(), low.fuel_limit));
    TransactionCommitter committer = must(TransactionCommitter::begin(transaction, Fuel(100)));
    REQUIRE(must(committer.run(transaction)) == Progress::exhausted);
    REQUIRE(transaction.at_limit());
    must(transaction.raise_limit(high.fuel_limit));
    must(transaction.refuel(high.fuel_limit));
    REQUIRE(must(committer.run(transaction)) == Progress::ended);
    CHECK(std::ranges::equal(committer.chain().commitments(),
                             in_one_go({populate_everything, high}, 100, Tier::fast).chain));
}

TEST_CASE("SAV-16: before the price is paid there is no execution, and behind the end no state") {
    World world;
    populate_everything(world);
    const TransactionInput input = work();
    Transaction transaction = must(Transaction::begin(world.state, world.block, input, schedule(), profile(), Fuel()));
    TransactionCommitter committer = must(TransactionCommitter::begin(transaction, Fuel(100)));
    CHECK(must(committer.hash(transaction)) == hash_anew(world, transaction));
    must(transaction.refuel(input.fuel_limit));
    REQUIRE(must(committer.run(transaction)) == Progress::ended);
    CHECK(committer.hash(transaction).error().code == ErrorCode::not_suspended);
    CHECK(committer.run(transaction).error().code == ErrorCode::not_suspended);
}

} // namespace detent::testing
