// Bodies of the array instructions. Source: spec, Execution, Aggregate Instructions; MET-4 to MET-6, DET-11, DET-15.
#pragma once

#include "engine/exec/body_struct.hpp"
#include "engine/exec/machine.hpp"
#include "engine/exec/storage.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace detent::body {

inline const StorageType& element_of(const CanonicalType& type) noexcept { return type.fields[0].storage; }

inline std::uint32_t peek_u32(Machine& m, std::uint32_t depth) noexcept {
    return static_cast<std::uint32_t>(m.peek(depth));
}

/// Whether [offset, offset + length) lies within `size`.
inline bool is_within(std::uint64_t offset, std::uint64_t length, std::uint64_t size) noexcept {
    return length <= size && offset <= size - length;
}

/// An array of zeros or nulls. One beyond the limit is refused before it is priced.
inline Made make_array(Machine& m, const CanonicalType& type, std::uint32_t length) noexcept {
    const std::uint64_t bytes = array_bytes(type, length);
    if (bytes > m.store().limits()[Limit::array_bytes]) return {m.trap(TrapCode::HeapExhausted)};
    if (const Step room = m.make_room(bytes, bytes); room != Step::next) return {room};
    HeapObject* const made = m.store().heap().make_array(type, length);
    return made == nullptr ? Made{m.fail(kOutOfMemory)} : Made{Step::next, made};
}

/// Takes the value on top off the stack and writes it into [from, from + count), which MUST exist.
inline void fill_from_top(Machine& m, HeapObject& array, std::uint32_t from, std::uint32_t count) noexcept {
    const StorageType& element = element_of(*array.type);
    if (count == 0) return m.drop(words_of(element.unpacked));
    std::uint8_t* const first = array.element(from);
    pop_into(m, element, first);
    const std::size_t bytes = std::size_t{count} * element.bytes();
    for (std::size_t filled = element.bytes(); filled < bytes; filled *= 2)
        std::memcpy(first + filled, first, std::min(filled, bytes - filled));
}

inline Step array_new(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    const std::uint32_t length = peek_u32(m, 0);
    const Made made = make_array(m, type, length);
    if (made.step != Step::next) return made.step;
    m.drop(1);
    fill_from_top(m, *made.object, 0, length);
    m.push(made.object->ref().word());
    return Step::next;
}

inline Step array_new_default(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    const Made made = make_array(m, type, peek_u32(m, 0));
    if (made.step == Step::next) m.peek(0) = made.object->ref().word();
    return made.step;
}

inline Step array_new_fixed(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    const std::uint32_t length = m.read_u32();
    const Made made = make_array(m, type, length);
    if (made.step != Step::next) return made.step;
    for (std::uint32_t i = length; i > 0; --i)
        pop_into(m, element_of(type), made.object->element(i - 1));
    m.push(made.object->ref().word());
    return Step::next;
}

/// Elements that stand in a segment: where it is, and what is said of those that are out of its bounds.
struct DataSource {
    static constexpr TrapCode kOutOfBounds = TrapCode::OutOfBoundsMemoryAccess;
    std::span<const std::uint8_t> bytes;

    [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t count, std::uint32_t element) const noexcept {
        return is_within(offset, count * element, bytes.size());
    }
    /// Both are little-endian.
    void copy(std::uint32_t offset, std::uint32_t count, std::uint32_t element, std::uint8_t* to) const noexcept {
        if (count != 0) std::memcpy(to, bytes.data() + offset, std::size_t{count} * element);
    }
};

struct ElementSource {
    static constexpr TrapCode kOutOfBounds = TrapCode::OutOfBoundsTableAccess;
    std::span<const std::uint64_t> words;

    [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t count, std::uint32_t) const noexcept {
        return is_within(offset, count, words.size());
    }
    void copy(std::uint32_t offset, std::uint32_t count, std::uint32_t, std::uint8_t* to) const noexcept {
        for (std::size_t i = 0; i < count; ++i)
            write_little_endian(to + 8 * i, words[offset + i]);
    }
};

inline DataSource read_data(Machine& m) noexcept { return {m.instance().data_segment(DataIdx{m.read_u32()})}; }
inline ElementSource read_elements(Machine& m) noexcept { return {m.instance().elements[m.read_u32()].span()}; }

template <class Source>
inline Step new_from(Machine& m, const CanonicalType& type, const Source& source) noexcept {
    const std::uint32_t offset = peek_u32(m, 1);
    const std::uint32_t length = peek_u32(m, 0);
    const std::uint32_t element = element_of(type).bytes();
    if (!source.contains(offset, length, element)) return m.trap(Source::kOutOfBounds);
    const Made made = make_array(m, type, length);
    if (made.step != Step::next) return made.step;
    source.copy(offset, length, element, made.object->bytes());
    m.drop(1);
    m.peek(0) = made.object->ref().word();
    return Step::next;
}

