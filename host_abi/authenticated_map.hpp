// AuthenticatedMap: from 256-bit paths to value hashes, with a root, and proofs against it. Source: HOST_ABI.md, ABI-63
// and ABI-64.
#pragma once

#include "engine/base/result.hpp"
#include "host_abi/bytes.hpp"
#include "host_abi/shared.hpp"

#include <optional>
#include <span>

namespace detent {

/// A path that leads somewhere.
struct Leaf {
    Hash path;
    Hash value_hash;

    friend bool operator==(const Leaf&, const Leaf&) noexcept = default;
};

/// What is found on the way along a path (ABI-64).
struct Proof {
    /// From the root down.
    Buffer<Hash> siblings;
    /// The leaf that ends the way, which may have another path; nothing where an empty subtree ends it.
    std::optional<Leaf> leaf;
};

enum class Shown : std::uint8_t {
    inclusion, ///< the path leads to `proof.leaf->value_hash`
    exclusion, ///< the path leads nowhere
    nothing,   ///< the proof is not one for this root and path
};

/// What a proof shows of a path in the map with that root. Total on any input; allocates nothing.
[[nodiscard]] Shown verify(const Hash& root, const Hash& path, const Proof& proof) noexcept;

/// A change of one path: its new value hash, or nothing to remove it.
struct PathUpdate {
    Hash path;
    std::optional<Hash> value_hash;
};

/// Persistent, as OrderedMap: a copy is a version.
class AuthenticatedMap {
    struct Node;

  public:
    AuthenticatedMap() noexcept;
    AuthenticatedMap(const AuthenticatedMap& other) noexcept;
    AuthenticatedMap(AuthenticatedMap&& other) noexcept;
    AuthenticatedMap& operator=(const AuthenticatedMap& other) noexcept;
    AuthenticatedMap& operator=(AuthenticatedMap&& other) noexcept;
    ~AuthenticatedMap();

    [[nodiscard]] const Hash& root() const noexcept;
    [[nodiscard]] std::optional<Hash> find(const Hash& path) const noexcept;
    /// An error is a Fault of memory.
    [[nodiscard]] Result<Proof> prove(const Hash& path) const noexcept;

    /// Makes k updates in O(k log n) hashes, each changed node hashed once. `updates` MUST be sorted by path, no path
    /// twice. An error is a Fault of memory, and then nothing has changed.
    [[nodiscard]] Status apply(std::span<const PathUpdate> updates) noexcept;

  private:
    friend struct AuthenticatedMapNodes;

    Shared<Node> root_;
};

} // namespace detent
