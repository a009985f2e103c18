#include "engine/text/printer_types.hpp"

#include "engine/refused.hpp"
#include "engine/text/number_text.hpp"

#include <optional>

namespace detent::text::printer {

namespace {

constexpr std::uint8_t kRefNull = 0x63;
constexpr std::uint8_t kRef = 0x64;

struct TypeName {
    std::uint8_t byte;
    /// As a value type or a packed one.
    std::string_view text;
    /// As a heap type; empty for a type that is none.
    std::string_view heap;
};

// spec: binary-numtype, binary-vectype, binary-absheaptype, binary-reftype
constexpr TypeName kTypeNames[] = {
    {0x7F, "i32", ""},
    {0x7E, "i64", ""},
    {0x7D, "f32", ""},
    {0x7C, "f64", ""},
    {0x7B, "v128", ""},
    {0x74, "nullexnref", "noexn"},
    {0x73, "nullfuncref", "nofunc"},
    {0x72, "nullexternref", "noextern"},
    {0x71, "nullref", "none"},
    {0x70, "funcref", "func"},
    {0x6F, "externref", "extern"},
    {0x6E, "anyref", "any"},
    {0x6D, "eqref", "eq"},
    {0x6C, "i31ref", "i31"},
    {0x6B, "structref", "struct"},
    {0x6A, "arrayref", "array"},
    {0x69, "exnref", "exn"},
};

const TypeName* find_type(std::int64_t byte) noexcept {
    for (const TypeName& one : kTypeNames) {
        if (one.byte == byte) return &one;
    }
    return nullptr;
}

struct Limits {
    bool is_64 = false;
    bool has_page_size = false;
    std::string text;
};

constexpr std::uint8_t kHasMaximum = 0x01;
constexpr std::uint8_t k64 = 0x04;
constexpr std::uint8_t kPageSize = 0x08;

/// spec: binary-limits. `allowed` is the flags that may be set.
Limits limits(Input& in, std::uint8_t allowed) {
    const std::uint32_t begin = in.position();
    const std::uint8_t flags = in.byte();
    const auto unknown = static_cast<std::uint8_t>(flags & ~allowed);
    if (unknown != 0) {
        refuse(refused_or(ErrorCode::malformed_limits_flags, RefusedPlace::limits_flags, unknown), begin);
    }
    Limits read{(flags & k64) != 0, (flags & kPageSize) != 0, {}};
    read.text = (read.is_64 ? "i64 " : "") + decimal(in.u64());
    if ((flags & kHasMaximum) != 0) read.text += " " + decimal(in.u64());
    return read;
}

/// The page size is written as its logarithm.
std::string page_size(Input& in) {
    const std::uint32_t begin = in.position();
    const std::uint32_t logarithm = in.u32();
    if (logarithm >= 64) refuse(ErrorCode::malformed_limits_flags, begin);
    return " (pagesize " + decimal(std::uint64_t{1} << logarithm) + ")";
}

std::string with_mutability(const std::string& type, Input& in) {
    return in.byte_below(2, ErrorCode::malformed_mutability) != 0 ? "(mut " + type + ")" : type;
}

} // namespace

std::string heap_type(const Context& context, Input& in) {
    const std::uint32_t begin = in.position();
    const std::uint8_t first = in.peek();
    const std::int64_t code = in.s33();
    if (code >= 0) return context.reference(NameKind::type, static_cast<std::uint32_t>(code)).substr(1);
    // An abstract heap type is a negative number of one byte.
    const TypeName* found = find_type(code + 0x80);
    if (found == nullptr || found->heap.empty()) {
        refuse(refused_or(ErrorCode::malformed_reference_type, RefusedPlace::heap_type, first), begin);
    }
    return std::string(found->heap);
}

std::string value_type(const Context& context, Input& in) {
    const std::uint32_t begin = in.position();
    const std::uint8_t byte = in.byte();
    if (byte == kRefNull) return "(ref null " + heap_type(context, in) + ")";
    if (byte == kRef) return "(ref " + heap_type(context, in) + ")";
    const TypeName* found = find_type(byte);
    if (found == nullptr) refuse(ErrorCode::malformed_value_type, begin);
    return std::string(found->text);
}

std::string reference_type(const Context& context, Input& in) {
    constexpr std::uint8_t kLeastNumber = 0x7B;
    if (in.peek() >= kLeastNumber) refuse(ErrorCode::malformed_reference_type, in.position());
    return value_type(context, in);
}

std::string global_type(const Context& context, Input& in) {
    const std::string type = value_type(context, in);
    return with_mutability(type, in);
}

std::string table_type(const Context& context, Input& in) {
    const std::string element = reference_type(context, in);
    return limits(in, kHasMaximum | k64).text + " " + element;
}

std::string memory_type(Input& in) {
    const Limits read = limits(in, kHasMaximum | k64 | kPageSize);
    return read.has_page_size ? read.text + page_size(in) : read.text;
}

TypeVector type_vector(const Context& context, Input& in) {
    TypeVector types;
    types.count = in.count();
    types.begin = in.position();
    for (std::uint32_t left = types.count; left != 0; --left)
        static_cast<void>(value_type(context, in));
    types.end = in.position();
    return types;
}

void append_types(Text& out, const Context& context, std::string_view keyword, const TypeVector& types) {
    if (types.count == 0) return;
    Input in = context.at(types.begin, types.end);
    out << " (" << keyword;
    while (!in.at_end())
        out << " " << value_type(context, in);
    out << ")";
}

void append_type_use(Text& out, Context& context, std::uint32_t type, const Identifiers* locals) {
    out << " (type" << context.reference(NameKind::type, type) << ")";
    const Signature* signature = context.signature(type);
    if (signature == nullptr) return;
    if (locals == nullptr || locals->empty()) {
        append_types(out, context, "param", signature->parameters);
    } else {
        LocalList list(out, context, "param", *locals);
        Input in = context.at(signature->parameters.begin, signature->parameters.end);
        for (std::uint32_t i = 0; i < signature->parameters.count; ++i)
            list.add(i, value_type(context, in));
        list.finish();
    }
    append_types(out, context, "result", signature->results);
}

void LocalList::add(std::uint32_t index, std::string_view type) {
    const std::string name = context_.bind(names_, index);
    if (!name.empty()) {
        finish();
        out_ << " (" << keyword_ << name << " " << type << ")";
        return;
    }
    if (!is_open_) out_ << " (" << keyword_;
    is_open_ = true;
    out_ << " " << type;
}

void LocalList::finish() {
    if (is_open_) out_ << ")";
    is_open_ = false;
}

} // namespace detent::text::printer
