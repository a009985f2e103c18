#include "host_abi/authenticated_map.hpp"

#include "host_abi/crypto.hpp"

#include <algorithm>

namespace detent {

namespace {

constexpr std::size_t kPathBits = 256;
constexpr Hash kEmptySubtree{};

/// The first bit is the highest of the first byte (ABI-63).
bool bit(const Hash& path, std::size_t index) noexcept { return ((path.bytes[index / 8] >> (7 - index % 8)) & 1) != 0; }

Hash hash_of(const Leaf& leaf) noexcept {
    constexpr std::uint8_t kDomain = 0x00;
    return sha256({ByteView(&kDomain, 1), leaf.path.view(), leaf.value_hash.view()});
}

Hash hash_of(const Hash& left, const Hash& right) noexcept {
    constexpr std::uint8_t kDomain = 0x01;
    return sha256({ByteView(&kDomain, 1), left.view(), right.view()});
}

bool share_bits(const Hash& a, const Hash& b, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        if (bit(a, i) != bit(b, i)) return false;
    }
    return true;
}

} // namespace

/// A leaf, or a node above two subtrees with at least two leaves between them. One of the two may be empty.
struct AuthenticatedMap::Node : Counted {
    Hash hash;
    std::optional<Leaf> leaf;
    Shared<Node> left;
    Shared<Node> right;
};

struct AuthenticatedMapNodes {
    using Node = AuthenticatedMap::Node;
    using Tree = Shared<Node>;
    /// Nothing if there was no memory.
    using Made = std::optional<Tree>;
    using Updates = std::span<const PathUpdate>;

    static const Hash& hash(const Tree& tree) noexcept { return tree ? tree->hash : kEmptySubtree; }
    static bool is_leaf(const Tree& tree) noexcept { return tree && tree->leaf; }
    static const Tree& child(const Tree& tree, bool right) noexcept { return right ? tree->right : tree->left; }

    static Made leaf(const Leaf& leaf) noexcept {
        Tree made = Tree::make();
        if (!made) return std::nullopt;
        made->leaf = leaf;
        made->hash = hash_of(leaf);
        return made;
    }

    /// A subtree of one leaf is that leaf, wherever it stands.
    static Made node(const Made& left, const Made& right) noexcept {
        if (!left || !right) return std::nullopt;
        if (!*left && (!*right || is_leaf(*right))) return right;
        if (!*right && is_leaf(*left)) return left;
        Tree made = Tree::make();
        if (!made) return std::nullopt;
        made->left = *left;
        made->right = *right;
        made->hash = hash_of(hash(*left), hash(*right));
        return made;
    }

    /// The subtree `depth` bits below the root with updates that share those bits. Two different paths part within 256
    /// bits, which bounds the recursion.
    static Made updated(const Tree& tree, Updates updates, std::size_t depth) noexcept {
        if (updates.empty()) return tree;
        const bool alone = updates.size() == 1 && (!tree || (tree->leaf && tree->leaf->path == updates[0].path));
        if (alone) return only(updates[0]);
        const auto first_right = std::ranges::partition_point(
            updates, [depth](const PathUpdate& update) noexcept { return !bit(update.path, depth); });
        const auto left_count = static_cast<std::size_t>(first_right - updates.begin());
        return node(updated(half(tree, false, depth), updates.first(left_count), depth + 1),
                    updated(half(tree, true, depth), updates.subspan(left_count), depth + 1));
    }

    static Made only(const PathUpdate& update) noexcept {
        if (!update.value_hash) return Tree();
        return leaf({update.path, *update.value_hash});
    }

    /// What of a subtree goes to one side; a leaf goes whole to the side of its path.
    static Tree half(const Tree& tree, bool right, std::size_t depth) noexcept {
        if (!is_leaf(tree)) return tree ? child(tree, right) : tree;
        return bit(tree->leaf->path, depth) == right ? tree : Tree();
    }

    /// Calls `visit` with each sibling on the way; returns where the way ends: at a leaf or an empty subtree.
    template <class Visit>
    static const Tree& walk(const Tree& root, const Hash& path, Visit&& visit) noexcept {
        const Tree* at = &root;
        for (std::size_t depth = 0; *at && !(*at)->leaf; ++depth) {
            const bool right = bit(path, depth);
            visit(hash(child(*at, !right)));
            at = &child(*at, right);
        }
        return *at;
    }
};

AuthenticatedMap::AuthenticatedMap() noexcept = default;
AuthenticatedMap::AuthenticatedMap(const AuthenticatedMap&) noexcept = default;
AuthenticatedMap::AuthenticatedMap(AuthenticatedMap&&) noexcept = default;
AuthenticatedMap& AuthenticatedMap::operator=(const AuthenticatedMap&) noexcept = default;
AuthenticatedMap& AuthenticatedMap::operator=(AuthenticatedMap&&) noexcept = default;
AuthenticatedMap::~AuthenticatedMap() = default;

const Hash& AuthenticatedMap::root() const noexcept { return AuthenticatedMapNodes::hash(root_); }

std::optional<Hash> AuthenticatedMap::find(const Hash& path) const noexcept {
    const Shared<Node>& end = AuthenticatedMapNodes::walk(root_, path, [](const Hash&) noexcept {});
    if (!end || end->leaf->path != path) return std::nullopt;
    return end->leaf->value_hash;
}

Result<Proof> AuthenticatedMap::prove(const Hash& path) const noexcept {
    Proof proof;
    bool room = true;
    const Shared<Node>& end = AuthenticatedMapNodes::walk(
        root_, path, [&](const Hash& sibling) noexcept { room = room && proof.siblings.push_back(sibling); });
    if (!room) return kOutOfMemory;
    if (end) proof.leaf = end->leaf;
    return proof;
}

Status AuthenticatedMap::apply(std::span<const PathUpdate> updates) noexcept {
    std::optional<Shared<Node>> made = AuthenticatedMapNodes::updated(root_, updates, 0);
    if (!made) return kOutOfMemory;
    root_ = std::move(*made);
    return ok();
}

Shown verify(const Hash& root, const Hash& path, const Proof& proof) noexcept {
    const std::size_t depth = proof.siblings.size();
    if (depth > kPathBits) return Shown::nothing;
    if (proof.leaf && !share_bits(proof.leaf->path, path, depth)) return Shown::nothing;
    Hash hash = proof.leaf ? hash_of(*proof.leaf) : kEmptySubtree;
    for (std::size_t i = depth; i-- > 0;) {
        const Hash& sibling = proof.siblings[i];
        hash = bit(path, i) ? hash_of(sibling, hash) : hash_of(hash, sibling);
    }
    if (hash != root) return Shown::nothing;
    return proof.leaf && proof.leaf->path == path ? Shown::inclusion : Shown::exclusion;
}

} // namespace detent