inline Step array_new_data(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    return new_from(m, type, read_data(m));
}

inline Step array_new_elem(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    return new_from(m, type, read_elements(m));
}

template <Extend extend>
inline Step get_element(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    const Ref ref(m.peek(1));
    const std::uint32_t index = peek_u32(m, 0);
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    HeapObject& array = m.store().heap().object(ref);
    if (index >= array.length) return m.trap(TrapCode::OutOfBoundsArrayAccess);
    m.drop(2);
    push_from<extend>(m, element_of(type), array.element(index));
    return Step::next;
}

inline Step array_get(Machine& m) noexcept { return get_element<Extend::zero>(m); }
inline Step array_get_s(Machine& m) noexcept { return get_element<Extend::sign>(m); }
inline Step array_get_u(Machine& m) noexcept { return get_element<Extend::zero>(m); }

inline Step array_set(Machine& m) noexcept {
    const StorageType& element = element_of(read_type(m));
    const std::uint32_t words = words_of(element.unpacked);
    const Ref ref(m.peek(words + 1));
    const std::uint32_t index = peek_u32(m, words);
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    HeapObject& array = m.store().heap().object(ref);
    if (index >= array.length) return m.trap(TrapCode::OutOfBoundsArrayAccess);
    pop_into(m, element, array.element(index));
    m.drop(2);
    return Step::next;
}

inline Step array_len(Machine& m) noexcept {
    const Ref ref(m.peek(0));
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    m.peek(0) = m.store().heap().object(ref).length;
    return Step::next;
}

inline Step array_fill(Machine& m) noexcept {
    const StorageType& element = element_of(read_type(m));
    const std::uint32_t words = words_of(element.unpacked);
    const std::uint32_t count = peek_u32(m, 0);
    const std::uint32_t to = peek_u32(m, words + 1);
    const Ref ref(m.peek(words + 2));
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    HeapObject& array = m.store().heap().object(ref);
    if (!is_within(to, count, array.length)) return m.trap(TrapCode::OutOfBoundsArrayAccess);
    if (const Step paid = m.charge(std::uint64_t{count} * element.bytes()); paid != Step::next) return paid;
    m.drop(1);
    fill_from_top(m, array, to, count);
    m.drop(2);
    return Step::next;
}

/// The two may be one array, and the ranges may overlap.
inline Step array_copy(Machine& m) noexcept {
    const std::uint32_t element = element_of(read_type(m)).bytes();
    static_cast<void>(m.read_u32());
    const Ref to_ref(m.peek(4));
    const Ref from_ref(m.peek(2));
    const std::uint32_t to_index = peek_u32(m, 3);
    const std::uint32_t from_index = peek_u32(m, 1);
    const std::uint32_t count = peek_u32(m, 0);
    if (to_ref.is_null() || from_ref.is_null()) return m.trap(TrapCode::NullReference);
    HeapObject& to = m.store().heap().object(to_ref);
    HeapObject& from = m.store().heap().object(from_ref);
    const bool in_bounds = is_within(to_index, count, to.length) && is_within(from_index, count, from.length);
    if (!in_bounds) return m.trap(TrapCode::OutOfBoundsArrayAccess);
    const std::uint64_t bytes = std::uint64_t{count} * element;
    if (const Step paid = m.charge(bytes); paid != Step::next) return paid;
    std::memmove(to.element(to_index), from.element(from_index), static_cast<std::size_t>(bytes));
    m.drop(5);
    return Step::next;
}

/// The bounds of the array come before those of the segment.
template <class Source>
inline Step init_from(Machine& m, const CanonicalType& type, const Source& source) noexcept {
    const Ref ref(m.peek(3));
    const std::uint32_t to = peek_u32(m, 2);
    const std::uint32_t from = peek_u32(m, 1);
    const std::uint32_t count = peek_u32(m, 0);
    const std::uint32_t element = element_of(type).bytes();
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    HeapObject& array = m.store().heap().object(ref);
    if (!is_within(to, count, array.length)) return m.trap(TrapCode::OutOfBoundsArrayAccess);
    if (!source.contains(from, count, element)) return m.trap(Source::kOutOfBounds);
    if (const Step paid = m.charge(std::uint64_t{count} * element); paid != Step::next) return paid;
    source.copy(from, count, element, array.element(to));
    m.drop(4);
    return Step::next;
}

inline Step array_init_data(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    return init_from(m, type, read_data(m));
}

inline Step array_init_elem(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    return init_from(m, type, read_elements(m));
}

} // namespace detent::body
