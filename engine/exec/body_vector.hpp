// Bodies of the vector instructions that have immediates. Source: spec, Execution, Vector Instructions; DET-8, DET-25.
#pragma once

#include "engine/exec/body_memory.hpp"
#include "engine/exec/vector_bits.hpp"
#include "engine/exec/vector_convert.hpp"

namespace detent::body {

/// The vector whose last word stands `depth` below the top.
inline V128 peek_vector(Machine& m, std::uint32_t depth) noexcept { return {m.peek(depth + 1), m.peek(depth)}; }

inline void push_vector(Machine& m, V128 vector) noexcept {
    m.push(vector.low);
    m.push(vector.high);
}

inline V128 pop_vector(Machine& m) noexcept {
    const V128 vector = peek_vector(m, 0);
    m.drop(2);
    return vector;
}

inline Step v128_const(Machine& m) noexcept {
    const std::uint64_t low = m.read_bytes(8);
    push_vector(m, {low, m.read_bytes(8)});
    return Step::next;
}

// Lanes.

/// The index is an immediate, below the number of lanes.
template <class T, class Result>
inline Step extract_lane(Machine& m) noexcept {
    const std::uint8_t index = m.read_byte();
    const T lane = lanes_of<T>(pop_vector(m))[index];
    m.push(lane_bits(static_cast<Result>(lane)));
    return Step::next;
}

template <class T>
inline Step replace_lane(Machine& m) noexcept {
    const std::uint8_t index = m.read_byte();
    const T lane = lane_from_bits<T>(m.pop());
    Lanes<T> lanes = lanes_of<T>(pop_vector(m));
    lanes[index] = lane;
    push_vector(m, vector_of<T>(lanes));
    return Step::next;
}

inline Step i8x16_extract_lane_s(Machine& m) noexcept { return extract_lane<S8, U32>(m); }
inline Step i8x16_extract_lane_u(Machine& m) noexcept { return extract_lane<U8, U32>(m); }
inline Step i16x8_extract_lane_s(Machine& m) noexcept { return extract_lane<S16, U32>(m); }
inline Step i16x8_extract_lane_u(Machine& m) noexcept { return extract_lane<U16, U32>(m); }
inline Step i32x4_extract_lane(Machine& m) noexcept { return extract_lane<U32, U32>(m); }
inline Step i64x2_extract_lane(Machine& m) noexcept { return extract_lane<U64, U64>(m); }
inline Step f32x4_extract_lane(Machine& m) noexcept { return extract_lane<F32, F32>(m); }
inline Step f64x2_extract_lane(Machine& m) noexcept { return extract_lane<F64, F64>(m); }

inline Step i8x16_replace_lane(Machine& m) noexcept { return replace_lane<U8>(m); }
inline Step i16x8_replace_lane(Machine& m) noexcept { return replace_lane<U16>(m); }
inline Step i32x4_replace_lane(Machine& m) noexcept { return replace_lane<U32>(m); }
inline Step i64x2_replace_lane(Machine& m) noexcept { return replace_lane<U64>(m); }
inline Step f32x4_replace_lane(Machine& m) noexcept { return replace_lane<F32>(m); }
inline Step f64x2_replace_lane(Machine& m) noexcept { return replace_lane<F64>(m); }

/// Each lane of the result is the one that its immediate names among those of both operands.
inline Step i8x16_shuffle(Machine& m) noexcept {
    const Lanes<U8> second = lanes_of<U8>(pop_vector(m));
    const Lanes<U8> first = lanes_of<U8>(pop_vector(m));
    Lanes<U8> shuffled{};
    for (U8& lane : shuffled) {
        const std::uint8_t index = m.read_byte();
        lane = index < first.size() ? first[index] : second[index - first.size()];
    }
    push_vector(m, vector_of<U8>(shuffled));
    return Step::next;
}

// Loads.

template <class T>
[[nodiscard]] inline T read_stored(const std::uint8_t* from) noexcept {
    if constexpr (std::is_same_v<T, V128>) {
        return {read_little_endian<U64>(from), read_little_endian<U64>(from + sizeof(U64))};
    } else {
        return read_little_endian<T>(from);
    }
}

/// Reads a `Stored` and makes a vector of it.
template <class Stored, V128 (*make)(Stored) noexcept>
inline Step load_vector(Machine& m) noexcept {
    const Access access = read_access(m, 0);
    if (!access.memory.contains(access.offset, sizeof(Stored))) return m.trap(TrapCode::OutOfBoundsMemoryAccess);
    const auto stored = read_stored<Stored>(access.memory.at(access.offset, sizeof(Stored)));
    m.drop(1);
    push_vector(m, make(stored));
    return Step::next;
}

[[nodiscard]] constexpr V128 same(V128 stored) noexcept { return stored; }

/// The rest of the vector is zero.
template <class T>
[[nodiscard]] constexpr V128 lowest(T stored) noexcept {
    return {stored, 0};
}

/// Half a vector of `T`, each lane extended.
template <class T>
[[nodiscard]] constexpr V128 extended(U64 stored) noexcept {
    return extend<T, Half::low>({stored, 0});
}

inline Step v128_load(Machine& m) noexcept { return load_vector<V128, same>(m); }
inline Step v128_load8x8_s(Machine& m) noexcept { return load_vector<U64, extended<S8>>(m); }
inline Step v128_load8x8_u(Machine& m) noexcept { return load_vector<U64, extended<U8>>(m); }
inline Step v128_load16x4_s(Machine& m) noexcept { return load_vector<U64, extended<S16>>(m); }
inline Step v128_load16x4_u(Machine& m) noexcept { return load_vector<U64, extended<U16>>(m); }
inline Step v128_load32x2_s(Machine& m) noexcept { return load_vector<U64, extended<S32>>(m); }
inline Step v128_load32x2_u(Machine& m) noexcept { return load_vector<U64, extended<U32>>(m); }
inline Step v128_load8_splat(Machine& m) noexcept { return load_vector<U8, splat<U8>>(m); }
inline Step v128_load16_splat(Machine& m) noexcept { return load_vector<U16, splat<U16>>(m); }
inline Step v128_load32_splat(Machine& m) noexcept { return load_vector<U32, splat<U32>>(m); }
inline Step v128_load64_splat(Machine& m) noexcept { return load_vector<U64, splat<U64>>(m); }
inline Step v128_load32_zero(Machine& m) noexcept { return load_vector<U32, lowest<U32>>(m); }
inline Step v128_load64_zero(Machine& m) noexcept { return load_vector<U64, lowest<U64>>(m); }

/// Reads one lane; the others stay.
template <class T>
inline Step load_lane(Machine& m) noexcept {
    const Access access = read_access(m, 2);
    const std::uint8_t index = m.read_byte();
    if (!access.memory.contains(access.offset, sizeof(T))) return m.trap(TrapCode::OutOfBoundsMemoryAccess);
    Lanes<T> lanes = lanes_of<T>(pop_vector(m));
    lanes[index] = read_little_endian<T>(access.memory.at(access.offset, sizeof(T)));
    m.drop(1);
    push_vector(m, vector_of<T>(lanes));
    return Step::next;
}

inline Step v128_load8_lane(Machine& m) noexcept { return load_lane<U8>(m); }
inline Step v128_load16_lane(Machine& m) noexcept { return load_lane<U16>(m); }
inline Step v128_load32_lane(Machine& m) noexcept { return load_lane<U32>(m); }
inline Step v128_load64_lane(Machine& m) noexcept { return load_lane<U64>(m); }

// Stores. One that straddles the end writes nothing (DET-25).

inline Step v128_store(Machine& m) noexcept {
    const Access access = read_access(m, 2);
    if (!access.memory.contains(access.offset, sizeof(V128))) return m.trap(TrapCode::OutOfBoundsMemoryAccess);
    const V128 vector = pop_vector(m);
    std::uint8_t* const to = access.memory.for_writing(access.offset, sizeof(V128));
    write_little_endian(to, vector.low);
    write_little_endian(to + sizeof(vector.low), vector.high);
    m.drop(1);
    return Step::next;
}

template <class T>
inline Step store_lane(Machine& m) noexcept {
    const Access access = read_access(m, 2);
    const std::uint8_t index = m.read_byte();
    if (!access.memory.contains(access.offset, sizeof(T))) return m.trap(TrapCode::OutOfBoundsMemoryAccess);
    write_little_endian(access.memory.for_writing(access.offset, sizeof(T)), lanes_of<T>(pop_vector(m))[index]);
    m.drop(1);
    return Step::next;
}

inline Step v128_store8_lane(Machine& m) noexcept { return store_lane<U8>(m); }
inline Step v128_store16_lane(Machine& m) noexcept { return store_lane<U16>(m); }
inline Step v128_store32_lane(Machine& m) noexcept { return store_lane<U32>(m); }
inline Step v128_store64_lane(Machine& m) noexcept { return store_lane<U64>(m); }

} // namespace detent::body
