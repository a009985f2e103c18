// The printer: from the bytes of a module to its text. Source: spec, Text Format; the custom-page-sizes and
// wide-arithmetic proposals.
//
// The text says every byte that a parser of the text format can make: read with its identifiers as names, it gives the
// module again. The printer reads any well-formed module, valid or not, in every feature; what is malformed is an error
// with the offset of the byte. It needs time and memory in proportion to the module, and no native stack for its
// nesting.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace detent::text {

struct PrintOptions {
    /// Each instruction has its offset in the module in front of it, as a comment.
    bool offsets = false;
};

/// The text of a module, ended by LF. It holds no control character but LF, and no character that a reader cannot see.
[[nodiscard]] Result<std::string> print_module(std::span<const std::uint8_t> bytes,
                                               const PrintOptions& options = {}) noexcept;

/// The instruction or delimiter that begins at `offset`, in one line without its end, as `print_module` writes it in
/// the body of its function. Where none begins, no_instruction.
[[nodiscard]] Result<std::string> print_instruction(std::span<const std::uint8_t> bytes, std::uint64_t offset) noexcept;

} // namespace detent::text
