// What is known of the proposals that Detent refuses. Source: refused.def.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace detent {

/// What a byte is that a proposal adds to the binary format.
enum class RefusedPlace : std::uint8_t { limits_flags, extern_kind, type_form, heap_type };

struct RefusedOpcodes {
    std::uint8_t prefix;
    std::uint32_t first;
    std::uint32_t last;
    ErrorCode error;
};

struct RefusedByte {
    RefusedPlace place;
    std::uint8_t byte;
    ErrorCode error;
};

struct RefusedWord {
    std::string_view pattern;
    ErrorCode error;
};

inline constexpr RefusedOpcodes kRefusedOpcodes[] = {
#define REFUSED(prefix, first, last, error) {prefix, first, last, ErrorCode::error},
#define REFUSED_BYTE(place, byte, error)
#define REFUSED_WORD(pattern, error)
#include "engine/refused.def"
#undef REFUSED_WORD
#undef REFUSED_BYTE
#undef REFUSED
};

inline constexpr RefusedByte kRefusedBytes[] = {
#define REFUSED(prefix, first, last, error)
#define REFUSED_BYTE(place, byte, error) {RefusedPlace::place, byte, ErrorCode::error},
#define REFUSED_WORD(pattern, error)
#include "engine/refused.def"
#undef REFUSED_WORD
#undef REFUSED_BYTE
#undef REFUSED
};

inline constexpr RefusedWord kRefusedWords[] = {
#define REFUSED(prefix, first, last, error)
#define REFUSED_BYTE(place, byte, error)
#define REFUSED_WORD(pattern, error) {pattern, ErrorCode::error},
#include "engine/refused.def"
#undef REFUSED_WORD
#undef REFUSED_BYTE
#undef REFUSED
};

/// Why an opcode that is Op::illegal does not decode: the proposal that has it, if Detent refuses that, or none has it.
[[nodiscard]] ErrorCode illegal_because(std::uint8_t prefix, std::uint32_t code) noexcept;

/// Why a byte that nothing has in this place does not decode: the proposal that has it, or `otherwise`.
[[nodiscard]] ErrorCode refused_or(ErrorCode otherwise, RefusedPlace place, std::uint8_t byte) noexcept;

/// The proposal that has a word of the text format, if Detent refuses one that has it.
[[nodiscard]] std::optional<ErrorCode> refused_word(std::string_view word) noexcept;

} // namespace detent
