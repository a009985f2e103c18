// Restoring: the contract calls and the journal of a transaction from what anybody may have written. Source: SAVED.md.
// Internal to loading.
#pragma once

#include "engine/exec/machine.hpp"
#include "host_abi/contracts.hpp"
#include "host_abi/transaction.hpp"
#include "host_abi/transaction_state.hpp"

namespace detent {

/// Makes the calls, and the journal by what contracts do to one, so that the checkpoints become what they were.
class ContractsRestorer {
  public:
    /// `journal` MUST be as it is before a transaction has done anything, and `contracts` have no frames.
    ContractsRestorer(Contracts& contracts, Journal& journal, const TransactionInput& input) noexcept
        : contracts_(contracts), journal_(journal), input_(input) {}

    /// Moves what frames keep out of `all`.
    [[nodiscard]] Status run(saved::TransactionState& all) noexcept;

  private:
    using Contract = saved::ContractState;
    using Change = saved::ChangeState;

    [[nodiscard]] Status bring(const Bytes& code, std::uint64_t offset) noexcept;
    [[nodiscard]] Status contract(Contract& from) noexcept;
    [[nodiscard]] bool fits_around(const Contract& from) const noexcept;
    [[nodiscard]] bool is_transactions(const Contract& from) const noexcept;
    [[nodiscard]] bool is_delegated(const Contract& from) const noexcept;
    [[nodiscard]] bool is_called(const Contract& from) const noexcept;
    [[nodiscard]] bool is_created(const Contract& from) const noexcept;
    [[nodiscard]] Status open(const Contract& from) noexcept;
    [[nodiscard]] Status apply(const Contract& from) noexcept;
    [[nodiscard]] Status change(const Change& change, bool is_static) noexcept;
    [[nodiscard]] Status change_account(const Change& change, bool is_static) noexcept;
    [[nodiscard]] Status gain_code(const Hash& hash, std::uint64_t offset) noexcept;
    [[nodiscard]] Status change_transient(const Change& change) noexcept;
    [[nodiscard]] Status emit(const saved::EventState& one) noexcept;
    [[nodiscard]] Status push(Contract& from, Journal::Checkpoint&& before) noexcept;
    [[nodiscard]] bool is_contract(const Address& address) const noexcept;
    [[nodiscard]] const ContractFrame* around() const noexcept;

    /// A sum of many balances, which 64 bits need not hold.
    struct Sum {
        std::uint64_t low = 0;
        std::uint64_t high = 0;

        void add(std::uint64_t amount) noexcept;
        friend bool operator==(const Sum&, const Sum&) noexcept = default;
    };

    Contracts& contracts_;
    Journal& journal_;
    const TransactionInput& input_;
    /// What a change may bring: from hashes to code.
    OrderedMap codes_;
    /// Of the balances that one call has changed.
    Sum gained_;
    Sum lost_;
};

/// Whether the entries of an execution are those of the contract calls, each entered as `call` and `create` enter them.
/// `described` are those calls; the execution begins at `offset`.
[[nodiscard]] Status check_entries(const Machine& machine, const Contracts& contracts, const Linker& linker,
                                   const Schedule& schedule, const Buffer<saved::ContractState>& described,
                                   std::uint64_t offset) noexcept;

} // namespace detent
