// Every handler of a branch, alone: at corner operands, with each operand in each place, taken or not, with what can be
// paid behind it and what cannot. When a branch is taken is said by the stepper's comparisons.
#include "engine/testing/one_cell.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::fast;
using namespace detent::fast::testing;

namespace {

/// The instruction that asks what a relation asks.
Op op_of(Relation relation, bool is_wide) {
    switch (relation) {
    case Relation::eq: return is_wide ? Op::i64_eq : Op::i32_eq;
    case Relation::lt_s: return is_wide ? Op::i64_lt_s : Op::i32_lt_s;
    case Relation::lt_u: return is_wide ? Op::i64_lt_u : Op::i32_lt_u;
    case Relation::gt_s: return is_wide ? Op::i64_gt_s : Op::i32_gt_s;
    case Relation::gt_u: return is_wide ? Op::i64_gt_u : Op::i32_gt_u;
    case Relation::f64_eq: return Op::f64_eq;
    case Relation::f64_lt: return Op::f64_lt;
    case Relation::f64_le: return Op::f64_le;
    case Relation::f64_gt: return Op::f64_gt;
    case Relation::f64_ge: return Op::f64_ge;
    case Relation::f32_eq: return Op::f32_eq;
    case Relation::f32_lt: return Op::f32_lt;
    case Relation::f32_le: return Op::f32_le;
    case Relation::f32_gt: return Op::f32_gt;
    case Relation::f32_ge: return Op::f32_ge;
    }
    return Op::nop;
}

constexpr std::array kRelations = {Relation::eq,     Relation::lt_s,   Relation::lt_u,   Relation::gt_s,
                                   Relation::gt_u,   Relation::f64_eq, Relation::f64_lt, Relation::f64_le,
                                   Relation::f64_gt, Relation::f64_ge, Relation::f32_eq, Relation::f32_lt,
                                   Relation::f32_le, Relation::f32_gt, Relation::f32_ge};

Domain domain_of(Relation relation) {
    if (relation < Relation::f64_eq) return Domain::word;
    return relation < Relation::f32_eq ? Domain::f64 : Domain::f32;
}

/// Debts behind a branch that can be paid, just so or with more, and that cannot.
constexpr std::int32_t kDeltas[] = {25, -static_cast<std::int32_t>(kFuel), -static_cast<std::int32_t>(kFuel) - 1};

/// Runs the row with the condition met or not, for each delta. Around a loop the way back is always taken, and the
/// branch that stands there if the condition is met.
void run_branch(Tally& tally, Row& row, const Scene& before, Scene expected, Way way, bool is_met, std::int32_t delta) {
    Scene scene = before;
    row.aim(At::kBranchTarget);
    const bool is_taken = is_met || way == Way::around;
    if (is_taken) expected.r.fuel += delta;
    const Left left = row.run(scene);
    const bool has_failed = way != Way::forward && is_taken && expected.r.fuel < 0;
    std::ptrdiff_t at = is_taken ? static_cast<std::ptrdiff_t>(kTarget) : row.size();
    if (way == Way::around && !is_met && !has_failed) at += Size::kBranch;
    tally.expect(scene == expected && left.at == at && left.why == (has_failed ? Leave::at_entry : Leave::at_cell));
}

/// Calls `run` with all pairs of corners of the relation's domain and each delta; how often.
template <class Run>
std::size_t at_pairs(Relation relation, bool is_wide, Kind first, Kind second, Run run) {
    std::size_t passed = 0;
    const std::span<const Word> values = corners(domain_of(relation), is_wide);
    const bool must_be_short = is_wide && second == Kind::constant && domain_of(relation) == Domain::word;
    for (const Word b : values) {
        if (must_be_short && !is_short(b)) continue;
        for (const Word a : values) {
            for (const std::int32_t delta : kDeltas) {
                run(first == second && is_pin(first) ? b : a, b, delta);
                ++passed;
            }
        }
    }
    return passed;
}

struct BranchCase {
    Relation relation;
    bool is_wide;
    Kind first;
    Kind second;
    BranchKind kind;
};

constexpr std::array kAllWays = {Way::forward, Way::back, Way::around};

std::size_t run_compare(Tally& tally, const BranchCase& test, Handler handler) {
    const Op op = op_of(test.relation, test.is_wide);
    const Domain domain = domain_of(test.relation);
    const auto one = [&](Word a, Word b, std::int32_t delta) {
        Scene scene;
        scene.put(test.first, domain, kFirst, a);
        scene.put(test.second, domain, kSecond, b);
        const bool is_met = (facts(op).meaning(a, b) == Word{1}) == test.kind.sense;
        const bool has_constant = test.second == Kind::constant;
        const Word head =
            has_constant ? fields_number(kFirst, 0, static_cast<std::uint32_t>(b)) : fields(kFirst, kSecond);
        const Word behind = word_of_delta(delta);
        Row row = has_constant && domain == Domain::f64 ? Row(handler, {head, 0, behind, b})
                                                        : Row(handler, {head, 0, behind});
        run_branch(tally, row, scene, scene, test.kind.way, is_met, delta);
    };
    return at_pairs(test.relation, test.is_wide, test.first, test.second, one);
}

void run_compares(Tally& tally, Relation relation, bool is_wide, Kind first, Kind second) {
    for (const Way way : kAllWays) {
        for (const bool sense : kSenses) {
            const BranchKind kind{way, sense};
            const Handler handler = handler_of(compare_branches(relation, is_wide, first, second), kind);
            tally.count(handler, [&] { return run_compare(tally, {relation, is_wide, first, second, kind}, handler); });
        }
    }
}

Kind kind_of_local(Place place) { return place == Place::slot ? Kind::slot : pin_kind(at(place) - at(Place::pin0)); }

std::size_t run_count(Tally& tally, const BranchCase& test, Place place, Handler handler) {
    constexpr std::int32_t kStep = -3;
    const Op op = op_of(test.relation, test.is_wide);
    const auto one = [&](Word a, Word b, std::int32_t delta) {
        Scene scene;
        scene.put(kind_of_local(place), Domain::word, kTo, a);
        scene.put(test.second, Domain::word, kSecond, b);
        Scene expected = scene;
        const Word sum = test.is_wide ? a - 3 : Word{static_cast<std::uint32_t>(a - 3)};
        expected.put(kind_of_local(place), Domain::word, kTo, sum);
        expected.frame[kTo] = sum;
        const bool is_own = test.second == kind_of_local(place) && is_pin(test.second);
        const bool is_met = (facts(op).meaning(sum, is_own ? sum : b) == Word{1}) == test.kind.sense;
        const Word head = test.second == Kind::constant
                              ? fields_number(kTo, static_cast<std::uint16_t>(kStep), static_cast<std::uint32_t>(b))
                              : fields_number(kTo, kSecond, static_cast<std::uint32_t>(kStep));
        Row row(handler, {head, 0, word_of_delta(delta)});
        run_branch(tally, row, scene, expected, test.kind.way, is_met, delta);
    };
    return at_pairs(test.relation, test.is_wide, kind_of_local(place), test.second, one);
}

} // namespace

