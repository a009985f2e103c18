// Zeroed memory: what linear memories lie in. The system has zero bytes without writing them, and what is given back is
// kept for the next that asks, a bounded number of buffers for the whole process, and made zero again where it may have
// been written. Nothing that can be observed depends on where a buffer comes from: every byte of one is zero.
#pragma once

#include <cstddef>
#include <cstdint>

namespace detent {

/// So many zero bytes; null if there is no memory. Any thread may ask.
[[nodiscard]] std::uint8_t* take_zeroed(std::size_t bytes) noexcept;

/// The same memory, which may lie elsewhere then, with `more` bytes in all: those behind the first `bytes` are zero.
/// Null if there is no memory, and nothing has changed.
[[nodiscard]] std::uint8_t* grow_zeroed(std::uint8_t* memory, std::size_t bytes, std::size_t more) noexcept;

/// Gives back what has `bytes` in all; null is nothing. Those behind the first `touched` are known to be zero.
void give_back_zeroed(std::uint8_t* memory, std::size_t bytes, std::size_t touched) noexcept;

} // namespace detent
