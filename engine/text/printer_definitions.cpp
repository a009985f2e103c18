// The entries of the type section. Source: spec, Binary Format, Recursive Types.
#include "engine/text/printer_types.hpp"

namespace detent::text::printer {

namespace {

constexpr std::uint8_t kRec = 0x4E;
constexpr std::uint8_t kSubFinal = 0x4F;
constexpr std::uint8_t kSub = 0x50;
constexpr std::uint8_t kArray = 0x5E;
constexpr std::uint8_t kStruct = 0x5F;
constexpr std::uint8_t kFunc = 0x60;

// spec: binary-storagetype
std::string storage_type(const Context& context, Input& in) {
    constexpr std::uint8_t kI8 = 0x78;
    constexpr std::uint8_t kI16 = 0x77;
    const std::uint8_t first = in.peek();
    if (first != kI8 && first != kI16) return value_type(context, in);
    return in.byte() == kI8 ? "i8" : "i16";
}

// spec: binary-fieldtype
std::string field_type(const Context& context, Input& in) {
    const std::string storage = storage_type(context, in);
    return in.byte_below(2, ErrorCode::malformed_mutability) != 0 ? "(mut " + storage + ")" : storage;
}

void append_function(Text& out, Context& context, Input& in) {
    Signature signature;
    signature.parameters = type_vector(context, in);
    signature.results = type_vector(context, in);
    out << "(func";
    append_types(out, context, "param", signature.parameters);
    append_types(out, context, "result", signature.results);
    out << ")";
    context.types.emplace_back(signature);
}

void append_structure(Text& out, Context& context, Input& in) {
    const Identifiers& names = context.names().owned(NameKind::field, static_cast<std::uint32_t>(context.types.size()));
    const std::uint32_t fields = in.count();
    out << "(struct";
    LocalList list(out, context, "field", names);
    for (std::uint32_t i = 0; i < fields; ++i)
        list.add(i, field_type(context, in));
    list.finish();
    out << ")";
    context.types.emplace_back();
}

// spec: binary-comptype
void append_composite(Text& out, Context& context, Input& in) {
    const std::uint32_t begin = in.position();
    const std::uint8_t form = in.byte();
    switch (form) {
    case kFunc: return append_function(out, context, in);
    case kStruct: return append_structure(out, context, in);
    case kArray: break;
    default: refuse(refused_or(ErrorCode::malformed_type_form, RefusedPlace::type_form, form), begin);
    }
    out << "(array " << field_type(context, in) << ")";
    context.types.emplace_back();
}

/// spec: binary-subtype. A final type without supertypes is written as its composite type alone.
void append_sub(Text& out, Context& context, Input& in) {
    const std::uint8_t form = in.peek();
    if (form != kSub && form != kSubFinal) return append_composite(out, context, in);
    out << (in.byte() == kSub ? "(sub" : "(sub final");
    for (std::uint32_t left = in.count(); left != 0; --left)
        out << context.reference(NameKind::type, in.u32());
    out << " ";
    append_composite(out, context, in);
    out << ")";
}

void append_definition(Text& out, Context& context, Input& in) {
    out << "(type" << context.bind_next(NameKind::type) << " ";
    append_sub(out, context, in);
    out << ")";
}

} // namespace

void append_rec_type(Text& out, Context& context, Input& in) {
    if (in.peek() != kRec) {
        out << "\n  ";
        return append_definition(out, context, in);
    }
    static_cast<void>(in.byte());
    out << "\n  (rec";
    for (std::uint32_t left = in.count(); left != 0; --left) {
        out << "\n    ";
        append_definition(out, context, in);
    }
    out << ")";
}

} // namespace detent::text::printer
