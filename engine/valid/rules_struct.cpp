// Structures.
#include "engine/valid/rules.hpp"

namespace detent {

// spec: valid-struct.new, valid-struct.new_default
Status Rules::struct_new(Op op) noexcept {
    DETENT_TRY(const TypeIdx type, type_index(CompositeKind::struct_));
    if (op == Op::struct_new) {
        DETENT_CHECK(pop(module_.unpacked_fields(type)));
    } else {
        DETENT_CHECK(agreed(module_.types[number(type)].has_defaults));
    }
    return push(non_null(HeapType(type)));
}

/// A packed field is read with a sign, any other without. spec: valid-struct.get_sx, valid-struct.set
Status Rules::struct_access(Op op) noexcept {
    DETENT_TRY(const TypeIdx type, type_index(CompositeKind::struct_));
    DETENT_TRY(const std::uint32_t index, in_.u32());
    const std::span<const FieldType> fields = module_.fields(type);
    DETENT_CHECK(known(index, fields.size(), ErrorCode::unknown_field));
    const FieldType& field = fields[index];
    if (op == Op::struct_set) {
        if (!field.is_mutable) return error(ErrorCode::immutable_field);
        DETENT_CHECK(pop(field.storage.unpacked));
        return pop(nullable(HeapType(type)));
    }
    DETENT_CHECK(agreed(field.storage.is_packed() == (op != Op::struct_get)));
    DETENT_CHECK(pop(nullable(HeapType(type))));
    return push(field.storage.unpacked);
}

} // namespace detent
