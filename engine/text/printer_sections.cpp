// The sections of a module and what goes around them: header, order, sizes, and custom sections, which may stand
// anywhere.
#include "engine/text/printer_module.hpp"
#include "engine/text/printer_names.hpp"
#include "engine/text/printer_types.hpp"

#include <string>

namespace detent::text::printer {

namespace {

// spec: binary-magic, binary-version
void read_header(Input& in) {
    constexpr std::uint8_t kHeader[] = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
    for (std::uint32_t i = 0; i < sizeof kHeader; ++i) {
        const ErrorCode otherwise = i < 4 ? ErrorCode::magic_not_detected : ErrorCode::unknown_binary_version;
        if (in.byte() != kHeader[i]) refuse(otherwise, i);
    }
}

Section read_section(Input& in) {
    const SectionId id{in.byte_below(kLastSectionId + 1, ErrorCode::malformed_section_id)};
    Input inside = in.sized();
    const std::string_view name = id == SectionId::custom ? inside.name() : std::string_view();
    return {id, inside.position(), inside.end(), name};
}

/// Tells every section what stands around it.
void connect(std::vector<Section>& sections) {
    std::optional<SectionId> last;
    for (Section& one : sections) {
        one.behind = last;
        if (one.id != SectionId::custom) last = one.id;
    }
    last.reset();
    for (auto one = sections.rbegin(); one != sections.rend(); ++one) {
        one->before = last;
        if (one->id != SectionId::custom) last = one->id;
    }
}

// spec: text-custom annotations
std::string_view keyword_of(SectionId id) noexcept {
    switch (id) {
    case SectionId::custom: return "custom";
    case SectionId::type: return "type";
    case SectionId::import: return "import";
    case SectionId::function: return "func";
    case SectionId::table: return "table";
    case SectionId::memory: return "memory";
    case SectionId::global: return "global";
    case SectionId::export_: return "export";
    case SectionId::start: return "start";
    case SectionId::element: return "elem";
    case SectionId::code: return "code";
    case SectionId::data: return "data";
    case SectionId::data_count: return "datacount";
    case SectionId::tag: return "tag";
    }
    return "";
}

/// Where a custom section stands; behind the last section is where one stands that does not say. The data count section
/// is no place to refer to, since no field of the text makes it.
std::string place_of(const Section& section) {
    if (!section.before) return "";
    if (!section.behind) return " (before first)";
    if (*section.behind == SectionId::data_count) return " (before " + std::string(keyword_of(*section.before)) + ")";
    return " (after " + std::string(keyword_of(*section.behind)) + ")";
}

} // namespace

std::vector<Section> read_sections(std::span<const std::uint8_t> module) {
    Input in(module, 0, static_cast<std::uint32_t>(module.size()));
    read_header(in);
    std::vector<Section> sections;
    unsigned place = 0;
    while (!in.at_end()) {
        const std::uint32_t begin = in.position();
        const Section read = read_section(in);
        const bool in_order = read.id == SectionId::custom || detent::place_of(read.id) > place;
        if (!in_order) refuse(ErrorCode::unexpected_content, begin);
        if (read.id != SectionId::custom) place = detent::place_of(read.id);
        sections.push_back(read);
    }
    connect(sections);
    return sections;
}

std::string ModulePrinter::module() {
    out_ << "(module" << context_.bind_module();
    std::uint32_t end = 0;
    for (const Section& one : sections_) {
        end = one.end;
        if (one.id == SectionId::custom) {
            custom(one);
            continue;
        }
        Input in = context_.at(one.begin, one.end);
        content(one.id, in);
        if (!in.at_end()) refuse(ErrorCode::section_size_mismatch, in.position());
    }
    finish(end);
    out_ << ")\n";
    return out_.take();
}

void ModulePrinter::custom(const Section& section) {
    if (context_.names_are_identifiers() && section.custom_name == "name") return;
    out_ << "\n  (@custom " << quoted_name(section.custom_name) << place_of(section);
    append_strings(context_.at(section.begin, section.end).rest());
    out_ << ")";
}

/// spec: binary-module. A section that is absent has no entries.
void ModulePrinter::finish(std::uint32_t end) const {
    if (context_.defined(NameKind::func) != context_.functions.size()) {
        refuse(ErrorCode::function_code_mismatch, end);
    }
    if (context_.data_count.value_or(0) != context_.defined(NameKind::data) && context_.data_count) {
        refuse(ErrorCode::data_count_mismatch, end);
    }
}

/// Strings that together are these bytes; many bytes are many lines.
void ModulePrinter::append_strings(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kLine = 64;
    if (bytes.size() <= kLine) {
        out_ << " " << quoted_bytes(bytes);
        return;
    }
    for (std::size_t i = 0; i < bytes.size(); i += kLine)
        out_ << "\n    " << quoted_bytes(bytes.subspan(i, std::min(kLine, bytes.size() - i)));
}

} // namespace detent::text::printer
