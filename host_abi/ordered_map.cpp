#include "host_abi/ordered_map.hpp"

#include <algorithm>
#include <cstring>

namespace detent {

namespace {

/// A key and its value in one allocation; the bytes stand behind the header.
struct Item : Counted {
    std::size_t key_size = 0;
    std::size_t value_size = 0;

    [[nodiscard]] std::uint8_t* bytes() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
    [[nodiscard]] const std::uint8_t* bytes() const noexcept { return reinterpret_cast<const std::uint8_t*>(this + 1); }
    [[nodiscard]] ByteView key() const noexcept { return {bytes(), key_size}; }
    [[nodiscard]] ByteView value() const noexcept { return {bytes() + key_size, value_size}; }
};

Shared<Item> make_item(ByteView key, ByteView value) noexcept {
    Shared<Item> item = Shared<Item>::make(key.size() + value.size());
    if (!item) return item;
    item->key_size = key.size();
    item->value_size = value.size();
    std::copy(value.begin(), value.end(), std::copy(key.begin(), key.end(), item->bytes()));
    return item;
}

} // namespace

struct OrderedMap::Node : Counted {
    Shared<Node> left;
    Shared<Node> right;
    Shared<Item> item;
    std::size_t size = 1;
    unsigned height = 1;
};

/// The algorithms: all make new nodes and leave the old ones as they are. Heights of siblings differ by at most one,
/// so that recursion is bounded by 1.45 times the binary logarithm of the size.
struct OrderedMapNodes {
    using Node = OrderedMap::Node;
    using Tree = Shared<Node>;
    /// Nothing if there was no memory.
    using Made = std::optional<Tree>;

    static unsigned height(const Tree& tree) noexcept { return tree ? tree->height : 0; }
    static std::size_t size(const Tree& tree) noexcept { return tree ? tree->size : 0; }
    static OrderedMap::Entry entry(const Tree& tree) noexcept { return {tree->item->key(), tree->item->value()}; }
    static std::strong_ordering compare(ByteView key, const Tree& tree) noexcept {
        return compare_bytes(key, tree->item->key());
    }

    static Made node(Made left, const Shared<Item>& item, Made right) noexcept {
        if (!left || !right) return std::nullopt;
        Tree made = Tree::make();
        if (!made) return std::nullopt;
        made->size = 1 + size(*left) + size(*right);
        made->height = 1 + std::max(height(*left), height(*right));
        made->left = std::move(*left);
        made->right = std::move(*right);
        made->item = item;
        return made;
    }

    /// As `node`, for children whose heights differ by two at most.
    static Made balanced(Made left, const Shared<Item>& item, Made right) noexcept {
        if (!left || !right) return std::nullopt;
        if (height(*left) > height(*right) + 1) return rotated_right(**left, item, *right);
        if (height(*right) > height(*left) + 1) return rotated_left(*left, item, **right);
        return node(std::move(left), item, std::move(right));
    }

    static Made rotated_right(const Node& left, const Shared<Item>& item, const Tree& right) noexcept {
        if (height(left.left) >= height(left.right)) return node(left.left, left.item, node(left.right, item, right));
        const Node& middle = *left.right;
        return node(node(left.left, left.item, middle.left), middle.item, node(middle.right, item, right));
    }

    static Made rotated_left(const Tree& left, const Shared<Item>& item, const Node& right) noexcept {
        if (height(right.right) >= height(right.left))
            return node(node(left, item, right.left), right.item, right.right);
        const Node& middle = *right.left;
        return node(node(left, item, middle.left), middle.item, node(middle.right, right.item, right.right));
    }

    static Made with(const Tree& tree, const Shared<Item>& item) noexcept {
        if (!tree) return node(Tree(), item, Tree());
        const std::strong_ordering order = compare(item->key(), tree);
        if (order < 0) return balanced(with(tree->left, item), tree->item, tree->right);
        if (order > 0) return balanced(tree->left, tree->item, with(tree->right, item));
        return node(tree->left, item, tree->right);
    }

