#include "engine/valid/context.hpp"

namespace detent {

bool LocalTypes::assign(std::span<const ValType> parameters, std::span<const LocalRun> runs) noexcept {
    parameters_ = parameters;
    count_ = parameters.size();
    has_unset_ = false;
    runs_.truncate(0);
    for (const LocalRun& run : runs) {
        count_ += run.count;
        has_unset_ = has_unset_ || !is_defaultable(run.type);
        if (!runs_.push_back({count_, run.type})) return false;
    }
    return true;
}

ValType LocalTypes::operator[](std::uint32_t index) const noexcept {
    if (index < parameters_.size()) return parameters_[index];
    return std::ranges::upper_bound(runs_, std::uint64_t{index}, {}, &Run::end)->type;
}

bool SetLocals::begin(std::uint64_t locals) noexcept {
    forget(0);
    return locals <= is_set_.size() || is_set_.resize(static_cast<std::size_t>(locals));
}

bool SetLocals::set(std::uint32_t index) noexcept {
    if (is_set_[index] != 0) return true;
    if (!in_order_.push_back(index)) return false;
    is_set_[index] = 1;
    return true;
}

void SetLocals::forget(std::size_t count) noexcept {
    for (const std::uint32_t index : in_order_.span().subspan(count))
        is_set_[index] = 0;
    in_order_.truncate(count);
}

} // namespace detent
