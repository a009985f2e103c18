#include "engine/exec/fast/sequences.hpp"

#include <algorithm>
#include <utility>

namespace detent::fast {

#ifdef DETENT_COUNT_CELLS
void weigh_cells(std::span<const Word> cells, std::span<const std::uint32_t> starts) noexcept;
#endif

namespace {

// Handlers are all parts of one program, within 2 GiB of it, so that 32 bits say where one is from here.
[[nodiscard]] Word base() noexcept { return word_of(kHandlers.check); }
[[nodiscard]] std::uint32_t offset_of(Word handler) noexcept { return static_cast<std::uint32_t>(handler - base()); }
[[nodiscard]] Word handler_at_offset(std::uint32_t offset) noexcept {
    return base() + static_cast<Word>(static_cast<std::int32_t>(offset));
}

/// Where the same handlers have several sequences, since some are whole loops, and some hand on what others load: lists
/// of them, loops first, and the one that hands on most. Each says by comparisons which cells it fits, so that few have
/// to be looked at.
class Choices {
  public:
    /// Adds one, which fits always if the row is null, to the list that begins with number `first`, or to none if that
    /// is 0. Where the list begins then. One that there is no room for is missing, which the test of sequences sees.
    [[nodiscard]] std::uint32_t add(std::uint32_t first, std::uint32_t handler, const SequenceRow* row) noexcept {
        if (count_ == kMost || comparison_count_ + kMostOfOne > kMostComparisons) return first;
        Choice& made = all_[count_];
        made.handler = handler;
        made.comparisons = static_cast<std::uint16_t>(comparison_count_);
        if (row != nullptr) {
            made.loop = loop_of(*row);
            add_comparisons(made, *row);
        }
        std::uint32_t before = 0;
        made.next = first;
        while (made.next != 0 && all_[made.next].rank() > made.rank()) {
            before = made.next;
            made.next = all_[before].next;
        }
        const std::uint32_t number = count_++;
        if (before == 0) return number;
        all_[before].next = number;
        return first;
    }

    /// The first handler in a list that fits cells, of which the first one begins at the first of `starts`; else 0.
    [[nodiscard, gnu::noinline]] Word find(std::uint32_t first, std::span<const Word> cells,
                                           std::span<const std::uint32_t> starts) const noexcept {
        for (std::uint32_t next = first; next != 0; next = all_[next].next) {
            if (fits(all_[next], cells, starts)) return handler_at_offset(all_[next].handler);
        }
        return 0;
    }

  private:
    static constexpr std::size_t kMost = 8192;
    static constexpr std::size_t kMostComparisons = 16384;
    /// No more than three operands of each cell are compared with two slots of each cell before it.
    static constexpr std::size_t kMostOfOne = 3 * 2 * kLongestSequence * kLongestSequence;

    /// Of a slot that an operand is in, in a cell of the row, and one that a cell before it writes.
    struct Comparison {
        std::uint8_t reader = 0;
        std::uint8_t read = 0;
        std::uint8_t writer = 0;
        std::uint8_t written = 0;
    };

    /// Of a row that turns: its last cell, where that has its target, and how many words before the first cell that
    /// MUST be.
    struct Turn {
        std::uint8_t last = 0;
        std::uint8_t target = 0;
        std::uint8_t before = 0;
    };

    struct Choice {
        std::uint32_t handler = 0;
        std::uint32_t next = 0;
        std::uint16_t comparisons = 0;
        /// So many slots MUST be the same, and so many behind them MUST NOT.
        std::uint8_t equal = 0;
        std::uint8_t different = 0;
        Turn loop;

        [[nodiscard]] bool turns() const noexcept { return loop.last != 0; }
        [[nodiscard]] unsigned rank() const noexcept { return (turns() ? 256U : 0U) + equal; }
    };

    [[nodiscard]] static Turn loop_of(const SequenceRow& row) noexcept {
        const Element& last = row.elements[row.length - 1];
        if (!last.branch.turns) return {};
        return {static_cast<std::uint8_t>(row.length - 1), target_of(last), words_around(last)};
    }

    /// Each operand was last written by the cell from which it comes, and not by those between.
    void add_comparisons(Choice& choice, const SequenceRow& row) noexcept {
        for (const bool is_equal : {true, false}) {
            for (std::size_t i = 0; i < row.length; ++i) {
                const std::array<OperandOf, 3> operands = operands_of(row.elements[i]);
                for (std::size_t operand = 0; operand < operands.size(); ++operand) {
                    const std::size_t from = row.elements[i].from[operand];
                    for (std::size_t back = 1; back <= from; ++back) {
                        if ((back == from) == is_equal)
                            add_comparison(choice, is_equal, row, i, operands[operand].slot, i - back);
                    }
                }
            }
        }
    }

