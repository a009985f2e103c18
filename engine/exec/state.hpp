// State: the canonical state of an execution, in terms of WebAssembly only. Two executions in the same state go on
// alike, in any tier, build or machine. A copy, for comparing and reading; it refers to nothing. References are words
// as Ref has them, but those to objects and exceptions carry their number in `State::objects`, not a slot of the heap.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/exec/execution.hpp"

#include <string_view>

namespace detent {

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

/// Guest code entered from the host: how far it has come, under which limit, and how many frames lie below it.
struct EntryState {
    std::uint8_t phase = 0;
    std::uint64_t token = 0;
    std::uint64_t outer_limit = 0;
    std::uint64_t first_frame = 0;
    /// Operands of the entry itself: the results of a function that has returned.
    Buffer<std::uint64_t> operands;
    /// What its function will be called with; none once it has been entered.
    Buffer<std::uint64_t> arguments;

    friend bool operator==(const EntryState&, const EntryState&) noexcept = default;
};

struct InstanceState {
    /// For each element segment its references; none once dropped.
    Buffer<Buffer<std::uint64_t>> elements;
    Buffer<std::uint8_t> dropped_data;

    friend bool operator==(const InstanceState&, const InstanceState&) noexcept = default;
};

/// A structure, an array or an exception.
struct ObjectState {
    /// Its type: the first instance that has it, and its index there. Of an exception 0 and the address of its tag.
    std::uint32_t instance = 0;
    std::uint32_t type = 0;
    bool is_exception = false;
    /// Fields or elements as they lie in memory, or the words of the payload; all little-endian.
    Buffer<std::uint8_t> bytes;

    friend bool operator==(const ObjectState&, const ObjectState&) noexcept = default;
};

/// Fuel is what was used and the limit in force; the grant is the host's and no part of the state (MET-13).
struct State {
    std::uint64_t used = 0;
    std::uint64_t limit = 0;
    Buffer<EntryState> entries;
    Buffer<FrameState> frames;
    Buffer<InstanceState> instances;
    Buffer<Buffer<std::uint8_t>> memories;
    Buffer<Buffer<std::uint64_t>> tables;
    /// Two words a global.
    Buffer<std::uint64_t> globals;
    /// DET-11: what counts, and how much of it the last accounting reached.
    std::uint64_t heap_debt = 0;
    std::uint64_t heap_reached = 0;
    /// What the embedder holds.
    Buffer<std::uint64_t> held;
    /// All that can be reached, in the order in which it is reached first: from globals, tables, element segments, what
    /// is held, the stack from its bottom and pending arguments; then from these objects in turn.
    Buffer<ObjectState> objects;

    friend bool operator==(const State&, const State&) noexcept = default;
};

/// The state now. An execution that has returned or trapped has no frames and no entries.
[[nodiscard]] Result<State> capture(const Execution& execution) noexcept;

/// Where a dump goes: called with one piece of text after the other.
using TextSink = void (*)(void* context, std::string_view text);

/// A dump for people, with the mnemonic at each frame's position; memories as their size and the lines of 16 bytes that
/// are not all zero.
void dump(const Execution& execution, const State& state, TextSink sink, void* context) noexcept;

} // namespace detent
