#include "engine/text/types.hpp"

#include <utility>

namespace detent::text {

namespace {

constexpr std::uint8_t kRec = 0x4E;
constexpr std::uint8_t kSubFinal = 0x4F;
constexpr std::uint8_t kSub = 0x50;
constexpr std::uint8_t kArray = 0x5E;
constexpr std::uint8_t kStruct = 0x5F;
constexpr std::uint8_t kFunc = 0x60;

} // namespace

void Types::define(Cursor& cursor, Annotations& annotations, Names& names) {
    ++section_.count;
    sub_type(cursor, annotations, names, true);
}

void Types::define_recursive(Cursor& cursor, Annotations& annotations, Names& names) {
    // One type alone is written without the group around it; the two are the same type.
    const std::uint32_t first = cursor.at();
    const std::uint32_t offset = cursor.group_offset();
    std::uint32_t count = 0;
    for (; cursor.is_open("type"); ++count)
        cursor.skip_group();
    cursor.jump(first);
    Writer& out = section_.next(offset);
    if (count != 1) {
        out.byte(kRec);
        out.unsigned_leb(count);
    }
    while (cursor.accept_open("type"))
        sub_type(cursor, annotations, names, count == 1);
    cursor.close();
}

/// `$id? (sub final? x* composite)`, or a composite type, and the closing parenthesis.
void Types::sub_type(Cursor& cursor, Annotations& annotations, Names& names, bool is_alone) {
    section_.content.came_from(cursor.group_offset());
    const auto index = static_cast<std::uint32_t>(definitions_.size());
    definitions_.emplace_back();
    static_cast<void>(cursor.optional_id());
    if (const auto name = annotations.take_name(cursor.at())) names.set(Space::type, index, *name);
    const bool has_sub = cursor.accept_open("sub");
    const bool is_final = !has_sub || cursor.accept_keyword("final");
    Writer supers;
    std::uint32_t count = 0;
    for (; has_sub && cursor.is_index(); ++count)
        supers.unsigned_leb(index_in(cursor, ids_));
    if (!is_final || count != 0) {
        section_.content.bytes.byte(is_final ? kSubFinal : kSub);
        section_.content.bytes.unsigned_leb(count);
        section_.content.bytes.append(supers.bytes());
    }
    composite_type(cursor, annotations, names, is_alone && is_final && count == 0);
    if (has_sub) cursor.close();
    cursor.close();
}

void Types::composite_type(Cursor& cursor, Annotations& annotations, Names& names, bool is_shared) {
    if (cursor.accept_open("func")) {
        function_type(cursor, is_shared);
    } else if (cursor.accept_open("struct")) {
        struct_type(cursor, annotations, names);
    } else if (cursor.accept_open("array")) {
        section_.content.bytes.byte(kArray);
        field_type(cursor, section_.content.bytes);
    } else {
        cursor.unexpected(cursor.kind() == TokenKind::open ? 1 : 0);
    }
    cursor.close();
}

void Types::function_type(Cursor& cursor, bool is_shared) {
    const Signature written = signature(cursor, ids_, Binding::allowed);
    std::string key = written.key();
    section_.content.bytes.byte(kFunc);
    section_.content.bytes.append(std::string_view(key));
    const auto index = static_cast<std::uint32_t>(definitions_.size() - 1);
    if (is_shared) shared_.emplace(key, index);
    definitions_.back() = {std::move(key), written.param_count};
}

/// `(field $id type)*`, `(field type*)*`
void Types::struct_type(Cursor& cursor, Annotations& annotations, Names& names) {
    const auto type = static_cast<std::uint32_t>(definitions_.size() - 1);
    IndexSpace fields(Space::field);
    Writer out;
    while (cursor.accept_open("field")) {
        const std::uint32_t offset = cursor.offset();
        const bool has_id = cursor.kind() == TokenKind::id;
        const std::string_view id = cursor.optional_id();
        if (const auto name = annotations.take_name(cursor.at())) names.set(Space::field, type, fields.size(), *name);
        if (has_id) {
            fields.define(id, offset);
            field_type(cursor, out);
        }
        for (; !has_id && cursor.kind() != TokenKind::close; fields.define_unnamed(1))
            field_type(cursor, out);
        cursor.close();
    }
    section_.content.bytes.byte(kStruct);
    section_.content.bytes.unsigned_leb(fields.size());
    section_.content.bytes.append(out.bytes());
    fields_.emplace(type, std::move(fields));
}

/// A storage type, or `(mut type)`.
void Types::field_type(Cursor& cursor, Writer& out) const {
    const bool is_mutable = cursor.accept_open("mut");
    storage_type(cursor, ids_, out);
    if (is_mutable) cursor.close();
    out.byte(is_mutable ? 1 : 0);
}

TypeUse Types::use(Cursor& cursor, Binding binding) {
    TypeUse out;
    const std::uint32_t offset = cursor.offset();
    const bool is_named = cursor.accept_open("type");
    if (is_named) {
        out.index = index_in(cursor, ids_);
        cursor.close();
    }
    out.written = signature(cursor, ids_, binding);
    if (cursor.is_open("param")) cursor.unexpected(1);
    out.param_count = out.written.param_count;
    if (is_named) {
        check_use(out, offset);
        const bool is_known = out.index < definitions_.size();
        if (out.written.is_empty() && is_known) out.param_count = definitions_[out.index].param_count;
    } else {
        out.index = index_of(out.written, offset);
    }
    return out;
}

/// What is written in line beside `(type x)` says the same as it.
void Types::check_use(const TypeUse& use, std::uint32_t offset) {
    if (use.index >= definitions_.size()) {
        saw_unknown_ = true;
        if (is_second_pass_ && !use.written.is_empty()) {
            fail(ErrorCode::unbound_identifier, offset, static_cast<std::uint32_t>(Space::type));
        }
    } else if (!use.written.is_empty() && definitions_[use.index].key != use.written.key()) {
        fail(ErrorCode::inline_function_type, offset);
    }
}

std::uint32_t Types::index_of(const Signature& signature, std::uint32_t text_offset) {
    std::string key = signature.key();
    const auto index = static_cast<std::uint32_t>(definitions_.size());
    const auto [found, is_new] = shared_.emplace(key, index);
    if (!is_new) return found->second;
    section_.next(text_offset).byte(kFunc);
    section_.content.bytes.append(std::string_view(key));
    definitions_.push_back({std::move(key), signature.param_count});
    return index;
}

std::uint32_t Types::field(Cursor& cursor, std::uint32_t type) const {
    static const IndexSpace kNone(Space::field);
    const auto found = fields_.find(type);
    return index_in(cursor, found == fields_.end() ? kNone : found->second);
}

bool Types::wants_second_pass() noexcept { return saw_unknown_ && !std::exchange(is_second_pass_, true); }

} // namespace detent::text