TEST_CASE("each branch on a relation is taken where the comparison holds, and is a check where it goes back") {
    Tally tally;
    for (const Relation relation : kRelations) {
        for (const Kind first : kAllKinds) {
            for (const Kind second : kAllKinds) {
                run_compares(tally, relation, domain_of(relation) == Domain::f64, first, second);
                if (domain_of(relation) == Domain::word) run_compares(tally, relation, true, first, second);
            }
        }
    }
    tally.check("branches on relations");
}

TEST_CASE("each branch on a word is taken where it is not zero") {
    Tally tally;
    for (const Kind kind : kAllKinds) {
        for (const Way way : kAllWays) {
            for (const bool sense : kSenses) {
                const Handler handler = handler_of(word_branches(kind), {way, sense});
                tally.count(handler, [&] {
                    return at_pairs(Relation::eq, false, kind, kind, [&](Word, Word value, std::int32_t delta) {
                        Scene scene;
                        scene.put(kind, Domain::word, kFirst, value);
                        Row row(handler, {fields(kFirst), 0, word_of_delta(delta)});
                        run_branch(tally, row, scene, scene, way, (value != 0) == sense, delta);
                    });
                });
            }
        }
    }
    tally.check("branches on words");
}

TEST_CASE("each counting branch writes its local, and goes back while the relation holds") {
    Tally tally;
    for (const Relation relation : kRelations) {
        if (domain_of(relation) != Domain::word) continue;
        for (const bool is_wide : kSenses) {
            for (const Place place : {Place::slot, Place::pin0, Place::pin1, Place::pin2, Place::pin3}) {
                for (const Kind second : kAllKinds) {
                    for (const Way way : kAllWays) {
                        for (const bool sense : kSenses) {
                            const BranchKind kind{way, sense};
                            const Handler handler = count_branch(relation, is_wide, place, second, kind);
                            const BranchCase test{relation, is_wide, Kind::slot, second, kind};
                            tally.count(handler, [&] { return run_count(tally, test, place, handler); });
                        }
                    }
                }
            }
        }
    }
    tally.check("counting branches");
}
