// What a module says of its functions beside their code: names, and lines of source.
#pragma once

#include "engine/code/code.hpp"
#include "engine/trace/line_table.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::cli {

/// By the name section, else by the first export. Views the module, which MUST outlive it.
class FunctionNames {
  public:
    explicit FunctionNames(const Module& module);

    /// UTF-8; nothing where there is none.
    [[nodiscard]] std::optional<std::string_view> find(FuncIdx function) const noexcept;
    /// The same as people may see it on a terminal; `function 3` where there is none.
    [[nodiscard]] std::string text(FuncIdx function) const;
    /// The functions of a name, or of an index; none where there is none.
    [[nodiscard]] std::vector<FuncIdx> find_all(const std::string& text) const;
    /// The functions that a command line means by a name, or by an index; wrong usage that names `what` where there is
    /// none.
    [[nodiscard]] std::vector<FuncIdx> meant_by(const std::string& text, const std::string& what) const;

  private:
    std::size_t functions_;
    std::map<std::uint32_t, std::string_view> names_;
};

/// Lines of source, by DWARF in custom sections.
class SourceLines {
  public:
    /// Without any where the module has none, or what it has is malformed. Views the module, which MUST outlive it.
    explicit SourceLines(const Module& module);

    [[nodiscard]] bool empty() const noexcept { return !table_ || table_->empty(); }
    /// Of the instruction at an offset in the module.
    [[nodiscard]] std::optional<trace::SourceLine> find(std::uint32_t position) const noexcept;
    [[nodiscard]] std::string path(std::uint32_t file) const { return table_->path(file); }

  private:
    std::uint32_t code_ = 0;
    std::optional<trace::LineTable> table_;
};

} // namespace detent::cli
