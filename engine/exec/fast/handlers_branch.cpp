// Handlers of branches that decide by a comparison.
#include "engine/exec/fast/branch_handlers.hpp"

namespace detent::fast {
namespace {

using body::U32;
using body::U64;

using Kinds = std::array<Branches, kKinds>;
using Pairs = std::array<Kinds, kKinds>;

template <template <BranchKind> class Body, Way way>
constexpr std::array<Handler, 2> kSenses = {&handle<Body<BranchKind{way, false}>>,
                                            &handle<Body<BranchKind{way, true}>>};

/// No operand of a branch around a loop is in an accumulator.
template <template <BranchKind> class Body, bool has_around>
constexpr Branches make_branches() noexcept {
    Branches made{kSenses<Body, Way::forward>, kSenses<Body, Way::back>};
    if constexpr (has_around) made[static_cast<std::size_t>(Way::around)] = kSenses<Body, Way::around>;
    return made;
}

template <Relation relation, class T, Kind first, Kind second>
struct Bound {
    template <BranchKind kind>
    using Body = BranchCompare<relation, T, first, second, kind>;
};

/// What is greater than a variable is a variable that is less.
template <Relation relation, class T, Kind first, Kind second>
inline constexpr bool kHasCompare = [] {
    constexpr bool kIsGreater = relation == Relation::gt_s || relation == Relation::gt_u ||
                                relation == Relation::f64_gt || relation == Relation::f64_ge ||
                                relation == Relation::f32_gt || relation == Relation::f32_ge;
    if (!kHasPair < T, first, second, relation == Relation::eq >) return false;
    return first != Kind::constant && (!kIsGreater || second == Kind::constant);
}();

/// Integers only: few loops begin with a comparison of floats.
template <class T, Kind first, Kind second>
inline constexpr bool kCanGoAround = kIsInteger<T> && first != Kind::accumulator && second != Kind::accumulator;

template <Relation relation, class T>
constexpr Pairs make_compares() noexcept {
    Pairs made{};
    for_each_kind([&](auto first) {
        for_each_kind([&](auto second) {
            if constexpr (kHasCompare<relation, T, first(), second()>) {
                made[at(first())][at(second())] = make_branches<Bound<relation, T, first(), second()>::template Body,
                                                                kCanGoAround<T, first(), second()>>();
            }
        });
    });
    return made;
}

template <class T>
constexpr Pairs kCompares[] = {make_compares<Relation::eq, T>(), make_compares<Relation::lt_s, T>(),
                               make_compares<Relation::lt_u, T>(), make_compares<Relation::gt_s, T>(),
                               make_compares<Relation::gt_u, T>()};

constexpr Pairs kFloatCompares[] = {make_compares<Relation::f64_eq, F64>(), make_compares<Relation::f64_lt, F64>(),
                                    make_compares<Relation::f64_le, F64>(), make_compares<Relation::f64_gt, F64>(),
                                    make_compares<Relation::f64_ge, F64>(), make_compares<Relation::f32_eq, F32>(),
                                    make_compares<Relation::f32_lt, F32>(), make_compares<Relation::f32_le, F32>(),
                                    make_compares<Relation::f32_gt, F32>(), make_compares<Relation::f32_ge, F32>()};

template <Kind condition>
struct BoundIf {
    template <BranchKind kind>
    using Body = BranchIf<condition, kind>;
};

constexpr Kinds make_ifs() noexcept {
    Kinds made{};
    for_each_kind([&](auto kind) {
        if constexpr (kind() != Kind::constant && kHasKind<U32, kind()>) {
            made[at(kind())] = make_branches<BoundIf<kind()>::template Body, kind() != Kind::accumulator>();
        }
    });
    return made;
}

constexpr Kinds kIfs = make_ifs();

/// By place of the local and kind of the second operand.
using Counts = std::array<Kinds, kPlaces>;

template <Relation relation, class T, Place place, Kind second>
struct BoundCount {
    template <BranchKind kind>
    using Body = CountBranch<relation, T, place, second, kind>;
};

template <Relation relation, class T, Place place>
constexpr void add_counts(Counts& made) noexcept {
    if constexpr (kHasPlace<T, place>) {
        for_each_kind([&](auto kind) {
            if constexpr (kind() != Kind::accumulator && kHasKind<T, kind()>) {
                using Made = BoundCount<relation, T, place, kind()>;
                made[at(place)][at(kind())] = {std::array<Handler, 2>{}, kSenses<Made::template Body, Way::back>,
                                               kSenses<Made::template Body, Way::around>};
            }
        });
    }
}

template <Relation relation, class T>
constexpr Counts make_counts() noexcept {
    Counts made{};
    add_counts<relation, T, Place::slot>(made);
    add_counts<relation, T, Place::pin0>(made);
    add_counts<relation, T, Place::pin1>(made);
    add_counts<relation, T, Place::pin2>(made);
    add_counts<relation, T, Place::pin3>(made);
    return made;
}

template <class T>
constexpr Counts kCounts[] = {make_counts<Relation::eq, T>(), make_counts<Relation::lt_s, T>(),
                              make_counts<Relation::lt_u, T>(), make_counts<Relation::gt_s, T>(),
                              make_counts<Relation::gt_u, T>()};

} // namespace

const Branches& compare_branches(Relation relation, bool is_wide, Kind first, Kind second) noexcept {
    const auto number = static_cast<std::size_t>(relation);
    const auto first_float = static_cast<std::size_t>(Relation::f64_eq);
    if (number >= first_float) return kFloatCompares[number - first_float][at(first)][at(second)];
    return (is_wide ? kCompares<U64> : kCompares<U32>)[number][at(first)][at(second)];
}

const Branches& word_branches(Kind condition) noexcept { return kIfs[at(condition)]; }

Handler count_branch(Relation relation, bool is_wide, Place local, Kind second, BranchKind kind) noexcept {
    const Counts& counts = (is_wide ? kCounts<U64> : kCounts<U32>)[static_cast<std::size_t>(relation)];
    return handler_of(counts[at(local)][at(second)], kind);
}

} // namespace detent::fast
