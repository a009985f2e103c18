#include "host_abi/host_table.hpp"

#include <algorithm>

namespace detent {

namespace {

consteval std::array<HostFunction, kHostFunctionCount> sorted_by_name() {
    std::array<HostFunction, kHostFunctionCount> order{};
    for (std::uint32_t i = 0; i < kHostFunctionCount; ++i)
        order[i] = static_cast<HostFunction>(i);
    std::ranges::sort(order, {}, [](HostFunction function) { return row(function).name; });
    return order;
}

constexpr std::array<HostFunction, kHostFunctionCount> kByName = sorted_by_name();

} // namespace

std::optional<HostFunction> host_function_named(std::string_view name) noexcept {
    const auto name_of = [](HostFunction function) { return row(function).name; };
    const auto found = std::ranges::lower_bound(kByName, name, {}, name_of);
    if (found == kByName.end() || name_of(*found) != name) return std::nullopt;
    return *found;
}

} // namespace detent
