// Target: what is fuzzed, one a program: bytes that anybody may have written, what must hold of them, and how they are
// changed so that most of them come far.
#pragma once

#include "fuzz/fields.hpp"

#include <optional>
#include <vector>

namespace detent::fuzz {

/// Whether what must hold of any bytes holds of these. Throws where the host fails.
[[nodiscard]] bool is_sound(const Bytes& bytes);

/// Whether they load.
[[nodiscard]] bool loads(const Bytes& bytes);

/// Bytes that were saved, to begin with.
[[nodiscard]] std::vector<Bytes> seeds();

/// Where the fields of bytes of this format are; nothing of others.
[[nodiscard]] std::optional<Fields> fields_of(const Bytes& bytes);

/// With other frames, or as they are.
[[nodiscard]] Bytes with_other_frames(const Bytes& bytes, Random& random);

} // namespace detent::fuzz
