// Memory, Table, GlobalCell: what a store holds of them. Source: spec, Execution, Runtime Structure.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/runtime/value.hpp"
#include "engine/runtime/zeroed.hpp"
#include "engine/syntax/type_space.hpp"
#include "engine/syntax/types.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

/// A linear memory: its bytes are zero until written, on growth too. Moves, does not copy.
class Memory {
  public:
    Memory() noexcept = default;
    Memory(Memory&& other) noexcept;
    Memory& operator=(Memory&& other) noexcept;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory() { give_back_zeroed(bytes_, capacity_, touched_); }

    /// Makes a memory of `type.limits.minimum` pages, whose bytes the caller has tested. False if the host has no room:
    /// a Fault, never -1.
    [[nodiscard]] bool create(const MemType& type) noexcept;

    /// Grows to `pages` in all, which the caller has tested. False as in `create`, with nothing changed.
    [[nodiscard]] bool grow_to(std::uint64_t pages) noexcept;

    /// For writing anywhere; whoever only reads takes them from a constant memory.
    [[nodiscard]] std::span<std::uint8_t> bytes() noexcept {
        touched_ = size_;
        if (is_tracked_) mark(0, size_);
        return {bytes_, size_};
    }
    [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return {bytes_, size_}; }
    /// For reading `length` bytes from `offset` on, which MUST lie within.
    [[nodiscard]] const std::uint8_t* at(std::uint64_t offset, std::uint64_t length) noexcept {
        if (offset + length > touched_) touch(offset + length);
        return bytes_ + offset;
    }
    /// For writing them.
    [[nodiscard]] std::uint8_t* for_writing(std::uint64_t offset, std::uint64_t length) noexcept {
        if (offset + length > touched_) touch(offset + length);
        if (is_tracked_) mark(offset, length);
        return bytes_ + offset;
    }
    /// What somebody was given for writing lies in here, so that all behind it is zero, and need not be made so again.
    [[nodiscard]] std::span<std::uint8_t> touched() noexcept { return {bytes_, touched_}; }
    [[nodiscard]] std::span<const std::uint8_t> touched() const noexcept { return {bytes_, touched_}; }
    /// Extends that up to `end`, which MUST lie within, and some more.
    void touch(std::uint64_t end) noexcept;
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint64_t pages() const noexcept { return std::uint64_t{size_} >> type_.page_log; }
    /// As declared.
    [[nodiscard]] const MemType& type() const noexcept { return type_; }
    /// The limits as declared, the minimum being the present size (spec: an external type of a memory).
    [[nodiscard]] Limits limits() const noexcept { return {pages(), type_.limits.maximum, type_.limits.has_maximum}; }
    /// The declared maximum, or that of the format.
    [[nodiscard]] std::uint64_t maximum_pages() const noexcept {
        return type_.limits.has_maximum ? type_.limits.maximum : type_.most_pages();
    }

    // Tracking, for commitments (commitment.hpp).

    /// Pieces are what saved states and commitments speak of, whatever the size of the pages.
    static constexpr unsigned kPieceLog = 12;
    static constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << kPieceLog;

    /// Marks from now on each piece that is written to. False if there is no memory.
    [[nodiscard]] bool track() noexcept;
    /// One byte a piece, not zero once it was written to since its mark was taken away; none where nobody tracks.
    [[nodiscard]] std::span<std::uint8_t> marks() noexcept { return marks_.span(); }
    /// Whether this is the first time that it is asked for, of this memory.
    [[nodiscard]] bool is_seen_first() noexcept { return !std::exchange(is_seen_, true); }

    /// Whether [offset, offset + length) lies within, with sums that do not wrap.
    [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t length) const noexcept {
        return length <= size_ && offset <= size_ - length;
    }

  private:
    [[nodiscard]] bool reserve(std::size_t size) noexcept;
    void mark(std::uint64_t offset, std::uint64_t length) noexcept;
    [[nodiscard]] static std::size_t pieces_of(std::uint64_t size) noexcept {
        return static_cast<std::size_t>((size + kPieceBytes - 1) >> kPieceLog);
    }

    std::uint8_t* bytes_ = nullptr;
    std::size_t size_ = 0;
    /// Bytes allocated; those from `size_` on are zero.
    std::size_t capacity_ = 0;
    /// At most `size_`.
    std::size_t touched_ = 0;
    MemType type_;
    Buffer<std::uint8_t> marks_;
    bool is_tracked_ = false;
    bool is_seen_ = false;
};

/// A table of references.
struct Table {
    TableType type;
    /// Where the type's indices lead. Lives as long as the table.
    const TypeSpace* types = nullptr;
    Buffer<std::uint64_t> words;

    [[nodiscard]] Limits limits() const noexcept {
        return {words.size(), type.limits.maximum, type.limits.has_maximum};
    }
    [[nodiscard]] std::uint64_t maximum() const noexcept {
        return type.limits.has_maximum ? type.limits.maximum : type.most_elements();
    }
    [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t length) const noexcept {
        return length <= words.size() && offset <= words.size() - length;
    }
};

/// A global variable; two words, so that a v128 fits.
struct GlobalCell {
    GlobalType type;
    /// As of a table.
    const TypeSpace* types = nullptr;
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

} // namespace detent
