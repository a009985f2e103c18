// Bodies of the structure instructions. Source: spec, Execution, Aggregate Instructions; MET-5, DET-11.
#pragma once

#include "engine/exec/machine.hpp"
#include "engine/exec/storage.hpp"

namespace detent::body {

/// What was made, unless the step ends otherwise.
struct Made {
    Step step = Step::next;
    HeapObject* object = nullptr;
};

inline Made make_structure(Machine& m, const CanonicalType& type) noexcept {
    const std::uint64_t bytes = structure_bytes(type);
    if (const Step room = m.make_room(bytes, bytes); room != Step::next) return {room};
    HeapObject* const made = m.store().heap().make_structure(type);
    return made == nullptr ? Made{m.fail(kOutOfMemory)} : Made{Step::next, made};
}

inline Step struct_new(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    const Made made = make_structure(m, type);
    if (made.step != Step::next) return made.step;
    for (std::size_t i = type.fields.size(); i > 0; --i)
        pop_into(m, type.fields[i - 1].storage, made.object->bytes() + type.fields[i - 1].offset);
    m.push(made.object->ref().word());
    return Step::next;
}

/// A new object is of zeros and nulls.
inline Step struct_new_default(Machine& m) noexcept {
    const Made made = make_structure(m, read_type(m));
    if (made.step == Step::next) m.push(made.object->ref().word());
    return made.step;
}

/// The field of the operand's type: a subtype has the fields of its supertypes in the same places.
template <Extend extend>
inline Step get_field(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    const FieldLayout& field = type.fields[m.read_u32()];
    const Ref ref(m.peek(0));
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    m.drop(1);
    push_from<extend>(m, field.storage, m.store().heap().object(ref).bytes() + field.offset);
    return Step::next;
}

inline Step struct_get(Machine& m) noexcept { return get_field<Extend::zero>(m); }
inline Step struct_get_s(Machine& m) noexcept { return get_field<Extend::sign>(m); }
inline Step struct_get_u(Machine& m) noexcept { return get_field<Extend::zero>(m); }

inline Step struct_set(Machine& m) noexcept {
    const CanonicalType& type = read_type(m);
    const FieldLayout& field = type.fields[m.read_u32()];
    const Ref ref(m.peek(words_of(field.storage.unpacked)));
    if (ref.is_null()) return m.trap(TrapCode::NullReference);
    pop_into(m, field.storage, m.store().heap().object(ref).bytes() + field.offset);
    m.drop(1);
    return Step::next;
}

} // namespace detent::body
