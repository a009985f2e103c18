// Values of scripts: how they are handed to a function, compared with results, and shown.
#pragma once

#include "engine/runtime/store.hpp"
#include "engine/text/script.hpp"

#include <optional>
#include <span>
#include <string>

namespace detent::conformance {

/// The value as an argument for a parameter of that type; nothing where it cannot be one.
[[nodiscard]] std::optional<Value> argument_of(const text::Value& value, ValType parameter) noexcept;

/// Whether a result is the value that a script asks for, NaN patterns as wide as the specification has them.
[[nodiscard]] bool matches(const text::Value& wanted, const Value& got, const Store& store) noexcept;

/// Whether a result is one of the choices.
[[nodiscard]] bool matches(const text::Expected& wanted, const Value& got, const Store& store) noexcept;

/// Puts the positive canonical NaN in the place of each NaN pattern (DET-1).
void fix_nans(text::Value& value) noexcept;

/// "i32 7 (0x7)", "v128 f32x4 nan:canonical 0x3f800000 0x0 0x0", "ref.null func".
[[nodiscard]] std::string shown(const text::Value& value);
[[nodiscard]] std::string shown(const text::Expected& expected);

/// The result, in the shape of what was asked for where that is a vector.
[[nodiscard]] std::string shown(const Value& value, const text::Expected* wanted);

} // namespace detent::conformance
