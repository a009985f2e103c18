// Elements: the handlers of single cells as values, so that tables can name them and say which follow one another.
#pragma once

#include "engine/exec/fast/handlers.hpp"

namespace detent::fast {

/// Which template a handler is made from.
enum class Family : std::uint8_t {
    none,
    unary,
    binary,
    load,
    load_sum,
    store,
    store_sum,
    move,
    move_two,
    constant,
    select,
    global_get,
    own_global_get,
    global_set,
    own_global_set,
    check,
    pins,
    // What goes on elsewhere.
    compare,
    branch_if,
    count,
    jump,
    table,
    call,
    call_indirect,
    return_none,
    return_one,
};

/// A handler by its template and what that is made with. What a family has no use for is as it is here.
struct Element {
    Family family = Family::none;
    Op op = Op::nop;
    Stored stored = Stored::u8;
    Domain domain = Domain::word;
    Relation relation = Relation::eq;
    /// Of a comparison: 64 bits.
    bool is_wide = false;
    Kind first = Kind::slot;
    Kind second = Kind::slot;
    Kind third = Kind::slot;
    Place place = Place::slot;
    BranchKind branch{};
    /// Of a call: which of Handlers::call.
    std::uint8_t locals = 0;
    /// Of each domain, how many locals get registers.
    std::array<std::uint8_t, kDomains> pins{};
    /// In a sequence, of each operand in a slot: how many cells before wrote that slot last, and hands on what it
    /// wrote; 0 where the operand is read from its slot.
    std::array<std::uint8_t, 3> from{};
};

/// Where an element finds an operand: `slot` is which slot of the cell it is, if the kind says so.
struct OperandOf {
    Kind kind = Kind::constant;
    std::uint8_t slot = 0;
};

/// Whether something is handed on to an element.
[[nodiscard]] constexpr bool takes_over(const Element& is) noexcept { return is.from != Element{}.from; }

/// The operands that can be handed on, in the order of Element::from, where the templates read them: the test of
/// sequences sees whether it is so.
[[nodiscard]] constexpr std::array<OperandOf, 3> operands_of(const Element& is) noexcept {
    const std::uint8_t behind_first = is.first == Kind::constant ? 1 : 2;
    const std::uint8_t behind_second = is.second == Kind::constant ? 1 : 2;
    switch (is.family) {
    case Family::unary:
    case Family::load:
    case Family::move: return {{{is.first, 1}}};
    case Family::binary: return {{{is.first, 1}, {is.second, behind_first}}};
    case Family::load_sum: return {{{is.first, 1}, {is.second, 2}}};
    case Family::select: return {{{is.first, 1}, {is.second, 2}, {is.third, 3}}};
    case Family::store:
    case Family::compare: return {{{is.first, 0}, {is.second, 1}}};
    case Family::store_sum: return {{{is.first, 0}, {is.second, 1}, {is.third, behind_second}}};
    case Family::global_set:
    case Family::own_global_set:
    case Family::branch_if:
    case Family::table:
    case Family::return_one: return {{{is.first, 0}}};
    case Family::none:
    case Family::move_two:
    case Family::constant:
    case Family::global_get:
    case Family::own_global_get:
    case Family::check:
    case Family::pins:
    case Family::count:
    case Family::jump:
    case Family::call:
    case Family::call_indirect:
    case Family::return_none: return {};
    }
    return {};
}

/// Which slots of its cell an element before the end of a sequence writes to: so many of 0 and 2.
[[nodiscard]] constexpr std::size_t slots_written(const Element& is) noexcept {
    switch (is.family) {
    case Family::unary:
    case Family::binary:
    case Family::load:
    case Family::load_sum:
    case Family::move:
    case Family::constant:
    case Family::select:
    case Family::global_get:
    case Family::own_global_get: return is.place == Place::accumulator ? 0 : 1;
    case Family::move_two: return 2;
    case Family::none:
    case Family::store:
    case Family::store_sum:
    case Family::global_set:
    case Family::own_global_set:
    case Family::check:
    case Family::pins:
    case Family::compare:
    case Family::branch_if:
    case Family::count:
    case Family::jump:
    case Family::table:
    case Family::call:
    case Family::call_indirect:
    case Family::return_none:
    case Family::return_one: return 0;
    }
    return 0;
}

/// Whether an element can hand on what it writes.
[[nodiscard]] constexpr bool can_hand_on(const Element& is) noexcept {
    return slots_written(is) == 1 && is.place == Place::slot;
}

/// Of an element that branches: where in its cell the target stands, and how many words behind that it goes on if it
/// goes around the beginning of a loop.
[[nodiscard]] constexpr std::uint8_t target_of(const Element& is) noexcept {
    return is.family == Family::jump ? At::kJumpTarget : At::kBranchTarget;
}
[[nodiscard]] constexpr std::uint8_t words_around(const Element& is) noexcept {
    return is.branch.way == Way::around ? Size::kBranch : 0;
}

/// Its handler; null if this build has none.
[[nodiscard]] Handler handler_of(const Element& element) noexcept;

} // namespace detent::fast
