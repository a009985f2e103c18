// ModulePrinter: the sections of a module, one after the other, each as its fields. Source: spec, Binary Format and
// Text Format, Modules.
#pragma once

#include "engine/binary/section_id.hpp"
#include "engine/syntax/types.hpp"
#include "engine/text/printer_context.hpp"
#include "engine/text/printer_input.hpp"
#include "engine/text/printer_instructions.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text::printer {

/// A section of a module, in the order of the bytes.
struct Section {
    SectionId id;
    /// Of a custom section, behind its name.
    std::uint32_t begin;
    std::uint32_t end;
    std::string_view custom_name;
    /// The sections around it that are not custom; nothing at either end of the module.
    std::optional<SectionId> behind = {};
    std::optional<SectionId> before = {};
};

/// Checks the header, the order of the sections, and their sizes.
[[nodiscard]] std::vector<Section> read_sections(std::span<const std::uint8_t> module);

class ModulePrinter {
  public:
    ModulePrinter(const std::vector<Section>& sections, Context& context, std::size_t module_bytes)
        : sections_(sections), context_(context), out_(module_bytes), line_(module_bytes) {}

    [[nodiscard]] std::string module();

    /// Nothing but the instruction at `offset`.
    [[nodiscard]] std::string instruction(std::uint32_t offset);

  private:
    void content(SectionId id, Input& in);
    void custom(const Section& section);
    void finish(std::uint32_t end) const;

    void import(Input& in);
    void imported(ExternKind kind, Input& in);
    void imported_function(Input& in);
    void table(Input& in);
    void memory(Input& in);
    void tag(Input& in);
    void append_tag(Input& in);
    void global(Input& in);
    void export_(Input& in);
    void start(Input& in);

    void element(Input& in);
    void element_list(std::uint32_t flags, Input& in);
    void data(Input& in);
    void append_strings(std::span<const std::uint8_t> bytes);
    void append_expression(Input& in, std::string_view keyword);
    [[nodiscard]] bool is_one_instruction(Input in);

    void code_section(Input& in);
    void function(Input& body);
    void append_locals(std::uint32_t function, Input& body);
    void append_instructions(std::uint32_t function, Input& body);
    void append_line(const InstructionPrinter::Line& line);
    [[nodiscard]] InstructionPrinter printer_of(std::uint32_t function);
    void find_body(std::uint32_t offset, Input& in);
    void find_instruction(std::uint32_t offset, std::uint32_t function, Input& body);

    const std::vector<Section>& sections_;
    Context& context_;
    Text out_;
    /// One instruction.
    Text line_;
};

} // namespace detent::text::printer
