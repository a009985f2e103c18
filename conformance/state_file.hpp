// State files: a State as JSON, for `detent call --state FILE`.
//
//     {
//       "format": "detent-state",
//       "version": 1,
//       "code": {"token": {"hex": "0x0061736d…", "hash": "0x…"}},
//       "accounts": {"0x…": {"balance": "0", "code": "token", "storage": {"0x…": "0x…"}}}
//     }
//
// `accounts` has the form of `pre` in a vector; code always stands in place.
#pragma once

#include "host_abi/state.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace detent::conformance {

/// Throws FormatError, or std::runtime_error on a Fault.
[[nodiscard]] State parse_state(std::string_view text);
[[nodiscard]] State read_state(const std::filesystem::path& path);

/// The canonical form. Codes bear names made of their hashes, whatever names the state was read with.
[[nodiscard]] std::string to_text(const State& state);

/// Writes the file whole or not at all. Throws std::runtime_error, and then the file is as it was.
void write_state(const std::filesystem::path& path, const State& state);

} // namespace detent::conformance
