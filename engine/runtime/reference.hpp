// What a reference refers to, against a type. Source: spec, Validation, Instructions (reference typing at run time);
// Execution, Runtime Structure, Values.
#pragma once

#include "engine/runtime/store.hpp"
#include "engine/runtime/value.hpp"
#include "engine/syntax/type_space.hpp"

namespace detent {

/// Whether a reference is of a heap type, null being of none. In constant time. What it refers to MUST exist.
[[nodiscard]] bool is_of(const Store& store, Ref ref, HeapType heap, const TypeSpace& types) noexcept;

/// The same of a reference type, null included. What it refers to MUST exist.
[[nodiscard]] bool is_of(const Store& store, Ref ref, ValType type, const TypeSpace& types) noexcept;

/// Whether a word from outside is null or refers to something that exists.
[[nodiscard]] bool is_live(const Store& store, Ref ref) noexcept;

} // namespace detent
