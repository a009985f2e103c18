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
    [[nodiscard]] bool add(const Word* cell, Word handler) noexcept { return cells_.push_back({cell, handler, 0}); }
    void sort() noexcept;

    /// Counts a cell that was added, and says what its own handler is. `fuel` is the register's, with what is hidden.
    [[nodiscard]] Handler pass(const Word* cell, std::int64_t fuel) noexcept;

    /// Is told of each cell before it runs; for tests.
    using Observer = void (*)(void* to, const Word* cell, std::int64_t fuel);
    void observe(Observer observer, void* to) noexcept {
        observer_ = observer;
        observed_by_ = to;
    }

    struct Cell {
        const Word* at = nullptr;
        Word handler = 0;
        std::uint64_t count = 0;
    };
    [[nodiscard]] std::span<const Cell> cells() const noexcept { return cells_.span(); }

  private:
    Buffer<Cell> cells_;
    Observer observer_ = nullptr;
    void* observed_by_ = nullptr;
};

} // namespace detent::fast
