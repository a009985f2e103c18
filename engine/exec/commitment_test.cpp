// Commitments. Those of the tiers, of slices, of moves and of one committer after the other are compared with one
// another; what the hashes are of is checked by conformance/check_commitments.py, which has them from saved bytes
// alone.
#include "engine/exec/commitment.hpp"
#include "engine/testing/saving.hpp"
#include "engine/testing/tiers.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;

namespace {

/// A module of which "f" is run, with commitments.
struct Committed {
    Outcome outcome;
    std::vector<Commitment> chain;

    friend bool operator==(const Committed&, const Committed&) = default;
};

constexpr std::uint64_t kLimit = 3'000;

std::unique_ptr<Moving> begun(const std::shared_ptr<const Code>& code, const Case& test, TestSurroundings& around) {
    std::vector<std::uint64_t> words;
    for (const Value& argument : test.arguments)
        words.push_back(argument.low);
    const std::uint64_t limit = code->instantiation_price(schedule()).units() + kLimit;
    return begin_moving(code, words, limit, around, LimitValues::of(Preset::contract));
}

Committed in_one_go(const Case& test, std::uint64_t every, Way way) {
    const std::shared_ptr<const Code> code = compiled(test.module, full_profile());
    TestSurroundings around({code});
    const auto one = begun(code, test, around);
    Execution& execution = one->execution();
    execution.use(way.tier, way.handover);
    Committer committer = must(Committer::begin(one->store(), schedule(), Fuel(every), test_digest));
    must(execution.refuel(execution.limit()));
    const Ending ending = must(committer.run(execution));
    const std::span<const Commitment> chain = committer.chain().commitments();
    return {outcome_of(execution, ending), {chain.begin(), chain.end()}};
}

/// In slices, saved and loaded between them, each part by a committer and a tier of its own.
Committed in_moves(const Case& test, std::uint64_t every, Random& random) {
    const std::shared_ptr<const Code> code = compiled(test.module, full_profile());
    TestSurroundings around({code});
    const auto one = begun(code, test, around);
    std::vector<Commitment> chain;
    std::optional<Digest> head;
    Fuel moved_at = Fuel::maximum();
    std::uint64_t more = 0;
    while (true) {
        one->move();
        Execution& execution = one->execution();
        execution.use(random.one_in(2) ? Tier::stepper : Tier::fast, {});
        Committer committer = must(Committer::begin(one->store(), schedule(), Fuel(every), test_digest));
        if (head) committer.chain().go_on_from(*head);
        more = execution.used() == moved_at ? 2 * more : 1 + random.below(1000);
        moved_at = execution.used();
        const std::uint64_t grant = execution.grant().units() + more;
        must(execution.refuel(std::min(Fuel(grant), execution.limit())));
        const Ending ending = must(committer.run(execution));
        chain.insert(chain.end(), committer.chain().commitments().begin(), committer.chain().commitments().end());
        head = committer.chain().head();
        if (ending != Ending::exhausted || execution.at_limit()) return {outcome_of(execution, ending), chain};
    }
}

Case module_of_seed(std::uint64_t seed) { return seed % 3 == 0 ? edge_case_of(seed) : case_of(seed); }

bool holds(const char* what, bool (*property)(std::uint64_t seed)) {
    return rc::check(what, [property](std::uint64_t seed) { RC_ASSERT(property(seed)); });
}

} // namespace

TEST_CASE("COM-1, COM-2: the chain is the same in both tiers, in slices, and over moves") {
    std::size_t commitments = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        const Case test = module_of_seed(seed);
        Random random(seed);
        const std::uint64_t every = 1 + random.below(random.one_in(3) ? 8 : 400);
        const Committed expected = in_one_go(test, every, kByStepper);
        commitments += expected.chain.size();
        INFO("seed " << seed << ", every " << every);
        CHECK(in_one_go(test, every, kByLoweredCode) == expected);
        CHECK(in_one_go(test, every, Way{Tier::single, {}}) == expected);
        CHECK(in_one_go(test, every, Way{Tier::fast, {Handover::When::random, seed}}) == expected);
        if (every > 50) CHECK(in_moves(test, every, random) == expected);
    }
    CHECK(commitments > 5'000);
}

