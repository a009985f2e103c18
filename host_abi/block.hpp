// Block: what a transaction can see of the chain around it. Source: HOST_ABI.md, ABI-12.
#pragma once

#include "host_abi/bytes.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace detent {

struct BlockHash {
    std::uint64_t height = 0;
    Hash hash;
};

struct Block {
    /// How many heights before its own `block_hash` may answer for.
    static constexpr std::uint64_t kHashes = 256;

    std::uint64_t height = 0;
    std::uint64_t time = 0;
    std::uint64_t chain_id = 0;
    /// Those that the node provides, in any order. MUST outlive the transactions of the block.
    std::span<const BlockHash> hashes;

    /// The hash of an earlier block, within the rule of ABI-12.
    [[nodiscard]] std::optional<Hash> hash_at(std::uint64_t at) const noexcept;
};

} // namespace detent
