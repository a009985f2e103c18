// PieceTree: the hash of a row of bytes that is known piece by piece, so that little is hashed where few pieces
// changed. Source: STATE.md, COM-5.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/exec/saved.hpp"
#include "engine/runtime/memory.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

/// The roots of trees over zeros, by height.
class ZeroRoots {
  public:
    static constexpr auto kPieceBytes = static_cast<std::size_t>(Memory::kPieceBytes);
    static constexpr std::size_t kHeights = 33;

    explicit ZeroRoots(Sha256 sha256) noexcept;
    [[nodiscard]] const Digest& operator[](std::size_t height) const noexcept { return roots_[height]; }

  private:
    std::array<Digest, kHeights> roots_{};
};

/// A binary tree over pieces, with zeros behind the last one: a leaf is the SHA-256 of a piece, each other node that of
/// the two below it.
class PieceTree {
  public:
    /// Of the piece; pieces MUST be set in ascending order between two calls of `root`. False if there is no memory.
    [[nodiscard]] bool set(std::uint32_t piece, const Digest& leaf, const ZeroRoots& zeros) noexcept;

    /// Of so many pieces, which MUST be no fewer than were set. Hashes what lies above those that were set since the
    /// last time. Nothing if there is no memory.
    [[nodiscard]] Result<Digest> root(std::uint64_t pieces, const ZeroRoots& zeros, Sha256 sha256) noexcept;

  private:
    [[nodiscard]] bool grow(std::size_t level, std::size_t nodes, const ZeroRoots& zeros) noexcept;
    /// Those above `changed_`, or all where the level is new.
    [[nodiscard]] bool find_changed(std::size_t level) noexcept;

    /// From the leaves up. What lies behind the last node of a level is zeros.
    Buffer<Buffer<Digest>> levels_;
    /// The leaves that were set since the last root; while that is made, the nodes of a level that have changed.
    Buffer<std::uint32_t> changed_;
};

} // namespace detent
