// decode: bytes to Module. Source: spec, Binary Format, Modules.
#pragma once

#include "engine/base/result.hpp"
#include "engine/profile.hpp"
#include "engine/syntax/module.hpp"

#include <cstdint>
#include <span>

namespace detent {

/// Reads a module; total on any input. Copies the bytes. Iterative, in time and memory linear in the input: whatever a
/// declared count says, no more is allocated than there are bytes to fill it, and no limit of the profile is passed.
/// The first error in the order of the bytes is reported.
///
/// Function bodies are delimited, not read: `validate` reads them. Constant expressions hold constant instructions
/// only; indices and types are not yet known to be valid.
[[nodiscard]] Result<Module> decode(std::span<const std::uint8_t> bytes, const Profile& profile) noexcept;

} // namespace detent
