// Shelf: the memory of many lowered functions, in few pieces, and the words of one while they are written there.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/exec/fast/cell.hpp"

#include <algorithm>

namespace detent::fast {

/// Hands out words that stay where they are as long as it does.
class Shelf {
  public:
    /// For about so many words in all: what is more goes into smaller pieces.
    explicit Shelf(std::size_t expected) noexcept : piece_(expected) {}

    /// Null if there is no memory.
    [[nodiscard]] Word* take(std::size_t words) noexcept {
        if (words > left_ && !add_piece(words)) return nullptr;
        Word* const taken = next_;
        next_ += words;
        left_ -= words;
        return taken;
    }

    /// Where the next words will be, if they are no more than these.
    [[nodiscard]] std::span<Word> room() const noexcept { return {next_, left_}; }

    /// Of the same owner.
    Shelf* next = nullptr;

  private:
    static constexpr std::size_t kLeastPiece = 256;

    [[nodiscard]] bool add_piece(std::size_t least) noexcept {
        const std::size_t words = std::max({least, piece_, kLeastPiece});
        Buffer<Word> piece;
        if (!piece.reserve(words) || !pieces_.push_back(std::move(piece))) return false;
        if (pieces_.size() == 1) piece_ /= 8;
        next_ = pieces_.back().data();
        left_ = words;
        return true;
    }

    /// Words of the next piece.
    std::size_t piece_;
    Buffer<Buffer<Word>> pieces_;
    /// What is free of the last piece.
    Word* next_ = nullptr;
    std::size_t left_ = 0;
};

/// Words that grow where they are to stay, and in memory of their own once that is too small.
class ShelfWords {
  public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return room_.size(); }
    [[nodiscard]] Word* data() noexcept { return room_.data(); }
    [[nodiscard]] Word& operator[](std::size_t index) noexcept { return room_[index]; }
    void set_size(std::size_t size) noexcept { size_ = size; }

    /// False if there is no memory.
    [[nodiscard]] bool reserve(std::size_t capacity) noexcept {
        if (capacity <= room_.size()) return true;
        if (!own_.reserve(capacity)) return false;
        if (!is_own_) std::copy_n(room_.data(), size_, own_.data());
        is_own_ = true;
        room_ = {own_.data(), own_.capacity()};
        return true;
    }

    /// None, in this room; in the own memory where there is none.
    void begin(std::span<Word> room) noexcept {
        is_own_ = room.empty();
        room_ = is_own_ ? std::span<Word>{own_.data(), own_.capacity()} : room;
        size_ = 0;
    }

  private:
    std::span<Word> room_;
    std::size_t size_ = 0;
    bool is_own_ = true;
    Buffer<Word> own_;
};

} // namespace detent::fast