    /// The key MUST be there.
    static Made without(const Tree& tree, ByteView key) noexcept {
        const std::strong_ordering order = compare(key, tree);
        if (order < 0) return balanced(without(tree->left, key), tree->item, tree->right);
        if (order > 0) return balanced(tree->left, tree->item, without(tree->right, key));
        if (!tree->left) return tree->right;
        if (!tree->right) return tree->left;
        return balanced(tree->left, leftmost(tree->right)->item, without_leftmost(tree->right));
    }

    static Made without_leftmost(const Tree& tree) noexcept {
        if (!tree->left) return tree->right;
        return balanced(without_leftmost(tree->left), tree->item, tree->right);
    }

    static const Tree& leftmost(const Tree& tree) noexcept {
        const Tree* at = &tree;
        while ((*at)->left)
            at = &(*at)->left;
        return *at;
    }

    static bool take(OrderedMap& map, Made made) noexcept {
        if (made) map.root_ = std::move(*made);
        return made.has_value();
    }

    static bool is_sound(const Tree& tree) noexcept {
        if (!tree) return true;
        const unsigned left = height(tree->left);
        const unsigned right = height(tree->right);
        const bool ordered = (!tree->left || compare_bytes(tree->left->item->key(), tree->item->key()) < 0) &&
                             (!tree->right || compare_bytes(tree->right->item->key(), tree->item->key()) > 0);
        return ordered && tree->height == 1 + std::max(left, right) &&
               std::max(left, right) - std::min(left, right) <= 1 &&
               tree->size == 1 + size(tree->left) + size(tree->right) && is_sound(tree->left) && is_sound(tree->right);
    }
};

OrderedMap::OrderedMap() noexcept = default;
OrderedMap::OrderedMap(const OrderedMap&) noexcept = default;
OrderedMap::OrderedMap(OrderedMap&&) noexcept = default;
OrderedMap& OrderedMap::operator=(const OrderedMap&) noexcept = default;
OrderedMap& OrderedMap::operator=(OrderedMap&&) noexcept = default;
OrderedMap::~OrderedMap() = default;

std::size_t OrderedMap::size() const noexcept { return OrderedMapNodes::size(root_); }

std::optional<ByteView> OrderedMap::find(ByteView key) const noexcept {
    const Shared<Node>* at = &root_;
    while (*at) {
        const std::strong_ordering order = OrderedMapNodes::compare(key, *at);
        if (order == 0) return (*at)->item->value();
        at = order < 0 ? &(*at)->left : &(*at)->right;
    }
    return std::nullopt;
}

std::optional<OrderedMap::Entry> OrderedMap::first() const noexcept {
    if (!root_) return std::nullopt;
    return OrderedMapNodes::entry(OrderedMapNodes::leftmost(root_));
}

std::optional<OrderedMap::Entry> OrderedMap::next(ByteView key) const noexcept {
    std::optional<Entry> best;
    const Shared<Node>* at = &root_;
    while (*at) {
        const bool greater = OrderedMapNodes::compare(key, *at) < 0;
        if (greater) best = OrderedMapNodes::entry(*at);
        at = greater ? &(*at)->left : &(*at)->right;
    }
    return best;
}

std::optional<OrderedMap::Entry> OrderedMap::previous(ByteView key) const noexcept {
    std::optional<Entry> best;
    const Shared<Node>* at = &root_;
    while (*at) {
        const bool less = OrderedMapNodes::compare(key, *at) > 0;
        if (less) best = OrderedMapNodes::entry(*at);
        at = less ? &(*at)->right : &(*at)->left;
    }
    return best;
}

bool OrderedMap::insert(ByteView key, ByteView value) noexcept {
    const Shared<Item> item = make_item(key, value);
    return item && OrderedMapNodes::take(*this, OrderedMapNodes::with(root_, item));
}

bool OrderedMap::erase(ByteView key) noexcept {
    return !contains(key) || OrderedMapNodes::take(*this, OrderedMapNodes::without(root_, key));
}

bool OrderedMap::is_sound() const noexcept { return OrderedMapNodes::is_sound(root_); }

} // namespace detent
