// TypeSpace: the types of a module, interned, so that equal types of all modules are one object. Source: spec,
// Validation, Types, Rolling and Unrolling; Matching.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/syntax/module.hpp"
#include "engine/syntax/types.hpp"

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

// spec: match-heaptype, match-reftype, match-valtype. Whether `a`, of the one space, is `b`, of the other, or below it.

[[nodiscard]] bool matches(HeapType a, const TypeSpace& of_a, HeapType b, const TypeSpace& of_b) noexcept;
[[nodiscard]] bool matches(ValType a, const TypeSpace& of_a, ValType b, const TypeSpace& of_b) noexcept;

[[nodiscard]] inline bool matches(ValType a, ValType b, const TypeSpace& types) noexcept {
    return a == b || matches(a, types, b, types);
}

// spec: match-storagetype, match-fieldtype
[[nodiscard]] bool matches(const StorageType& a, const StorageType& b, const TypeSpace& types) noexcept;
[[nodiscard]] bool matches(const FieldType& a, const FieldType& b, const TypeSpace& types) noexcept;

/// The uppermost heap type of its hierarchy: any, func, extern or exn; `bottom` of bottom.
[[nodiscard]] HeapType top_of(HeapType heap, const TypeSpace& types) noexcept;

} // namespace detent
