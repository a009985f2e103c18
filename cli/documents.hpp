// Documents that repeat the project's tables. What they print is committed and compared, never edited.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace detent::cli {

struct Document {
    /// `instructions`: how the command line names it.
    std::string_view name;
    /// Where it is committed, from the project's root.
    std::string_view path;
    /// What it should say, for the project with this root.
    std::string (*print)(const std::string& root);
};

[[nodiscard]] std::span<const Document> documents() noexcept;

/// One line for every instruction and host function with its work class and unit: what the hash of a schedule covers
/// (MET-21).
[[nodiscard]] std::string classification();

} // namespace detent::cli
