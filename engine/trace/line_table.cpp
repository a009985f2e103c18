#include "engine/trace/line_table.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace detent::trace {
namespace {

using View = std::span<const std::uint8_t>;

/// Reads what DWARF is made of. Behind the first thing that is not there everything is 0 and empty.
class Cursor {
  public:
    explicit Cursor(View bytes) noexcept : left_(bytes) {}

    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] bool at_end() const noexcept { return left_.empty(); }
    void fail() noexcept {
        failed_ = true;
        left_ = {};
    }

    [[nodiscard]] View take(std::uint64_t size) noexcept {
        if (size > left_.size()) {
            fail();
            return {};
        }
        const View taken = left_.first(static_cast<std::size_t>(size));
        left_ = left_.subspan(taken.size());
        return taken;
    }
    void skip(std::uint64_t size) noexcept { static_cast<void>(take(size)); }

    /// Little-endian, of at most 8 bytes.
    [[nodiscard]] std::uint64_t number(std::size_t size) noexcept {
        std::uint64_t value = 0;
        unsigned shift = 0;
        for (const std::uint8_t byte : take(size)) {
            value |= std::uint64_t{byte} << shift;
            shift += 8;
        }
        return value;
    }
    [[nodiscard]] std::uint8_t byte() noexcept { return static_cast<std::uint8_t>(number(1)); }

    /// LEB128; bits that 64 have no room for are dropped.
    [[nodiscard]] std::uint64_t uleb() noexcept { return leb(false); }
    [[nodiscard]] std::int64_t sleb() noexcept { return static_cast<std::int64_t>(leb(true)); }

    /// Up to a byte of 0, which is passed.
    [[nodiscard]] std::string_view string() noexcept {
        const auto end = std::ranges::find(left_, std::uint8_t{0});
        if (end == left_.end()) {
            fail();
            return {};
        }
        const View text = take(static_cast<std::uint64_t>(end - left_.begin()));
        skip(1);
        return {reinterpret_cast<const char*>(text.data()), text.size()};
    }

  private:
    [[nodiscard]] std::uint64_t leb(bool is_signed) noexcept {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            const std::uint8_t part = byte();
            if (shift < 64) value |= std::uint64_t{part & 0x7FU} << shift;
            if ((part & 0x80U) != 0) continue;
            if (is_signed && (part & 0x40U) != 0 && shift + 7 < 64) value |= ~std::uint64_t{0} << (shift + 7);
            return value;
        }
    }

    View left_;
    bool failed_ = false;
};

// DWARF 5, 6.2.5.2, 6.2.5.3 and 7.22.
enum Standard : std::uint8_t {
    kCopy = 1,
    kAdvancePc = 2,
    kAdvanceLine = 3,
    kSetFile = 4,
    kConstAddPc = 8,
    kFixedAdvancePc = 9,
};
enum Extended : std::uint8_t { kEndSequence = 1, kSetAddress = 2 };
enum Content : std::uint8_t { kPath = 1, kDirectoryIndex = 2 };

/// What kinds of values the tables of version 5 hold. DWARF 5, 7.5.6.
enum Form : std::uint8_t {
    kBlock = 0x09,
    kData1 = 0x0b,
    kData2 = 0x05,
    kData4 = 0x06,
    kData8 = 0x07,
    kData16 = 0x1e,
    kString = 0x08,
    kStrp = 0x0e,
    kUdata = 0x0f,
    kLineStrp = 0x1f,
};

struct Format {
    std::uint64_t content = 0;
    std::uint64_t form = 0;
};

struct NamedFile {
    std::string_view path;
    std::uint64_t directory = 0;
};

struct Header {
    std::size_t offset_size = 4;
    std::uint64_t version = 0;
    std::uint64_t least_instruction = 1;
    std::int64_t line_base = 0;
    std::uint8_t line_range = 1;
    std::uint8_t opcode_base = 1;
    /// Of each standard opcode, from 1 on, how many operands it has.
    View operands;
};

} // namespace

/// Reads one unit after the other.
class LineReader {
  public:
    explicit LineReader(const DebugSections& sections) noexcept : sections_(sections) {}

    [[nodiscard]] std::optional<LineTable> run() {
        Cursor in(sections_.line);
        while (!in.at_end()) {
            if (!unit(in)) return std::nullopt;
        }
        std::ranges::sort(table_.rows_);
        return std::move(table_);
    }

