#include "engine/text/printer.hpp"

#include "engine/text/printer_module.hpp"
#include "engine/text/printer_names.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <optional>
#include <stdexcept>

namespace detent::text {

namespace printer {

namespace {

using Module = std::span<const std::uint8_t>;

/// The names of a module, and whether identifiers can stand for the whole of its name section.
struct ModuleNames {
    NameTable table;
    bool are_all = true;
};

bool is_name_section(const Section& section) noexcept {
    return section.id == SectionId::custom && section.custom_name == "name";
}

/// Whether a name section is where a reader of the text puts it: directly behind the sections that are not custom.
bool stands_in_its_place(const std::vector<Section>& sections, const Section& section) noexcept {
    const auto first = std::find_if(sections.rbegin(), sections.rend(),
                                    [](const Section& one) { return one.id != SectionId::custom; });
    return first == sections.rend() ? &section == sections.data() : &section == &*first.base();
}

ModuleNames names_of(Module module, const std::vector<Section>& sections) {
    const auto found = std::find_if(sections.begin(), sections.end(), is_name_section);
    if (found == sections.end()) return {};
    const std::optional<NameSection> names = read_names(module, found->begin, found->end);
    if (!names) return {{}, false};
    ModuleNames read{NameTable(*names), false};
    read.are_all = read.table.size() != 0 && stands_in_its_place(sections, *found) &&
                   std::count_if(sections.begin(), sections.end(), is_name_section) == 1 &&
                   std::ranges::equal(encode_names(*names), module.subspan(found->begin, found->end - found->begin));
    return read;
}

/// The text in which identifiers and annotations say all names; nothing if the section names what is not there.
std::optional<std::string> with_all_names(Module module, const std::vector<Section>& sections, const NameTable& names,
                                          PrintOptions options) {
    Context context(module, names, true, options);
    std::string text = ModulePrinter(sections, context, module.size()).module();
    if (context.names_bound() != names.size()) return std::nullopt;
    return text;
}

std::string print(Module module, PrintOptions options) {
    const std::vector<Section> sections = read_sections(module);
    const ModuleNames names = names_of(module, sections);
    if (names.are_all) {
        if (std::optional<std::string> text = with_all_names(module, sections, names.table, options)) return *text;
    }
    Context context(module, names.table, false, options);
    return ModulePrinter(sections, context, module.size()).module();
}

std::string print_one(Module module, std::uint64_t offset) {
    if (offset >= module.size()) refuse(ErrorCode::no_instruction, offset);
    const std::vector<Section> sections = read_sections(module);
    const ModuleNames names = names_of(module, sections);
    Context context(module, names.table, false, {});
    return ModulePrinter(sections, context, module.size()).instruction(static_cast<std::uint32_t>(offset));
}

/// Offsets are 32 bits wide.
bool is_too_long(Module module) noexcept { return module.size() > std::numeric_limits<std::uint32_t>::max(); }

template <class Print>
Result<std::string> at_the_door(Module module, Print print_it) noexcept {
    try {
        if (is_too_long(module)) refuse(ErrorCode::text_too_long, 0);
        return print_it();
    } catch (const Refusal& refusal) {
        return refusal.error();
    } catch (const std::bad_alloc&) {
        return kOutOfMemory;
    } catch (const std::length_error&) {
        return kOutOfMemory;
    }
}

} // namespace

} // namespace printer

Result<std::string> print_module(std::span<const std::uint8_t> bytes, const PrintOptions& options) noexcept {
    return printer::at_the_door(bytes, [&] { return printer::print(bytes, options); });
}

Result<std::string> print_instruction(std::span<const std::uint8_t> bytes, std::uint64_t offset) noexcept {
    return printer::at_the_door(bytes, [&] { return printer::print_one(bytes, offset); });
}

} // namespace detent::text
