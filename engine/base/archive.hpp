// Archives: numbers, digests and lists as canonical bytes, and back. What is saved is visited by one function, to which
// either of them is handed, so that its order and widths are said once. Source: STATE.md, STA-4.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

/// Begins saved bytes, with a version behind it.
using Magic = std::array<std::uint8_t, 8>;

/// Appends to a buffer until an allocation fails, and remembers that.
class ArchiveWriter {
  public:
    [[nodiscard]] Result<Buffer<std::uint8_t>> finish() noexcept {
        if (!good_) return kOutOfMemory;
        return std::move(out_);
    }

    void head(const Magic& magic, std::uint32_t version) noexcept {
        bytes(magic);
        number(version);
    }
    void bytes(std::span<const std::uint8_t> bytes) noexcept { good_ = good_ && out_.append(bytes); }
    void digest(const std::array<std::uint8_t, 32>& digest) noexcept { bytes(digest); }

    template <class T>
    void number(T value) noexcept {
        std::uint8_t le[sizeof(T)];
        write_little_endian(le, value);
        bytes(le);
    }

    template <class T>
    void numbers(const Buffer<T>& list) noexcept {
        count(list.size());
        if constexpr (sizeof(T) == 1) {
            bytes(list.span());
        } else {
            std::ranges::for_each(list, [this](T value) { number(value); });
        }
    }

    template <class T, class Each>
    void list(const Buffer<T>& list, std::size_t, Each each) noexcept {
        count(list.size());
        std::ranges::for_each(list, each);
    }

    /// Notes nothing: only what is read has an offset.
    void offset(std::uint64_t) noexcept {}

  private:
    void count(std::size_t count) noexcept { number(static_cast<std::uint32_t>(count)); }

    Buffer<std::uint8_t> out_;
    bool good_ = true;
};

/// Reads until something is wrong, and remembers what; from then on it reads nothing. No list is made longer than the
/// bytes behind its count can fill.
class ArchiveReader {
  public:
    explicit ArchiveReader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}

    /// What was wrong, if anything was.
    [[nodiscard]] const Status& status() const noexcept { return status_; }
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] std::span<const std::uint8_t> rest() const noexcept { return bytes_.subspan(position_); }

    void head(const Magic& magic, std::uint32_t version) noexcept {
        const std::span<const std::uint8_t> first = bytes_.first(std::min(bytes_.size(), magic.size()));
        if (!std::ranges::equal(first, magic)) {
            fail(ErrorCode::not_a_state);
            return;
        }
        position_ = first.size();
        std::uint32_t found = 0;
        number(found);
        if (good() && found != version) {
            position_ = first.size();
            fail(ErrorCode::unknown_state_version);
        }
    }

    void digest(std::array<std::uint8_t, 32>& digest) noexcept {
        if (has(digest.size())) std::ranges::copy(take(digest.size()), digest.begin());
    }

    template <class T>
    void number(T& value) noexcept {
        if (has(sizeof value)) value = read_little_endian<T>(take(sizeof value).data());
    }

    template <class T>
    void numbers(Buffer<T>& to) noexcept {
        const std::size_t size = count(sizeof(T));
        if (!good()) return;
        if (!to.resize(size)) {
            fail(kOutOfMemory);
            return;
        }
        if constexpr (sizeof(T) == 1) {
            std::ranges::copy(take(size), to.begin());
        } else {
            for (T& value : to)
                number(value);
        }
    }

    template <class T, class Each>
    void list(Buffer<T>& to, std::size_t least, Each each) noexcept {
        const std::size_t size = count(least);
        for (std::size_t i = 0; good() && i < size; ++i) {
            if (to.emplace_back()) {
                each(to.back());
            } else {
                fail(kOutOfMemory);
            }
        }
    }

    /// Notes where the next part begins.
    void offset(std::uint64_t& to) const noexcept { to = position_; }

    /// Nothing may stand behind what was read.
    void expect_end() noexcept {
        if (position_ != bytes_.size()) fail(ErrorCode::state_unexpected_content);
    }

  protected:
    [[nodiscard]] bool good() const noexcept { return status_.has_value(); }
    void fail(ErrorCode code) noexcept { fail(Error{code, position_}); }
    void fail(Error error) noexcept {
        if (good()) status_ = error;
    }

    [[nodiscard]] bool has(std::size_t bytes) noexcept {
        if (bytes > bytes_.size() - position_) fail(ErrorCode::state_unexpected_end);
        return good();
    }
    [[nodiscard]] std::span<const std::uint8_t> take(std::size_t bytes) noexcept {
        position_ += bytes;
        return bytes_.subspan(position_ - bytes, bytes);
    }

  private:
    [[nodiscard]] std::size_t count(std::size_t least) noexcept {
        std::uint32_t count = 0;
        number(count);
        if (good() && count > (bytes_.size() - position_) / least) {
            position_ -= sizeof count;
            fail(ErrorCode::state_unexpected_end);
        }
        return count;
    }

    std::span<const std::uint8_t> bytes_;
    std::size_t position_ = 0;
    Status status_ = ok();
};

/// An error at an offset; a Fault has none.
[[nodiscard]] inline Error at_offset(Error error, std::uint64_t offset) noexcept {
    if (kind_of(error.code) != ErrorKind::fault) error.offset = offset;
    return error;
}
[[nodiscard]] inline Status at_offset(const Status& status, std::uint64_t offset) noexcept {
    if (status.has_value()) return ok();
    return at_offset(status.assume_error(), offset);
}

/// state_not_canonical, at the first place where bytes differ from those of what was made of them.
[[nodiscard]] inline Status check_same(std::span<const std::uint8_t> bytes,
                                       std::span<const std::uint8_t> again) noexcept {
    const auto [differs, _] = std::ranges::mismatch(bytes, again);
    if (differs == bytes.end() && again.size() == bytes.size()) return ok();
    return Error{ErrorCode::state_not_canonical, static_cast<std::uint64_t>(differs - bytes.begin())};
}

} // namespace detent
