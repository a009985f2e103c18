// The type section. Source: spec, Binary Format, Types.
#include "engine/binary/decoder.hpp"
#include "engine/binary/immediates.hpp"

namespace detent {

namespace {

/// What a type begins with.
enum class TypeForm : std::uint8_t {
    rec = 0x4E,
    sub_final = 0x4F,
    sub = 0x50,
    array = 0x5E,
    struct_ = 0x5F,
    func = 0x60,
};

} // namespace

// spec: binary-typesec. Without gc, each group is one type, and counts as that.
Status Decoder::type_section(Reader& in) noexcept {
    const Limit counted = features_.has(Feature::gc) ? Limit::rec_groups : Limit::types;
    DETENT_TRY(const std::uint32_t entries, count(in, counted));
    if (!module_.types.reserve(entries) || !module_.rec_groups.reserve(entries)) return kOutOfMemory;
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(rec_group(in));
    return ok();
}

// spec: binary-rectype
Status Decoder::rec_group(Reader& in) noexcept {
    RecGroup group;
    group.offset = in.position();
    group.first = static_cast<std::uint32_t>(module_.types.size());
    group.count = 1;
    if (Reader ahead = in; ahead.byte() == outcome::success(static_cast<std::uint8_t>(TypeForm::rec))) {
        DETENT_CHECK(require(features_, Feature::gc, group.offset));
        in = ahead;
        DETENT_TRY(group.count, count(in, Limit::rec_group_types));
    }
    for (std::uint32_t i = 0; i < group.count; ++i)
        DETENT_CHECK(sub_type(in));
    if (!module_.rec_groups.push_back(group)) return kOutOfMemory;
    return ok();
}

// spec: binary-subtype
Status Decoder::sub_type(Reader& in) noexcept {
    SubType type;
    type.offset = in.position();
    DETENT_CHECK(within(Limit::types, module_.types.size() + 1, type.offset));
    Reader ahead = in;
    DETENT_TRY(const std::uint8_t form, ahead.byte());
    const bool is_open = form == static_cast<std::uint8_t>(TypeForm::sub);
    if (is_open || form == static_cast<std::uint8_t>(TypeForm::sub_final)) {
        DETENT_CHECK(require(features_, Feature::gc, type.offset));
        in = ahead;
        type.is_final = !is_open;
        DETENT_TRY(type.supertype, supertype(in));
        const std::uint32_t above = type.supertype ? number(*type.supertype) : 0;
        if (type.supertype && above < module_.types.size()) type.depth = module_.types[above].depth + 1;
    }
    DETENT_CHECK(composite_type(in, type));
    if (!module_.types.push_back(type)) return kOutOfMemory;
    return ok();
}

/// The format has a vector, validation allows one.
Result<std::optional<TypeIdx>> Decoder::supertype(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t entries, in.u32());
    if (entries > in.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
    if (entries > 1) return Error{ErrorCode::bad_subtype, begin};
    if (entries == 0) return std::optional<TypeIdx>();
    DETENT_TRY(const std::uint32_t index, in.u32());
    return std::optional(TypeIdx{index});
}

// spec: binary-comptype
Status Decoder::composite_type(Reader& in, SubType& type) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t form, in.byte());
    switch (TypeForm{form}) {
    case TypeForm::func: return function_type(in, type);
    case TypeForm::struct_: DETENT_CHECK(require(features_, Feature::gc, begin)); return struct_type(in, type);
    case TypeForm::array: DETENT_CHECK(require(features_, Feature::gc, begin)); return array_type(in, type);
    case TypeForm::rec:
    case TypeForm::sub:
    case TypeForm::sub_final: break;
    }
    return Error{refused_or(ErrorCode::malformed_type_form, RefusedPlace::type_form, form), begin};
}

// spec: binary-functype
Status Decoder::function_type(Reader& in, SubType& type) noexcept {
    type.kind = CompositeKind::func;
    type.begin = static_cast<std::uint32_t>(module_.type_pool.size());
    DETENT_TRY(type.parameters, value_types(in, Limit::parameters));
    const std::uint32_t results_begin = in.position();
    DETENT_TRY(type.results, value_types(in, Limit::results));
    if (type.results > 1) DETENT_CHECK(require(features_, Feature::multi_value, results_begin));
    return ok();
}

Result<std::uint32_t> Decoder::value_types(Reader& in, Limit limit) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t entries, count(in, limit));
    DETENT_CHECK(type_words(entries, begin));
    for (std::uint32_t i = 0; i < entries; ++i) {
        DETENT_TRY(const ValType type, read_value_type(in, features_));
        if (!module_.type_pool.push_back(type)) return kOutOfMemory;
    }
    return entries;
}

// spec: binary-structtype
Status Decoder::struct_type(Reader& in, SubType& type) noexcept {
    type.kind = CompositeKind::struct_;
    type.begin = static_cast<std::uint32_t>(module_.field_pool.size());
    const std::uint32_t begin = in.position();
    DETENT_TRY(type.fields, count(in, Limit::struct_fields));
    DETENT_CHECK(type_words(type.fields, begin));
    for (std::uint32_t i = 0; i < type.fields; ++i)
        DETENT_CHECK(field(in, type));
    return ok();
}

// spec: binary-arraytype
Status Decoder::array_type(Reader& in, SubType& type) noexcept {
    type.kind = CompositeKind::array;
    type.begin = static_cast<std::uint32_t>(module_.field_pool.size());
    type.fields = 1;
    DETENT_CHECK(type_words(1, in.position()));
    return field(in, type);
}

// spec: binary-fieldtype
Status Decoder::field(Reader& in, SubType& type) noexcept {
    FieldType field;
    DETENT_TRY(field.storage, storage_type(in));
    DETENT_TRY(field.is_mutable, mutability(in));
    type.has_defaults = type.has_defaults && is_defaultable(field.storage.unpacked);
    const bool is_added =
        module_.field_pool.push_back(field) && module_.unpacked_pool.push_back(field.storage.unpacked);
    if (!is_added) return kOutOfMemory;
    return ok();
}

// spec: binary-storagetype
Result<StorageType> Decoder::storage_type(Reader& in) noexcept {
    constexpr std::uint8_t kI8 = 0x78;
    constexpr std::uint8_t kI16 = 0x77;
    Reader ahead = in;
    DETENT_TRY(const std::uint8_t byte, ahead.byte());
    if (byte == kI8 || byte == kI16) {
        in = ahead;
        return StorageType{kI32, static_cast<std::uint8_t>(byte == kI8 ? 8 : 16)};
    }
    DETENT_TRY(const ValType type, read_value_type(in, features_));
    return StorageType{type};
}

Result<bool> Decoder::mutability(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t byte, in.byte());
    if (byte > 1) return Error{ErrorCode::malformed_mutability, begin};
    return byte == 1;
}

/// So many more parameters, results and fields.
Status Decoder::type_words(std::size_t more, std::uint32_t offset) const noexcept {
    return within(Limit::type_words, module_.type_pool.size() + module_.field_pool.size() + more, offset);
}

} // namespace detent
