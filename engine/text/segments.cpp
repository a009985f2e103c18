#include "engine/text/segments.hpp"

#include "engine/text/body.hpp"

namespace detent::text {

namespace {

/// The elements of a segment: functions by index, or expressions.
struct Elements {
    bool are_functions = true;
    RefType type = kFunctions;
    std::uint32_t count = 0;
    Chunk items;
};

enum class Mode : std::uint8_t { active, passive, declarative };

/// Where an active segment goes.
struct Target {
    Mode mode = Mode::active;
    std::uint32_t index = 0;
    Chunk offset;
};

/// `(offset instr*)`, or one folded instruction.
Chunk offset_expression(ModuleState& module) {
    Chunk out;
    Body body(module);
    if (module.cursor.accept_open("offset")) {
        body.sequence(out);
        module.cursor.close();
    } else {
        body.folded(out);
    }
    return out;
}

/// Address 0, as a constant expression.
Chunk zero(bool is_64, std::uint32_t text_offset) {
    Chunk out;
    out.came_from(text_offset);
    write_opcode(out.bytes, is_64 ? Op::i64_const : Op::i32_const);
    out.bytes.signed_leb(0);
    out.bytes.byte(0x0B);
    return out;
}

void function_indices(ModuleState& module, Elements& out) {
    for (; module.cursor.is_index(); ++out.count)
        out.items.bytes.unsigned_leb(index_in(module.cursor, module.funcs));
}

/// `ref.func x` for each index.
void function_expressions(ModuleState& module, Elements& out) {
    for (; module.cursor.is_index(); ++out.count) {
        out.items.came_from(module.cursor.offset());
        write_opcode(out.items.bytes, Op::ref_func);
        out.items.bytes.unsigned_leb(index_in(module.cursor, module.funcs));
        out.items.bytes.byte(0x0B);
    }
}

/// `(item instr*)` or one folded instruction, as many as there are.
void element_expressions(ModuleState& module, Elements& out) {
    Cursor& cursor = module.cursor;
    for (; cursor.kind() == TokenKind::open; ++out.count) {
        Body body(module);
        if (cursor.accept_open("item")) {
            body.sequence(out.items);
            cursor.close();
        } else {
            body.folded(out.items);
        }
    }
}

/// `func x*`, `reftype expr*`; in front of neither, functions where the keyword may be left out.
Elements element_list(ModuleState& module, bool may_omit_func) {
    Elements out;
    const bool has_func = module.cursor.accept_keyword("func");
    if (!has_func) {
        if (const auto type = optional_ref_type(module.cursor, module.types.ids())) {
            out.are_functions = false;
            out.type = *type;
            element_expressions(module, out);
            return out;
        }
        if (!may_omit_func) module.cursor.unexpected();
    }
    function_indices(module, out);
    return out;
}

/// spec: binary-elem. The shortest form that says it.
void write_elements(ModuleState& module, const Target& target, const Elements& elements, std::uint32_t text_offset) {
    const bool is_implied = target.mode == Mode::active && target.index == 0 &&
                            elements.type == (elements.are_functions ? kFunctions : kFuncRef);
    const unsigned by_mode = target.mode == Mode::active ? (is_implied ? 0 : 2) : target.mode == Mode::passive ? 1 : 3;
    Writer& out = module.out.elems.next(text_offset);
    out.byte(static_cast<std::uint8_t>(by_mode | (elements.are_functions ? 0U : 4U)));
    if (by_mode == 2) out.unsigned_leb(target.index);
    if (target.mode == Mode::active) module.out.elems.content.append(target.offset);
    if (!is_implied && elements.are_functions) out.byte(0);
    if (!is_implied && !elements.are_functions) write(out, elements.type);
    out.unsigned_leb(elements.count);
    module.out.elems.content.append(elements.items);
}

void write_data(ModuleState& module, const Target& target, std::string_view bytes, std::uint32_t text_offset) {
    Writer& out = module.out.datas.next(text_offset);
    const unsigned by_mode = target.mode == Mode::passive ? 1 : target.index == 0 ? 0 : 2;
    out.byte(static_cast<std::uint8_t>(by_mode));
    if (by_mode == 2) out.unsigned_leb(target.index);
    if (target.mode == Mode::active) module.out.datas.content.append(target.offset);
    out.counted(bytes);
}

std::string strings(Cursor& cursor) {
    std::string out;
    while (cursor.kind() == TokenKind::string)
        out += cursor.string();
    return out;
}

/// `(table x)`, `(memory x)`; whether it was there.
bool accept_place(Cursor& cursor, const IndexSpace& space, std::uint32_t& index) {
    if (!cursor.accept_open(space.space() == Space::table ? "table" : "memory")) return false;
    index = index_in(cursor, space);
    cursor.close();
    return true;
}

} // namespace

void elem_field(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const std::uint32_t text_offset = cursor.group_offset();
    static_cast<void>(cursor.optional_id());
    module.take_name(Space::elem, module.out.take_index(Space::elem));
    Target target;
    bool may_omit_func = false;
    if (cursor.accept_keyword("declare")) {
        target.mode = Mode::declarative;
    } else if (cursor.kind() != TokenKind::open || cursor.is_open("ref")) {
        target.mode = Mode::passive;
    } else {
        may_omit_func = !accept_place(cursor, module.tables, target.index);
        target.offset = offset_expression(module);
    }
    write_elements(module, target, element_list(module, may_omit_func), text_offset);
}

void data_field(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const std::uint32_t text_offset = cursor.group_offset();
    static_cast<void>(cursor.optional_id());
    module.take_name(Space::data, module.out.take_index(Space::data));
    Target target;
    if (cursor.kind() == TokenKind::open) {
        static_cast<void>(accept_place(cursor, module.memories, target.index));
        target.offset = offset_expression(module);
    } else {
        target.mode = Mode::passive;
    }
    write_data(module, target, strings(cursor), text_offset);
}

std::uint32_t inline_elements(ModuleState& module, std::uint32_t table, RefType type, bool is_64) {
    const std::uint32_t text_offset = module.cursor.group_offset();
    static_cast<void>(module.out.take_index(Space::elem));
    Elements elements;
    // A list of functions is a list of `(ref func)`, which fits a table of any functions. Into a table of one type of
    // them goes a list of expressions, whose type is the table's.
    elements.are_functions = module.cursor.kind() != TokenKind::open && (type == kFuncRef || type == kFunctions);
    if (elements.are_functions) {
        function_indices(module, elements);
    } else {
        elements.type = type;
        element_expressions(module, elements);
        if (elements.count == 0) function_expressions(module, elements);
    }
    module.cursor.close();
    write_elements(module, {Mode::active, table, zero(is_64, text_offset)}, elements, text_offset);
    return elements.count;
}

std::size_t inline_data(ModuleState& module, std::uint32_t memory, bool is_64) {
    const std::uint32_t text_offset = module.cursor.group_offset();
    static_cast<void>(module.out.take_index(Space::data));
    const std::string bytes = strings(module.cursor);
    module.cursor.close();
    write_data(module, {Mode::active, memory, zero(is_64, text_offset)}, bytes, text_offset);
    return bytes.size();
}

} // namespace detent::text
