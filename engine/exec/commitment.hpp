// Commitments: a chain of hashes of the state, one every so many units of fuel, by which two who ran the same find
// where they differ. Source: STATE.md, COM-1 to COM-8.
#pragma once

#include "engine/exec/piece_tree.hpp"
#include "engine/exec/stack_map.hpp"
#include "engine/exec/state.hpp"

#include <memory>

namespace detent {

/// A commitment, and how much was used where it was made.
struct Commitment {
    Fuel used;
    Digest digest{};
    /// Whether it is of the objects too (COM-7). Where it is not, two that are equal may be of states that are not.
    bool has_heap = true;

    friend bool operator==(const Commitment&, const Commitment&) noexcept = default;
};

/// Runs executions of one store and commits to their states. What it keeps between two commitments spares hashing and
/// shows in none of them. The store and the schedule MUST outlive it.
class Committer {
  public:
    /// Every so many units, which MUST NOT be 0. From now on what is written to in the store is marked; code is lowered
    /// for that. Fails only by a Fault.
    [[nodiscard]] static Result<Committer> begin(Store& store, const Schedule& schedule, Fuel every,
                                                 Sha256 sha256) noexcept;

    /// As Execution::run, with a commitment wherever one is due (COM-1). The execution MUST be of the store.
    [[nodiscard]] Result<Ending> run(Execution& execution) noexcept;

    /// The hash of the state now (COM-3), as a commitment has it where so much is used. The execution MUST be
    /// suspended.
    [[nodiscard]] Result<Digest> hash_state(const Execution& execution) noexcept;
    /// Whether that is of the objects (COM-7).
    [[nodiscard]] bool has_heap(const Execution& execution) const noexcept;

    /// Those so far, in their order.
    [[nodiscard]] std::span<const Commitment> commitments() const noexcept { return commitments_.span(); }
    /// What the next one is chained to: the last one, or what chains begin with.
    [[nodiscard]] const Digest& head() const noexcept { return head_; }
    /// Goes on with the chain of another committer, from its last one.
    void go_on_from(const Digest& head) noexcept { head_ = head; }

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

    Committer(Store& store, Fuel every, Sha256 sha256) noexcept
        : store_(&store), every_(every), sha256_(sha256), zeros_(sha256) {}

    [[nodiscard]] Status commit(const Execution& execution) noexcept;
    [[nodiscard]] Result<Digest> modules(const Machine& machine) noexcept;
    [[nodiscard]] Result<ModuleName> name_of(const Machine& machine, const Code& code) noexcept;
    [[nodiscard]] Result<Digest> memory(std::size_t index) noexcept;
    [[nodiscard]] Result<Digest> table(std::size_t index, Buffer<std::uint64_t>&& words) noexcept;
    [[nodiscard]] Result<Digest> frames(Buffer<FrameState>&& frames) noexcept;
    [[nodiscard]] Result<Digest> heap(const Buffer<ObjectState>& objects) const noexcept;

    Store* store_;
    Fuel every_;
    Sha256 sha256_;
    ZeroRoots zeros_;
    Digest head_{};
    Buffer<Commitment> commitments_;

    ReferenceFree reference_free_;
    Buffer<NamedCode> names_;
    Buffer<PieceTree> memories_;
    Buffer<KnownTable> tables_;
    /// The frames that were hashed last, and the chain up to each.
    Buffer<FrameState> frames_;
    Buffer<Digest> chain_;
};

} // namespace detent
