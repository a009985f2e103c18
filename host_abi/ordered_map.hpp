// OrderedMap: from byte strings to byte strings, in byte order. Persistent: a copy is a version, costs constant time,
// and shares what it has in common, so that a checkpoint is a copy and going back to it cannot fail.
#pragma once

#include "host_abi/bytes.hpp"
#include "host_abi/shared.hpp"

#include <cstddef>
#include <optional>

namespace detent {

/// An AVL tree of shared nodes. Find, insert, erase and neighbours take O(log n) steps. What can allocate returns false
/// on failure and then has changed nothing. One map is not shared between threads; two copies may live on two threads.
class OrderedMap {
    struct Node;

  public:
    /// A key and its value; lives as long as a map that has it.
    struct Entry {
        ByteView key;
        ByteView value;
    };

    OrderedMap() noexcept;
    OrderedMap(const OrderedMap& other) noexcept;
    OrderedMap(OrderedMap&& other) noexcept;
    OrderedMap& operator=(const OrderedMap& other) noexcept;
    OrderedMap& operator=(OrderedMap&& other) noexcept;
    ~OrderedMap();

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return !root_; }

    [[nodiscard]] std::optional<ByteView> find(ByteView key) const noexcept;
    [[nodiscard]] bool contains(ByteView key) const noexcept { return find(key).has_value(); }

    /// The entry of the least key; of the least key greater than `key`; of the greatest key less than `key`.
    [[nodiscard]] std::optional<Entry> first() const noexcept;
    [[nodiscard]] std::optional<Entry> next(ByteView key) const noexcept;
    [[nodiscard]] std::optional<Entry> previous(ByteView key) const noexcept;

    /// Sets the value of a key, whether it was there or not. Both are copied.
    [[nodiscard]] bool insert(ByteView key, ByteView value) noexcept;
    /// Does nothing where the key is not there.
    [[nodiscard]] bool erase(ByteView key) noexcept;

    /// Whether balance, order and sizes are as they should be; for tests.
    [[nodiscard]] bool is_sound() const noexcept;

  private:
    friend struct OrderedMapNodes;

    Shared<Node> root_;
};

} // namespace detent
