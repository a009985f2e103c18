// Handlers of conversions.
#include "engine/exec/fast/numeric_handlers.hpp"

namespace detent::fast {
namespace {

constexpr Variety variety(Op op) noexcept {
    if (op == Op::i32_wrap_i64 || op == Op::i64_extend_i32_s || op == Op::i64_extend_i32_u) return Variety::all;
    if (op >= Op::i32_wrap_i64 && op <= Op::f64_reinterpret_i64) return Variety::small;
    return op >= Op::i32_trunc_sat_f32_s && op <= Op::i64_trunc_sat_f64_u ? Variety::small : Variety::none;
}

} // namespace

const NumericHandlers* conversion_handlers(Op op) noexcept {
    return kNumericTable<variety>[static_cast<std::size_t>(op)];
}

} // namespace detent::fast
