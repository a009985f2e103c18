// Types of WebAssembly. Source: spec, Structure, Types.
#pragma once

#include "engine/base/buffer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace detent {

/// Indices are distinct types, so that one space is never taken for another.
enum class TypeIdx : std::uint32_t {};
enum class FuncIdx : std::uint32_t {};
enum class TableIdx : std::uint32_t {};
enum class MemIdx : std::uint32_t {};
enum class GlobalIdx : std::uint32_t {};
enum class TagIdx : std::uint32_t {};
enum class ElemIdx : std::uint32_t {};
enum class DataIdx : std::uint32_t {};
enum class LocalIdx : std::uint32_t {};
enum class LabelIdx : std::uint32_t {};

template <class Index>
[[nodiscard]] constexpr std::uint32_t number(Index index) noexcept
    requires std::is_enum_v<Index>
{
    return static_cast<std::uint32_t>(index);
}

/// A value type. `bottom` is the type of an operand in
/// unreachable code; it exists only during validation.
struct ValType {
    enum class Kind : std::uint8_t { i32, i64, f32, f64, v128, funcref, externref, bottom };

    Kind kind = Kind::i32;

    friend constexpr bool operator==(ValType, ValType) noexcept = default;
};

inline constexpr ValType kI32{ValType::Kind::i32};
inline constexpr ValType kI64{ValType::Kind::i64};
inline constexpr ValType kF32{ValType::Kind::f32};
inline constexpr ValType kF64{ValType::Kind::f64};
inline constexpr ValType kV128{ValType::Kind::v128};
inline constexpr ValType kFuncRef{ValType::Kind::funcref};
inline constexpr ValType kExternRef{ValType::Kind::externref};
inline constexpr ValType kBottom{ValType::Kind::bottom};

[[nodiscard]] constexpr bool is_reference(ValType type) noexcept { return type == kFuncRef || type == kExternRef; }

/// Words of 64 bits that a value takes on the operand stack (MET-4).
[[nodiscard]] constexpr std::uint32_t words_of(ValType type) noexcept { return type == kV128 ? 2 : 1; }

/// How many of the types are of two words. In groups whose number fits a byte, so that a compiler counts many at once:
/// a byte of a body may move a thousand operands.
[[nodiscard]] constexpr std::uint32_t wide_among(std::span<const ValType> types) noexcept {
    constexpr std::size_t kGroup = 255;
    std::uint32_t wide = 0;
    while (!types.empty()) {
        const std::span<const ValType> group = types.first(std::min(types.size(), kGroup));
        std::uint8_t in_group = 0;
        for (const ValType type : group)
            in_group = static_cast<std::uint8_t>(in_group + (type == kV128 ? 1 : 0));
        wide += in_group;
        types = types.subspan(group.size());
    }
    return wide;
}

[[nodiscard]] constexpr std::uint32_t words_of(std::span<const ValType> types) noexcept {
    return static_cast<std::uint32_t>(types.size()) + wide_among(types);
}

/// "i32", "funcref", …: the keyword of the text format.
[[nodiscard]] const char* to_text(ValType type) noexcept;

/// Parameters and results of a function or block. The types live in the module.
struct FuncType {
    std::span<const ValType> parameters;
    std::span<const ValType> results;
};

[[nodiscard]] bool operator==(const FuncType& a, const FuncType& b) noexcept;

/// Sizes in pages of a memory or elements of a table.
struct Limits {
    std::uint64_t minimum = 0;
    std::uint64_t maximum = 0;
    bool has_maximum = false;

    friend constexpr bool operator==(const Limits&, const Limits&) = default;
};

struct MemType {
    Limits limits;
};

struct TableType {
    ValType element = kFuncRef;
    Limits limits;
};

struct GlobalType {
    ValType value;
    bool is_mutable = false;

    friend constexpr bool operator==(const GlobalType&, const GlobalType&) = default;
};

enum class ExternKind : std::uint8_t { func = 0, table = 1, memory = 2, global = 3, tag = 4 };

/// "func", "table", …
[[nodiscard]] const char* to_text(ExternKind kind) noexcept;

inline constexpr std::uint64_t kPageBytes = 65536;

} // namespace detent
