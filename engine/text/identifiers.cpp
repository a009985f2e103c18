// The first look at a module: which definitions there are, in which order, and what they are called. Bodies are passed
// over by their parentheses.
#include "engine/text/definitions.hpp"
#include "engine/text/fields.hpp"

#include <optional>

namespace detent::text {

namespace {

/// The space of what a keyword defines, types left out.
std::optional<Space> space_defined_by(std::string_view keyword) noexcept {
    if (keyword == "elem") return Space::elem;
    if (keyword == "data") return Space::data;
    for (const External& external : kExternals) {
        if (external.keyword == keyword) return external.space;
    }
    return std::nullopt;
}

/// The identifier that is next, given to the next index of the space.
void define(ModuleState& module, IndexSpace& space) {
    const std::uint32_t offset = module.cursor.offset();
    space.define(module.cursor.optional_id(), offset);
}

/// Whether a group that ends at a token has `(keyword …)` right inside it, from here on.
bool has_child(Cursor cursor, std::uint32_t end, std::string_view keyword) {
    while (cursor.at() < end) {
        if (cursor.is_open(keyword)) return true;
        if (cursor.kind() == TokenKind::open) {
            cursor.skip_group();
        } else {
            cursor.next();
        }
    }
    return false;
}

void define_group(ModuleState& module) {
    Cursor& cursor = module.cursor;
    while (cursor.is_open("type") && cursor.peek().link != 0) {
        const std::uint32_t end = cursor.peek().link;
        cursor.jump(cursor.at() + 2);
        define(module, module.types.ids());
        cursor.jump(end + 1);
    }
}

/// `(import "…" "…" (kind $id …`
void define_import(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const std::optional<Space> space = space_defined_by(cursor.word(3));
    if (cursor.kind(2) != TokenKind::open || !space) return;
    cursor.jump(cursor.at() + 4);
    define(module, space_of(module, *space));
}

void define_field(ModuleState& module, std::string_view keyword, std::uint32_t end) {
    if (keyword == "type") return define(module, module.types.ids());
    if (keyword == "rec") return define_group(module);
    if (keyword == "import") return define_import(module);
    const std::optional<Space> space = space_defined_by(keyword);
    if (!space) return;
    define(module, space_of(module, *space));
    // The segments that tables and memories hold are segments like any other.
    if (space == Space::table && has_child(module.cursor, end, "elem")) module.elems.define_unnamed(1);
    if (space == Space::memory && has_child(module.cursor, end, "data")) module.datas.define_unnamed(1);
}

} // namespace

void define_identifiers(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const std::uint32_t begin = cursor.at();
    while (cursor.kind() == TokenKind::open && cursor.peek().link != 0) {
        const std::uint32_t end = cursor.peek().link;
        const std::string_view keyword = cursor.word(1);
        cursor.jump(cursor.at() + 2);
        define_field(module, keyword, end);
        cursor.jump(end + 1);
    }
    cursor.jump(begin);
}

} // namespace detent::text
