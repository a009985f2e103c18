// Handlers of the integers of 64 bits.
#include "engine/exec/fast/numeric_handlers.hpp"

namespace detent::fast {
namespace {

constexpr Variety variety(Op op) noexcept {
    if (op >= Op::i64_eqz && op <= Op::i64_ge_u) return Variety::all;
    if (op >= Op::i64_div_s && op <= Op::i64_rem_u) return Variety::small;
    if (op >= Op::i64_clz && op <= Op::i64_popcnt) return Variety::small;
    if (op >= Op::i64_add && op <= Op::i64_rotr) return Variety::all;
    return op >= Op::i64_extend8_s && op <= Op::i64_extend32_s ? Variety::small : Variety::none;
}

} // namespace

const NumericHandlers* i64_handlers(Op op) noexcept { return kNumericTable<variety>[static_cast<std::size_t>(op)]; }

} // namespace detent::fast
