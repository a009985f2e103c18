#include "engine/exec/fast/element.hpp"

namespace detent::fast {
namespace {

[[nodiscard]] Handler numeric(const Element& is) noexcept {
    const NumericHandlers* const handlers = numeric_handlers(is.op);
    if (handlers == nullptr) return nullptr;
    if (is.family == Family::unary) return handlers->unary[at(is.first)][at(is.place)];
    return handlers->binary[at(is.first)][at(is.second)][at(is.place)];
}

[[nodiscard]] Handler access(const Element& is) noexcept {
    if (is.family == Family::load) return load_handlers(is.stored, is.first)[at(is.place)];
    if (is.family == Family::load_sum) return load_sum_handlers(is.stored, is.first, is.second)[at(is.place)];
    if (is.family == Family::store) return store_handler(is.stored, is.first, is.second);
    return store_sum_handler(is.stored, is.first, is.second, is.third);
}

[[nodiscard]] std::size_t is_accumulator(Kind kind) noexcept { return kind == Kind::accumulator ? 1 : 0; }

[[nodiscard]] Handler mover(const Element& is) noexcept {
    const auto domain = static_cast<std::size_t>(is.domain);
    if (is.family == Family::move) return kHandlers.move[domain][at(is.first)][at(is.place)];
    if (is.family == Family::move_two) return kHandlers.move_two;
    if (is.family == Family::constant) return kHandlers.constant[domain][at(is.place)];
    if (is.family == Family::select)
        return kHandlers.select[is_accumulator(is.third)][at(is.first)][at(is.second)][at(is.place)];
    if (is.family == Family::global_get) return kHandlers.global_get[at(is.place)];
    if (is.family == Family::own_global_get) return kHandlers.own_global_get[at(is.place)];
    if (is.family == Family::global_set) return kHandlers.global_set[is_accumulator(is.first)];
    if (is.family == Family::own_global_set) return kHandlers.own_global_set[is_accumulator(is.first)];
    if (is.family == Family::check) return kHandlers.check;
    return pins_handler(is.pins[0], is.pins[1], is.pins[2]);
}

[[nodiscard]] Handler transfer(const Element& is) noexcept {
    if (is.family == Family::compare)
        return handler_of(compare_branches(is.relation, is.is_wide, is.first, is.second), is.branch);
    if (is.family == Family::branch_if) return handler_of(word_branches(is.first), is.branch);
    if (is.family == Family::count) return count_branch(is.relation, is.is_wide, is.place, is.second, is.branch);
    if (is.family == Family::jump) return is.branch.way == Way::back ? kHandlers.jump_back : kHandlers.jump;
    if (is.family == Family::table) return kHandlers.table[at(is.first)];
    if (is.family == Family::call) return kHandlers.call[is.locals];
    if (is.family == Family::call_indirect) return kHandlers.call_indirect;
    if (is.family == Family::return_none) return kHandlers.return_none;
    if (is.family == Family::return_one)
        return kHandlers.return_one[static_cast<std::size_t>(is.domain)][is_accumulator(is.first)];
    return nullptr;
}

} // namespace

Handler handler_of(const Element& element) noexcept {
    if (element.family == Family::none) return nullptr;
    if (element.family <= Family::binary) return numeric(element);
    if (element.family <= Family::store_sum) return access(element);
    return element.family <= Family::pins ? mover(element) : transfer(element);
}

} // namespace detent::fast