    void add_comparison(Choice& choice, bool is_equal, const SequenceRow& row, std::size_t reader, std::uint8_t read,
                        std::size_t writer) noexcept {
        for (std::size_t i = 0; i < slots_written(row.elements[writer]); ++i) {
            comparisons_[comparison_count_++] = {static_cast<std::uint8_t>(reader), read,
                                                 static_cast<std::uint8_t>(writer), static_cast<std::uint8_t>(2 * i)};
            ++(is_equal ? choice.equal : choice.different);
        }
    }

    [[nodiscard]] bool fits(const Choice& choice, std::span<const Word> cells,
                            std::span<const std::uint32_t> starts) const noexcept {
        if (choice.turns()) {
            const Word target = cells[starts[choice.loop.last] + choice.loop.target];
            const Word begin = target + choice.loop.before * sizeof(Word);
            if (begin != reinterpret_cast<std::uintptr_t>(&cells[starts[0]])) return false;
        }
        const Comparison* const first = &comparisons_[choice.comparisons];
        for (std::size_t i = 0; i < std::size_t{choice.equal} + choice.different; ++i) {
            const Comparison& one = first[i];
            const std::uint32_t read = Fields{&cells[starts[one.reader]]}.slot(one.read);
            const std::uint32_t written = Fields{&cells[starts[one.writer]]}.slot(one.written);
            if ((read == written) != (i < choice.equal)) return false;
        }
        return true;
    }

    std::array<Choice, kMost> all_{};
    std::array<Comparison, kMostComparisons> comparisons_{};
    /// None has the number 0.
    std::uint32_t count_ = 1;
    std::size_t comparison_count_ = 0;
};

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
        /// From the first handler, which is an even number; where there are several, of which most must fit, twice the
        /// number of the first choice and one; 0 where only longer sequences are.
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

    /// Of a node that has one, for the cells that begin at the first of `starts`; 0 where none fits.
    [[nodiscard]] Word sequence(const Node& node, std::span<const Word> cells,
                                std::span<const std::uint32_t> starts) const noexcept {
        if (!has_choices(node)) return handler_at_offset(node.sequence);
        return choices_.find(node.sequence / 2, cells, starts);
    }

  private:
    [[nodiscard]] static bool has_choices(const Node& node) noexcept { return node.sequence % 2 != 0; }

    static constexpr std::size_t kCapacity = 32768;
    static_assert(std::has_single_bit(kCapacity));
    static constexpr std::size_t kMostNodes = kCapacity / 8 * 5;
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
                // So many places stay free that who looks finds one soon. The test of sequences misses the rest.
                if (count_ == kMostNodes) return;
                ++count_;
                *node = {before, static_cast<std::uint32_t>(handler), 0};
                hints_[hint_of(hash) / 64] |= Word{1} << (hint_of(hash) % 64);
            }
            before = node->number();
        }
        add_sequence(*node, row);
    }

    /// Whether cells have to fit that have the same handlers.
    [[nodiscard]] static bool is_special(const Element& is) noexcept { return takes_over(is) || is.branch.turns; }

    void add_sequence(Node& node, const SequenceRow& row) noexcept {
        const std::uint32_t offset = offset_of(word_of(row.handler));
        const bool is_alone = node.sequence == 0 && std::ranges::none_of(row.elements, is_special) && offset % 2 == 0;
        if (is_alone) {
            node.sequence = offset;
            return;
        }
        std::uint32_t first = node.sequence / 2;
        if (!has_choices(node) && node.sequence != 0) first = choices_.add(0, node.sequence, nullptr);
        node.sequence = 2 * choices_.add(first, offset, &row) + 1;
    }

    std::array<Node, kCapacity> nodes_{};
    std::array<Word, kHints / 64> hints_{};
    std::size_t count_ = 0;
    Choices choices_;
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
    // Behind a cell that begins no sequence.
    bool follows = false;
    for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
        const std::uint32_t start = starts[i];
        if (!follows && !landings.has(start)) continue;
        Word before = cells[start];
        std::size_t behind = i + 1;
        for (std::size_t next = i + 1; next < starts.size(); ++next) {
            const Sequences::Node* const node = all.find(before, cells[starts[next]]);
            if (node == nullptr) break;
            before = node->number();
            if (node->sequence == 0) continue;
            const Word found = all.sequence(*node, cells, starts.subspan(i));
            if (found == 0) continue;
            cells[start] = found;
            behind = next + 1;
        }
        follows = behind == i + 1;
        if (!follows && behind < starts.size()) landings.add(starts[behind]);
    }
}

} // namespace detent::fast
