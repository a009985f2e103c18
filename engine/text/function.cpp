#include "engine/text/function.hpp"

#include "engine/text/body.hpp"
#include "engine/text/definitions.hpp"

#include <algorithm>
#include <vector>

namespace detent::text {

namespace {

/// Locals as the binary format has them: neighbours of one type in one group.
class LocalGroups {
  public:
    void add(Writer type) {
        if (groups_.empty() || !std::ranges::equal(groups_.back().type.bytes(), type.bytes())) {
            groups_.push_back({0, std::move(type)});
        }
        ++groups_.back().count;
    }

    void write(Writer& out) const {
        out.unsigned_leb(groups_.size());
        for (const Group& group : groups_) {
            out.unsigned_leb(group.count);
            out.append(group.type.bytes());
        }
    }

  private:
    struct Group {
        std::uint32_t count;
        Writer type;
    };
    std::vector<Group> groups_;
};

/// The parameters, which are the first locals, with the identifiers that are written.
IndexSpace parameters(ModuleState& module, const TypeUse& use, std::uint32_t func) {
    IndexSpace locals(Space::local);
    for (const LocalId& one : use.written.ids) {
        locals.define_unnamed(one.index - locals.size());
        locals.define(one.id, one.text_offset);
    }
    locals.define_unnamed(use.param_count - locals.size());
    for (const NamePlace& place : use.written.name_places) {
        if (const auto name = module.annotations.take_name(place.token)) {
            module.names.set(Space::local, func, place.index, *name);
        }
    }
    return locals;
}

/// `(local $id type)`, `(local type*)`, behind the keyword, and the closing parenthesis.
void local_declaration(ModuleState& module, IndexSpace& locals, LocalGroups& groups, std::uint32_t func) {
    Cursor& cursor = module.cursor;
    const std::uint32_t offset = cursor.offset();
    const std::string_view id = cursor.optional_id();
    if (const auto name = module.annotations.take_name(cursor.at())) {
        module.names.set(Space::local, func, locals.size(), *name);
    }
    if (!id.empty()) {
        Writer type;
        value_type(cursor, module.types.ids(), type);
        groups.add(std::move(type));
        locals.define(id, offset);
        return cursor.close();
    }
    for (Writer type; optional_value_type(cursor, module.types.ids(), type); type = Writer()) {
        groups.add(std::move(type));
        locals.define_unnamed(1);
    }
    cursor.close();
}

void note_names(ModuleState& module, const IndexSpace& locals, const Body& body, std::uint32_t func) {
    module.names.add_nested(locals, func);
    for (std::uint32_t i = 0; i < body.label_ids().size(); ++i) {
        if (!body.label_ids()[i].empty()) module.names.set(Space::label, func, i, body.label_ids()[i]);
    }
}

} // namespace

void func_field(ModuleState& module) {
    constexpr const External& kFunc = kExternals[0];
    Cursor& cursor = module.cursor;
    const Head head = definition_head(module, kFunc);
    if (head.is_import) return external_type(module, kFunc, module.out.imports.content.bytes);
    const TypeUse use = module.types.use(cursor, Binding::allowed);
    module.out.functions.next(head.text_offset).unsigned_leb(use.index);
    IndexSpace locals = parameters(module, use, head.index);
    LocalGroups groups;
    while (cursor.accept_open("local"))
        local_declaration(module, locals, groups, head.index);
    Chunk code;
    groups.write(code.bytes);
    Body body(module, locals);
    body.sequence(code);
    module.out.code.next(head.text_offset).unsigned_leb(code.bytes.size());
    module.out.code.content.append(code);
    if (!body.hints().empty()) module.out.hints.push_back({head.index, body.hints()});
    if (module.options.names) note_names(module, locals, body, head.index);
}

} // namespace detent::text
