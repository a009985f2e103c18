// Handlers: what cells do. Each family is a template over the kinds of its operands; a plain numeric instruction needs
// no line here, since its body (exec/numeric.hpp) is the template's argument.
#pragma once

#include "engine/exec/fast/cell.hpp"
#include "engine/opcodes.hpp"

namespace detent::fast {

/// Where a handler finds an operand.
enum class Kind : std::uint8_t {
    slot,        ///< in the frame
    accumulator, ///< in the register, and in its slot too
    constant,    ///< in the cell: 32 bits, extended by sign for an i64
};

inline constexpr std::size_t kKinds = 3;

/// Handlers of the instructions that are in the tables; null for the others, and for kinds that have none: two
/// constants, constants of floats and as the first operand of a branch.
[[nodiscard]] Handler unary_handler(Op op, Kind operand) noexcept;
[[nodiscard]] Handler binary_handler(Op op, Kind first, Kind second) noexcept;
[[nodiscard]] Handler load_handler(Op op, Kind address) noexcept;
[[nodiscard]] Handler store_handler(Op op, Kind address, Kind value) noexcept;

/// Whether the cell of a numeric instruction may be left: the instruction may trap.
[[nodiscard]] bool can_leave(Op op) noexcept;

/// Where a branch goes, and when.
struct BranchKind {
    /// To a loop: a check.
    bool is_back = false;
    /// Whether it is taken if the condition holds, or if it does not.
    bool sense = true;
};

[[nodiscard]] Handler branch_if_handler(Kind condition, BranchKind kind) noexcept;
[[nodiscard]] Handler branch_compare_handler(Op op, Kind first, Kind second, BranchKind kind) noexcept;

/// Words of a cell, its handler included.
struct Size {
    static constexpr std::uint32_t kUnary = 2;
    static constexpr std::uint32_t kBinary = 2;
    static constexpr std::uint32_t kAccess = 3;
    static constexpr std::uint32_t kBranchIf = 4;
    static constexpr std::uint32_t kJump = 3;
    static constexpr std::uint32_t kMove = 2;
    static constexpr std::uint32_t kConstant = 3;
    static constexpr std::uint32_t kGlobal = 2;
    static constexpr std::uint32_t kCheck = 2;
    static constexpr std::uint32_t kCall = 4;
    static constexpr std::uint32_t kCallIndirect = 5;
    static constexpr std::uint32_t kReturn = 3;
    static constexpr std::uint32_t kStep = 4;
    /// Before the targets, of which each takes two.
    static constexpr std::uint32_t kTable = 2;
    static constexpr std::uint32_t kTarget = 2;
};

/// Where fields stand. The slots of a cell are in its word 1, from the least significant bits on.
struct At {
    static constexpr std::uint32_t kSlots = 1;
    /// Of an access: its offset plus its size.
    static constexpr std::uint32_t kAccessEnd = 2;
    static constexpr std::uint32_t kBranchTarget = 2;
    static constexpr std::uint32_t kBranchDelta = 3;
    static constexpr std::uint32_t kJumpTarget = 1;
    static constexpr std::uint32_t kJumpDelta = 2;
};

/// The delta of a target of a br_table, and whether it is a check.
inline constexpr Word kTargetIsCheck = Word{1} << 32;

/// The others.
struct Handlers {
    Handler move;          ///< slot 0 from slot 1
    Handler constant;      ///< slot 0; word 2: the value
    Handler move_words;    ///< slot 0 from slot 1, number() of them
    Handler select;        ///< slot 0: result and first; slot 1: second; slot 2: condition
    Handler global_get;    ///< slot 0; number(): the global
    Handler global_set;    ///< slot 0; number(): the global
    Handler jump;          ///< word 1: target; word 2: delta
    Handler jump_back;     ///< the same, a check
    Handler table;         ///< slot 0: index; number(): the last target; words of two: target; delta, kTargetIsCheck
    Handler pass;          ///< nothing
    Handler check;         ///< word 1: what is owed
    Handler call;          ///< slot 0: first argument; number(): price; word 2: Callee; word 3: position, branch
    Handler call_indirect; ///< slot 0: index; number(): price; word 2: type; word 3: position, branch; word 4: table
    Handler return_none;   ///< word 1: price; word 2: frame words
    Handler return_one;    ///< slot 0; number(): price; word 2: frame words
    Handler return_words;  ///< slot 0: first; number(): price; word 2: frame words, how many
    Handler step;          ///< word 1: position, branch; word 2: height, next position; word 3: owed
};

extern const Handlers kHandlers;

/// Lets the stepper execute the instruction of a step cell (visit.cpp).
[[nodiscard]] Go step_out(Registers& r) noexcept;

} // namespace detent::fast
