#include "host_abi/authenticated_map.hpp"

#include "host_abi/crypto.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <map>
#include <string_view>
#include <vector>

namespace detent {

namespace {

using Model = std::map<Hash, Hash>;
using Leaves = std::vector<Leaf>;

bool bit_of(const Hash& path, std::size_t index) { return ((path.bytes[index / 8] << (index % 8)) & 0x80) != 0; }

/// ABI-63 word by word: slow, and made anew each time.
Hash reference(const Leaves& leaves, std::size_t depth) {
    constexpr std::uint8_t kLeaf = 0;
    constexpr std::uint8_t kNode = 1;
    if (leaves.empty()) return {};
    if (leaves.size() == 1) {
        return sha256({ByteView(&kLeaf, 1), leaves[0].path.view(), leaves[0].value_hash.view()});
    }
    Leaves sides[2];
    for (const Leaf& leaf : leaves)
        sides[bit_of(leaf.path, depth) ? 1 : 0].push_back(leaf);
    const Hash left = reference(sides[0], depth + 1);
    const Hash right = reference(sides[1], depth + 1);
    return sha256({ByteView(&kNode, 1), left.view(), right.view()});
}

Hash reference(const Model& model) {
    Leaves leaves;
    for (const auto& [path, value] : model)
        leaves.push_back({path, value});
    return reference(leaves, 0);
}

/// Paths that share long prefixes as well as paths that do not.
rc::Gen<Hash> paths() {
    return rc::gen::map(
        rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange(0, 33), rc::gen::arbitrary<std::uint8_t>()),
        [](const std::tuple<int, int, std::uint8_t>& how) {
            Hash path;
            path.bytes.fill(static_cast<std::uint8_t>(std::get<0>(how) * 85));
            const auto at = static_cast<std::size_t>(std::get<1>(how));
            if (at < 32) path.bytes[at] = std::get<2>(how);
            return path;
        });
}

Hash number(std::uint8_t byte) {
    Hash made;
    made.bytes.fill(byte);
    return made;
}

std::vector<PathUpdate> random_updates(int most) {
    std::map<Hash, std::optional<Hash>> chosen;
    for (int n = *rc::gen::inRange(0, most); n > 0; --n) {
        const int kind = *rc::gen::inRange(0, 6);
        chosen[*paths()] = kind < 2 ? std::nullopt : std::optional(number(static_cast<std::uint8_t>(kind)));
    }
    std::vector<PathUpdate> updates;
    for (const auto& [path, value] : chosen)
        updates.push_back({path, value});
    return updates;
}

void apply(Model& model, const std::vector<PathUpdate>& updates) {
    for (const PathUpdate& update : updates) {
        if (update.value_hash) {
            model[update.path] = *update.value_hash;
        } else {
            model.erase(update.path);
        }
    }
}

void grow(AuthenticatedMap& map, Model& model, int batches) {
    for (; batches > 0; --batches) {
        const std::vector<PathUpdate> updates = random_updates(20);
        RC_ASSERT(map.apply(updates).has_value());
        apply(model, updates);
    }
}

Proof copy_of(const Proof& proof) {
    Proof copy;
    RC_ASSERT(copy.siblings.copy_from(proof.siblings.span()));
    copy.leaf = proof.leaf;
    return copy;
}

/// Changes one bit of one part of a proof, or drops or adds a sibling.
void tamper(Proof& proof) {
    const int part = *rc::gen::inRange(0, 5);
    const auto place = static_cast<std::size_t>(*rc::gen::inRange(0, 32));
    if (part == 0 && proof.leaf) proof.leaf->value_hash.bytes[place] ^= 1;
    if (part == 1 && proof.leaf) proof.leaf.reset();
    if (part == 2 && !proof.leaf) proof.leaf = Leaf{};
    if (part == 3 && !proof.siblings.empty()) proof.siblings[place % proof.siblings.size()].bytes[place] ^= 0x80;
    if (part == 4 && !proof.siblings.empty()) proof.siblings.pop_back();
}

} // namespace

TEST_CASE("ABI-63: updates in batches give the root of the reference") {
    const bool holds = rc::check([] {
        AuthenticatedMap map;
        Model model;
        grow(map, model, *rc::gen::inRange(0, 8));
        RC_ASSERT(map.root() == reference(model));
        const Hash path = *paths();
        const auto found = model.find(path);
        RC_ASSERT(map.find(path) == (found == model.end() ? std::nullopt : std::optional(found->second)));
    });
    REQUIRE(holds);
}

TEST_CASE("ABI-63: the root does not depend on the order of writes") {
    const bool holds = rc::check([] {
        AuthenticatedMap map;
        Model model;
        grow(map, model, 4);
        std::vector<std::pair<Hash, Hash>> entries(model.begin(), model.end());
        AuthenticatedMap backwards;
        for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
            const PathUpdate update{at->first, at->second};
            RC_ASSERT(backwards.apply({&update, 1}).has_value());
        }
        RC_ASSERT(map.root() == backwards.root());
    });
    REQUIRE(holds);
}

