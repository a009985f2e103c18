// A handler that is wrong by one bit, of one operand: for the test of `detent bisect`, in whose program it stands in
// for engine/exec/fast/handlers_i32.cpp. No sequence has it, which would be right.
#define i32_handlers right_i32_handlers
#include "engine/exec/fast/handlers_i32.cpp" // NOLINT(bugprone-suspicious-include): all of it but one handler
#undef i32_handlers

namespace detent::fast {

namespace {

constexpr std::uint32_t kWrongFor = 0x0BAD'CAFE;

std::uint32_t nearly_popcnt(std::uint32_t value) noexcept {
    return body::i32_popcnt(value) ^ (value == kWrongFor ? 1U : 0U);
}

using Nearly = MakeNumeric<Op::i32_popcnt, decltype(&nearly_popcnt), &nearly_popcnt, Variety::small>;

} // namespace

[[nodiscard]] const NumericHandlers* i32_handlers(Op op) noexcept;
const NumericHandlers* i32_handlers(Op op) noexcept {
    return op == Op::i32_popcnt ? Nearly::kMade : right_i32_handlers(op);
}

} // namespace detent::fast
