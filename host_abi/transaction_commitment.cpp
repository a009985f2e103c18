#include "host_abi/transaction_commitment.hpp"

#include "host_abi/crypto.hpp"
#include "host_abi/transaction_run.hpp"

namespace detent {

Result<TransactionCommitter> TransactionCommitter::begin(const Transaction& transaction, Fuel every) noexcept {
    Transaction::Run& run = *transaction.run_;
    DETENT_TRY(CommitmentChain chain, CommitmentChain::begin(run.schedule(), every, digest_of));
    DETENT_TRY(StateHasher hasher, StateHasher::begin(run.store(), digest_of));
    DETENT_TRY(const Digest request, run.hash_request());
    return TransactionCommitter(std::move(chain), std::move(hasher), request);
}

Result<Progress> TransactionCommitter::run(Transaction& transaction) noexcept {
    while (true) {
        const std::optional<Fuel> mark = chain_.due_behind(transaction.used());
        if (!mark) return transaction.run();
        DETENT_TRY(const Progress progress, transaction.run_to(*mark));
        if (progress == Progress::ended || transaction.used() < *mark) return progress;
        DETENT_TRY(const Digest state, hash(transaction));
        DETENT_CHECK(chain_.add(transaction.used(), state, has_heap(transaction)));
    }
}

bool TransactionCommitter::has_heap(const Transaction& transaction) const noexcept {
    return chain_.has_heap(transaction.used(), transaction.run_->store().heap().debt());
}

Result<Digest> TransactionCommitter::hash(const Transaction& transaction) noexcept {
    const Transaction::Run& run = *transaction.run_;
    if (!run.is_suspended()) return Error{ErrorCode::not_suspended};
    ArchiveWriter out;
    out.digest(request_);
    DETENT_TRY(const Digest contracts, run.hash_contracts());
    out.digest(contracts);
    const Execution* const execution = run.execution();
    DETENT_TRY(const Digest of_execution,
               execution == nullptr ? Digest{} : hasher_.hash(*execution, has_heap(transaction)));
    out.digest(of_execution);
    DETENT_TRY(const Bytes bytes, out.finish());
    return digest_of(bytes.span());
}

} // namespace detent