  private:
    [[nodiscard]] bool unit(Cursor& in) {
        header_ = {};
        std::uint64_t length = in.number(4);
        if (length == 0xFFFF'FFFF) {
            length = in.number(8);
            header_.offset_size = 8;
        }
        Cursor inside(in.take(length));
        if (in.failed()) return false;
        header_.version = inside.number(2);
        if (header_.version != 4 && header_.version != 5) return !inside.failed();
        if (header_.version == 5) inside.skip(2);
        Cursor tables(inside.take(inside.number(header_.offset_size)));
        if (inside.failed() || !read_header(tables)) return false;
        return program(inside);
    }

    /// The first file of the unit is number `first_file_` of all.
    [[nodiscard]] bool read_header(Cursor& in) {
        header_.least_instruction = in.byte();
        const std::uint8_t operations = in.byte();
        in.skip(1);
        header_.line_base = static_cast<std::int8_t>(in.byte());
        header_.line_range = in.byte();
        header_.opcode_base = in.byte();
        if (in.failed() || operations != 1 || header_.line_range == 0 || header_.opcode_base == 0) return false;
        header_.operands = in.take(header_.opcode_base - 1U);
        first_file_ = table_.files_.size();
        if (header_.version == 5) {
            tables_5(in);
        } else {
            tables_4(in);
        }
        return !in.failed();
    }

    /// Directories and files are numbered from 1 here, and from 0 in version 5.
    void tables_4(Cursor& in) {
        std::vector<std::string_view> directories(1);
        for (std::string_view one = in.string(); !one.empty(); one = in.string())
            directories.push_back(one);
        table_.files_.push_back({});
        for (std::string_view name = in.string(); !name.empty(); name = in.string()) {
            const std::uint64_t directory = in.uleb();
            static_cast<void>(in.uleb());
            static_cast<void>(in.uleb());
            if (directory >= directories.size()) return in.fail();
            table_.files_.push_back({{}, directories[static_cast<std::size_t>(directory)], name});
        }
    }

    void tables_5(Cursor& in) {
        const std::vector<NamedFile> directories = entries(in);
        for (const NamedFile& each : entries(in)) {
            if (each.directory >= directories.size()) return in.fail();
            const std::string_view directory = directories[static_cast<std::size_t>(each.directory)].path;
            table_.files_.push_back(
                {each.directory == 0 ? std::string_view() : directories[0].path, directory, each.path});
        }
    }

    /// An entry of no byte could be there any number of times.
    [[nodiscard]] std::vector<NamedFile> entries(Cursor& in) {
        std::vector<Format> formats(in.byte());
        for (Format& each : formats)
            each = {in.uleb(), in.uleb()};
        const std::uint64_t count = in.uleb();
        std::vector<NamedFile> all;
        if (formats.empty() && count != 0) in.fail();
        for (std::uint64_t i = 0; i < count && !in.failed(); ++i)
            all.push_back(entry(in, formats));
        return all;
    }

    [[nodiscard]] NamedFile entry(Cursor& in, const std::vector<Format>& formats) {
        NamedFile made;
        for (const auto& [content, form] : formats) {
            if (content == kPath) {
                made.path = text(in, form);
            } else if (content == kDirectoryIndex) {
                made.directory = number(in, form);
            } else {
                pass(in, form);
            }
        }
        return made;
    }

    [[nodiscard]] std::string_view text(Cursor& in, std::uint64_t form) {
        if (form == kString) return in.string();
        if (form != kStrp && form != kLineStrp) {
            in.fail();
            return {};
        }
        Cursor strings(form == kStrp ? sections_.strings : sections_.line_strings);
        strings.skip(in.number(header_.offset_size));
        const std::string_view found = strings.string();
        if (strings.failed()) in.fail();
        return found;
    }

    [[nodiscard]] std::uint64_t number(Cursor& in, std::uint64_t form) {
        switch (form) {
        case kData1: return in.byte();
        case kData2: return in.number(2);
        case kUdata: return in.uleb();
        default: in.fail(); return 0;
        }
    }

    void pass(Cursor& in, std::uint64_t form) {
        switch (form) {
        case kData1: return in.skip(1);
        case kData2: return in.skip(2);
        case kData4: return in.skip(4);
        case kData8: return in.skip(8);
        case kData16: return in.skip(16);
        case kUdata: return static_cast<void>(in.uleb());
        case kBlock: return in.skip(in.uleb());
        case kString: return static_cast<void>(in.string());
        case kStrp:
        case kLineStrp: return in.skip(header_.offset_size);
        default: return in.fail();
        }
    }

