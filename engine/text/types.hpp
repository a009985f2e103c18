// The types of a module: those that it defines, and those that its type uses imply. Source: spec, Text Format, Types;
// Type Uses.
#pragma once

#include "engine/text/annotations.hpp"
#include "engine/text/names.hpp"
#include "engine/text/signature.hpp"
#include "engine/text/space.hpp"
#include "engine/text/writer.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace detent::text {

/// `(type x) (param …)* (result …)*`, either part of which may be missing.
struct TypeUse {
    std::uint32_t index = 0;
    std::uint32_t param_count = 0;
    Signature written;
};

class Types {
  public:
    /// The identifiers, which are all known before any type is parsed.
    [[nodiscard]] IndexSpace& ids() noexcept { return ids_; }
    [[nodiscard]] const IndexSpace& ids() const noexcept { return ids_; }

    /// A `(type …)` or `(rec …)`, from the token behind its keyword to its closing parenthesis, which it takes.
    void define(Cursor& cursor, Annotations& annotations, Names& names);
    void define_recursive(Cursor& cursor, Annotations& annotations, Names& names);

    [[nodiscard]] TypeUse use(Cursor& cursor, Binding binding);

    /// The type of blocks and functions with this signature: the first that is defined so, else one that is appended
    /// behind the defined ones and came from here. spec: text-typeuse-abbrev
    [[nodiscard]] std::uint32_t index_of(const Signature& signature, std::uint32_t text_offset);

    /// A field of a structure, by index or identifier.
    [[nodiscard]] std::uint32_t field(Cursor& cursor, std::uint32_t type) const;

    /// A use may name, by its number, a type that only a later use implies. The types that uses imply do not depend on
    /// what such a use means, so when it has happened the uses are parsed again, with all types known: this asks
    /// whether that is necessary, and says that it is what happens next.
    [[nodiscard]] bool wants_second_pass() noexcept;

    [[nodiscard]] const Section& section() const noexcept { return section_; }
    [[nodiscard]] const std::map<std::uint32_t, IndexSpace>& fields() const noexcept { return fields_; }

  private:
    struct Definition {
        /// Of a function type, else empty.
        std::string key;
        std::uint32_t param_count = 0;
    };

    void sub_type(Cursor& cursor, Annotations& annotations, Names& names, bool is_alone);
    void composite_type(Cursor& cursor, Annotations& annotations, Names& names, bool is_shared);
    void function_type(Cursor& cursor, bool is_shared);
    void struct_type(Cursor& cursor, Annotations& annotations, Names& names);
    void field_type(Cursor& cursor, Writer& out) const;
    void check_use(const TypeUse& use, std::uint32_t offset);

    IndexSpace ids_{Space::type};
    Section section_;
    std::vector<Definition> definitions_;
    /// By key, the first function type that stands alone, is final and has no supertype.
    std::unordered_map<std::string, std::uint32_t> shared_;
    std::map<std::uint32_t, IndexSpace> fields_;
    bool saw_unknown_ = false;
    bool is_second_pass_ = false;
};

} // namespace detent::text