TEST_CASE("COM-1: commitments are where an execution would end that was granted as much, and nowhere else") {
    CHECK(holds("positions", [](std::uint64_t seed) {
        const Case test = module_of_seed(seed);
        Random random(seed);
        const std::uint64_t every = 1 + random.below(100);
        const Committed committed = in_one_go(test, every, kByStepper);
        const std::shared_ptr<const Code> code = compiled(test.module, full_profile());
        TestSurroundings around({code});
        const auto one = begun(code, test, around);
        Execution& execution = one->execution();
        execution.use(Tier::stepper, {});
        // Unit by unit: where more is used than before is a suspension.
        std::vector<std::uint64_t> expected;
        std::uint64_t before = execution.used().units();
        std::uint64_t grant = 0;
        for (bool goes_on = true; goes_on; ++grant) {
            must(execution.refuel(std::min(Fuel(grant), execution.limit())));
            const Ending ending = must(execution.run());
            const std::uint64_t used = execution.used().units();
            if (ending == Ending::exhausted && used / every != before / every) expected.push_back(used);
            before = used;
            goes_on = ending == Ending::exhausted && !execution.at_limit();
        }
        std::vector<std::uint64_t> found;
        for (const Commitment& each : committed.chain)
            found.push_back(each.used.units());
        return found == expected;
    }));
}

TEST_CASE("COM-3, COM-5, COM-6, COM-7: what is kept from one commitment to the next shows in none") {
    // A hasher that has seen all of it against one that sees each state for the first time.
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const Case test = module_of_seed(seed);
        const std::shared_ptr<const Code> code = compiled(test.module, full_profile());
        TestSurroundings around({code});
        const auto one = begun(code, test, around);
        Execution& execution = one->execution();
        execution.use(seed % 2 == 0 ? Tier::stepper : Tier::fast, {});
        StateHasher hasher = must(StateHasher::begin(one->store(), test_digest));
        Random random(seed);
        INFO("seed " << seed);
        for (std::uint64_t grant = random.below(60); !execution.at_limit(); grant += 1 + random.below(400)) {
            must(execution.refuel(std::min(Fuel(grant), execution.limit())));
            if (must(execution.run()) != Ending::exhausted) break;
            Loaded fresh = must(around.load(saved(execution)));
            StateHasher other = must(StateHasher::begin(*fresh.store, test_digest));
            REQUIRE(must(hasher.hash(execution, true)) == must(other.hash(fresh.execution, true)));
            REQUIRE(must(hasher.hash(execution, false)) == must(other.hash(fresh.execution, false)));
        }
    }
}

