// Reader: the primitives of the binary format over a range of a module's bytes. Source: spec, Binary Format, Values.
#pragma once

#include "engine/base/result.hpp"
#include "engine/opcodes.hpp"
#include "engine/refused.hpp"

#include <cstdint>
#include <span>

namespace detent {

/// Reads from `position` towards `end`; every failure carries the offset of the byte that is wrong, from the beginning
/// of the module. Never reads outside the range. Does not own the bytes.
class Reader {
  public:
    Reader(std::span<const std::uint8_t> module, std::uint32_t begin, std::uint32_t end) noexcept
        : bytes_(module), position_(begin), end_(end) {}

    [[nodiscard]] std::uint32_t position() const noexcept { return position_; }
    [[nodiscard]] std::uint32_t end() const noexcept { return end_; }
    [[nodiscard]] bool at_end() const noexcept { return position_ == end_; }
    [[nodiscard]] std::uint32_t remaining() const noexcept { return end_ - position_; }

    [[nodiscard]] Result<std::uint8_t> byte() noexcept {
        if (at_end()) return Error{ErrorCode::unexpected_end, position_};
        return bytes_[position_++];
    }

    [[nodiscard]] Result<std::uint32_t> u32() noexcept {
        if (next_is_short()) return bytes_[position_++];
        if (remaining() >= 2 && bytes_[position_ + 1] < 0x80) {
            position_ += 2;
            return (bytes_[position_ - 2] & 0x7FU) | (std::uint32_t{bytes_[position_ - 1]} << 7);
        }
        DETENT_TRY(const std::uint64_t value, leb128<32, false>());
        return static_cast<std::uint32_t>(value);
    }

    [[nodiscard]] Result<std::uint64_t> u64() noexcept {
        if (next_is_short()) return bytes_[position_++];
        return leb128<64, false>();
    }

    [[nodiscard]] Result<std::int32_t> s32() noexcept {
        DETENT_TRY(const std::uint64_t value, leb128<32, true>());
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    }

    [[nodiscard]] Result<std::int64_t> s33() noexcept {
        DETENT_TRY(const std::uint64_t value, leb128<33, true>());
        return static_cast<std::int64_t>(value);
    }

    [[nodiscard]] Result<std::int64_t> s64() noexcept {
        DETENT_TRY(const std::uint64_t value, leb128<64, true>());
        return static_cast<std::int64_t>(value);
    }

    // What comes next in most cases, passed over without its value. False where it is something else, or wrong; the
    // position means nothing then.

    /// A byte below a bound, which `last` gives.
    [[nodiscard]] bool pass_below(std::uint8_t bound) noexcept { return !at_end() && bytes_[position_++] < bound; }
    [[nodiscard]] std::uint8_t last() const noexcept { return bytes_[position_ - 1]; }

    /// A number of up to four bytes, which every width has room for, or of five, as linkers pad a small one.
    [[nodiscard]] bool pass_short_number() noexcept {
        return pass_below(0x80) || pass_below(0x80) || pass_below(0x80) || pass_below(0x80) || pass_below(1);
    }

    /// The same with its value, of 28 bits.
    [[nodiscard]] bool pass_short_number(std::uint32_t& value) noexcept {
        value = 0;
        for (unsigned bits = 0; bits < 28; bits += 7) {
            if (at_end()) return false;
            const std::uint8_t byte = bytes_[position_++];
            value |= (byte & 0x7FU) << bits;
            if (byte < 0x80) return true;
        }
        return pass_below(1);
    }

    /// A memory argument of an alignment of at most `most`, and no index of a memory.
    [[nodiscard]] bool pass_memarg(std::uint8_t most) noexcept {
        return !at_end() && bytes_[position_++] <= most && pass_short_number();
    }

    [[nodiscard]] bool pass(std::uint32_t count) noexcept {
        if (count > remaining()) return false;
        position_ += count;
        return true;
    }

