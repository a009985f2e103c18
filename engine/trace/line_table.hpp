// LineTable: from an offset in a module to a line of source, by the DWARF that a compiler left in custom sections.
// Source: DWARF 4 and 5, section 6.2; "DWARF for WebAssembly": addresses are offsets in the contents of the code
// section.
//
// A reader of our own, since none fits: elfutils' libdw reads ELF files only, the libdwarf of Debian 12 is older than
// the corrections of what it does on hostile input, and LLVM's is some hundred megabytes. All that is needed is one
// section.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::trace {

/// The contents of the custom sections, empty where there is none.
struct DebugSections {
    std::span<const std::uint8_t> line;
    /// What the others refer to, `.debug_str` and `.debug_line_str`.
    std::span<const std::uint8_t> strings;
    std::span<const std::uint8_t> line_strings;
};

/// `file` is a number that `LineTable::path` takes.
struct SourceLine {
    std::uint32_t file = 0;
    std::uint32_t line = 0;

    friend auto operator<=>(const SourceLine&, const SourceLine&) = default;
};

/// Views the sections, which MUST outlive it.
class LineTable {
  public:
    /// Total on any input, and takes room for at most a constant times the bytes. Units of other versions than 4 and 5
    /// are passed over. Nothing if the section is malformed, which makes no module malformed.
    [[nodiscard]] static std::optional<LineTable> read(const DebugSections& sections);

    /// The line of the instruction at an offset in the contents of the code section; nothing where none is known.
    [[nodiscard]] std::optional<SourceLine> find(std::uint64_t offset) const noexcept;

    /// The path of a file as the compiler wrote it, of at most 4,096 bytes. Files of several numbers may have one path.
    [[nodiscard]] std::string path(std::uint32_t file) const;
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

  private:
    friend class LineReader;

    /// From `begin` to before `end`.
    struct Row {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        SourceLine source;

        friend auto operator<=>(const Row&, const Row&) = default;
    };

    /// Parts of a path, each in what is before it unless it is absolute; an empty one is left out.
    struct File {
        std::string_view base;
        std::string_view directory;
        std::string_view name;
    };

    std::vector<File> files_;
    /// Ascending; where two hold an offset, the later one counts.
    std::vector<Row> rows_;
};

} // namespace detent::trace
