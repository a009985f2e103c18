// Output: colour for people, one object for programs.
#pragma once

#include "cli/failure.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace detent::cli {

/// Keys stand in the order in which they are added.
using Json = nlohmann::ordered_json;

/// The object as the last line.
void print_json(const Json& object);

/// `detent: WHERE: reason` on standard error; of a text, the line and a caret below.
void print(const Failure& failure);

/// Lines on standard error. They may quote what stands in a file, which a terminal shall not obey.
void print_lines(std::string_view lines);

/// A failure as an object: `file`, `reason`, where the engine refused `code`, `number`, `kind` and `offset`, and of a
/// text `line` and `column`. The offset is that of a byte in the file.
[[nodiscard]] Json to_json(const Failure& failure);

enum class Colour { green, yellow, red, faint };

/// The text in colour on a terminal, unless NO_COLOR is set or TERM is `dumb`; else the text.
[[nodiscard]] std::string coloured(Colour colour, std::string_view text);

/// A number in groups, for people: 1,234,567.
[[nodiscard]] std::string grouped(std::uint64_t number);

/// A table whose columns are as wide as they must be. The digits of `right` name the columns that stand at the right.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows, std::string_view right = "");

} // namespace detent::cli
