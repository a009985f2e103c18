// Value types, heap types and reference types. Source: spec, Text Format, Types; Binary Format, Types.
#pragma once

#include "engine/text/cursor.hpp"
#include "engine/text/space.hpp"
#include "engine/text/writer.hpp"

#include <cstdint>
#include <optional>

namespace detent::text {

/// An index, or an identifier of the space.
[[nodiscard]] std::uint32_t index_in(Cursor& cursor, const IndexSpace& space);

/// `heap` is the number that the binary format writes as an s33: a type index, or below 0 an abstract heap type.
struct RefType {
    bool is_nullable = true;
    std::int64_t heap = 0;

    friend bool operator==(const RefType&, const RefType&) = default;
};

/// `funcref`: nullable references to functions.
inline constexpr RefType kFuncRef{true, -0x10};
/// What a list of functions has: `(ref func)`.
inline constexpr RefType kFunctions{false, -0x10};

[[nodiscard]] std::int64_t heap_type(Cursor& cursor, const IndexSpace& types);
[[nodiscard]] RefType ref_type(Cursor& cursor, const IndexSpace& types);
/// Nothing, and nothing taken, where no reference type begins.
[[nodiscard]] std::optional<RefType> optional_ref_type(Cursor& cursor, const IndexSpace& types);

/// The shortest form: one byte for a nullable reference to an abstract heap type.
void write(Writer& out, RefType type);

/// Parses a value type and writes it. The second takes nothing, and says so, where none begins.
void value_type(Cursor& cursor, const IndexSpace& types, Writer& out);
bool optional_value_type(Cursor& cursor, const IndexSpace& types, Writer& out);

/// A value type, `i8` or `i16`.
void storage_type(Cursor& cursor, const IndexSpace& types, Writer& out);

} // namespace detent::text
