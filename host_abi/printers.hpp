// Printers: documents that repeat the tables of this room. What they print is committed and compared, never edited.
#pragma once

#include <string>

namespace detent {

/// contracts/include/detent_v1.h
[[nodiscard]] std::string guest_header();

/// docs/host-functions.md
[[nodiscard]] std::string host_function_reference();

} // namespace detent
