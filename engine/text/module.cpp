#include "engine/text/module.hpp"

#include "engine/binary/section_id.hpp"
#include "engine/text/definitions.hpp"
#include "engine/text/failure.hpp"
#include "engine/text/fields.hpp"
#include "engine/text/module_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace detent::text {

namespace {

/// spec: binary-magic, binary-version
constexpr std::string_view kPreamble("\0asm\x01\0\0\0", 8);

/// Puts the sections in their order, with the custom sections between them.
class Assembly {
  public:
    explicit Assembly(const ModuleState& module) : module_(module) {
        whole_.bytes.append(kPreamble);
        custom_sections(false, 0);
        custom_sections(true, 0);
    }

    void section(SectionId id, const Section& section) {
        Chunk content;
        content.bytes.unsigned_leb(section.count);
        content.append(section.content);
        if (section.count == 0) content = Chunk();
        place(id, content);
    }

    /// A section, or only its place if it has no content.
    void place(SectionId id, const Chunk& content) {
        custom_sections(false, place_of(id));
        if (content.bytes.size() != 0) {
            whole_.bytes.byte(static_cast<std::uint8_t>(id));
            whole_.bytes.unsigned_leb(content.bytes.size());
            whole_.append(content);
        }
        if (id == SectionId::data) name_section();
        custom_sections(true, place_of(id));
    }

    void custom(std::string_view name, std::string_view content, std::uint32_t text_offset) {
        Writer inner;
        inner.counted(name);
        inner.append(content);
        whole_.came_from(text_offset);
        whole_.bytes.byte(static_cast<std::uint8_t>(SectionId::custom));
        whole_.bytes.counted(inner.bytes());
    }

    [[nodiscard]] Chunk take() { return std::move(whole_); }

  private:
    /// Behind the sections of the module and in front of other custom sections, as compilers have it. A module that
    /// says its own as a custom section gets no second one.
    void name_section() {
        const std::string names = module_.names.section();
        const auto is_one = [](const CustomSection& custom) { return custom.name == "name"; };
        const auto& customs = module_.out.customs;
        if (!names.empty() && std::none_of(customs.begin(), customs.end(), is_one)) custom("name", names, 0);
    }

    void custom_sections(bool is_after, unsigned place) {
        for (const CustomSection& one : module_.out.customs) {
            if (one.placement.is_after != is_after || one.placement.place != place) continue;
            custom(one.name, one.content, one.text_offset);
        }
    }

