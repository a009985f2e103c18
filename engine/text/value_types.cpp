#include "engine/text/value_types.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace detent::text {

namespace {

/// A keyword and the byte that the binary format has for it.
struct TypeWord {
    std::string_view word;
    std::uint8_t byte;
};

constexpr TypeWord kHeapTypes[] = {
    {"any", 0x6E},  {"eq", 0x6D},     {"i31", 0x6C},    {"struct", 0x6B},   {"array", 0x6A}, {"none", 0x71},
    {"func", 0x70}, {"nofunc", 0x73}, {"extern", 0x6F}, {"noextern", 0x72}, {"exn", 0x69},   {"noexn", 0x74},
};

constexpr TypeWord kRefTypes[] = {
    {"anyref", 0x6E},    {"eqref", 0x6D},         {"i31ref", 0x6C},  {"structref", 0x6B},
    {"arrayref", 0x6A},  {"nullref", 0x71},       {"funcref", 0x70}, {"nullfuncref", 0x73},
    {"externref", 0x6F}, {"nullexternref", 0x72}, {"exnref", 0x69},  {"nullexnref", 0x74},
};

constexpr TypeWord kNumberTypes[] = {{"i32", 0x7F}, {"i64", 0x7E}, {"f32", 0x7D}, {"f64", 0x7C}, {"v128", 0x7B}};

constexpr TypeWord kPackedTypes[] = {{"i8", 0x78}, {"i16", 0x77}};

/// Takes a keyword that is in the list.
template <std::size_t N>
std::optional<std::uint8_t> accept_one_of(Cursor& cursor, const TypeWord (&words)[N]) {
    if (cursor.kind() != TokenKind::keyword) return std::nullopt;
    const auto is_here = [&](const TypeWord& one) noexcept { return one.word == cursor.word(); };
    const auto* found = std::find_if(std::begin(words), std::end(words), is_here);
    if (found == std::end(words)) return std::nullopt;
    cursor.next();
    return found->byte;
}

/// The s33 that a single byte is.
constexpr std::int64_t as_heap(std::uint8_t byte) noexcept { return std::int64_t{byte} - 0x80; }

} // namespace

std::uint32_t index_in(Cursor& cursor, const IndexSpace& space) {
    if (cursor.kind() != TokenKind::id) return cursor.u32();
    const Token& token = cursor.next();
    const std::optional<std::uint32_t> found = space.find(cursor.id(token));
    if (!found) fail(ErrorCode::unbound_identifier, token.begin, static_cast<std::uint32_t>(space.space()));
    return *found;
}

std::int64_t heap_type(Cursor& cursor, const IndexSpace& types) {
    if (const auto byte = accept_one_of(cursor, kHeapTypes)) return as_heap(*byte);
    return index_in(cursor, types);
}

std::optional<RefType> optional_ref_type(Cursor& cursor, const IndexSpace& types) {
    if (const auto byte = accept_one_of(cursor, kRefTypes)) return RefType{true, as_heap(*byte)};
    if (!cursor.accept_open("ref")) return std::nullopt;
    RefType type;
    type.is_nullable = cursor.accept_keyword("null");
    type.heap = heap_type(cursor, types);
    cursor.close();
    return type;
}

RefType ref_type(Cursor& cursor, const IndexSpace& types) {
    const std::optional<RefType> type = optional_ref_type(cursor, types);
    if (!type) cursor.unexpected(cursor.kind() == TokenKind::open ? 1 : 0);
    return *type;
}

void write(Writer& out, RefType type) {
    const bool is_short = type.is_nullable && type.heap < 0;
    if (!is_short) out.byte(type.is_nullable ? 0x63 : 0x64);
    out.signed_leb(type.heap);
}

bool optional_value_type(Cursor& cursor, const IndexSpace& types, Writer& out) {
    if (const auto byte = accept_one_of(cursor, kNumberTypes)) {
        out.byte(*byte);
        return true;
    }
    const std::optional<RefType> type = optional_ref_type(cursor, types);
    if (type) write(out, *type);
    return type.has_value();
}

void value_type(Cursor& cursor, const IndexSpace& types, Writer& out) {
    if (!optional_value_type(cursor, types, out)) cursor.unexpected(cursor.kind() == TokenKind::open ? 1 : 0);
}

void storage_type(Cursor& cursor, const IndexSpace& types, Writer& out) {
    if (const auto byte = accept_one_of(cursor, kPackedTypes)) return out.byte(*byte);
    value_type(cursor, types, out);
}

} // namespace detent::text
