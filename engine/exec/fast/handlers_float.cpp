// Handlers of floats.
#include "engine/exec/fast/numeric_handlers.hpp"

namespace detent::fast {
namespace {

constexpr Variety variety(Op op) noexcept {
    if (op >= Op::f32_eq && op <= Op::f64_ge) return Variety::all;
    const bool is_f32 = op >= Op::f32_abs && op <= Op::f32_copysign;
    const bool is_f64 = op >= Op::f64_abs && op <= Op::f64_copysign;
    if (!is_f32 && !is_f64) return Variety::none;
    const bool is_arithmetic = (op >= Op::f32_add && op <= Op::f32_div) || (op >= Op::f64_add && op <= Op::f64_div);
    return is_arithmetic ? Variety::all : Variety::small;
}

} // namespace

const NumericHandlers* float_handlers(Op op) noexcept { return kNumericTable<variety>[static_cast<std::size_t>(op)]; }

} // namespace detent::fast
