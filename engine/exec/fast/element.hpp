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
};

/// Its handler; null if this build has none.
[[nodiscard]] Handler handler_of(const Element& element) noexcept;

} // namespace detent::fast
