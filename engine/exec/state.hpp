// ExecutionState: the canonical state of an execution, in terms of WebAssembly only. Two executions in the same state
// go on alike, in any tier, build or machine. A copy, for comparing, reading and saving (saved.hpp); it refers to
// nothing.
//
// A reference is one word, 0 for null; else its low three bits are a RefKind and the others say what it leads to:
//   func              the instance that defines the function, times 2^32, and its index there
//   host_func         the number of the function among those of the host
//   host, i31         as in Ref
//   object, exception the number in `ExecutionState::objects`
// Instances, and what is shared between them, are numbered as in the store: things of one kind in the order in which
// they were added.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/exec/execution.hpp"

#include <string_view>

namespace detent {

/// The kind of a reference to a function of the host, in a state only.
inline constexpr auto kHostFunctionKind = static_cast<RefKind>(7);

/// A frame: `position` is the offset in the module of the next instruction in the top frame, never of a delimiter; of
/// the place behind the call in the others.
struct FrameState {
    std::uint32_t instance = 0;
    std::uint32_t function = 0;
    std::uint32_t position = 0;
    Buffer<std::uint64_t> locals;
    Buffer<std::uint64_t> operands;

    friend bool operator==(const FrameState&, const FrameState&) noexcept = default;
};

/// Guest code entered from the host: how far it has come, under which limit, and how many frames lie below it. What is
/// a number plus one is 0 for none.
struct EntryState {
    /// An EntryPhase.
    std::uint8_t phase = 0;
    /// 1 where the instance that it made ends with it.
    std::uint8_t releases_instance = 0;
    /// 1 where it was given an allowance, so that no limit that is raised outside reaches it. 0 of the outermost.
    std::uint8_t has_allowance = 0;
    std::uint64_t token = 0;
    /// The limit in force within it.
    std::uint64_t limit = 0;
    std::uint32_t first_frame = 0;
    /// How many instances and functions the store held when it began.
    std::uint32_t instances_before = 0;
    std::uint32_t functions_before = 0;
    /// A reference to the function of the host that made it, null of the outermost; the instance that called that, plus
    /// one.
    std::uint64_t host_function = 0;
    std::uint32_t caller = 0;
    /// The function to call: a reference to one that exists; or its index in the new instance, plus one.
    std::uint64_t function = 0;
    std::uint32_t new_function = 0;
    /// The instance that it made, plus one.
    std::uint32_t instance = 0;
    /// What is still to be instantiated: the module's number plus one, what its imports are, and what is charged with
    /// it.
    std::uint32_t module = 0;
    Buffer<std::uint32_t> imports;
    std::uint64_t prelude = 0;
    /// What its function will be called with; none once it has been entered.
    Buffer<std::uint64_t> arguments;

    friend bool operator==(const EntryState&, const EntryState&) noexcept = default;
};

struct InstanceState {
    /// By the numbers that the host gave them: its functions that were added before this instance, and behind what
    /// stood before.
    Buffer<std::uint32_t> host_functions;
    /// The number of its module among those of the execution, in the order in which instances, then entries, have them
    /// first.
    std::uint32_t module = 0;
    /// What its imports are, in their order: the number among the things of the import's kind.
    Buffer<std::uint32_t> imports;
    /// For each element segment its references; none once dropped.
    Buffer<Buffer<std::uint64_t>> elements;
    /// One byte a data segment: 1 once dropped.
    Buffer<std::uint8_t> dropped_data;

    friend bool operator==(const InstanceState&, const InstanceState&) noexcept = default;
};

/// A linear memory by those of its pieces that are not all zero.
struct MemoryState {
    /// Whatever the size of the memory's pages; the last piece may be shorter.
    static constexpr std::uint64_t kPieceBytes = Memory::kPieceBytes;

    /// Of the whole memory, in bytes.
    std::uint64_t size = 0;
    /// Their numbers, ascending, and their bytes one after the other.
    Buffer<std::uint32_t> pieces;
    Buffer<std::uint8_t> bytes;

    [[nodiscard]] std::uint64_t bytes_of(std::uint32_t piece) const noexcept {
        return std::min(kPieceBytes, size - piece * kPieceBytes);
    }
    friend bool operator==(const MemoryState&, const MemoryState&) noexcept = default;
};

/// A structure, an array or an exception.
struct ObjectState {
    /// Its type: the first instance that has it, and its index there. Of an exception 0 and the number of its tag.
    std::uint32_t instance = 0;
    std::uint32_t type = 0;
    std::uint8_t is_exception = 0;
    /// Fields or elements as they lie in memory, or the words of the payload; all little-endian.
    Buffer<std::uint8_t> bytes;
    /// Its allocation number: objects are counted from 1 on as they are made.
    std::uint64_t serial = 0;

    friend bool operator==(const ObjectState&, const ObjectState&) noexcept = default;
};

/// Fuel is what was used and the limit in force; the grant is the host's and no part of the state (MET-13).
struct ExecutionState {
    std::uint64_t used = 0;
    std::uint64_t limit = 0;
    Buffer<InstanceState> instances;
    /// Those that were added behind the last instance.
    Buffer<std::uint32_t> host_functions;
    Buffer<MemoryState> memories;
    Buffer<Buffer<std::uint64_t>> tables;
    /// Two words a global.
    Buffer<std::uint64_t> globals;
    /// DET-11: what counts, and how much of it the last accounting reached.
    std::uint64_t heap_debt = 0;
    std::uint64_t heap_reached = 0;
    /// How many objects were made.
    std::uint64_t allocations = 0;
    /// What the embedder holds.
    Buffer<std::uint64_t> held;
    Buffer<EntryState> entries;
    Buffer<FrameState> frames;
    /// All that can be reached, in the order in which it is reached first: from globals, tables, element segments, what
    /// is held, the stack from its bottom and pending arguments; then from these objects in turn.
    Buffer<ObjectState> objects;

    friend bool operator==(const ExecutionState&, const ExecutionState&) noexcept = default;
};

/// The state now. An execution that has returned or trapped has no frames and no entries.
[[nodiscard]] Result<ExecutionState> capture(const Execution& execution) noexcept;

/// The modules of an execution by their numbers. Equal ones, by bytes and profile, are one.
[[nodiscard]] Result<Buffer<const Code*>> modules_of(const Machine& machine) noexcept;

/// Where a dump goes: called with one piece of text after the other.
using TextSink = void (*)(void* context, std::string_view text);

/// A dump for people, with the mnemonic at each frame's position; memories as their size and the lines of 16 bytes that
/// are not all zero.
void dump(const Execution& execution, const ExecutionState& state, TextSink sink, void* context) noexcept;

} // namespace detent
