// Effects: what each instruction does to the height of the operands, read from the `type` column of opcodes.def at
// compile time. In a valid body that is all of types that lowering asks for.
#pragma once

#include "engine/valid/signature.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace detent::fast {

/// Operands that an instruction adds, less those that it takes. Lists (`t*`, `t^n`) are not counted.
struct Effect {
    /// Words of those whose width the column says.
    std::int8_t words = 0;
    /// How many are of the type `t`, which the immediate decides.
    std::int8_t bound = 0;
};

[[nodiscard]] constexpr Effect effect_of(std::string_view column) noexcept {
    Effect effect;
    std::int8_t sign = -1;
    while (!column.empty()) {
        const std::string_view type = next_word(column);
        if (type == "->") {
            sign = 1;
        } else if (type == "t") {
            effect.bound = static_cast<std::int8_t>(effect.bound + sign);
        } else if (!type.ends_with('*') && !type.ends_with("^n")) {
            effect.words = static_cast<std::int8_t>(effect.words + (type == "v128" ? 2 * sign : sign));
        }
    }
    return effect;
}

inline constexpr auto kEffects = [] {
    std::array<Effect, kOpCount> effects{};
    for (std::size_t i = 0; i < kOpCount; ++i)
        effects[i] = effect_of(kOpRows[i].type);
    return effects;
}();
[[nodiscard]] constexpr Effect effect_of(Op op) noexcept { return kEffects[static_cast<std::size_t>(op)]; }

} // namespace detent::fast
