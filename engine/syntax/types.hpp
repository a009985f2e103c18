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

/// A heap type: an abstract one, or a type of the module that it stands in.
class HeapType {
  public:
    /// `bottom` is below all of them and exists only during validation.
    enum class Abstract : std::uint8_t {
        func,
        nofunc,
        extern_,
        noextern,
        any,
        eq,
        i31,
        struct_,
        array,
        none,
        exn,
        noexn,
        bottom,
    };

    // NOLINTNEXTLINE(google-explicit-constructor): each of them is a heap type.
    constexpr HeapType(Abstract abstract) noexcept : code_(static_cast<std::uint32_t>(abstract)) {}
    /// `index` MUST be below 2^29.
    constexpr explicit HeapType(TypeIdx index) noexcept : code_(kFirstIndex + number(index)) {}

    [[nodiscard]] constexpr bool is_index() const noexcept { return code_ >= kFirstIndex; }
    [[nodiscard]] constexpr TypeIdx index() const noexcept { return TypeIdx{code_ - kFirstIndex}; }
    /// MUST NOT be an index.
    [[nodiscard]] constexpr Abstract abstract() const noexcept { return static_cast<Abstract>(code_); }

    friend constexpr bool operator==(HeapType, HeapType) noexcept = default;

  private:
    friend class ValType;

    static constexpr std::uint32_t kFirstIndex = 16;
    struct FromCode {
        std::uint32_t code;
    };
    constexpr explicit HeapType(FromCode from) noexcept : code_(from.code) {}

    std::uint32_t code_;
};

/// A value type: a number type, the vector type or a reference type. `bottom` is the type of an operand in unreachable
/// code; it exists only during validation. One word, so that lists of types are compared as numbers.
class ValType {
  public:
    enum class Kind : std::uint8_t { i32, i64, f32, f64, v128, bottom, ref };

    constexpr ValType() noexcept = default;
    /// `kind` MUST NOT be `ref`.
    constexpr explicit ValType(Kind kind) noexcept : code_(static_cast<std::uint32_t>(kind)) {}
    constexpr ValType(HeapType heap, bool is_nullable) noexcept
        : code_(kReference | (is_nullable ? kNullable : 0U) | heap.code_) {}

    [[nodiscard]] constexpr Kind kind() const noexcept { return is_reference() ? Kind::ref : static_cast<Kind>(code_); }
    [[nodiscard]] constexpr bool is_reference() const noexcept { return (code_ & kReference) != 0; }
    /// The rest is for reference types only.
    [[nodiscard]] constexpr bool is_nullable() const noexcept { return (code_ & kNullable) != 0; }
    [[nodiscard]] constexpr HeapType heap() const noexcept {
        return HeapType(HeapType::FromCode{code_ & ~(kReference | kNullable)});
    }
    [[nodiscard]] constexpr ValType as_non_null() const noexcept { return ValType(heap(), false); }

    friend constexpr bool operator==(ValType, ValType) noexcept = default;

  private:
    static constexpr std::uint32_t kReference = std::uint32_t{1} << 31;
    static constexpr std::uint32_t kNullable = std::uint32_t{1} << 30;

    std::uint32_t code_ = 0;
};

inline constexpr ValType kI32{ValType::Kind::i32};
inline constexpr ValType kI64{ValType::Kind::i64};
inline constexpr ValType kF32{ValType::Kind::f32};
inline constexpr ValType kF64{ValType::Kind::f64};
inline constexpr ValType kV128{ValType::Kind::v128};
inline constexpr ValType kBottom{ValType::Kind::bottom};

[[nodiscard]] constexpr ValType nullable(HeapType heap) noexcept { return {heap, true}; }
[[nodiscard]] constexpr ValType non_null(HeapType heap) noexcept { return {heap, false}; }

inline constexpr ValType kFuncRef = nullable(HeapType::Abstract::func);
inline constexpr ValType kExternRef = nullable(HeapType::Abstract::extern_);
inline constexpr ValType kAnyRef = nullable(HeapType::Abstract::any);
inline constexpr ValType kEqRef = nullable(HeapType::Abstract::eq);
inline constexpr ValType kI31Ref = nullable(HeapType::Abstract::i31);
inline constexpr ValType kStructRef = nullable(HeapType::Abstract::struct_);
inline constexpr ValType kArrayRef = nullable(HeapType::Abstract::array);
inline constexpr ValType kExnRef = nullable(HeapType::Abstract::exn);

[[nodiscard]] constexpr bool is_reference(ValType type) noexcept { return type.is_reference(); }

/// Whether a local of the type begins with a value: zero, or null (spec: valid-defaultable).
[[nodiscard]] constexpr bool is_defaultable(ValType type) noexcept {
    return !type.is_reference() || type.is_nullable();
}

