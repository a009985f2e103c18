// Where handlers go on. For the files of handlers only.
#pragma once

#include "engine/exec/fast/operands.hpp"

namespace detent::fast {

/// Goes where an edge of the cell leads; `target` says where its first word stands, the delta is the one behind.
/// Whoever turns goes on without a look at the target, so that nothing waits for it.
template <bool is_check, std::uint32_t target, bool turns = false>
[[nodiscard, gnu::always_inline]] inline Go take(Registers& r) noexcept {
    const Word* const to = address_in(r.cell[target]);
    if constexpr (kCountsFuel) r.fuel += static_cast<std::int64_t>(r.cell[target + 1]);
    r.cell = to;
    if constexpr (is_check && kCountsFuel) {
        if (r.fuel < 0) [[unlikely]]
            return leave(r, Leave::at_entry);
    }
    return turns ? Go::again : Go::away;
}

/// What is left behind a price; as before where no fuel is counted.
[[nodiscard, gnu::always_inline]] inline std::int64_t paid(const Registers& r, std::int64_t price) noexcept {
    return kCountsFuel ? r.fuel - price : r.fuel;
}

template <BranchKind kind, std::uint32_t size = Size::kBranch>
[[nodiscard, gnu::always_inline]] inline Go take_if(Registers& r, bool condition) noexcept {
    if constexpr (kind.way == Way::around) {
        const Go go = take<true, At::kBranchTarget>(r);
        if (go == Go::away && condition != kind.sense) {
            // Stays a branch, which is foreseen; for a choice the next turn of the loop would wait.
            asm volatile("");
            if constexpr (kind.turns) return Go::again;
            r.cell += Size::kBranch;
        }
        return go;
    }
    if (condition == kind.sense) {
        // Stays a branch where both ways lead on alike, behind it in a sequence.
        asm volatile("");
        return take < kind.way == Way::back, At::kBranchTarget, kind.turns > (r);
    }
    return go_on(r, size);
}

} // namespace detent::fast
