// detent inspect: what stands in a module, what it uses of the limits, what it costs to activate and to instantiate.
#include "cli/command.hpp"
#include "cli/measure.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

#include "engine/binary/reader.hpp"
#include "engine/binary/section_id.hpp"

#include <iostream>

namespace detent::cli {

namespace {

struct InspectOptions {
    std::string file;
    bool functions = false;
    std::uint32_t schedule = 1;
    Judgement judgement;
};

struct Section {
    std::string name;
    std::uint32_t offset;
    std::uint32_t size;
};

std::string_view section_name(SectionId id) noexcept {
    switch (id) {
    case SectionId::custom: return "custom";
    case SectionId::type: return "type";
    case SectionId::import: return "import";
    case SectionId::function: return "function";
    case SectionId::table: return "table";
    case SectionId::memory: return "memory";
    case SectionId::global: return "global";
    case SectionId::export_: return "export";
    case SectionId::start: return "start";
    case SectionId::element: return "element";
    case SectionId::code: return "code";
    case SectionId::data: return "data";
    case SectionId::data_count: return "data count";
    case SectionId::tag: return "tag";
    }
    return "unknown";
}

/// The next section of a module that has been decoded before; the reader is left behind it.
Result<Section> next_section(const Module& module, Reader& in) {
    DETENT_TRY(const std::uint8_t id, in.byte());
    DETENT_TRY(const std::uint32_t size, in.u32());
    Section section{std::string(section_name(static_cast<SectionId>(id))), in.position(), size};
    Reader inside(module.bytes.span(), in.position(), in.position() + size);
    if (static_cast<SectionId>(id) == SectionId::custom) {
        DETENT_TRY(const std::uint32_t length, inside.u32());
        section.name += " " + printable(module.text({inside.position(), inside.position() + length}));
    }
    DETENT_CHECK(in.skip(size));
    return section;
}

std::vector<Section> sections_of(const Module& module) {
    constexpr std::uint32_t kHeaderBytes = 8;
    std::vector<Section> sections;
    Reader in(module.bytes.span(), 0, static_cast<std::uint32_t>(module.bytes.size()));
    require_ok(in.skip(kHeaderBytes), "");
    while (!in.at_end())
        sections.push_back(take(next_section(module, in), ""));
    return sections;
}

std::string range_text(const Limits& limits) {
    return std::to_string(limits.minimum) + ".." + (limits.has_maximum ? std::to_string(limits.maximum) : "");
}

/// The type of what stands under an index, imported or not.
std::string type_text(const Module& module, ExternKind kind, std::uint32_t index) {
    switch (kind) {
    case ExternKind::func: return signature_text(module.function_type(FuncIdx(index)));
    case ExternKind::table:
        return std::string(to_text(module.tables[index].element).c_str()) + " " +
               range_text(module.tables[index].limits);
    case ExternKind::memory: return range_text(module.memories[index].limits) + " pages";
    case ExternKind::global:
        return std::string(module.globals[index].type.is_mutable ? "mutable " : "") +
               to_text(module.globals[index].type.value).c_str();
    case ExternKind::tag: return signature_text(module.tag_type(TagIdx(index)));
    }
    return "";
}

/// The names that a function is exported under.
std::string names_of(const Module& module, std::uint32_t function) {
    std::string names;
    for (const Export& each : module.exports) {
        if (each.kind != ExternKind::func || each.index != function) continue;
        names += (names.empty() ? "" : ", ") + printable(module.text(each.name));
    }
    return names;
}

// For programs.

Json sections_json(const Module& module) {
    Json list = Json::array();
    for (const Section& each : sections_of(module)) {
        list.push_back({{"name", each.name}, {"offset", each.offset}, {"size", each.size}});
    }
    return list;
}

Json imports_json(const Module& module) {
    Json list = Json::array();
    for (const Import& each : module.imports) {
        list.push_back({{"module", module.text(each.module_name)},
                        {"name", module.text(each.name)},
                        {"kind", to_text(each.kind)},
                        {"type", type_text(module, each.kind, each.index)}});
    }
    return list;
}

Json exports_json(const Module& module) {
    Json list = Json::array();
    for (const Export& each : module.exports) {
        list.push_back({{"name", module.text(each.name)},
                        {"kind", to_text(each.kind)},
                        {"index", each.index},
                        {"type", type_text(module, each.kind, each.index)}});
    }
    return list;
}

Json limits_json(const Code& code) {
    Json object = Json::object();
    for (const Use& each : measure(code)) {
        object[std::string(to_text(each.limit))] = {{"used", std::to_string(each.used)},
                                                    {"limit", std::to_string(code.profile().limits()[each.limit])}};
    }
    return object;
}

Json functions_json(const Code& code) {
    const Module& module = code.module();
    Json list = Json::array();
    for (std::uint32_t i = module.imported_functions; i < module.functions.size(); ++i) {
        const FunctionCode& one = code.function(FuncIdx(i));
        list.push_back({{"index", i},
                        {"type", signature_text(module.function_type(FuncIdx(i)))},
                        {"body_offset", module.body(FuncIdx(i)).bytes.begin},
                        {"body_bytes", module.body(FuncIdx(i)).bytes.size()},
                        {"local_words", one.local_words},
                        {"frame_words", one.frame_words}});
    }
    return list;
}

Json object_of(const InspectOptions& options, const Code& code, const Schedule& schedule) {
    const Module& module = code.module();
    Json object{{"file", options.file},
                {"bytes", module.bytes.size()},
                {"profile", code.profile().id},
                {"preset", to_text(code.profile().preset)},
                {"sections", sections_json(module)},
                {"imports", imports_json(module)},
                {"exports", exports_json(module)},
                {"limits", limits_json(code)},
                {"schedule", schedule.id()},
                {"activation_price", std::to_string(code.activation_price(schedule).units())},
                {"instantiation_price", std::to_string(code.instantiation_price(schedule).units())}};
    if (options.functions) object["functions"] = functions_json(code);
    return object;
}

// For people.

void print_table(std::string_view title, const std::vector<std::vector<std::string>>& rows,
                 std::string_view right = "") {
    std::cout << title << (rows.empty() ? ": none\n" : "\n") << table(rows, right);
}

void print_sections(const Module& module) {
    std::vector<std::vector<std::string>> rows;
    for (const Section& each : sections_of(module)) {
        rows.push_back({each.name, "0x" + to_hex(each.offset, 0), grouped(each.size) + " bytes"});
    }
    print_table("sections", rows, "12");
}

void print_names(const Module& module) {
    std::vector<std::vector<std::string>> imports;
    for (const Import& each : module.imports) {
        imports.push_back({name_of(module, each), type_text(module, each.kind, each.index)});
    }
    print_table("imports", imports);
    std::vector<std::vector<std::string>> exports;
    for (const Export& each : module.exports) {
        exports.push_back(
            {printable(module.text(each.name)), to_text(each.kind), type_text(module, each.kind, each.index)});
    }
    print_table("exports", exports);
}

void print_limits(const Code& code) {
    std::vector<std::vector<std::string>> rows;
    for (const Use& each : measure(code)) {
        rows.push_back(
            {std::string(to_text(each.limit)), grouped(each.used), "of", grouped(code.profile().limits()[each.limit])});
    }
    print_table("limits used", rows, "13");
}

/// Positions are offsets in the module, or places in the text that it was.
void print_functions(const ModuleFile& file, const Code& code) {
    const Module& module = code.module();
    std::vector<std::vector<std::string>> rows{
        {"index", "position", "bytes", "locals", "frame", "type", "exported as"}};
    for (std::uint32_t i = module.imported_functions; i < module.functions.size(); ++i) {
        const FunctionCode& one = code.function(FuncIdx(i));
        const ByteRange body = module.body(FuncIdx(i)).bytes;
        rows.push_back({std::to_string(i), file.position(body.begin), grouped(body.size()), grouped(one.local_words),
                        grouped(one.frame_words), signature_text(module.function_type(FuncIdx(i))),
                        names_of(module, i)});
    }
    print_table("functions (locals and frame in words)", rows, "01234");
}

ExitCode inspect(const InspectOptions& options, bool json) {
    const Schedule& schedule = published_schedule(options.schedule);
    const Profile profile = options.judgement.chosen();
    const ModuleFile file = ModuleFile::read(options.file, profile.limits());
    const std::shared_ptr<const Code> code = file.code(profile);
    if (json) {
        print_json(object_of(options, *code, schedule));
        return ExitCode::done;
    }
    std::cout << options.file << ": " << grouped(code->module().bytes.size()) << " bytes, valid under profile "
              << code->profile().id << " with the limits `" << to_text(code->profile().preset) << "`\n";
    print_sections(code->module());
    print_names(code->module());
    print_limits(*code);
    if (options.functions) print_functions(file, *code);
    std::cout << "prices under schedule " << schedule.id() << "\n"
              << table({{"activation", grouped(code->activation_price(schedule).units())},
                        {"instantiation", grouped(code->instantiation_price(schedule).units())}},
                       "1");
    return ExitCode::done;
}

} // namespace

void add_inspect(CLI::App& app, Program& program) {
    CLI::App& command = add_command(app, "inspect", "Show what stands in a module and what it costs",
                                    "  detent inspect contracts/token/token.wasm\n"
                                    "  detent inspect big.wasm --preset spec --functions\n");
    auto options = std::make_shared<InspectOptions>();
    command.add_option("FILE", options->file, "A module, binary or text")->type_name("")->required();
    command.add_flag("--functions", options->functions, "List the functions with their frames (MET-8)");
    command.add_option("--schedule", options->schedule, "The published schedule of prices")
        ->type_name("ID")
        ->capture_default_str();
    options->judgement.add_to(command);
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return inspect(*options, program.json); }; });
}

} // namespace detent::cli