/// Words of 64 bits that a value takes on the operand stack (MET-4).
[[nodiscard]] constexpr std::uint32_t words_of(ValType type) noexcept { return type == kV128 ? 2 : 1; }

/// How many of the types are of two words.
[[nodiscard]] constexpr std::uint32_t wide_among(std::span<const ValType> types) noexcept {
    std::uint32_t wide = 0;
    for (const ValType type : types)
        wide += type == kV128 ? 1U : 0U;
    return wide;
}

[[nodiscard]] constexpr std::uint32_t words_of(std::span<const ValType> types) noexcept {
    return static_cast<std::uint32_t>(types.size()) + wide_among(types);
}

/// Parameters and results of a function or block. The types live in the module.
struct FuncType {
    std::span<const ValType> parameters;
    std::span<const ValType> results;
};

/// What a field of a structure or an element of an array holds: a value type, or an integer of 8 or 16 bits.
struct StorageType {
    /// i32 where it is packed.
    ValType unpacked;
    /// 8 or 16; 0 where it is not packed.
    std::uint8_t packed_bits = 0;

    [[nodiscard]] constexpr bool is_packed() const noexcept { return packed_bits != 0; }
    /// Bytes on the heap, the abstract ones that prices and limits count too (MET-4).
    [[nodiscard]] constexpr std::uint32_t bytes() const noexcept {
        if (is_packed()) return packed_bits / 8U;
        switch (unpacked.kind()) {
        case ValType::Kind::i32:
        case ValType::Kind::f32: return 4;
        case ValType::Kind::v128: return 16;
        case ValType::Kind::i64:
        case ValType::Kind::f64:
        case ValType::Kind::bottom:
        case ValType::Kind::ref: break;
        }
        return 8;
    }

    friend constexpr bool operator==(const StorageType&, const StorageType&) noexcept = default;
};

struct FieldType {
    StorageType storage;
    bool is_mutable = false;

    friend constexpr bool operator==(const FieldType&, const FieldType&) noexcept = default;
};

enum class CompositeKind : std::uint8_t { func, struct_, array };

/// The type of the indices of a memory or table.
enum class AddressType : std::uint8_t { i32, i64 };

[[nodiscard]] constexpr ValType value_type(AddressType type) noexcept { return type == AddressType::i32 ? kI32 : kI64; }

/// The lesser of two address types: that of a length between two memories or tables.
[[nodiscard]] constexpr AddressType narrower(AddressType a, AddressType b) noexcept { return std::min(a, b); }

/// Sizes in pages of a memory or elements of a table.
struct Limits {
    std::uint64_t minimum = 0;
    std::uint64_t maximum = 0;
    bool has_maximum = false;

    friend constexpr bool operator==(const Limits&, const Limits&) = default;
};

struct MemType {
    Limits limits;
    AddressType address = AddressType::i32;
    /// The logarithm of the page size, to base 2: 16, or 0 (custom-page-sizes).
    std::uint8_t page_log = 16;

    [[nodiscard]] constexpr std::uint64_t page_bytes() const noexcept { return std::uint64_t{1} << page_log; }
    /// The most pages that the format allows.
    [[nodiscard]] constexpr std::uint64_t most_pages() const noexcept {
        const unsigned bits = address == AddressType::i32 ? 32 : 64;
        return page_log == 0 ? ~std::uint64_t{0} >> (64 - bits) : std::uint64_t{1} << (bits - page_log);
    }
};

struct TableType {
    ValType element = kFuncRef;
    Limits limits;
    AddressType address = AddressType::i32;

    /// The most elements that the format allows.
    [[nodiscard]] constexpr std::uint64_t most_elements() const noexcept {
        return address == AddressType::i32 ? 0xFFFF'FFFF : ~std::uint64_t{0};
    }
};

struct GlobalType {
    ValType value;
    bool is_mutable = false;

    friend constexpr bool operator==(const GlobalType&, const GlobalType&) = default;
};

enum class ExternKind : std::uint8_t { func = 0, table = 1, memory = 2, global = 3, tag = 4 };

/// "func", "table", …
[[nodiscard]] const char* to_text(ExternKind kind) noexcept;

/// "func", "extern", …: the keyword of the text format. MUST NOT be an index.
[[nodiscard]] const char* to_text(HeapType::Abstract heap) noexcept;

/// A piece of text of bounded length.
class TypeText {
  public:
    explicit TypeText(ValType type) noexcept;
    [[nodiscard]] const char* c_str() const noexcept { return text_; }

  private:
    char text_[32];
};

/// "i32", "funcref", "(ref null 3)", …: as the text format writes it.
[[nodiscard]] inline TypeText to_text(ValType type) noexcept { return TypeText(type); }

} // namespace detent