    /// There MUST be one.
    [[nodiscard]] std::uint8_t peek() const noexcept { return bytes_[position_]; }
    void pass_byte() noexcept { ++position_; }

    [[nodiscard]] Result<std::uint32_t> f32_bits() noexcept {
        DETENT_TRY(const std::uint64_t value, little_endian(4));
        return static_cast<std::uint32_t>(value);
    }

    [[nodiscard]] Result<std::uint64_t> f64_bits() noexcept { return little_endian(8); }

    /// Passes over bytes; where there are fewer, the error is at the end of the range.
    [[nodiscard]] Status skip(std::uint32_t count) noexcept {
        if (count > remaining()) return Error{ErrorCode::unexpected_end, end_};
        position_ += count;
        return ok();
    }

    /// An instruction or delimiter; Op::illegal is an error here, at the opcode's first byte.
    [[nodiscard]] Result<Op> op() noexcept {
        DETENT_TRY(const std::uint8_t first, byte());
        const Op found = op_from(first);
        return found != Op::illegal ? Result<Op>(found) : op_behind(first);
    }

  private:
    /// What a first byte begins that is no opcode by itself.
    [[nodiscard]] Result<Op> op_behind(std::uint8_t first) noexcept {
        const std::uint32_t begin = position_ - 1;
        const std::uint8_t prefix = is_prefix(first) ? first : std::uint8_t{0};
        std::uint32_t code = first;
        if (prefix != 0) {
            DETENT_TRY(code, u32());
        }
        const Op found = op_from(prefix, code);
        if (found == Op::illegal) return Error{illegal_because(prefix, code), begin};
        return found;
    }

    [[nodiscard]] bool next_is_short() const noexcept { return !at_end() && bytes_[position_] < 0x80; }

    /// spec: binary-int. At most ceil(Bits / 7) bytes, and the unused bits of the last one are zero, or copies of the
    /// sign.
    template <unsigned Bits, bool Signed>
    [[nodiscard]] Result<std::uint64_t> leb128() noexcept {
        constexpr unsigned kLast = (Bits + 6) / 7 - 1;
        std::uint64_t value = 0;
        for (unsigned i = 0; i <= kLast; ++i) {
            DETENT_TRY(const std::uint8_t next, byte());
            value |= std::uint64_t{next & 0x7FU} << (7 * i);
            if (i == kLast && next >= 0x80) return Error{ErrorCode::integer_too_long, position_ - 1};
            if (i == kLast && !fits<Bits - 7 * kLast, Signed>(next)) {
                return Error{ErrorCode::integer_too_large, position_ - 1};
            }
            if (next < 0x80) return Signed ? sign_extended(value, 7 * (i + 1)) : value;
        }
        return value;
    }

    /// Whether a last byte of which `Used` bits count holds nothing else.
    template <unsigned Used, bool Signed>
    [[nodiscard]] static constexpr bool fits(std::uint8_t last) noexcept {
        constexpr unsigned kUnused = 0x7FU & (0x7FU << (Signed ? Used - 1 : Used));
        const unsigned unused = last & kUnused;
        return unused == 0 || (Signed && unused == kUnused);
    }

    [[nodiscard]] static constexpr std::uint64_t sign_extended(std::uint64_t value, unsigned bits) noexcept {
        if (bits >= 64 || ((value >> (bits - 1)) & 1) == 0) return value;
        return value | (~std::uint64_t{0} << bits);
    }

    [[nodiscard]] Result<std::uint64_t> little_endian(unsigned size) noexcept {
        const std::uint32_t begin = position_;
        DETENT_CHECK(skip(size));
        std::uint64_t value = 0;
        for (unsigned i = 0; i < size; ++i)
            value |= std::uint64_t{bytes_[begin + i]} << (8 * i);
        return value;
    }

    std::span<const std::uint8_t> bytes_;
    std::uint32_t position_;
    std::uint32_t end_;
};

} // namespace detent
