// Shelf: the memory of many lowered functions, in few pieces. An allocation for each would take as long as some
// functions take to lower.
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

} // namespace detent::fast
