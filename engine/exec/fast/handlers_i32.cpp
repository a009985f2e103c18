// Handlers of the integers of 32 bits.
#include "engine/exec/fast/numeric_handlers.hpp"

namespace detent::fast {
namespace {

constexpr Variety variety(Op op) noexcept {
    if (op >= Op::i32_eqz && op <= Op::i32_ge_u) return Variety::all;
    if (op >= Op::i32_div_s && op <= Op::i32_rem_u) return Variety::small;
    if (op >= Op::i32_clz && op <= Op::i32_popcnt) return Variety::small;
    if (op >= Op::i32_add && op <= Op::i32_rotr) return Variety::all;
    return op == Op::i32_extend8_s || op == Op::i32_extend16_s ? Variety::small : Variety::none;
}

} // namespace

const NumericHandlers* i32_handlers(Op op) noexcept { return kNumericTable<variety>[static_cast<std::size_t>(op)]; }

} // namespace detent::fast
