// TypeSpace: the types of a module, interned, so that equal types of all modules are one object. Source: spec,
// Validation, Types, Rolling and Unrolling; Matching.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/syntax/module.hpp"
#include "engine/syntax/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

/// Where a field lies in an object, and what it holds.
struct FieldLayout {
    StorageType storage;
    /// Bytes from the first field.
    std::uint32_t offset = 0;
};

/// A type of any module. Two types are equal exactly if they are the same object; its address is never ordered, hashed
/// or shown (DET-18). Lives as long as a TypeSpace that has it.
struct CanonicalType {
    CompositeKind kind = CompositeKind::func;
    bool is_final = true;
    /// The number of its supertypes.
    std::uint32_t depth = 0;
    /// They and the type itself, the uppermost first.
    std::span<const CanonicalType* const> supertypes;
    /// Of a structure, in their order; of an array, the one of its elements, at offset 0.
    std::span<const FieldLayout> fields;
    /// Bytes of the fields of a structure.
    std::uint32_t field_bytes = 0;
    /// A number of the process, given once.
    std::uint64_t serial = 0;
};

/// Whether `a` is `b` or declared below it. In constant time.
[[nodiscard]] inline bool is_subtype(const CanonicalType& a, const CanonicalType& b) noexcept {
    return a.depth >= b.depth && a.supertypes[b.depth] == &b;
}

struct CanonicalGroup;

/// Moves, does not copy. Groups are shared by all spaces that have them, in all threads.
class TypeSpace {
  public:
    TypeSpace() noexcept = default;
    TypeSpace(TypeSpace&&) noexcept = default;
    TypeSpace& operator=(TypeSpace&& other) noexcept {
        types_.swap(other.types_);
        groups_.swap(other.groups_);
        return *this;
    }
    TypeSpace(const TypeSpace&) = delete;
    TypeSpace& operator=(const TypeSpace&) = delete;
    ~TypeSpace();

    [[nodiscard]] std::size_t size() const noexcept { return types_.size(); }
    [[nodiscard]] const CanonicalType& operator[](TypeIdx index) const noexcept { return *types_[number(index)]; }

    /// Interns the next group of a module. Its types MUST name none behind the group, and as supertype one before
    /// themselves. False if there is no memory, and then nothing has changed.
    [[nodiscard]] bool add(const Module& module, const RecGroup& group) noexcept;

    /// Interns a function type that names no type by index, as a group of its own.
    [[nodiscard]] bool add(const FuncType& type) noexcept;

  private:
    [[nodiscard]] bool intern(CanonicalGroup& draft) noexcept;

    Buffer<const CanonicalType*> types_;
    Buffer<CanonicalGroup*> groups_;
};

/// The abstract heap type directly above the types of a kind.
[[nodiscard]] constexpr HeapType::Abstract abstract_of(CompositeKind kind) noexcept {
    switch (kind) {
    case CompositeKind::func: return HeapType::Abstract::func;
    case CompositeKind::struct_: return HeapType::Abstract::struct_;
    case CompositeKind::array: return HeapType::Abstract::array;
    }
    return HeapType::Abstract::bottom;
}

/// The uppermost heap type of its hierarchy: any, func, extern or exn; `bottom` of bottom.
[[nodiscard]] constexpr HeapType::Abstract top_of(HeapType::Abstract heap) noexcept {
    using enum HeapType::Abstract;
    switch (heap) {
    case func:
    case nofunc: return func;
    case extern_:
    case noextern: return extern_;
    case any:
    case eq:
    case i31:
    case struct_:
    case array:
    case none: return any;
    case exn:
    case noexn: return exn;
    case bottom: break;
    }
    return bottom;
}

/// The same of any heap type.
[[nodiscard]] HeapType top_of(HeapType heap, const TypeSpace& types) noexcept;

/// Whether the abstract type is below all types of its hierarchy.
[[nodiscard]] constexpr bool is_lowest(HeapType::Abstract heap) noexcept {
    using enum HeapType::Abstract;
    return heap == none || heap == nofunc || heap == noextern || heap == noexn || heap == bottom;
}

// spec: match-heaptype, match-reftype, match-valtype. Whether `a`, of the one space, is `b`, of the other, or below it.
// In a header, because validation asks a thousand times for one byte.

[[nodiscard]] constexpr bool matches(HeapType::Abstract a, HeapType::Abstract b) noexcept {
    using enum HeapType::Abstract;
    if (a == b || a == bottom) return true;
    if (top_of(a) != top_of(b)) return false;
    return is_lowest(a) || b == top_of(b) || (b == eq && (a == i31 || a == struct_ || a == array));
}

inline constexpr std::size_t kAbstractHeapTypes = static_cast<std::size_t>(HeapType::Abstract::bottom) + 1;

/// The same as a table: for each type, those that it matches, as bits.
inline constexpr auto kMatchedTypes = [] {
    std::array<std::uint16_t, kAbstractHeapTypes> all{};
    for (std::size_t a = 0; a < all.size(); ++a) {
        for (std::size_t b = 0; b < all.size(); ++b) {
            const bool is_matched = matches(static_cast<HeapType::Abstract>(a), static_cast<HeapType::Abstract>(b));
            all[a] = static_cast<std::uint16_t>(all[a] | (is_matched ? 1U << b : 0U));
        }
    }
    return all;
}();

[[nodiscard]] inline bool matches(HeapType a, const TypeSpace& of_a, HeapType b, const TypeSpace& of_b) noexcept {
    if (a.is_index() && b.is_index()) return is_subtype(of_a[a.index()], of_b[b.index()]);
    // Below a type of the module are, of the abstract ones, only the lowest of its hierarchy.
    if (b.is_index() && !is_lowest(a.abstract())) return false;
    const HeapType::Abstract lower = a.is_index() ? abstract_of(of_a[a.index()].kind) : a.abstract();
    const HeapType::Abstract upper = b.is_index() ? abstract_of(of_b[b.index()].kind) : b.abstract();
    return ((kMatchedTypes[static_cast<std::size_t>(lower)] >> static_cast<unsigned>(upper)) & 1U) != 0;
}

[[nodiscard]] inline bool matches(ValType a, const TypeSpace& of_a, ValType b, const TypeSpace& of_b) noexcept {
    if (a == kBottom) return true;
    if (!a.is_reference() || !b.is_reference()) return a == b;
    if (a.is_nullable() && !b.is_nullable()) return false;
    return matches(a.heap(), of_a, b.heap(), of_b);
}

[[nodiscard]] inline bool matches(ValType a, ValType b, const TypeSpace& types) noexcept {
    return a == b || matches(a, types, b, types);
}

// spec: match-storagetype, match-fieldtype
[[nodiscard]] bool matches(const StorageType& a, const StorageType& b, const TypeSpace& types) noexcept;
[[nodiscard]] bool matches(const FieldType& a, const FieldType& b, const TypeSpace& types) noexcept;

} // namespace detent
