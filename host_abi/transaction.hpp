// Transaction: how a node runs one. Source: HOST_ABI.md, ABI-50 to ABI-52.
//
//     Result<Transaction> transaction = Transaction::begin(state, block, input, schedule, profile, input.fuel_limit);
//     Result<Progress> progress = transaction.value().run();
//     Result<Receipt> receipt = transaction.value().settle();
//
// or `execute`, which is these three.
#pragma once

#include "engine/base/result.hpp"
#include "engine/exec/execution.hpp"
#include "engine/profile.hpp"
#include "host_abi/block.hpp"
#include "host_abi/code_cache.hpp"
#include "host_abi/receipt.hpp"
#include "host_abi/state.hpp"
#include "metering/schedule.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace detent {

struct ContractFrame;

/// What is asked for. The spans MUST live until the transaction has settled.
struct TransactionInput {
    enum class Kind : std::uint8_t { call, deploy };

    Kind kind = Kind::call;
    Address from;
    /// Of a call.
    Address to;
    std::uint64_t value = 0;
    ByteView input;
    Fuel fuel_limit;
    /// Of a deployment.
    ByteView code;
    std::uint64_t salt = 0;
};

/// How a run ended: with an outcome, or at a price that exceeds the grant. The latter can be refuelled.
enum class Progress : std::uint8_t { ended, exhausted };

/// One transaction on one state: begun, run until it ends or pauses, given fuel, run again, settled. Dropping it at any
/// time leaves the state as it was. State, block, schedule and cache MUST outlive it, and the state MUST NOT change
/// until it has settled. Every error is a Fault or a wrong use; after a Fault it can only be dropped, and nothing was
/// written (ABI-52).
class Transaction {
  public:
    /// Charges and does nothing yet. `grant` is cut to the limit. `cache` may be null.
    [[nodiscard]] static Result<Transaction> begin(State& state, const Block& block, const TransactionInput& input,
                                                   const Schedule& schedule, const Profile& profile, Fuel grant,
                                                   CodeCache* cache = nullptr) noexcept;

    Transaction(Transaction&&) noexcept;
    Transaction& operator=(Transaction&&) noexcept;
    ~Transaction();

    /// As of an execution (engine/exec/execution.hpp). From the next run on. Tier::adaptive if nothing is said.
    void use(Tier tier, Handover handover = {}) noexcept;

    /// As of an execution: of its steps, in all contract calls. What the price of the transaction is, is no step.
    void observe(StepObserver& observer) noexcept;

    /// not_suspended if it has already ended.
    [[nodiscard]] Result<Progress> run() noexcept;

    /// The same, but at the latest until the first suspension at which no less than `mark` is used: that is `exhausted`
    /// too, and the same whatever is granted (COM-1).
    [[nodiscard]] Result<Progress> run_to(Fuel mark) noexcept;

    /// Absolute amounts, which may only rise; a grant not above the limit, else fuel_would_fall. `raise_limit` leaves
    /// the grant as it is.
    [[nodiscard]] Status refuel(Fuel grant) noexcept;
    [[nodiscard]] Status raise_limit(Fuel limit) noexcept;

    [[nodiscard]] Fuel used() const noexcept;
    [[nodiscard]] Fuel limit() const noexcept;
    [[nodiscard]] Fuel grant() const noexcept;
    /// After `exhausted`: whether the next price exceeds the limit too, so that settling ends it with OutOfFuel
    /// (MET-13).
    [[nodiscard]] bool at_limit() const noexcept;

    /// Ends the transaction: on success the state gets its writes, at once or not at all; on any other outcome it stays
    /// as it is (ABI-51). not_suspended while it is neither ended nor at its limit, or when it has settled before.
    [[nodiscard]] Result<Receipt> settle() noexcept;

    /// After `settle`: the writes, in the order of ABI-61; none unless it succeeded.
    [[nodiscard]] std::span<const Write> writes() const noexcept;

    /// The canonical bytes of one that has neither ended nor failed nor settled, else not_suspended; not_savable where
    /// its input has 2^32 bytes or more. The grant is no part of them. Source: SAVED.md.
    [[nodiscard]] Result<Bytes> save() const noexcept;

    /// Goes on with what `save` gave, or anybody wrote: what loads is in a state from which valid contracts go on as
    /// they would from one that they had reached, and `save` gives these bytes of it; everything else is an error,
    /// whose offset is that of the part that is wrong. The state MUST be the one it was begun on, by its root; the
    /// bytes need not live on. Whose transaction of which block it is, is for the caller to judge, by `input` and
    /// `block`. What was granted is what was used: it is to be refuelled.
    [[nodiscard]] static Result<Transaction> load(State& state, ByteView bytes, const Schedule& schedule,
                                                  const Profile& profile, CodeCache* cache = nullptr) noexcept;

    /// What it was begun with. A loaded one keeps it itself, with the limit that was in force when it was saved.
    [[nodiscard]] const TransactionInput& input() const noexcept;
    [[nodiscard]] const Block& block() const noexcept;

    /// The guest's execution while there is one, else null; for tracing and comparing.
    [[nodiscard]] const Execution* execution() const noexcept;
    /// The contract calls that are running, the outermost first (contracts.hpp); for the same.
    [[nodiscard]] std::span<const ContractFrame> contracts() const noexcept;

  private:
    friend class TransactionCommitter;
    class Run;

    explicit Transaction(std::unique_ptr<Run> run) noexcept;

    std::unique_ptr<Run> run_;
};

/// Begins with the whole limit granted, runs and settles.
[[nodiscard]] Result<Receipt> execute(State& state, const Block& block, const TransactionInput& input,
                                      const Schedule& schedule, const Profile& profile,
                                      CodeCache* cache = nullptr) noexcept;

} // namespace detent