    const ModuleState& module_;
    Chunk whole_;
};

std::string branch_hints(const std::vector<FunctionHints>& functions) {
    Writer out;
    out.unsigned_leb(functions.size());
    for (const FunctionHints& one : functions) {
        out.unsigned_leb(one.func);
        out.unsigned_leb(one.hints.size());
        for (const BranchHint& hint : one.hints) {
            out.unsigned_leb(hint.offset);
            out.unsigned_leb(1);
            out.byte(hint.is_likely ? 1 : 0);
        }
    }
    return {out.bytes().begin(), out.bytes().end()};
}

Chunk start_section(const Output& out) {
    Chunk content;
    if (!out.start) return content;
    content.came_from(out.start_offset);
    content.bytes.unsigned_leb(*out.start);
    return content;
}

Chunk data_count_section(const Output& out) {
    Chunk content;
    if (out.needs_data_count) content.bytes.unsigned_leb(out.datas.count);
    return content;
}

Chunk assembled(const ModuleState& module) {
    const Output& out = module.out;
    Assembly assembly(module);
    assembly.section(SectionId::type, module.types.section());
    assembly.section(SectionId::import, out.imports);
    assembly.section(SectionId::function, out.functions);
    assembly.section(SectionId::table, out.tables);
    assembly.section(SectionId::memory, out.memories);
    assembly.section(SectionId::tag, out.tags);
    assembly.section(SectionId::global, out.globals);
    assembly.section(SectionId::export_, out.exports);
    assembly.place(SectionId::start, start_section(out));
    assembly.section(SectionId::element, out.elems);
    assembly.place(SectionId::data_count, data_count_section(out));
    if (!out.hints.empty()) assembly.custom("metadata.code.branch_hint", branch_hints(out.hints), 0);
    assembly.section(SectionId::code, out.code);
    assembly.section(SectionId::data, out.datas);
    return assembly.take();
}

void add_identifiers(ModuleState& module, const std::optional<std::string>& id) {
    Names& names = module.names;
    if (id) names.set_module(*id);
    names.add(module.types.ids());
    for (const External& external : kExternals)
        names.add(space_of(module, external.space));
    names.add(module.elems);
    names.add(module.datas);
    for (const auto& [type, fields] : module.types.fields())
        names.add_nested(fields, type);
}

void take_module_name(ModuleState& module) {
    const std::uint32_t place = module.cursor.at();
    if (const auto name = module.annotations.take_name(place)) module.names.set_module(*name);
    if (module.annotations.take_name(place)) fail(ErrorCode::name_multiple_module, module.cursor.offset());
}

/// Types are wanted by every other field, so they come first.
void parse_types(ModuleState& module) {
    Cursor& cursor = module.cursor;
    const std::uint32_t begin = cursor.at();
    while (cursor.kind() == TokenKind::open) {
        if (cursor.accept_open("type")) {
            module.types.define(cursor, module.annotations, module.names);
        } else if (cursor.accept_open("rec")) {
            module.types.define_recursive(cursor, module.annotations, module.names);
        } else {
            cursor.skip_group();
        }
    }
    cursor.jump(begin);
}

void parse_all_fields(ModuleState& module) {
    module.annotations.take_custom(module.cursor.at(), module.out.customs);
    while (module.cursor.kind() == TokenKind::open) {
        parse_field(module);
        module.annotations.take_custom(module.cursor.at(), module.out.customs);
    }
}

void parse_again(ModuleState& module, std::uint32_t first) {
    module.cursor.jump(first);
    module.annotations.restore();
    module.names.clear_functions();
    module.out = Output();
    parse_all_fields(module);
}

ParsedModule finished(Chunk chunk, std::optional<std::string> id) {
    ParsedModule out;
    out.bytes = std::move(chunk.bytes.vector());
    for (const SourceMap::Entry& entry : chunk.places)
        out.source.add(entry);
    out.id = std::move(id);
    return out;
}

} // namespace

ParsedModule parse_fields(const Tokens& tokens, std::uint32_t first, std::uint32_t last, std::optional<std::string> id,
                          const ParseOptions& options) {
    ModuleState module(tokens, first, last, options);
    define_identifiers(module);
    take_module_name(module);
    parse_types(module);
    module.annotations.keep();
    parse_all_fields(module);
    if (module.types.wants_second_pass()) parse_again(module, first);
    if (module.cursor.at() != last) module.cursor.unexpected();
    module.annotations.check_all_taken();
    if (options.names) add_identifiers(module, id);
    return finished(assembled(module), std::move(id));
}

ParsedModule parse_text(std::string_view source, const ParseOptions& options) {
    const Tokens tokens = tokenize(source);
    Cursor cursor(tokens, 0);
    if (!cursor.accept_open("module")) {
        return parse_fields(tokens, 0, static_cast<std::uint32_t>(tokens.tokens.size() - 1), std::nullopt, options);
    }
    std::optional<std::string> id;
    if (cursor.kind() == TokenKind::id) id = cursor.optional_id();
    const std::uint32_t first = cursor.at();
    cursor.jump(0);
    // Where the parenthesis is missing, what is wrong in front of that is told first.
    const auto end = static_cast<std::uint32_t>(tokens.tokens.size() - 1);
    const std::uint32_t last = cursor.peek().link != 0 ? cursor.peek().link : end;
    ParsedModule out = parse_fields(tokens, first, last, std::move(id), options);
    cursor.skip_group();
    if (cursor.kind() != TokenKind::end) cursor.unexpected();
    return out;
}

Result<ParsedModule> parse_module(std::string_view source, const ParseOptions& options) noexcept {
    return guarded([&] { return parse_text(source, options); });
}

} // namespace detent::text
