// Types as text. Each function reads from the input's position and returns what it read. Source: spec, Binary Format
// and Text Format, Types; the custom-page-sizes proposal.
#pragma once

#include "engine/text/printer_context.hpp"
#include "engine/text/printer_input.hpp"
#include "engine/text/printer_names.hpp"

#include <cstdint>
#include <string>

namespace detent::text::printer {

/// `func` or `$t`
[[nodiscard]] std::string heap_type(const Context& context, Input& in);

/// `i32`, `funcref`, `(ref null $t)`
[[nodiscard]] std::string value_type(const Context& context, Input& in);

/// `funcref`, `(ref null $t)`; a number type is an error.
[[nodiscard]] std::string reference_type(const Context& context, Input& in);

/// `i32`, or `(mut i32)`
[[nodiscard]] std::string global_type(const Context& context, Input& in);

/// `i64 1 2 funcref`
[[nodiscard]] std::string table_type(const Context& context, Input& in);

/// `i64 1 2 (pagesize 1)`
[[nodiscard]] std::string memory_type(Input& in);

/// Passes over a vector of value types.
[[nodiscard]] TypeVector type_vector(const Context& context, Input& in);

/// ` (result i32 i64)`, or nothing for no types.
void append_types(Text& out, const Context& context, std::string_view keyword, const TypeVector& types);

/// ` (type $t) (param i32) (result i32)`: parameters and results for people, if the type is a function's. Of a
/// definition, the parameters carry the names of its locals.
void append_type_use(Text& out, Context& context, std::uint32_t type, const Identifiers* locals = nullptr);

/// The type section's next entry, a type or a group, on new lines; enters the types into the context.
void append_rec_type(Text& out, Context& context, Input& in);

/// Locals or parameters one after the other: ` (local i32 i64) (local $x i32)`. A name stands alone.
class LocalList {
  public:
    LocalList(Text& out, Context& context, std::string_view keyword, const Identifiers& names) noexcept
        : out_(out), context_(context), keyword_(keyword), names_(names) {}

    void add(std::uint32_t index, std::string_view type);
    void finish();

  private:
    Text& out_;
    Context& context_;
    std::string_view keyword_;
    const Identifiers& names_;
    bool is_open_ = false;
};

} // namespace detent::text::printer
