// Lowering: from a valid body to cells, with what is needed to find the canonical state at a cell, and the cell at a
// canonical state. A function of (body, schedule, build) alone, so that lowering again makes the same cells.
#pragma once

#include "engine/code/code.hpp"
#include "engine/exec/fast/cell.hpp"
#include "engine/exec/fast/shelf.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace detent::fast {

/// A position at which the stepper may hand over: every operand is in its slot. Behind a call, the accumulators have
/// the uppermost one too.
struct Entry {
    /// Offset of the instruction, in the module.
    std::uint32_t position = 0;
    /// Offset of the cell, in words.
    std::uint32_t cell = 0;
    std::int32_t owed = 0;
};

/// An operand that lowered code has not put into its slot: a word that lies elsewhere, or a constant.
struct Pending {
    enum class From : std::uint8_t { local, constant, accumulator, f64_accumulator, f32_accumulator };

    std::uint32_t slot = 0;
    From from = From::local;
    /// The slot of the local, or the constant.
    Word value = 0;
};

/// The canonical state before a cell, as far as it is static: what the stepper goes on from.
struct Point {
    std::uint32_t cell = 0;
    std::uint32_t position = 0;
    /// Entries of the side table before the position.
    std::uint32_t branch = 0;
    /// Operand words.
    std::uint32_t height = 0;
    std::int32_t owed = 0;
    std::uint32_t first_pending = 0;
    std::uint32_t pending_count = 0;
};

/// The points of all entries and of all cells that can be left, in the order of the cells. Where there are two of a
/// cell, the first is that of the entry, and the second that of the cell's instruction, which may come later: what lies
/// between has no cell.
struct Recording {
    Buffer<Point> points;
    Buffer<Pending> pending;
};

/// Cells of one function, which point into each other and do not move. They and the entries lie right behind it, on a
/// shelf or in memory of its own.
struct Lowered {
    std::span<Word> cells;
    /// In the order of positions.
    std::span<const Entry> entries;
    bool is_on_shelf = false;
};

struct LoweredDeleter {
    void operator()(const Lowered* lowered) const noexcept;
};
using OwnedLowered = std::unique_ptr<Lowered, LoweredDeleter>;

/// What lowering needs while it lasts, for one function after the other.
struct Scratch;
struct ScratchDeleter {
    void operator()(Scratch* scratch) const noexcept;
};
/// What is lowered with it lies on the shelf, which MUST stay as long as that does. Null if there is no memory.
[[nodiscard]] std::unique_ptr<Scratch, ScratchDeleter> make_scratch(Shelf& shelf) noexcept;

/// What is lowered otherwise than for running as fast as may be.
struct LoweringMode {
    /// Stores mark what they write to, for commitments.
    bool marks_writes = false;
    /// Each instruction is an entry and has a check before it (Tier::single).
    bool is_single = false;

    friend bool operator==(const LoweringMode&, const LoweringMode&) noexcept = default;
};

/// What lowering a function asks for.
struct LoweringRequest {
    const Code& code;
    FuncIdx function{};
    const Schedule& schedule;
    /// Of the functions that the module defines.
    Callee* callees = nullptr;
    /// Null where nothing follows that could use it again.
    Scratch* scratch = nullptr;
    LoweringMode mode;
    /// Where cells begin, in words, for who asks for it: then none are joined.
    Buffer<std::uint32_t>* cell_starts = nullptr;
};

/// Null where a function is not lowered: its frame has more slots than cells can name.
[[nodiscard]] Result<OwnedLowered> lower(const LoweringRequest& request) noexcept;
[[nodiscard]] Result<std::unique_ptr<Recording>> record(const LoweringRequest& request) noexcept;

} // namespace detent::fast
