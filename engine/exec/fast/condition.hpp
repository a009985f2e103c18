// Condition: what decides a branch, and which comparisons a branch can make itself.
#pragma once

#include "engine/exec/fast/text.hpp"

#include <optional>

namespace detent::fast {

/// What decides a branch: a word that is not zero, or a relation of two operands; `sense` is false for its contrary.
struct Condition {
    bool is_relation = false;
    bool is_wide = false;
    bool sense = true;
    Relation relation = Relation::eq;
    Source first;
    Source second;
};

/// How a comparison becomes a relation.
struct Comparison {
    Relation relation = Relation::eq;
    bool sense = true;
};

/// By the place of the instruction among those of its type: eq, ne, lt_s, lt_u, gt_s, gt_u, le_s, le_u, ge_s, ge_u.
inline constexpr Comparison kIntegerComparisons[] = {
    {Relation::eq, true},    {Relation::eq, false},  {Relation::lt_s, true},  {Relation::lt_u, true},
    {Relation::gt_s, true},  {Relation::gt_u, true}, {Relation::gt_s, false}, {Relation::gt_u, false},
    {Relation::lt_s, false}, {Relation::lt_u, false}};

/// eq, ne, lt, gt, le, ge. No contrary of an order of floats is an order.
inline constexpr Comparison kF32Comparisons[] = {{Relation::f32_eq, true}, {Relation::f32_eq, false},
                                                 {Relation::f32_lt, true}, {Relation::f32_gt, true},
                                                 {Relation::f32_le, true}, {Relation::f32_ge, true}};
inline constexpr Comparison kF64Comparisons[] = {{Relation::f64_eq, true}, {Relation::f64_eq, false},
                                                 {Relation::f64_lt, true}, {Relation::f64_gt, true},
                                                 {Relation::f64_le, true}, {Relation::f64_ge, true}};

[[nodiscard]] constexpr std::size_t behind(Op op, Op first) noexcept {
    return static_cast<std::size_t>(op) - static_cast<std::size_t>(first);
}

[[nodiscard]] inline std::optional<Comparison> comparison(Op op) noexcept {
    if (op >= Op::i32_eq && op <= Op::i32_ge_u) return kIntegerComparisons[behind(op, Op::i32_eq)];
    if (op >= Op::i64_eq && op <= Op::i64_ge_u) return kIntegerComparisons[behind(op, Op::i64_eq)];
    if (op >= Op::f32_eq && op <= Op::f32_ge) return kF32Comparisons[behind(op, Op::f32_eq)];
    if (op >= Op::f64_eq && op <= Op::f64_ge) return kF64Comparisons[behind(op, Op::f64_eq)];
    return std::nullopt;
}

/// What is greater for one operand is less for the other.
[[nodiscard]] constexpr Relation mirrored(Relation relation) noexcept {
    switch (relation) {
    case Relation::eq: return Relation::eq;
    case Relation::lt_s: return Relation::gt_s;
    case Relation::lt_u: return Relation::gt_u;
    case Relation::gt_s: return Relation::lt_s;
    case Relation::gt_u: return Relation::lt_u;
    case Relation::f64_eq: return Relation::f64_eq;
    case Relation::f64_lt: return Relation::f64_gt;
    case Relation::f64_le: return Relation::f64_ge;
    case Relation::f64_gt: return Relation::f64_lt;
    case Relation::f64_ge: return Relation::f64_le;
    case Relation::f32_eq: return Relation::f32_eq;
    case Relation::f32_lt: return Relation::f32_gt;
    case Relation::f32_le: return Relation::f32_ge;
    case Relation::f32_gt: return Relation::f32_lt;
    case Relation::f32_ge: return Relation::f32_le;
    }
    return relation;
}

[[nodiscard]] constexpr bool is_equality(Relation relation) noexcept {
    return relation == Relation::eq || relation == Relation::f64_eq || relation == Relation::f32_eq;
}

/// Of an order: it has handlers for constants only.
[[nodiscard]] constexpr bool is_greater(Relation relation) noexcept {
    return relation == Relation::gt_s || relation == Relation::gt_u || relation == Relation::f64_gt ||
           relation == Relation::f64_ge || relation == Relation::f32_gt || relation == Relation::f32_ge;
}

[[nodiscard]] constexpr Domain domain_of(Relation relation) noexcept {
    if (relation < Relation::f64_eq) return Domain::word;
    return relation < Relation::f32_eq ? Domain::f64 : Domain::f32;
}

} // namespace detent::fast
