// Bytes of a module as they are written, for the rooms that have exceptions: it throws where there is no memory.
// Source: spec, Binary Format, Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace detent {

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

} // namespace detent