    // The program: it walks a matrix of addresses and lines, of which it says the rows.

    [[nodiscard]] bool program(Cursor& in) {
        begin_sequence();
        while (!in.at_end()) {
            const std::uint8_t opcode = in.byte();
            if (opcode >= header_.opcode_base) {
                special(opcode);
            } else if (opcode == 0) {
                extended(in);
            } else {
                standard(in, opcode);
            }
        }
        return !in.failed();
    }

    void begin_sequence() noexcept {
        address_ = 0;
        line_ = 1;
        file_ = 1;
        sequence_ = table_.rows_.size();
        has_row_ = false;
    }

    void advance(std::uint64_t operations) noexcept { address_ += operations * header_.least_instruction; }

    void special(std::uint8_t opcode) {
        const unsigned adjusted = opcode - unsigned{header_.opcode_base};
        advance(adjusted / header_.line_range);
        line_ += static_cast<std::uint64_t>(header_.line_base + adjusted % header_.line_range);
        row();
    }

    void standard(Cursor& in, std::uint8_t opcode) {
        switch (opcode) {
        case kCopy: return row();
        case kAdvancePc: return advance(in.uleb());
        case kAdvanceLine: line_ += static_cast<std::uint64_t>(in.sleb()); return;
        case kSetFile: file_ = in.uleb(); return;
        case kConstAddPc: return advance((255U - header_.opcode_base) / header_.line_range);
        case kFixedAdvancePc: address_ += in.number(2); return;
        default:
            for (unsigned i = header_.operands[opcode - 1U]; i != 0; --i)
                static_cast<void>(in.uleb());
        }
    }

    void extended(Cursor& in) {
        Cursor inside(in.take(in.uleb()));
        const std::uint8_t opcode = inside.byte();
        if (inside.failed()) return in.fail();
        if (opcode == kEndSequence) {
            row();
            end_sequence();
        } else if (opcode == kSetAddress) {
            std::size_t size = 0;
            for (Cursor rest = inside; !rest.at_end() && size <= 8; rest.skip(1))
                ++size;
            if (size > 8) return in.fail();
            address_ = inside.number(size);
        }
    }

    /// The row before this one ends where this one begins.
    void row() {
        if (!has_row_) first_address_ = address_;
        if (has_row_ && address_ > row_.begin && row_.source.line != 0) {
            row_.end = address_;
            table_.rows_.push_back(row_);
        }
        const std::uint64_t files = table_.files_.size() - first_file_;
        const bool is_known = file_ < files && line_ <= 0xFFFF'FFFF;
        row_ = {address_, 0, {}};
        if (is_known)
            row_.source = {static_cast<std::uint32_t>(first_file_ + file_), static_cast<std::uint32_t>(line_)};
        has_row_ = true;
    }

    /// A linker leaves the lines of functions that it dropped, at 0 or at the end of all addresses.
    void end_sequence() noexcept {
        constexpr std::uint64_t kGone = 0xFFFF'FFF0;
        if (first_address_ == 0 || first_address_ >= kGone) table_.rows_.resize(sequence_);
        begin_sequence();
    }

    const DebugSections& sections_;
    LineTable table_;
    Header header_;
    std::size_t first_file_ = 0;
    std::uint64_t address_ = 0;
    std::uint64_t line_ = 1;
    std::uint64_t file_ = 1;
    /// Of the sequence: the number of its first row, where it begins, and the row that has no end yet.
    std::size_t sequence_ = 0;
    std::uint64_t first_address_ = 0;
    bool has_row_ = false;
    LineTable::Row row_;
};

std::optional<LineTable> LineTable::read(const DebugSections& sections) { return LineReader(sections).run(); }

std::optional<SourceLine> LineTable::find(std::uint64_t offset) const noexcept {
    const auto behind = std::ranges::upper_bound(rows_, offset, {}, &Row::begin);
    if (behind == rows_.begin() || (behind - 1)->end <= offset) return std::nullopt;
    return (behind - 1)->source;
}

std::string LineTable::path(std::uint32_t file) const {
    constexpr std::size_t kMost = 4096;
    const File& parts = files_[file];
    std::string path;
    for (const std::string_view part : {parts.base, parts.directory, parts.name}) {
        if (part.empty()) continue;
        if (part.starts_with('/')) path.clear();
        if (!path.empty() && !path.ends_with('/')) path += '/';
        path += part.substr(0, kMost);
    }
    return path.substr(0, kMost);
}

} // namespace detent::trace
