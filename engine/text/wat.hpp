// The text format: from WAT to the bytes of a module, and from a byte of the module or a character of the text to a
// place that a person can find. Source: spec, Text Format; the custom-page-sizes and wide-arithmetic proposals.
//
// This room is a library of its own, which a node links without. It uses exceptions inside; its doors throw none, and a
// failed allocation comes back as out_of_memory.
#pragma once

#include "engine/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text {

/// A place in a text. Lines and columns count from 1; a column is a character of UTF-8, and a line ends at LF, CR or
/// CR LF.
struct Place {
    std::size_t offset = 0;
    std::size_t line = 1;
    std::size_t column = 1;

    friend bool operator==(const Place&, const Place&) = default;
};

/// The place of a byte of a text. An offset past the end is the end.
[[nodiscard]] Place place_at(std::string_view source, std::size_t offset) noexcept;

/// Where the parts of a module came from: one entry for each definition and each instruction, from the offset of its
/// first byte in the module to the offset of its first character in the text. Module offsets rise from entry to entry.
class SourceMap {
  public:
    struct Entry {
        std::uint32_t module_offset;
        std::uint32_t text_offset;

        friend bool operator==(const Entry&, const Entry&) = default;
    };

    /// `module_offset` MUST NOT be below the last entry's; of several entries for one byte the last counts, which is
    /// the innermost.
    void add(Entry entry) { entries_.push_back(entry); }

    /// The text of the definition or instruction that a byte of the module belongs to; none in front of the first.
    [[nodiscard]] std::optional<std::size_t> find(std::uint64_t module_offset) const noexcept;

    [[nodiscard]] std::span<const Entry> entries() const noexcept { return entries_; }

  private:
    std::vector<Entry> entries_;
};

/// A module that was written as text. Parsing checks the grammar and resolves identifiers; it does not validate.
struct ParsedModule {
    std::vector<std::uint8_t> bytes;
    SourceMap source;
    /// The module's identifier, without its `$`.
    std::optional<std::string> id;
};

struct ParseOptions {
    /// Write a name section from the identifiers. A name that an annotation `(@name "…")` gives is written always, and
    /// goes before the identifier.
    bool names = false;
};

/// One module, `(module …)` or its bare fields. The offset of an error is an offset in the text.
[[nodiscard]] Result<ParsedModule> parse_module(std::string_view source, const ParseOptions& options = {}) noexcept;

/// The text of an error, followed by the word that it speaks of where there is one: `unknown operator i32.addd`. Empty
/// when memory ran out.
[[nodiscard]] std::string message_of(std::string_view source, const Error& error) noexcept;

/// `name:line:column: message`, then the line of the source, then a caret under the place; three lines, each ended by
/// LF. A long line is cut to a window around the place; tabs and control characters are shown as spaces and as U+FFFD,
/// so that the caret stands where it should and the terminal is safe. Without a name, `line:column: message`. Empty
/// when memory ran out.
[[nodiscard]] std::string describe(std::string_view source, std::size_t offset, std::string_view message,
                                   std::string_view name = {}) noexcept;

/// The same for an error of `parse_module` or `parse_script` over this source.
[[nodiscard]] std::string describe(std::string_view source, const Error& error, std::string_view name = {}) noexcept;

} // namespace detent::text
