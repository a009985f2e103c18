// Commitments of transactions: the chain of an execution's (engine/exec/commitment.hpp), with what a transaction has
// beside it. Source: SAVED.md, SAV-15, SAV-16.
#pragma once

#include "engine/exec/commitment.hpp"
#include "host_abi/transaction.hpp"

namespace detent {

/// Runs one transaction and commits to its states. Its schedule MUST outlive it, and the transaction too, which may be
/// moved.
class TransactionCommitter {
  public:
    /// Every so many units, which MUST NOT be 0. From now on contracts are lowered for that. Fails only by a Fault, or
    /// where the transaction is not_savable.
    [[nodiscard]] static Result<TransactionCommitter> begin(const Transaction& transaction, Fuel every) noexcept;

    /// As Transaction::run, with a commitment wherever one is due. The transaction MUST be the one that it began with.
    [[nodiscard]] Result<Progress> run(Transaction& transaction) noexcept;

    /// The hash of its state now, as a commitment has it; not_suspended where it has ended, failed or settled.
    [[nodiscard]] Result<Digest> hash(const Transaction& transaction) noexcept;

    [[nodiscard]] CommitmentChain& chain() noexcept { return chain_; }
    [[nodiscard]] const CommitmentChain& chain() const noexcept { return chain_; }

  private:
    TransactionCommitter(CommitmentChain&& chain, StateHasher&& hasher, const Digest& request) noexcept
        : chain_(std::move(chain)), hasher_(std::move(hasher)), request_(request) {}

    [[nodiscard]] bool has_heap(const Transaction& transaction) const noexcept;

    CommitmentChain chain_;
    StateHasher hasher_;
    /// The hash of what stays as it was when the transaction began.
    Digest request_;
};

} // namespace detent
