// Handlers of what works on the heap, and of references. Traps, and what needs an accounting, are the stepper's.
#pragma once

#include "engine/exec/fast/handlers.hpp"
#include "engine/syntax/type_space.hpp"

namespace detent::fast {

/// Whether a reference is asked about that may be null: what null is then.
enum class Cast : std::uint8_t {
    to_object,         ///< of the type in word 2 of the cell, or below it
    to_object_or_null, ///< null too
    to_i31,
    to_i31_or_null,
};
inline constexpr std::size_t kCasts = 4;

/// A field or an element as an operand: u8, u16, u32, u64, s8_32, s16_32, f32 or f64.
[[nodiscard]] constexpr Stored stored_as(const StorageType& storage, bool is_signed) noexcept {
    if (storage.packed_bits == 8) return is_signed ? Stored::s8_32 : Stored::u8;
    if (storage.packed_bits == 16) return is_signed ? Stored::s16_32 : Stored::u16;
    if (storage.unpacked == kF32) return Stored::f32;
    if (storage.unpacked == kF64) return Stored::f64;
    return storage.unpacked == kI32 ? Stored::u32 : Stored::u64;
}

/// Slots: result, reference; number(): the offset of the field. References are in the slot or the accumulator.
[[nodiscard]] const Places& field_get_handlers(Stored stored, Kind reference) noexcept;
/// Slots: reference, value; number(): the offset. The value is in the slot or the accumulator.
[[nodiscard]] Handler field_set_handler(Stored stored, Kind value) noexcept;
/// Slots: result, reference, index, which is in the slot or the accumulator.
[[nodiscard]] const Places& element_get_handlers(Stored stored, Kind index) noexcept;
/// Slots: reference, index, value, which is in the slot or the accumulator.
[[nodiscard]] Handler element_set_handler(Stored stored, Kind value) noexcept;

struct HeapHandlers {
    /// Slots: result, reference. By whether the reference is in the accumulator.
    std::array<Places, 2> array_length;
    std::array<Places, 2> i31_get_s;
    std::array<Places, 2> i31_get_u;
    /// Slots: result, operand.
    std::array<Places, 2> ref_i31;
    /// Slots: result, reference; word 2: the type.
    std::array<Places, kCasts> test;
    /// Slot 0: the reference; word 2: the type.
    std::array<Handler, kCasts> check;
    /// Slot 0: the reference.
    Handler check_not_null;
    /// Slots: result, first field; word 2: the type. The second is of zeros and nulls.
    Places struct_new;
    Places struct_new_default;
};

extern const HeapHandlers kHeapHandlers;

struct HeapSize {
    static constexpr std::uint32_t kAccess = 2;
    static constexpr std::uint32_t kCheckNotNull = 2;
    static constexpr std::uint32_t kCast = 3;
    static constexpr std::uint32_t kNew = 3;
};

} // namespace detent::fast
