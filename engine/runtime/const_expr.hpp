// Constant expressions: evaluated at instantiation. Source: spec, Validation, Constant Expressions.
#pragma once

#include "engine/binary/reader.hpp"
#include "engine/runtime/store.hpp"

namespace detent {

/// The value of a valid constant expression. `globals` and `functions` are those of the instance as far as it exists.
[[nodiscard]] Value evaluate(const Store& store, const Module& module, ConstExpr expression,
                             std::span<const FuncAddr> functions, std::span<const GlobalAddr> globals) noexcept;

/// The same, from `reader`, which is left behind the expression's `end`; for expressions that stand in a row.
[[nodiscard]] Value evaluate(const Store& store, Reader& reader, std::span<const FuncAddr> functions,
                             std::span<const GlobalAddr> globals) noexcept;

} // namespace detent
