#include "host_abi/block.hpp"

namespace detent {

std::optional<Hash> Block::hash_at(std::uint64_t at) const noexcept {
    if (at >= height || height - at > kHashes) return std::nullopt;
    for (const BlockHash& known : hashes) {
        if (known.height == at) return known.hash;
    }
    return std::nullopt;
}

} // namespace detent