TEST_CASE("COM-7: the heap stands where windows have fuel for it, and there what differs in it shows", "[feature:gc]") {
    // Two runs that differ in a field of an object and, behind its writing, in nothing else. It has 40 bytes, 16 and 3
    // times 8, and 16 windows of 10 units are the first power of two that has four times as many.
    constexpr std::uint64_t kEvery = 10;
    constexpr std::uint64_t kPeriod = 16;
    ModuleBuilder b;
    const auto type = b.type(structure_type({mutable_field(kI64), mutable_field(kI64), mutable_field(kI64)}));
    const Bytes write = code(Op::struct_new_default, type, Op::local_tee, 1, Op::local_get, 0, Op::struct_set, type, 1U,
                             Op::i64_const, 0, Op::local_set, 0);
    const Bytes rest = code(Op::i32_const, 1'000, Op::local_set, 2, Op::loop, kEmptyBlock, Op::local_get, 2,
                            Op::i32_const, 1, Op::i32_sub, Op::local_tee, 2, Op::br_if, 0U, Op::end);
    const std::vector<Locals> locals{{1, nullable(HeapType(TypeIdx{type}))}, {1, kI32}};
    b.export_function("f", b.function(b.type({kI64}, {}), locals, code(write, rest)));
    const std::shared_ptr<const Code> its_code = compiled(b.build(), full_profile());
    Program one(its_code);
    Program two(its_code);
    Execution left = one.begin("f", {Value::i64(1)}, 10'000, 10'000);
    Execution right = two.begin("f", {Value::i64(2)}, 10'000, 10'000);
    must(left.run_to(Fuel(100)));
    must(right.run_to(Fuel(100)));
    Committer of_left = must(Committer::begin(one.store(), schedule(), Fuel(kEvery), test_digest));
    Committer of_right = must(Committer::begin(two.store(), schedule(), Fuel(kEvery), test_digest));
    REQUIRE(must(of_left.run(left)) == Ending::returned);
    REQUIRE(must(of_right.run(right)) == Ending::returned);
    const std::span<const Commitment> chain = of_left.chain().commitments();
    const std::span<const Commitment> other = of_right.chain().commitments();
    REQUIRE(chain.size() == other.size());
    REQUIRE(chain.size() > 200);
    bool differs = false;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        INFO("used " << chain[i].used.units());
        REQUIRE(chain[i].has_heap == (chain[i].used.units() / kEvery % kPeriod == 0));
        differs = differs || chain[i].has_heap;
        REQUIRE((chain[i].digest != other[i].digest) == differs);
    }
}

TEST_CASE("COM-5: the root of a tree, and of one that grew, is that of the pieces") {
    const ZeroRoots zeros(test_digest);
    const auto two = [](const Digest& left, const Digest& right) {
        Bytes both(left.begin(), left.end());
        both.insert(both.end(), right.begin(), right.end());
        return test_digest(both);
    };
    const auto leaf = [](std::uint8_t of) { return test_digest(Bytes{of}); };
    PieceTree tree;
    CHECK(must(tree.root(0, zeros, test_digest)) == zeros[0]);
    CHECK(must(tree.root(5, zeros, test_digest)) == zeros[3]);
    REQUIRE(tree.set(0, leaf(1), zeros));
    CHECK(must(tree.root(1, zeros, test_digest)) == leaf(1));
    CHECK(must(tree.root(2, zeros, test_digest)) == two(leaf(1), zeros[0]));
    REQUIRE(tree.set(2, leaf(3), zeros));
    CHECK(must(tree.root(3, zeros, test_digest)) == two(two(leaf(1), zeros[0]), two(leaf(3), zeros[0])));
    REQUIRE(tree.set(1, leaf(2), zeros));
    REQUIRE(tree.set(4, leaf(5), zeros));
    const Digest four = two(two(leaf(1), leaf(2)), two(leaf(3), zeros[0]));
    CHECK(must(tree.root(5, zeros, test_digest)) == two(four, two(two(leaf(5), zeros[0]), zeros[1])));
    CHECK(must(tree.root(9, zeros, test_digest)) == two(two(four, two(two(leaf(5), zeros[0]), zeros[1])), zeros[3]));
}

