// Between operands and what the heap stores of them: fields and elements in little-endian, packed ones narrowed.
// Source: spec, Execution, Runtime Structure, Packing Fields.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/exec/machine.hpp"
#include "engine/syntax/types.hpp"

#include <cstdint>

namespace detent::body {

enum class Extend : bool { zero, sign };

/// Takes the value on top off the stack.
inline void pop_into(Machine& m, StorageType type, std::uint8_t* to) noexcept {
    const std::uint32_t bytes = type.bytes();
    if (bytes == 16) write_little_endian(to + 8, m.pop());
    const std::uint64_t word = m.pop();
    if (bytes == 1) write_little_endian(to, static_cast<std::uint8_t>(word));
    if (bytes == 2) write_little_endian(to, static_cast<std::uint16_t>(word));
    if (bytes == 4) write_little_endian(to, static_cast<std::uint32_t>(word));
    if (bytes >= 8) write_little_endian(to, word);
}

/// A packed value, as an i32.
template <Extend extend>
std::uint32_t read_packed(StorageType type, const std::uint8_t* from) noexcept {
    const bool is_byte = type.packed_bits == 8;
    if constexpr (extend == Extend::sign) {
        const std::int32_t value =
            is_byte ? read_little_endian<std::int8_t>(from) : read_little_endian<std::int16_t>(from);
        return static_cast<std::uint32_t>(value);
    } else {
        return is_byte ? read_little_endian<std::uint8_t>(from) : read_little_endian<std::uint16_t>(from);
    }
}

template <Extend extend = Extend::zero>
void push_from(Machine& m, StorageType type, const std::uint8_t* from) noexcept {
    const std::uint32_t bytes = type.bytes();
    if (type.is_packed()) {
        m.push(read_packed<extend>(type, from));
    } else if (bytes == 4) {
        m.push(read_little_endian<std::uint32_t>(from));
    } else {
        m.push(read_little_endian<std::uint64_t>(from));
        if (bytes == 16) m.push(read_little_endian<std::uint64_t>(from + 8));
    }
}

/// The type that an immediate names.
inline const CanonicalType& read_type(Machine& m) noexcept { return m.instance().code->types()[TypeIdx{m.read_u32()}]; }

} // namespace detent::body
