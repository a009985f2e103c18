// What is counted of lowered code: every cell that runs, under the name of its handler, and nothing else changes.
#include "engine/testing/tiers.hpp"

#include "engine/exec/fast/names.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;

namespace {

std::uint64_t count_of(const Buffer<CellCount>& counts, std::string_view name, std::string_view fusion = {}) {
    const auto is_it = [&](const CellCount& one) { return one.name == name && one.fusion == fusion; };
    const auto found = std::ranges::find_if(counts, is_it);
    return found == counts.end() ? 0 : found->count;
}

std::uint64_t all_of(const Buffer<CellCount>& counts) {
    std::uint64_t sum = 0;
    for (const CellCount& each : counts)
        sum += each.count;
    return sum;
}

bool is_the_same_when_counted(std::uint64_t seed) {
    const Case test = edge_case_of(seed);
    const Compiled counted(test);
    must(count_cells(*counted.code, schedule()));
    const Outcome outcome = outcome_by(counted, 20'000, kByLoweredCode);
    const Buffer<CellCount> counts = must(cell_counts(*counted.code, schedule()));
    return outcome == outcome_by(Compiled(test), 20'000, kByStepper) && count_of(counts, "unnamed") == 0;
}

} // namespace

TEST_CASE("what is counted is the same in all else, and every cell has a name", "[counting]") {
    CHECK(rc::check("modules at random", [](std::uint64_t seed) { RC_ASSERT(is_the_same_when_counted(seed)); }));
}

TEST_CASE("each cell is counted as often as it runs", "[counting]") {
    // Local 0 counts down to zero, and what is loaded from the sum of two locals is added up.
    const Bytes body =
        code(Op::loop, kEmptyBlock, Op::local_get, 1, Op::local_get, 0, Op::local_get, 2, Op::i32_add, Op::i32_load, 2,
             0, Op::i32_add, Op::local_set, 1, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub, Op::local_tee, 0,
             Op::br_if, 0U, Op::end, Op::i32_const, 0, Op::memory_grow, std::uint8_t{0}, Op::drop, Op::local_get, 1);
    ModuleBuilder b;
    b.export_function("f", b.function(b.type({kI32}, {kI32}), {{2, kI32}}, body));
    b.memory(1, 1);
    const Compiled test({b.build(), {Value::i32(10)}});
    CHECK(must(cell_counts(*test.code, schedule())).empty());
    must(count_cells(*test.code, schedule()));
    must(count_cells(*test.code, schedule()));
    CHECK(outcome_by(test, 10'000, kByLoweredCode) == outcome_by(test, 10'000, kByStepper));
    const Buffer<CellCount> counts = must(cell_counts(*test.code, schedule()));
    // Once more, since the first access of a memory leaves its cell, which goes on when that is known to be touched.
    CHECK(count_of(counts, "load32", "its address is a sum") == 10 + 1);
    CHECK(count_of(counts, "i32.add") == 10);
    CHECK(count_of(counts, "i32.eq", "counts, and decides a branch") == 10);
    CHECK(count_of(counts, "an instruction out of line") == 1);
    CHECK(count_of(counts, "return") == 1);
    CHECK(counts[0].count == 10 + 1);
    // Registers are loaded, constants and places made.
    CHECK(all_of(counts) >= 32);
    CHECK(all_of(counts) <= 40);
}

TEST_CASE("no handler has two names", "[counting]") {
    const Buffer<fast::HandlerName> names = must(fast::handler_names());
    CHECK(names.size() > 1000);
    const auto same = std::ranges::adjacent_find(names, {}, &fast::HandlerName::handler);
    CHECK(same == names.end());
}
