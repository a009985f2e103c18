#include "engine/exec/piece_tree.hpp"

#include <algorithm>
#include <bit>

namespace detent {
namespace {

Digest hash_two(const Digest& left, const Digest& right, Sha256 sha256) noexcept {
    std::array<std::uint8_t, 2 * sizeof(Digest)> both{};
    std::ranges::copy(left, both.begin());
    std::ranges::copy(right, both.begin() + sizeof(Digest));
    return sha256(both);
}

/// The least height at which one node is above so many leaves.
std::size_t height_over(std::uint64_t leaves) noexcept {
    return leaves <= 1 ? 0 : static_cast<std::size_t>(std::bit_width(leaves - 1));
}

} // namespace

ZeroRoots::ZeroRoots(Sha256 sha256) noexcept {
    constexpr std::array<std::uint8_t, kPieceBytes> kZeros{};
    roots_[0] = sha256(kZeros);
    for (std::size_t height = 1; height < kHeights; ++height)
        roots_[height] = hash_two(roots_[height - 1], roots_[height - 1], sha256);
}

bool PieceTree::grow(std::size_t level, std::size_t nodes, const ZeroRoots& zeros) noexcept {
    if (level == levels_.size() && !levels_.emplace_back()) return false;
    Buffer<Digest>& row = levels_[level];
    const std::size_t before = row.size();
    if (nodes <= before) return true;
    if (!row.resize(nodes)) return false;
    std::fill(row.begin() + before, row.end(), zeros[level]);
    return true;
}

bool PieceTree::set(std::uint32_t piece, const Digest& leaf, const ZeroRoots& zeros) noexcept {
    if (!grow(0, std::size_t{piece} + 1, zeros) || !changed_.push_back(piece)) return false;
    levels_[0][piece] = leaf;
    return true;
}

bool PieceTree::find_changed(std::size_t level) noexcept {
    const bool is_new = level == levels_.size();
    std::size_t count = 0;
    if (is_new) {
        count = (levels_[level - 1].size() + 1) / 2;
        if (!changed_.resize(count)) return false;
        for (std::uint32_t i = 0; i < count; ++i)
            changed_[i] = i;
        return true;
    }
    for (const std::uint32_t below : changed_) {
        if (count == 0 || changed_[count - 1] != below / 2) changed_[count++] = below / 2;
    }
    changed_.truncate(count);
    return true;
}

Result<Digest> PieceTree::root(std::uint64_t pieces, const ZeroRoots& zeros, Sha256 sha256) noexcept {
    const std::size_t height = height_over(pieces);
    if (levels_.empty()) return zeros[height];
    for (std::size_t level = 1; level <= height; ++level) {
        const bool is_grown = find_changed(level) && grow(level, (levels_[level - 1].size() + 1) / 2, zeros);
        if (!is_grown) return kOutOfMemory;
        const Buffer<Digest>& below = levels_[level - 1];
        for (const std::uint32_t i : changed_) {
            const std::size_t left = std::size_t{2} * i;
            const Digest& right = left + 1 < below.size() ? below[left + 1] : zeros[level - 1];
            levels_[level][i] = hash_two(below[left], right, sha256);
        }
    }
    changed_.truncate(0);
    return levels_[height][0];
}

} // namespace detent
