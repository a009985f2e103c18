#include "engine/code/code.hpp"

#include <algorithm>

namespace detent {

const TryBlock* Code::try_block_at(const FunctionCode& function, std::uint32_t position) const noexcept {
    const std::span<const TryMark> marks = try_marks_.span().subspan(function.first_try_mark, function.try_mark_count);
    const auto behind = std::ranges::upper_bound(marks, position, {}, &TryMark::position);
    if (behind == marks.begin()) return nullptr;
    const std::uint32_t block = std::prev(behind)->block;
    return block == 0 ? nullptr : &try_blocks_[function.first_try_block + block - 1];
}

const TryBlock* Code::outer(const FunctionCode& function, const TryBlock& inner) const noexcept {
    return inner.outer == 0 ? nullptr : &try_blocks_[function.first_try_block + inner.outer - 1];
}

bool Code::is_wide(const FunctionCode& function, std::uint32_t position) const noexcept {
    if (function.wide_count == 0) return false;
    return std::ranges::binary_search(wides_.span().subspan(function.first_wide, function.wide_count), position);
}

LocalSlot Code::local(FuncIdx function, std::uint32_t index) const noexcept {
    const FunctionCode& code = this->function(function);
    if (!code.has_wide_locals) return {index, 1};
    const std::span<const LocalSlots> all = slots_.span().subspan(code.first_slots, code.slots_count);
    const LocalSlots& slots = *std::ranges::upper_bound(all, index, {}, &LocalSlots::end);
    return {slots.end_word - (slots.end - index) * slots.words, slots.words};
}

} // namespace detent
