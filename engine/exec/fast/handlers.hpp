// Handlers: what cells do, and where lowering finds them. Each family is a template over the kinds of its operands and
// the place of its result; a plain numeric instruction needs no line here, since its body is the template's argument.
#pragma once

#include "engine/exec/fast/cell.hpp"
#include "engine/opcodes.hpp"

namespace detent::fast {

/// Which registers a value can be in: words (i32, i64 and references), or floats of one width.
enum class Domain : std::uint8_t { word, f64, f32 };
inline constexpr std::size_t kDomains = 3;

/// Where a handler finds an operand.
enum class Kind : std::uint8_t {
    slot,        ///< in the frame
    accumulator, ///< in the accumulator of its domain
    constant,    ///< in the cell: 32 bits, or a word of its own
    pin0,
    pin1,
    pin2,
    pin3,
};
inline constexpr std::size_t kKinds = 7;

/// Where a handler leaves its result.
enum class Place : std::uint8_t {
    slot,        ///< in the frame, and in the accumulator
    accumulator, ///< there alone
    pin0,        ///< in the frame and the register, not in the accumulator
    pin1,
    pin2,
    pin3,
};
inline constexpr std::size_t kPlaces = 6;

#ifdef DETENT_FEW_HANDLERS
inline constexpr bool kHasPins = false;
#else
inline constexpr bool kHasPins = true;
#endif

/// How many locals of a domain can have registers.
[[nodiscard]] constexpr std::size_t pins_of(Domain domain) noexcept {
    if (!kHasPins) return 0;
    return domain == Domain::word ? kWordPins : domain == Domain::f64 ? 4 : 2;
}

[[nodiscard]] constexpr bool is_pin(Kind kind) noexcept { return kind >= Kind::pin0; }
[[nodiscard]] constexpr Kind pin_kind(std::size_t pin) noexcept {
    return static_cast<Kind>(static_cast<std::size_t>(Kind::pin0) + pin);
}
[[nodiscard]] constexpr Place pin_place(std::size_t pin) noexcept {
    return static_cast<Place>(static_cast<std::size_t>(Place::pin0) + pin);
}
[[nodiscard]] constexpr std::size_t at(Kind kind) noexcept { return static_cast<std::size_t>(kind); }
[[nodiscard]] constexpr std::size_t at(Place place) noexcept { return static_cast<std::size_t>(place); }

/// The order of operands in a commutative instruction.
[[nodiscard]] constexpr int rank(Kind kind) noexcept {
    switch (kind) {
    case Kind::accumulator: return 0;
    case Kind::slot: return 1;
    case Kind::pin0: return 2;
    case Kind::pin1: return 3;
    case Kind::pin2: return 4;
    case Kind::pin3: return 5;
    case Kind::constant: return 6;
    }
    return 0;
}

/// One handler, by the place of its result; null where there is none.
using Places = std::array<Handler, kPlaces>;
using UnaryHandlers = std::array<Places, kKinds>;
using BinaryHandlers = std::array<UnaryHandlers, kKinds>;

/// The handlers of a plain numeric instruction of one or two operands. In a commutative one the operands stand in the
/// order of `rank`.
struct NumericHandlers {
    bool is_unary = false;
    bool is_commutative = false;
    bool may_trap = false;
    Domain operand = Domain::word;
    Domain result = Domain::word;
    UnaryHandlers unary{};
    BinaryHandlers binary{};
};

/// Null where the instruction is none.
[[nodiscard]] const NumericHandlers* numeric_handlers(Op op) noexcept;

// One table for each file of handlers.
[[nodiscard]] const NumericHandlers* i32_handlers(Op op) noexcept;
[[nodiscard]] const NumericHandlers* i64_handlers(Op op) noexcept;
[[nodiscard]] const NumericHandlers* float_handlers(Op op) noexcept;
[[nodiscard]] const NumericHandlers* conversion_handlers(Op op) noexcept;

/// What a branch on two integers or floats asks; with its contrary and the operands swapped, everything.
enum class Relation : std::uint8_t {
    eq,
    lt_s,
    lt_u,
    gt_s,
    gt_u,
    f64_eq,
    f64_lt,
    f64_le,
    f64_gt,
    f64_ge,
    f32_eq,
    f32_lt,
    f32_le,
    f32_gt,
    f32_ge,
};

/// Where a branch goes.
enum class Way : std::uint8_t {
    forward,
    back,   ///< to a loop: a check
    around, ///< to a loop, always, whose first cell is a branch out of it by this very condition: a check, then behind
            ///< it
};
inline constexpr std::size_t kWays = 3;

/// Where a branch goes, and whether it is taken if the condition holds, or if it does not. Around a loop the sense is
/// that of the branch out of it.
struct BranchKind {
    Way way = Way::forward;
    bool sense = true;
    /// It ends a sequence to whose first cell it leads, or around to it: the sequence is the whole loop.
    bool turns = false;
};

/// The handlers of one branch, by way and sense.
using Branches = std::array<std::array<Handler, 2>, kWays>;

[[nodiscard]] inline Handler handler_of(const Branches& branches, BranchKind kind) noexcept {
    return branches[static_cast<std::size_t>(kind.way)][kind.sense ? 1 : 0];
}

/// A branch on a relation of integers of 32 or 64 bits, or of floats, with operands as in a commutative instruction if
/// it is that of equality. `gt` and `ge` have a constant as their second operand.
[[nodiscard]] const Branches& compare_branches(Relation relation, bool is_wide, Kind first, Kind second) noexcept;
/// A branch on a word that is not zero.
[[nodiscard]] const Branches& word_branches(Kind condition) noexcept;
/// Back to a loop or around it, behind the addition of a constant to a local, which is then compared. Slots: the local,
/// the second operand; number(): what is added. Or else: the local; 16 bits of what is added; number(): the operand.
[[nodiscard]] Handler count_branch(Relation relation, bool is_wide, Place local, Kind second, BranchKind kind) noexcept;

/// What memory holds: how it is extended is part of it.
enum class Stored : std::uint8_t { u8, u16, u32, u64, s8_32, s16_32, s8_64, s16_64, s32_64, f32, f64 };
inline constexpr std::size_t kStored = 11;
[[nodiscard]] constexpr Domain domain_of(Stored stored) noexcept {
    return stored == Stored::f32 ? Domain::f32 : stored == Stored::f64 ? Domain::f64 : Domain::word;
}
/// In the order of the opcodes, from i32.load on. What is stored is cut off, so that its sign has no meaning.
inline constexpr Stored kStoredBy[] = {Stored::u32,    Stored::u64,    Stored::f32,    Stored::f64,   Stored::s8_32,
                                       Stored::u8,     Stored::s16_32, Stored::u16,    Stored::s8_64, Stored::u8,
                                       Stored::s16_64, Stored::u16,    Stored::s32_64, Stored::u32, // loads
                                       Stored::u32,    Stored::u64,    Stored::f32,    Stored::f64,   Stored::u8,
                                       Stored::u16,    Stored::u8,     Stored::u16,    Stored::u32};
static_assert(std::size(kStoredBy) ==
              static_cast<std::size_t>(Op::i64_store32) - static_cast<std::size_t>(Op::i32_load) + 1);
/// Whether an instruction is a load or store of one word, and of what.
[[nodiscard]] constexpr bool is_access(Op op) noexcept { return op >= Op::i32_load && op <= Op::i64_store32; }
[[nodiscard]] constexpr Stored stored_by(Op access) noexcept {
    return kStoredBy[static_cast<std::size_t>(access) - static_cast<std::size_t>(Op::i32_load)];
}

[[nodiscard]] const Places& load_handlers(Stored stored, Kind address) noexcept;
/// The address is the sum of two operands, as in a commutative instruction.
[[nodiscard]] const Places& load_sum_handlers(Stored stored, Kind first, Kind second) noexcept;
[[nodiscard]] Handler store_handler(Stored stored, Kind address, Kind value) noexcept;
[[nodiscard]] Handler store_sum_handler(Stored stored, Kind first, Kind second, Kind value) noexcept;
/// Marks what the access behind it will write to. The address is in slot 0 or the accumulator; number(): the size; word
/// 2: where the access ends.
[[nodiscard]] Handler mark_handler(Kind address) noexcept;

/// What stands in a cell of whole operands beside their slots.
enum class WholeForm : std::uint8_t {
    plain,
    lane,        ///< behind the operands, in the slots' word, which lane
    constant,    ///< two words
    access,      ///< where the access ends
    access_lane, ///< both
};

/// An instruction over whole slots: vectors, and integers of 128 bits. The result's slot is the first, if there is one.
struct WholeHandler {
    Handler handler = nullptr;
    WholeForm form = WholeForm::plain;
    std::uint8_t result_words = 0;
    Domain result = Domain::word;
    std::uint8_t operands = 0;
    /// Of each operand, the lowest first.
    std::array<std::uint8_t, 4> words{};
};

/// Without a handler where the instruction is none.
[[nodiscard]] const WholeHandler& whole_handler(Op op) noexcept;

struct VectorHandlers {
    Handler move;   ///< slot 0 from slot 1
    Handler select; ///< slots: result, first, second, condition
    /// A shuffle of lanes of 32 bits. Slot 0: result; words 2 and 3: where in the frame each lane lies, in bytes.
    Handler shuffle_words;
};

extern const VectorHandlers kVectorHandlers;

/// Words of a cell, its handler included.
struct Size {
    static constexpr std::uint32_t kNumeric = 2;
    /// Where a constant takes a word of its own.
    static constexpr std::uint32_t kNumericLong = 3;
    static constexpr std::uint32_t kAccess = 3;
    static constexpr std::uint32_t kBranch = 4;
    /// With a constant of 64 bits.
    static constexpr std::uint32_t kBranchLong = 5;
    static constexpr std::uint32_t kJump = 3;
    static constexpr std::uint32_t kMove = 2;
    static constexpr std::uint32_t kConstant = 3;
    /// Before the constants.
    static constexpr std::uint32_t kSelect = 2;
    static constexpr std::uint32_t kGlobal = 2;
    static constexpr std::uint32_t kCheck = 2;
    static constexpr std::uint32_t kPins = 4;
    static constexpr std::uint32_t kCall = 4;
    static constexpr std::uint32_t kReturn = 3;
    static constexpr std::uint32_t kBody = 4;
    static constexpr std::uint32_t kBulk = 4;
    static constexpr std::uint32_t kWhole = 2;
    /// With more than three operands.
    static constexpr std::uint32_t kWholeLong = 3;
    static constexpr std::uint32_t kWholeConstant = 4;
    /// Before the targets, of which each takes two.
    static constexpr std::uint32_t kTable = 2;
    static constexpr std::uint32_t kTarget = 2;
};

/// Where fields stand. The slots of a cell are in its word 1, from the least significant bits on: the result's first.
struct At {
    static constexpr std::uint32_t kSlots = 1;
    static constexpr std::uint32_t kLongConstant = 2;
    /// Of an access: its offset plus its size.
    static constexpr std::uint32_t kAccessEnd = 2;
    /// The delta is the word behind the target.
    static constexpr std::uint32_t kBranchTarget = 2;
    static constexpr std::uint32_t kBranchConstant = 4;
    static constexpr std::uint32_t kJumpTarget = 1;
};

/// The others.
struct Handlers {
    /// Slot 0 from slot 1, or from where else that is; not from a constant.
    std::array<UnaryHandlers, kDomains> move;
    /// Slot 0; word 2: the value.
    std::array<Places, kDomains> constant;
    /// Slots 0 and 2 from slots 1 and 3, in this order; the accumulator has the second one.
    Handler move_two;
    /// Slot 0 from slot 1, number() of them.
    Handler move_words;
    /// Slots: result, first, second, and the condition, which may be in the accumulator instead. By the kinds of the
    /// two operands, which are in no accumulator; constants in the words behind, the first one first.
    std::array<BinaryHandlers, 2> select;
    /// Slot 0, or the accumulator; number(): the global.
    Places global_get;
    std::array<Handler, 2> global_set;
    /// The same, counted from the first global that the module defines.
    Places own_global_get;
    std::array<Handler, 2> own_global_set;
    /// Slot 0; number(): the logarithm of the page size.
    Places memory_size;
    /// Word 1: target; word 2: delta. Back to a loop it is a check.
    Handler jump;
    Handler jump_back;
    /// Slot 0, or where else that is: index, which is no constant; number(): the last target. Then two words for each:
    /// target; delta. What goes back is a check.
    std::array<Handler, kKinds> table;
    /// Nothing.
    Handler pass;
    /// Word 1: what is owed.
    Handler check;
    /// Slots: first argument, and the first word behind the arguments; number(): price; word 2: Callee; word 3:
    /// position and side table behind the call. By how many words of the callee's frame become zero behind its
    /// parameters: its other locals, and operands that it has not written yet. The last one is for just the locals of
    /// any callee.
    static constexpr std::array<std::uint32_t, 4> kCleared = {0, 2, 4, 8};
    static constexpr std::size_t kAnyLocals = kCleared.size();
    std::array<Handler, kCleared.size() + 1> call;
    /// Slots: first argument, index; number(): price; word 2: type; word 3: as in `call`.
    Handler call_indirect;
    /// As `call`; word 3: the words of the frame that goes. By the words of the parameters where there are no other
    /// locals; the last one is for all.
    static constexpr std::size_t kAnyWords = 5;
    std::array<Handler, kAnyWords + 1> return_call;
    /// Slot 0: first argument; number(): price; word 2: the function's first cell. By the words of the parameters.
    std::array<Handler, kAnyWords> return_call_self;
    /// Word 1: price; word 2: frame words.
    Handler return_none;
    /// Slot 0, or the accumulator; number(): price; word 2: frame words.
    std::array<std::array<Handler, 2>, kDomains> return_one;
    /// Slot 0: first; number(): price; word 2: frame words, how many.
    Handler return_words;
    /// Word 1: position, branch; word 2: height, next position; word 3: owed, and the words to pass over behind.
    Handler body;
    /// Slots of the three operands, and the words to pass over behind; word 2: owed, with the base; word 3: the rate.
    Handler memory_copy;
    Handler memory_fill;
};

extern const Handlers kHandlers;

/// Gives so many locals of each domain their registers: slots in word 1, of f64 in word 2, of f32 in word 3.
[[nodiscard]] Handler pins_handler(std::size_t words, std::size_t f64s, std::size_t f32s) noexcept;

/// Executes the instruction of a cell by calling its body (visit.cpp). The registers are in the context.
[[nodiscard]] Go call_body(Context& context) noexcept;

} // namespace detent::fast