TEST_CASE("ABI-63: k updates of n leaves make O(k log n) nodes") {
    AuthenticatedMap map;
    std::map<Hash, std::optional<Hash>> all;
    for (std::uint32_t i = 0; i < 4096; ++i)
        all[sha256(little_endian(i))] = number(1);
    std::vector<PathUpdate> updates;
    for (const auto& [path, value] : all)
        updates.push_back({path, value});
    REQUIRE(map.apply(updates).has_value());
    const PathUpdate one{updates[17].path, number(2)};
    allocation_probe() = {};
    REQUIRE(map.apply({&one, 1}).has_value());
    // 12 levels are expected, and a few more where two paths are close.
    CHECK(allocation_probe().allocations <= 40);
    CHECK(allocation_probe().allocations >= 10);
}

TEST_CASE("ABI-64: a proof shows what the map holds, and a changed one shows nothing else") {
    const bool holds = rc::check([] {
        AuthenticatedMap map;
        Model model;
        grow(map, model, *rc::gen::inRange(0, 6));
        const Hash path = !model.empty() && *rc::gen::arbitrary<bool>() ? model.begin()->first : *paths();
        const Result<Proof> proof = map.prove(path);
        RC_ASSERT(proof.has_value());
        const bool here = model.contains(path);
        RC_ASSERT(verify(map.root(), path, proof.assume_value()) == (here ? Shown::inclusion : Shown::exclusion));
        if (here) RC_ASSERT(proof.assume_value().leaf->value_hash == model[path]);
        RC_ASSERT(verify(number(0xAB), path, proof.assume_value()) == Shown::nothing);
        Proof changed = copy_of(proof.assume_value());
        tamper(changed);
        const bool same =
            changed.siblings == proof.assume_value().siblings && changed.leaf == proof.assume_value().leaf;
        if (!same) RC_ASSERT(verify(map.root(), path, changed) == Shown::nothing);
    });
    REQUIRE(holds);
}

TEST_CASE("ABI-64: a proof of one path shows nothing of a path that leaves it") {
    AuthenticatedMap map;
    Hash left = number(0x00);
    Hash right = number(0x80);
    const PathUpdate updates[] = {{left, number(1)}, {right, number(2)}};
    REQUIRE(map.apply(updates).has_value());
    const Result<Proof> proof = map.prove(left);
    REQUIRE(proof.has_value());
    CHECK(verify(map.root(), left, proof.assume_value()) == Shown::inclusion);
    CHECK(verify(map.root(), right, proof.assume_value()) == Shown::nothing);
    CHECK(verify(map.root(), number(0x01), proof.assume_value()) == Shown::exclusion);
}

TEST_CASE("ABI-64: a leaf that does not share the bits walked shows nothing, whatever the root") {
    constexpr std::uint8_t kNode = 1;
    Proof proof;
    proof.leaf = Leaf{number(0x80), number(1)};
    REQUIRE(proof.siblings.push_back(number(2)));
    const Hash leaf = reference({*proof.leaf}, 0);
    const Hash root = sha256({ByteView(&kNode, 1), leaf.view(), number(2).view()});
    CHECK(verify(root, number(0x00), proof) == Shown::nothing);
    proof.leaf->path = number(0x01);
    const Hash shared = reference({*proof.leaf}, 0);
    CHECK(verify(sha256({ByteView(&kNode, 1), shared.view(), number(2).view()}), number(0x00), proof) ==
          Shown::exclusion);
}

TEST_CASE("ABI-64: a proof of more than 256 siblings shows nothing") {
    Proof proof;
    REQUIRE(proof.siblings.resize(257));
    CHECK(verify(Hash{}, Hash{}, proof) == Shown::nothing);
    CHECK(verify(Hash{}, Hash{}, Proof{}) == Shown::exclusion);
}

TEST_CASE("ABI-52: an update whose allocation fails leaves the map as it was") {
    AuthenticatedMap map;
    const PathUpdate first[] = {{number(0x10), number(1)}, {number(0x11), number(2)}};
    REQUIRE(map.apply(first).has_value());
    const Hash before = map.root();
    const PathUpdate second[] = {{number(0x10), std::nullopt}, {number(0x12), number(3)}, {number(0x13), number(4)}};
    std::uint64_t n = 1;
    for (bool done = false; !done; ++n) {
        allocation_probe() = {0, n};
        done = map.apply(second).has_value();
        allocation_probe() = {};
        if (!done) CHECK(map.root() == before);
    }
    CHECK(n > 3);
    CHECK(map.root() != before);
}

} // namespace detent
