// Where handlers go on. For the files of handlers only.
#pragma once

#include "engine/exec/fast/operands.hpp"

namespace detent::fast {

template <bool is_check>
[[nodiscard, gnu::always_inline]] inline Go take(Registers& r, Word target, Word delta) noexcept {
    if constexpr (kCountsFuel) r.fuel += static_cast<std::int64_t>(delta);
    r.cell = address_in(target);
    if constexpr (is_check && kCountsFuel) {
        if (r.fuel < 0) [[unlikely]]
            return leave(r, Leave::at_entry);
    }
    return Go::away;
}

/// What is left behind a price; as before where no fuel is counted.
[[nodiscard, gnu::always_inline]] inline std::int64_t paid(const Registers& r, std::int64_t price) noexcept {
    return kCountsFuel ? r.fuel - price : r.fuel;
}

template <BranchKind kind, std::uint32_t size = Size::kBranch>
[[nodiscard, gnu::always_inline]] inline Go take_if(Registers& r, bool condition) noexcept {
    const Word target = r.cell[At::kBranchTarget];
    const Word delta = r.cell[At::kBranchDelta];
    if constexpr (kind.way == Way::around) {
        const Go go = take<true>(r, target, delta);
        if (go == Go::away && condition != kind.sense) {
            // Stays a branch, which is foreseen; for a choice the next turn of the loop would wait.
            asm volatile("");
            r.cell += Size::kBranch;
        }
        return go;
    }
    if (condition == kind.sense) {
        // Stays a branch where both ways lead on alike, behind it in a sequence.
        asm volatile("");
        return take < kind.way == Way::back > (r, target, delta);
    }
    return go_on(r, size);
}

} // namespace detent::fast
