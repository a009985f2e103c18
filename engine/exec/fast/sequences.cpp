#include "engine/exec/fast/sequences.hpp"

#include <utility>

namespace detent::fast {

#ifdef DETENT_COUNT_CELLS
void weigh_cells(std::span<const Word> cells, std::span<const std::uint32_t> starts) noexcept;
#endif

namespace {

/// The handlers that may follow one another, as a tree: from a node and a handler to a node. The node of one handler is
/// that handler's address.
class Sequences {
  public:
    Sequences() noexcept { add(std::make_index_sequence<kSequenceParts>{}); }

    /// So small that none lies in two lines of a cache.
    struct alignas(16) Node {
        Word before = 0;
        /// What is left of the address, which MUST be enough to tell handlers apart.
        std::uint32_t handler = 0;
        /// From the first handler; 0 where only longer sequences are.
        std::uint32_t sequence = 0;

        [[nodiscard]] Word number() const noexcept { return reinterpret_cast<std::uintptr_t>(this); }
    };

    /// Null for none.
    [[nodiscard]] const Node* find(Word before, Word handler) const noexcept {
        const Word hash = hash_of(before, handler);
        if (!is_hinted(hash)) return nullptr;
        const Node& node = nodes_[place_of(hash, before, handler)];
        return node.before == 0 ? nullptr : &node;
    }

    /// Of a node that has one.
    [[nodiscard]] static Word sequence(const Node& node) noexcept {
        return base() + static_cast<Word>(static_cast<std::int32_t>(node.sequence));
    }

  private:
    /// A handler that is none of a sequence. All are parts of one program, within 2 GiB of it.
    [[nodiscard]] static Word base() noexcept { return word_of(kHandlers.check); }

    static constexpr std::size_t kCapacity = 32768;
    static_assert(std::has_single_bit(kCapacity));
    /// Bits that say of most pairs which are no nodes that they are none: few enough to stay at hand.
    static constexpr std::size_t kHints = 4 * kCapacity;

    [[nodiscard]] static Word hash_of(Word before, Word handler) noexcept {
        constexpr Word kFactor = 0x9E37'79B9'7F4A'7C15;
        return (before * 3 + handler) * kFactor;
    }
    [[nodiscard]] static std::size_t hint_of(Word hash) noexcept { return (hash >> 40) & (kHints - 1); }
    [[nodiscard]] bool is_hinted(Word hash) const noexcept {
        return ((hints_[hint_of(hash) / 64] >> (hint_of(hash) % 64)) & 1) != 0;
    }

    /// Where it is, or would be.
    [[nodiscard]] std::size_t place_of(Word hash, Word before, Word handler) const noexcept {
        std::size_t at = static_cast<std::size_t>(hash >> 40) & (kCapacity - 1);
        while (nodes_[at].before != 0 &&
               (nodes_[at].before != before || nodes_[at].handler != static_cast<std::uint32_t>(handler)))
            at = (at + 1) & (kCapacity - 1);
        return at;
    }

    template <std::size_t... parts>
    void add(std::index_sequence<parts...>) noexcept {
        (add(sequence_rows<parts>()), ...);
    }

    void add(std::span<const SequenceRow> rows) noexcept {
        for (const SequenceRow& row : rows) {
            if (row.length != 0) add(row);
        }
    }

    void add(const SequenceRow& row) noexcept {
        Word before = word_of(handler_of(row.elements[0]));
        Node* node = nullptr;
        for (std::size_t i = 1; i < row.length; ++i) {
            const Word handler = word_of(handler_of(row.elements[i]));
            const Word hash = hash_of(before, handler);
            node = &nodes_[place_of(hash, before, handler)];
            if (node->before == 0) {
                // Half of the places stay free, so that who looks finds one soon. The test of sequences misses the
                // rest.
                if (count_ == kCapacity / 2) return;
                ++count_;
                *node = {before, static_cast<std::uint32_t>(handler), 0};
                hints_[hint_of(hash) / 64] |= Word{1} << (hint_of(hash) % 64);
            }
            before = node->number();
        }
        node->sequence = static_cast<std::uint32_t>(word_of(row.handler) - base());
    }

    std::array<Node, kCapacity> nodes_{};
    std::array<Word, kHints / 64> hints_{};
    std::size_t count_ = 0;
};

[[nodiscard]] const Sequences& sequences() noexcept {
    static const Sequences kSequences;
    return kSequences;
}

} // namespace

void join_sequences(std::span<Word> cells, std::span<const std::uint32_t> starts, Landings& landings) noexcept {
#ifdef DETENT_COUNT_CELLS
    return weigh_cells(cells, starts); // each cell is counted alone
#endif
    const Sequences& all = sequences();
    for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
        if (!landings.has(starts[i])) continue;
        Word& first = cells[starts[i]];
        Word before = first;
        std::size_t behind = i + 1;
        for (std::size_t next = i + 1; next < starts.size(); ++next) {
            const Sequences::Node* const node = all.find(before, cells[starts[next]]);
            if (node == nullptr) break;
            before = node->number();
            if (node->sequence == 0) continue;
            first = all.sequence(*node);
            behind = next + 1;
        }
        if (behind < starts.size()) landings.add(starts[behind]);
    }
}

} // namespace detent::fast
