// Sequences: handlers that do the work of several cells in a row, for what often follows one another. The cells stay
// as they are: the first one gets the address of the sequence, the others keep their own for those who come in between.
#pragma once

#include "engine/exec/fast/element.hpp"

#include <span>

namespace detent::fast {

inline constexpr std::size_t kLongestSequence = 4;

/// The handlers of the cells that it stands for, and its own.
struct SequenceRow {
    std::array<Element, kLongestSequence> elements{};
    std::size_t length = 0;
    Handler handler = nullptr;
};

/// The table is in parts (engine/meson.build counts them too), each of which is compiled on its own
/// (sequences_part.cpp).
inline constexpr std::size_t kSequenceParts = 8;
template <std::size_t part>
[[nodiscard]] std::span<const SequenceRow> sequence_rows() noexcept;

/// Gives each cell, of which `starts` are the offsets, the handler of the longest sequence that begins there.
void join_sequences(std::span<Word> cells, std::span<const std::uint32_t> starts) noexcept;

} // namespace detent::fast