TEST_CASE("COM-5: every way to write to a memory is marked") {
    // Each of them alone, to a piece of its own, behind a commitment; in both tiers.
    struct Write {
        const char* what;
        Bytes code;
    };
    const auto store = [](Op op, const Bytes& value) { return code(Op::local_get, 0, value, op, std::uint8_t{0}, 0U); };
    // No byte of them is zero, so that each piece that is written to changes.
    const Bytes i32 = code(Op::i32_const, 0x0707'0707);
    const Bytes i64 = code(Op::i64_const, std::int64_t{0x0707'0707'0707'0707});
    const Bytes f32 = code(i32, Op::f32_reinterpret_i32);
    const Bytes f64 = code(i64, Op::f64_reinterpret_i64);
    const Bytes v128 = code(i64, Op::i64x2_splat);
    const auto lane = [&](Op op) { return code(Op::local_get, 0, v128, op, std::uint8_t{0}, 0U, std::uint8_t{0}); };
    const std::uint8_t zero = 0;
    const std::vector<Write> writes{
        {"i32.store", store(Op::i32_store, i32)},
        {"i64.store", store(Op::i64_store, i64)},
        {"f32.store", store(Op::f32_store, f32)},
        {"f64.store", store(Op::f64_store, f64)},
        {"i32.store8", store(Op::i32_store8, i32)},
        {"i32.store16", store(Op::i32_store16, i32)},
        {"i64.store8", store(Op::i64_store8, i64)},
        {"i64.store16", store(Op::i64_store16, i64)},
        {"i64.store32", store(Op::i64_store32, i64)},
        {"a sum", code(Op::local_get, 0, Op::i32_const, 0, Op::i32_add, i32, Op::i32_store, zero, 0U)},
        {"a made address", code(Op::local_get, 0, Op::i32_const, 1, Op::i32_mul, i32, Op::i32_store, zero, 0U)},
        {"v128.store", store(Op::v128_store, v128)},
        {"v128.store8_lane", lane(Op::v128_store8_lane)},
        {"v128.store16_lane", lane(Op::v128_store16_lane)},
        {"v128.store32_lane", lane(Op::v128_store32_lane)},
        {"v128.store64_lane", lane(Op::v128_store64_lane)},
        {"memory.fill", code(Op::local_get, 0, i32, Op::i32_const, 3, Op::memory_fill, zero)},
        {"memory.copy", code(Op::local_get, 0, Op::i32_const, 65'000, Op::i32_const, 3, Op::memory_copy, zero, zero)},
        {"memory.init", code(Op::local_get, 0, Op::i32_const, 0, Op::i32_const, 3, Op::memory_init, 1U, zero)},
    };
    // Long enough that lowered code begins.
    const Bytes rest = code(Op::i32_const, 200, Op::local_set, 1, Op::loop, kEmptyBlock, Op::local_get, 1,
                            Op::i32_const, 1, Op::i32_sub, Op::local_tee, 1, Op::br_if, 0U, Op::end);
    for (const Write& write : writes) {
        for (const Tier tier : {Tier::stepper, Tier::fast}) {
            INFO(write.what << (tier == Tier::fast ? ", lowered" : ""));
            ModuleBuilder b;
            b.memory(1, 1);
            b.active_data(code(Op::i32_const, 65'000), Bytes{7, 7, 7});
            b.passive_data(Bytes{1, 2, 3});
            b.export_function("f", b.function(b.type({kI32}, {}), {{1, kI32}}, code(write.code, rest)));
            const std::shared_ptr<const Code> its_code = compiled(b.build(), full_profile());
            Program program(its_code);
            // Over the border of two pieces wherever more than a byte is written.
            const std::uint64_t limit = 100'000;
            Execution execution = program.begin("f", {Value::i32(2 * 4096 - 1)}, limit, limit);
            execution.use(tier, {});
            StateHasher hasher = must(StateHasher::begin(program.store(), test_digest));
            must(execution.run_to(Fuel())); // before its first instruction, where lowered code can be entered
            static_cast<void>(must(hasher.hash(execution, true)));
            // All but the last instruction, by lowered code where that is asked for.
            Execution whole = program.begin("f", {Value::i32(9 * 4096 - 1)}, limit, limit);
            whole.use(Tier::stepper, {});
            REQUIRE(must(whole.run()) == Ending::returned);
            must(execution.run_to(Fuel(whole.used().units() - 20)));
            CHECK((execution.counts().visits != 0) == (tier == Tier::fast));
            TestSurroundings around({its_code});
            Loaded fresh = must(around.load(saved(execution)));
            StateHasher other = must(StateHasher::begin(*fresh.store, test_digest));
            CHECK(must(hasher.hash(execution, true)) == must(other.hash(fresh.execution, true)));
        }
    }
}
