// What printing one part of a module needs from the parts in front of it: names, types of functions, and what is
// written by index. Source: spec, Text Format, Types and Modules.
#pragma once

#include "engine/text/printer.hpp"
#include "engine/text/printer_input.hpp"
#include "engine/text/printer_names.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text::printer {

/// A vector of value types, where it stands in the module.
struct TypeVector {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t count = 0;
};

/// A function type. A structure or an array has neither parameters nor results, and no function has its type.
struct Signature {
    TypeVector parameters;
    TypeVector results;
};

class Context {
  public:
    /// With `names_are_identifiers`, every name is written, as an identifier or an annotation, and the name section is
    /// not; otherwise a name that can be no identifier is left out, and the section is written as the bytes it is.
    Context(std::span<const std::uint8_t> module, const NameTable& names, bool names_are_identifiers,
            PrintOptions options) noexcept
        : module_(module), names_(names), names_are_identifiers_(names_are_identifiers), options_(options) {}

    [[nodiscard]] const NameTable& names() const noexcept { return names_; }
    [[nodiscard]] bool names_are_identifiers() const noexcept { return names_are_identifiers_; }
    [[nodiscard]] PrintOptions options() const noexcept { return options_; }
    [[nodiscard]] Input at(std::uint32_t begin, std::uint32_t end) const noexcept { return {module_, begin, end}; }

    /// ` $name`, or ` 3` where there is no identifier.
    [[nodiscard]] std::string reference(NameKind kind, std::uint32_t index) const;
    [[nodiscard]] std::string field_reference(std::uint32_t type, std::uint32_t field) const;

    /// What stands behind the keyword of the next definition of its kind: ` $name (;3;)`.
    [[nodiscard]] std::string bind_next(NameKind kind);

    /// The same for something with an index of its own: a local, a label, a field. Empty where it has no name.
    [[nodiscard]] std::string bind(const Identifiers& names, std::uint32_t index);

    /// What stands behind `module`; empty where it has no name.
    [[nodiscard]] std::string bind_module();

    /// How many have been defined.
    [[nodiscard]] std::uint32_t defined(NameKind kind) const noexcept;

    /// How many names have been written where they belong. If all were, the text says the whole name section.
    [[nodiscard]] std::size_t names_bound() const noexcept { return bound_; }

    /// Of every type in order; nothing for one that is no function's.
    std::vector<std::optional<Signature>> types;
    /// The type of every function, imports first.
    std::vector<std::uint32_t> functions;
    std::optional<std::uint32_t> data_count;

    /// Nothing if there is no such type or it is no function's.
    [[nodiscard]] const Signature* signature(std::uint32_t type) const noexcept;

  private:
    std::span<const std::uint8_t> module_;
    const NameTable& names_;
    bool names_are_identifiers_;
    PrintOptions options_;
    std::map<NameKind, std::uint32_t> defined_;
    std::size_t bound_ = 0;
};

} // namespace detent::text::printer
