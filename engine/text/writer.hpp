// Bytes of a module as they are written. Source: spec, Binary Format, Values.
#pragma once

#include "engine/text/wat.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace detent::text {

class Writer {
  public:
    void byte(std::uint8_t value) { bytes_.push_back(value); }

    /// An unsigned LEB128 integer, in as few bytes as it needs.
    void unsigned_leb(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value));
    }

    /// A signed one.
    void signed_leb(std::int64_t value) {
        for (; value < -0x40 || value >= 0x40; value >>= 7)
            byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value & 0x7F));
    }

    void little_endian(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i)
            byte(static_cast<std::uint8_t>(value >> (8 * i)));
    }

    void append(std::span<const std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    void append(std::string_view bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    /// A vector of bytes, or a name.
    void counted(std::string_view bytes) {
        unsigned_leb(bytes.size());
        append(bytes);
    }
    void counted(std::span<const std::uint8_t> bytes) {
        unsigned_leb(bytes.size());
        append(bytes);
    }

    void truncate(std::size_t size) { bytes_.resize(size); }

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::vector<std::uint8_t>& vector() noexcept { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
};

/// Bytes with the places in the text that they came from, both counted from the beginning of the bytes.
struct Chunk {
    Writer bytes;
    std::vector<SourceMap::Entry> places;

    /// What is written next came from here.
    void came_from(std::uint32_t text_offset) {
        places.push_back({static_cast<std::uint32_t>(bytes.size()), text_offset});
    }

    void append(const Chunk& other) {
        const auto base = static_cast<std::uint32_t>(bytes.size());
        for (const SourceMap::Entry& entry : other.places)
            places.push_back({base + entry.module_offset, entry.text_offset});
        bytes.append(other.bytes.bytes());
    }
};

/// The content of a section: a vector of definitions.
struct Section {
    std::uint32_t count = 0;
    Chunk content;

    /// Begins the next definition.
    Writer& next(std::uint32_t text_offset) {
        ++count;
        content.came_from(text_offset);
        return content.bytes;
    }
};

} // namespace detent::text
