// Functions. Source: spec, Text Format, Modules; Binary Format, Modules.
#pragma once

#include "engine/text/module_state.hpp"

namespace detent::text {

/// `(func …)`, from the token behind the keyword to the closing parenthesis, which stays.
void func_field(ModuleState& module);

} // namespace detent::text
