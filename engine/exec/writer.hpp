// Writer: what a visit of a state (format.hpp) makes of it, as bytes. Internal to saving and committing.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/exec/format.hpp"

#include <algorithm>

namespace detent::format {

/// Appends to a buffer until an allocation fails, and remembers that.
class Writer {
  public:
    [[nodiscard]] Result<Buffer<std::uint8_t>> finish() noexcept {
        if (!good_) return kOutOfMemory;
        return std::move(out_);
    }

    void begin(Part) noexcept {}
    void bytes(std::span<const std::uint8_t> bytes) noexcept { good_ = good_ && out_.append(bytes); }
    void digest(const Digest& digest) noexcept { bytes(digest); }

    template <class T>
    void number(T value) noexcept {
        std::uint8_t le[sizeof(T)];
        write_little_endian(le, value);
        bytes(le);
    }

    template <class T>
    void numbers(const Buffer<T>& list) noexcept {
        this->list(list, sizeof(T), [this](T value) { number(value); });
    }

    template <class T, class Each>
    void list(const Buffer<T>& list, std::size_t, Each each) noexcept {
        number(static_cast<std::uint32_t>(list.size()));
        std::ranges::for_each(list, each);
    }

    void pieces(const MemoryState& memory) noexcept {
        std::span<const std::uint8_t> rest = memory.bytes.span();
        list(memory.pieces, 0, [&](std::uint32_t piece) {
            number(piece);
            const auto size = static_cast<std::size_t>(memory.bytes_of(piece));
            bytes(rest.first(size));
            rest = rest.subspan(size);
        });
    }

  private:
    Buffer<std::uint8_t> out_;
    bool good_ = true;
};

} // namespace detent::format
