// Files: reading with a bound, writing whole or not at all.
#pragma once

#include "cli/failure.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::cli {

/// At most `limit` bytes of a file. A file that is missing, a folder, unreadable or longer is a failure that names it.
[[nodiscard]] std::vector<std::uint8_t> read_file(const std::string& path, std::uint64_t limit);

/// The failure that a longer file is.
[[nodiscard]] Failure too_long(const std::string& path, std::uint64_t limit);

/// Writes the file whole or not at all; where it cannot be written the failure is a host fault.
void write_file(const std::string& path, std::string_view text);
void write_file(const std::string& path, std::span<const std::uint8_t> bytes);

[[nodiscard]] bool file_exists(const std::string& path);

} // namespace detent::cli
