// Reader: the primitives of the binary format over a range of a module's bytes. Source: spec, Binary Format, Values.
#pragma once

#include "engine/base/result.hpp"
#include "engine/opcodes.hpp"

#include <cstdint>
#include <span>

namespace detent {

/// Reads from `position` towards `end`; every failure carries the offset of the byte that is wrong, from the beginning of the
/// module. Never reads outside the range. Does not own the bytes.
class Reader {
  public:
    Reader(std::span<const std::uint8_t> module, std::uint32_t begin, std::uint32_t end) noexcept
        : bytes_(module), position_(begin), end_(end) {}

    [[nodiscard]] std::uint32_t position() const noexcept { return position_; }
    [[nodiscard]] std::uint32_t end() const noexcept { return end_; }
    [[nodiscard]] bool at_end() const noexcept { return position_ == end_; }
    [[nodiscard]] std::uint32_t remaining() const noexcept { return end_ - position_; }

    [[nodiscard]] Result<std::uint8_t> byte() noexcept;
    [[nodiscard]] Result<std::uint32_t> u32() noexcept;
    [[nodiscard]] Result<std::uint64_t> u64() noexcept;
    [[nodiscard]] Result<std::int32_t> s32() noexcept;
    [[nodiscard]] Result<std::int64_t> s33() noexcept;
    [[nodiscard]] Result<std::int64_t> s64() noexcept;
    [[nodiscard]] Result<std::uint32_t> f32_bits() noexcept;
    [[nodiscard]] Result<std::uint64_t> f64_bits() noexcept;
    [[nodiscard]] Status skip(std::uint32_t count) noexcept;
    /// An instruction or delimiter; Op::illegal is an error here.
    [[nodiscard]] Result<Op> op() noexcept;

  private:
    std::span<const std::uint8_t> bytes_;
    std::uint32_t position_;
    std::uint32_t end_;
};

} // namespace detent
