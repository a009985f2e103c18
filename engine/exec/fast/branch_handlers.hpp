// The handlers of branches that decide by a comparison. For the files of handlers only.
#pragma once

#include "engine/exec/fast/transfer.hpp"

namespace detent::fast {

template <Relation relation, class T>
[[nodiscard, gnu::always_inline]] inline bool holds(T a, T b) noexcept {
    if constexpr (relation == Relation::eq)
        return a == b;
    else if constexpr (relation == Relation::lt_s)
        return body::as_signed(a) < body::as_signed(b);
    else if constexpr (relation == Relation::gt_s)
        return body::as_signed(a) > body::as_signed(b);
    else if constexpr (relation == Relation::lt_u)
        return a < b;
    else if constexpr (relation == Relation::gt_u)
        return a > b;
    else if constexpr (relation == Relation::f64_eq || relation == Relation::f32_eq)
        return native(a) == native(b);
    else if constexpr (relation == Relation::f64_lt || relation == Relation::f32_lt)
        return native(a) < native(b);
    else if constexpr (relation == Relation::f64_le || relation == Relation::f32_le)
        return native(a) <= native(b);
    else if constexpr (relation == Relation::f64_gt || relation == Relation::f32_gt)
        return native(a) > native(b);
    else
        return native(a) >= native(b);
}

template <Relation relation, class T, Kind first, Kind second, BranchKind kind>
struct BranchCompare {
    static constexpr bool kIsLong = second == Kind::constant && std::is_same_v<T, F64>;
    static constexpr std::uint32_t kBehind = kIsLong ? Size::kBranchLong : Size::kBranch;

    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const T a = operand<T, first>(r, 0);
        const T b = operand<T, second>(r, 1);
        return take_if<kind, kBehind>(r, holds<relation>(a, b));
    }
};

template <Kind condition, BranchKind kind>
struct BranchIf {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return take_if<kind>(r, operand<std::uint32_t, condition>(r, 0) != 0);
    }
};

/// The local is written before the check, as all that the branch goes along with.
template <Relation relation, class T, Place local, Kind second, BranchKind kind>
struct CountBranch {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        constexpr Kind kLocal = local == Place::slot ? Kind::slot : pin_kind(at(local) - at(Place::pin0));
        // In what the operands leave free: whoever compares with a constant has no second slot.
        const Fields cell{r.cell};
        const std::int64_t step = second == Kind::constant ? static_cast<std::int16_t>(cell.slot(1))
                                                           : static_cast<std::int32_t>(cell.number());
        const T value = static_cast<T>(operand<T, kLocal>(r, 0) + static_cast<T>(step));
        r.frame[Fields{r.cell}.slot(0)] = to_word(value);
        if constexpr (local != Place::slot) r.pins[at(local) - at(Place::pin0)] = to_word(value);
        return take_if<kind>(r, holds<relation>(value, operand<T, second>(r, 1)));
    }
};

} // namespace detent::fast
