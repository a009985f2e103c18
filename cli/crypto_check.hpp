// The self-check of cryptography at the start of commands that can reach it (ABI-42).
#pragma once

namespace detent::cli {

/// Refuses to go on where the linked libraries answer an edge case in another way than the ABI.
void require_sound_crypto();

} // namespace detent::cli
