// Input: the Reader for the printer, which throws instead of returning an error; and Text, what the printer has
// written.
#pragma once

#include "engine/binary/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace detent::text::printer {

/// Why a module cannot be printed. It does not leave this room: the doors return its error.
class Refusal : public std::exception {
  public:
    explicit Refusal(Error error) noexcept : error_(error) {}
    [[nodiscard]] const Error& error() const noexcept { return error_; }
    [[nodiscard]] const char* what() const noexcept override { return "the module cannot be printed"; }

  private:
    Error error_;
};

[[noreturn]] inline void refuse(ErrorCode code, std::uint64_t offset) { throw Refusal({code, offset}); }

/// A range of a module's bytes. Every failure carries the offset of the byte that is wrong.
class Input {
  public:
    Input(std::span<const std::uint8_t> module, std::uint32_t begin, std::uint32_t end) noexcept
        : bytes_(module), in_(module, begin, end) {}

    [[nodiscard]] std::uint32_t position() const noexcept { return in_.position(); }
    [[nodiscard]] std::uint32_t end() const noexcept { return in_.end(); }
    [[nodiscard]] bool at_end() const noexcept { return in_.at_end(); }
    [[nodiscard]] std::uint32_t remaining() const noexcept { return in_.remaining(); }

    std::uint8_t byte() { return must(in_.byte()); }
    std::uint32_t u32() { return must(in_.u32()); }
    std::uint64_t u64() { return must(in_.u64()); }
    std::int32_t s32() { return must(in_.s32()); }
    std::int64_t s33() { return must(in_.s33()); }
    std::int64_t s64() { return must(in_.s64()); }
    std::uint32_t f32_bits() { return must(in_.f32_bits()); }
    std::uint64_t f64_bits() { return must(in_.f64_bits()); }
    Op op() { return must(in_.op()); }

    /// The next byte, which stays where it is.
    [[nodiscard]] std::uint8_t peek() const { return must(Reader(in_).byte()); }

    /// A byte below `bound`, or the error at it.
    std::uint8_t byte_below(std::uint8_t bound, ErrorCode otherwise) {
        const std::uint32_t begin = position();
        const std::uint8_t read = byte();
        if (read >= bound) refuse(otherwise, begin);
        return read;
    }

    /// The length of a vector. Each entry takes a byte at least, so that a greater number than the bytes that remain is
    /// an error before anything is made for it.
    std::uint32_t count() {
        const std::uint32_t begin = position();
        const std::uint32_t entries = u32();
        if (entries > remaining()) refuse(ErrorCode::length_out_of_bounds, begin);
        return entries;
    }

    /// As many bytes as their length in front of them says, as a range of its own.
    Input sized() {
        const std::uint32_t size = count();
        const std::uint32_t begin = position();
        must(in_.skip(size));
        return {bytes_, begin, begin + size};
    }

    /// Everything that remains.
    std::span<const std::uint8_t> rest() {
        const std::span<const std::uint8_t> all = bytes_.subspan(position(), remaining());
        must(in_.skip(remaining()));
        return all;
    }

    /// A name, which MUST be UTF-8.
    std::string_view name();

    [[nodiscard]] std::span<const std::uint8_t> module() const noexcept { return bytes_; }

  private:
    template <class T>
    static T must(const Result<T>& result) {
        if (result.has_error()) throw Refusal(result.assume_error());
        if constexpr (!std::is_void_v<T>) return result.assume_value();
    }

    std::span<const std::uint8_t> bytes_;
    Reader in_;
};

/// The text so far. What it may hold is bounded by the module's size: a name that is used again and again, or a few
/// bytes that declare four thousand million locals, would otherwise make a text of any length.
class Text {
  public:
    explicit Text(std::size_t module_bytes) noexcept : most_(kAlways + kForEachByte * std::uint64_t{module_bytes}) {}

    Text& operator<<(std::string_view more) {
        if (more.size() > most_ - text_.size()) refuse(ErrorCode::text_too_long, 0);
        text_ += more;
        return *this;
    }

    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    [[nodiscard]] std::string take() noexcept { return std::move(text_); }
    void clear() noexcept { text_.clear(); }

  private:
    static constexpr std::uint64_t kAlways = 1 << 20;
    static constexpr std::uint64_t kForEachByte = 256;

    std::uint64_t most_;
    std::string text_;
};

} // namespace detent::text::printer
