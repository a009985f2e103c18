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
    list_near();
    return true;
}

void LocalTypes::list_near() noexcept {
    const std::size_t parameters = std::min<std::size_t>(parameters_.size(), kNear);
    std::copy_n(parameters_.begin(), parameters, near_.begin());
    usual_ = has_unset_ ? 0 : static_cast<std::uint8_t>(std::min<std::uint64_t>(count_, kNear));
    std::uint64_t begin = parameters;
    for (const Run& run : runs_) {
        if (begin == kNear) return;
        const std::uint64_t end = std::min<std::uint64_t>(run.end, kNear);
        std::fill(near_.begin() + begin, near_.begin() + end, run.type);
        begin = end;
    }
}

ValType LocalTypes::far(std::uint32_t index) const noexcept {
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

} // namespace detent
