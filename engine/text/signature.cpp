#include "engine/text/signature.hpp"

namespace detent::text {

namespace {

/// `$id type`, or types, up to the closing parenthesis.
void params(Cursor& cursor, const IndexSpace& types, Binding binding, Signature& out) {
    if (cursor.kind() == TokenKind::id && binding == Binding::allowed) {
        const std::uint32_t offset = cursor.offset();
        out.ids.push_back({out.param_count, cursor.optional_id(), offset});
        out.name_places.push_back({out.param_count++, cursor.at()});
        value_type(cursor, types, out.params);
        return;
    }
    out.name_places.push_back({out.param_count, cursor.at()});
    while (optional_value_type(cursor, types, out.params))
        ++out.param_count;
}

} // namespace

std::string Signature::key() const {
    Writer out;
    out.unsigned_leb(param_count);
    out.append(params.bytes());
    out.unsigned_leb(result_count);
    out.append(results.bytes());
    return {out.bytes().begin(), out.bytes().end()};
}

Signature signature(Cursor& cursor, const IndexSpace& types, Binding binding) {
    Signature out;
    while (cursor.accept_open("param")) {
        params(cursor, types, binding, out);
        cursor.close();
    }
    while (cursor.accept_open("result")) {
        while (optional_value_type(cursor, types, out.results))
            ++out.result_count;
        cursor.close();
    }
    return out;
}

} // namespace detent::text
