// Sequences: handlers that do the work of several cells in a row, for what often follows one another. The cells stay
// as they are: the first one gets the address of the sequence, the others keep their own for those who come in between.
// One that is a whole loop takes its turns by itself.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/exec/fast/element.hpp"

#include <span>

namespace detent::fast {

inline constexpr std::size_t kLongestSequence = 8;

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

/// Cells that something other than the cell before them goes to, by their offsets. Keeps its room.
class Landings {
  public:
    /// None, of so many words of cells. False if there is no memory.
    [[nodiscard]] bool begin(std::size_t words) noexcept {
        bits_.truncate(0);
        return bits_.resize(words / 64 + 1);
    }
    void add(std::uint32_t cell) noexcept { bits_[cell / 64] |= Word{1} << (cell % 64); }
    [[nodiscard]] bool has(std::uint32_t cell) const noexcept { return ((bits_[cell / 64] >> (cell % 64)) & 1) != 0; }

  private:
    Buffer<Word> bits_;
};

/// Gives the cells at landings, and those behind sequences, the handler of the longest sequence that begins there.
/// `starts` are the offsets of all cells. A landing that is missing costs time only.
void join_sequences(std::span<Word> cells, std::span<const std::uint32_t> starts, Landings& landings) noexcept;

} // namespace detent::fast
