// Counting: how often each cell of lowered code ran. It costs nothing where nobody counts: the cells of a code that is
// counted have another handler, which counts and goes on to the one that was there.
#pragma once

#include "engine/base/result.hpp"
#include "engine/exec/fast/cell.hpp"

namespace detent::fast {

class Counting {
  public:
    /// The handler of a cell that is counted.
    [[nodiscard]] static Handler handler() noexcept;

    /// Cells are added in ascending order of their addresses, and then sorted once.
    [[nodiscard]] bool add(const Word* cell) noexcept { return cells_.push_back({cell, *cell, 0}); }
    void sort() noexcept;

    /// Counts a cell that was added, and says what its own handler is.
    [[nodiscard]] Handler pass(const Word* cell) noexcept;

    struct Cell {
        const Word* at = nullptr;
        Word handler = 0;
        std::uint64_t count = 0;
    };
    [[nodiscard]] std::span<const Cell> cells() const noexcept { return cells_.span(); }

  private:
    Buffer<Cell> cells_;
};

} // namespace detent::fast
