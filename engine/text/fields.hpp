// The fields of a module, except its types. Source: spec, Text Format, Modules.
#pragma once

#include "engine/text/module_state.hpp"

#include <string_view>

namespace detent::text {

/// Gives every definition of a module its index and notes its identifier. What is not written as it should be, it
/// passes over; parsing will find it.
void define_identifiers(ModuleState& module);

[[nodiscard]] bool is_field(std::string_view keyword) noexcept;

/// The field that begins here.
void parse_field(ModuleState& module);

} // namespace detent::text
