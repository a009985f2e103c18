#include "cli/crypto_check.hpp"

#include "cli/failure.hpp"

#include "host_abi/crypto.hpp"

namespace detent::cli {

void require_sound_crypto() {
    const std::optional<std::string_view> differing = check_crypto();
    if (!differing) return;
    throw Failure(ExitCode::fault, "",
                  "the linked cryptography answers edge case '" + std::string(*differing) +
                      "' in another way than ABI-40 and ABI-41; refusing to start (ABI-42)");
}

} // namespace detent::cli
