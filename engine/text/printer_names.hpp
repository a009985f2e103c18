// Names: the name section, and the identifiers that the text format makes of it. Source: spec, Appendix, Custom
// Sections, Name Section; the extended-name-section proposal for labels and the other index spaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text::printer {

/// What a subsection names; the numbers are the subsections' own.
enum class NameKind : std::uint8_t {
    module = 0,
    func = 1,
    local = 2,
    label = 3,
    type = 4,
    table = 5,
    memory = 6,
    global = 7,
    elem = 8,
    data = 9,
    field = 10,
    tag = 11,
};

struct Name {
    std::uint32_t index;
    /// Bytes of the module.
    std::string_view text;
};

/// The names of one index space, in the order of the section.
using NameMap = std::vector<Name>;

/// The names of the locals or labels of one function, or of the fields of one type.
struct NamesOf {
    std::uint32_t owner;
    NameMap names;
};

struct NameSection {
    std::optional<std::string_view> module;
    std::map<NameKind, NameMap> spaces;
    std::map<NameKind, std::vector<NamesOf>> owned;
};

/// The content of a name section behind the section's own name; nothing if it is malformed, which makes no module
/// malformed. Names are UTF-8. Views bytes of the module.
[[nodiscard]] std::optional<NameSection> read_names(std::span<const std::uint8_t> module, std::uint32_t begin,
                                                    std::uint32_t end);

/// The least encoding of these names: subsections and indices in order, no empty map. It is the one that the parser
/// writes, so a section that is encoded otherwise cannot be written as identifiers.
[[nodiscard]] std::vector<std::uint8_t> encode_names(const NameSection& names);

/// `$name`, or `$"…"` for a name with other characters than an identifier's; nothing for an empty name.
/// spec: text-id
[[nodiscard]] std::string identifier(std::string_view name);

/// A string literal of UTF-8 with what people can read as it is; what a terminal could obey, or does not show, is
/// escaped.
[[nodiscard]] std::string quoted_name(std::string_view utf8);

/// A string literal of any bytes: ASCII that people can read as it is, everything else escaped.
[[nodiscard]] std::string quoted_bytes(std::span<const std::uint8_t> bytes);

/// The names of one index space as the text has them. A name that an earlier one is equal to is no identifier: it has
/// to be written as an annotation. Labels are different: an identifier stands for the innermost label that has it.
class Identifiers {
  public:
    struct Entry {
        std::uint32_t index;
        std::string_view name;
        /// With its `$`; empty where the name is none.
        std::string id;
    };

    Identifiers() = default;
    Identifiers(NameKind kind, const NameMap& names);

    /// Nothing where there is no name.
    [[nodiscard]] const Entry* find(std::uint32_t index) const noexcept;

    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

  private:
    /// By index, each once.
    std::vector<Entry> entries_;
};

/// All identifiers of a module.
class NameTable {
  public:
    NameTable() = default;
    explicit NameTable(const NameSection& section);

    [[nodiscard]] const std::optional<std::string_view>& module() const noexcept { return module_; }
    [[nodiscard]] const Identifiers& space(NameKind kind) const noexcept;
    [[nodiscard]] const Identifiers& owned(NameKind kind, std::uint32_t owner) const noexcept;

    /// How many names there are.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

  private:
    std::optional<std::string_view> module_;
    std::map<NameKind, Identifiers> spaces_;
    std::map<NameKind, std::map<std::uint32_t, Identifiers>> owned_;
    std::size_t size_ = 0;
};

} // namespace detent::text::printer
