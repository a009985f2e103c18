#include "engine/syntax/module.hpp"

namespace detent {

const Export* Module::find_export(std::string_view name) const noexcept {
    const auto name_of = [this](std::uint32_t number) { return text(exports[number].name); };
    const std::uint32_t* found = std::ranges::lower_bound(exports_by_name.span(), name, {}, name_of).base();
    if (found == exports_by_name.end() || name_of(*found) != name) return nullptr;
    return &exports[*found];
}

} // namespace detent
