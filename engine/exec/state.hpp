// State: the canonical state of an execution, in terms of WebAssembly only. Two executions in the same state go on
// alike, in any tier, build or machine. A copy, for comparing and reading; it refers to nothing.
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

    friend bool operator==(const EntryState&, const EntryState&) noexcept = default;
};

struct InstanceState {
    /// For each element segment its references; none once dropped.
    Buffer<Buffer<std::uint64_t>> elements;
    Buffer<std::uint8_t> dropped_data;

    friend bool operator==(const InstanceState&, const InstanceState&) noexcept = default;
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
