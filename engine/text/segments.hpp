// Element and data segments, on their own and inside tables and memories. Source: spec, Text Format, Modules; Binary
// Format, Modules.
#pragma once

#include "engine/text/definitions.hpp"
#include "engine/text/module_state.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace detent::text {

/// `(elem …)`, `(data …)` from the token behind the keyword to the closing parenthesis, which stays.
void elem_field(ModuleState& module);
void data_field(ModuleState& module);

/// `(elem …)` inside a table: returns the number of elements, which is the table's size. The segment is written.
[[nodiscard]] std::uint32_t inline_elements(ModuleState& module, std::uint32_t table, RefType type, bool is_64);

/// `(data …)` inside a memory: returns the number of bytes.
[[nodiscard]] std::size_t inline_data(ModuleState& module, std::uint32_t memory, bool is_64);

} // namespace detent::text
