#include "engine/valid/context.hpp"

namespace detent {

bool LocalTypes::assign(std::span<const ValType> parameters, std::span<const LocalRun> runs) noexcept {
    parameters_ = parameters;
    count_ = parameters.size();
    runs_.truncate(0);
    for (const LocalRun& run : runs) {
        count_ += run.count;
        if (!runs_.push_back({count_, run.type})) return false;
    }
    return true;
}

ValType LocalTypes::operator[](std::uint32_t index) const noexcept {
    if (index < parameters_.size()) return parameters_[index];
    return std::ranges::upper_bound(runs_, std::uint64_t{index}, {}, &Run::end)->type;
}

} // namespace detent
