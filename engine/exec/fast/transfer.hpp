// Where handlers go on. For the files of handlers only.
#pragma once

#include "engine/exec/fast/operands.hpp"

namespace detent::fast {

template <bool is_back>
[[nodiscard, gnu::always_inline]] inline Go take(Registers& r, Word target, Word delta) noexcept {
    r.fuel += static_cast<std::int32_t>(delta);
    r.cell = address_in(target);
    if constexpr (is_back) {
        if (r.fuel < 0) [[unlikely]]
            return leave(r, Leave::at_entry);
    }
    return Go::next;
}

template <BranchKind kind, std::uint32_t size = Size::kBranch>
[[nodiscard, gnu::always_inline]] inline Go take_if(Registers& r, bool condition) noexcept {
    if (condition == kind.sense) return take<kind.is_back>(r, r.cell[At::kBranchTarget], r.cell[At::kBranchDelta]);
    return go_on(r, size);
}

} // namespace detent::fast
