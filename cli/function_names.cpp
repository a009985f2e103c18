#include "cli/function_names.hpp"

#include "cli/failure.hpp"
#include "cli/text.hpp"

#include "engine/text/printer_module.hpp"
#include "engine/text/printer_names.hpp"

#include <algorithm>
#include <limits>

namespace detent::cli {

namespace {

using text::printer::NameKind;
using text::printer::Section;

std::vector<Section> sections_of(const Module& module) { return text::printer::read_sections(module.bytes.span()); }

/// The first custom section of the name, or null.
const Section* find_custom(const std::vector<Section>& sections, std::string_view name) noexcept {
    const auto found = std::ranges::find_if(
        sections, [name](const Section& one) { return one.id == SectionId::custom && one.custom_name == name; });
    return found == sections.end() ? nullptr : &*found;
}

std::span<const std::uint8_t> contents(const Module& module, const Section* section) noexcept {
    if (section == nullptr) return {};
    return module.bytes.span().subspan(section->begin, section->end - section->begin);
}

bool is_number(std::string_view text) noexcept {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

} // namespace

FunctionNames::FunctionNames(const Module& module) : functions_(module.functions.size()) {
    const std::vector<Section> sections = sections_of(module);
    if (const Section* const found = find_custom(sections, "name")) {
        auto names = text::printer::read_names(module.bytes.span(), found->begin, found->end);
        for (const auto& one : names ? names->spaces[NameKind::func] : text::printer::NameMap()) {
            if (!one.text.empty()) names_.emplace(one.index, one.text);
        }
    }
    for (const Export& each : module.exports) {
        if (each.kind == ExternKind::func) names_.emplace(each.index, module.text(each.name));
    }
}

std::optional<std::string_view> FunctionNames::find(FuncIdx function) const noexcept {
    const auto found = names_.find(number(function));
    if (found == names_.end()) return std::nullopt;
    return found->second;
}

std::string FunctionNames::text(FuncIdx function) const {
    const std::optional<std::string_view> name = find(function);
    return name ? printable(*name) : "function " + std::to_string(number(function));
}

std::vector<FuncIdx> FunctionNames::find_all(const std::string& text) const {
    std::vector<FuncIdx> functions;
    for (const auto& [index, name] : names_) {
        if (name == text && index < functions_) functions.push_back(FuncIdx{index});
    }
    constexpr std::size_t kMostDigits = 10;
    if (functions.empty() && is_number(text) && text.size() <= kMostDigits) {
        const std::uint64_t index = std::stoull(text);
        if (index < functions_) functions.push_back(FuncIdx{static_cast<std::uint32_t>(index)});
    }
    return functions;
}

std::vector<FuncIdx> FunctionNames::meant_by(const std::string& text, const std::string& what) const {
    std::vector<FuncIdx> functions = find_all(text);
    if (functions.empty()) throw wrong_usage(what, "no function is '" + printable(text) + "'");
    return functions;
}

SourceLines::SourceLines(const Module& module) {
    const std::vector<Section> sections = sections_of(module);
    for (const Section& each : sections) {
        if (each.id == SectionId::code) code_ = each.begin;
    }
    table_ = trace::LineTable::read({contents(module, find_custom(sections, ".debug_line")),
                                     contents(module, find_custom(sections, ".debug_str")),
                                     contents(module, find_custom(sections, ".debug_line_str"))});
}

std::optional<trace::SourceLine> SourceLines::find(std::uint32_t position) const noexcept {
    if (!table_ || position < code_) return std::nullopt;
    return table_->find(position - code_);
}

} // namespace detent::cli
