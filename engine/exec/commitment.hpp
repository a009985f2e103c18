// Commitments: a chain of hashes of the state, one every so many units of fuel, by which two who ran the same find
// where they differ. Source: STATE.md, COM-1 to COM-8.
#pragma once

#include "engine/exec/piece_tree.hpp"
#include "engine/exec/stack_map.hpp"
#include "engine/exec/state.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace detent {

/// A commitment, and how much was used where it was made.
struct Commitment {
    Fuel used;
    Digest digest{};
    /// Whether it is of the objects too (COM-7). Where it is not, two that are equal may be of states that are not.
    bool has_heap = true;

    friend bool operator==(const Commitment&, const Commitment&) noexcept = default;
};

/// The commitments of one run: when the next is due, and what it is chained to. Source: COM-1, COM-2.
class CommitmentChain {
  public:
    /// Every so many units, which MUST NOT be 0. Fails only by a Fault.
    [[nodiscard]] static Result<CommitmentChain> begin(const Schedule& schedule, Fuel every, Sha256 sha256) noexcept;

    /// With how much used the next one is due, behind so much; nothing where nobody can use that.
    [[nodiscard]] std::optional<Fuel> due_behind(Fuel used) const noexcept;
    /// Whether the one that is made with so much used is of the objects too, of a heap with such a debt (COM-7).
    [[nodiscard]] bool has_heap(Fuel used, std::uint64_t debt) const noexcept;
    /// Commits to a state, by its hash. Fails only by a Fault.
    [[nodiscard]] Status add(Fuel used, const Digest& state, bool has_heap) noexcept;

    /// Those so far, in their order.
    [[nodiscard]] std::span<const Commitment> commitments() const noexcept { return commitments_.span(); }
    /// What the next one is chained to: the last one, or what chains begin with.
    [[nodiscard]] const Digest& head() const noexcept { return head_; }
    /// Goes on with another chain, from its last one.
    void go_on_from(const Digest& head) noexcept { head_ = head; }

  private:
    CommitmentChain(Fuel every, Sha256 sha256) noexcept : every_(every), sha256_(sha256) {}

    Fuel every_;
    Sha256 sha256_;
    Digest head_{};
    Buffer<Commitment> commitments_;
};

/// Hashes states of executions of one store. What it keeps between two of them spares hashing and shows in none. The
/// store MUST outlive it; of two hashers of a store, the one that began last counts.
class StateHasher {
  public:
    /// From now on what is written to in the store is marked; code is lowered for that. Fails only by a Fault.
    [[nodiscard]] static Result<StateHasher> begin(Store& store, Sha256 sha256) noexcept;

    /// The hash of the state now (COM-3), of its objects too or not (COM-7). The execution MUST be of the store, and
    /// suspended.
    [[nodiscard]] Result<Digest> hash(const Execution& execution, bool has_heap) noexcept;

  private:
    struct NamedCode {
        std::shared_ptr<const Code> code;
        ModuleName name;
    };
    /// What was hashed last of a table: its words, as the state has them.
    struct KnownTable {
        Buffer<std::uint64_t> words;
        PieceTree tree;
    };

    StateHasher(Store& store, Sha256 sha256) noexcept : store_(&store), sha256_(sha256), zeros_(sha256) {}

    [[nodiscard]] Result<Digest> modules(const Machine& machine) noexcept;
    [[nodiscard]] Result<ModuleName> name_of(const Machine& machine, const Code& code) noexcept;
    [[nodiscard]] Result<Digest> memory(std::size_t index) noexcept;
    [[nodiscard]] Result<Digest> table(std::size_t index, Buffer<std::uint64_t>&& words) noexcept;
    [[nodiscard]] Result<Digest> frames(Buffer<FrameState>&& frames) noexcept;
    [[nodiscard]] Result<Digest> heap(const Buffer<ObjectState>& objects) const noexcept;

    Store* store_;
    Sha256 sha256_;
    ZeroRoots zeros_;

    ReferenceFree reference_free_;
    Buffer<NamedCode> names_;
    Buffer<PieceTree> memories_;
    Buffer<KnownTable> tables_;
    /// The frames that were hashed last, and the chain up to each.
    Buffer<FrameState> frames_;
    Buffer<Digest> links_;
};

/// Runs executions of one store and commits to their states. The store and the schedule MUST outlive it.
class Committer {
  public:
    /// Every so many units, which MUST NOT be 0. As of a StateHasher.
    [[nodiscard]] static Result<Committer> begin(Store& store, const Schedule& schedule, Fuel every,
                                                 Sha256 sha256) noexcept;

    /// As Execution::run, with a commitment wherever one is due (COM-1). The execution MUST be of the store.
    [[nodiscard]] Result<Ending> run(Execution& execution) noexcept;

    [[nodiscard]] CommitmentChain& chain() noexcept { return chain_; }
    [[nodiscard]] const CommitmentChain& chain() const noexcept { return chain_; }

  private:
    Committer(CommitmentChain&& chain, StateHasher&& hasher) noexcept
        : chain_(std::move(chain)), hasher_(std::move(hasher)) {}

    CommitmentChain chain_;
    StateHasher hasher_;
};

} // namespace detent
