// Transaction::Run: the parts of a transaction. Internal to running it, to saving, loading and committing.
#pragma once

#include "engine/exec/saved.hpp"
#include "host_abi/contract_host.hpp"
#include "host_abi/contracts.hpp"
#include "host_abi/transaction.hpp"
#include "host_abi/transaction_state.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace detent {

/// The parts of a transaction, which refer to each other and so stay where they are.
class Transaction::Run {
  public:
    Run(State& state, const Block& block, const TransactionInput& input, const Schedule& schedule,
        const Profile& profile, Fuel grant, CodeCache* cache) noexcept
        : state_(state), block_(block), input_(input), schedule_(schedule), profile_(profile),
          root_before_(state.root()), limit_(input.fuel_limit), grant_(std::min(grant, input.fuel_limit)),
          price_(price()), journal_(state),
          contracts_(journal_, linker_, schedule, profile_, cache == nullptr ? own_cache_ : *cache, input_.from),
          host_(contracts_, journal_, block_) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    /// A store for one that begins.
    [[nodiscard]] Status prepare() noexcept;
    [[nodiscard]] Result<Progress> run_to(Fuel mark) noexcept;
    [[nodiscard]] Status refuel(Fuel grant) noexcept;
    [[nodiscard]] Status raise_limit(Fuel limit) noexcept;
    [[nodiscard]] Result<Receipt> settle() noexcept;
    /// SAVED.md.
    [[nodiscard]] Result<Bytes> save() const noexcept;
    /// What commitments are to beside the execution (SAV-16).
    [[nodiscard]] Result<Digest> hash_request() const noexcept;
    [[nodiscard]] Result<Digest> hash_contracts() const noexcept;
    /// Takes over what was read; the execution stands at that offset of the bytes. The input that this was made with
    /// MUST be what was read, and nothing may have been done.
    [[nodiscard]] Status restore(saved::TransactionState&& all, ByteView execution, std::uint64_t offset) noexcept;

    [[nodiscard]] Store& store() noexcept { return *store_; }
    [[nodiscard]] const Schedule& schedule() const noexcept { return schedule_; }
    [[nodiscard]] const TransactionInput& input() const noexcept { return input_; }
    [[nodiscard]] const Block& block() const noexcept { return block_; }
    /// Whether it has begun, and neither ended nor failed nor settled.
    [[nodiscard]] bool is_suspended() const noexcept { return !fault_ && !outcome_ && !is_settled_; }
    [[nodiscard]] Fuel used() const noexcept;
    [[nodiscard]] Fuel limit() const noexcept { return limit_; }
    [[nodiscard]] Fuel grant() const noexcept { return grant_; }
    [[nodiscard]] bool at_limit() const noexcept { return at_limit_; }
    [[nodiscard]] std::span<const Write> writes() const noexcept { return writes_.span(); }
    void use(Tier tier, Handover handover) noexcept {
        tier_ = tier;
        handover_ = handover;
        if (execution_) execution_->use(tier, handover);
    }
    void observe(StepObserver& observer) noexcept {
        observer_ = &observer;
        if (execution_) execution_->observe(observer);
    }
    [[nodiscard]] std::span<const ContractFrame> contracts() const noexcept { return contracts_.frames(); }
    [[nodiscard]] const Execution* execution() const noexcept { return execution_ ? &*execution_ : nullptr; }

  private:
    [[nodiscard]] bool is_call() const noexcept { return input_.kind == TransactionInput::Kind::call; }
    [[nodiscard]] Fuel price() const noexcept;
    [[nodiscard]] Result<Progress> pause(bool at_limit) noexcept;
    [[nodiscard]] Result<Opened> open_contract() noexcept;
    [[nodiscard]] Status open() noexcept;
    void take_over(Execution&& execution) noexcept;
    [[nodiscard]] Result<Progress> run_guest(Fuel mark) noexcept;
    void close(const EntryResult& result) noexcept;
    [[nodiscard]] Result<Receipt> make_receipt() noexcept;
    [[nodiscard]] Status succeed(Receipt& receipt, std::optional<State>& next) noexcept;

    [[nodiscard]] Result<saved::TransactionState> describe() const noexcept;
    [[nodiscard]] Status describe_input(saved::TransactionState& all) const noexcept;
    [[nodiscard]] Status describe_request(saved::TransactionState& all) const noexcept;
    [[nodiscard]] Status describe_contracts(saved::TransactionState& all) const noexcept;
    [[nodiscard]] Status describe_codes(saved::TransactionState& all) const noexcept;
    [[nodiscard]] Status restore_execution(saved::TransactionState& all, ByteView execution,
                                           std::uint64_t offset) noexcept;

    /// What a loaded transaction looks at, which nobody else keeps.
    struct Kept {
        Bytes input;
        Bytes code;
        Buffer<BlockHash> hashes;
    };

    State& state_;
    Kept kept_;
    Block block_;
    TransactionInput input_;
    const Schedule& schedule_;
    Profile profile_;
    Hash root_before_;
    Fuel limit_;
    Fuel grant_;
    Fuel price_;
    std::unique_ptr<Store> store_;
    Linker linker_;
    Journal journal_;
    CodeCache own_cache_;
    Contracts contracts_;
    ContractHost host_;
    std::optional<Execution> execution_;
    Tier tier_ = Tier::adaptive;
    Handover handover_;
    StepObserver* observer_ = nullptr;

    bool is_paid_ = false;
    bool at_limit_ = false;
    bool is_settled_ = false;
    /// The Fault that ended it, if one did.
    std::optional<Error> fault_;
    /// Once it has ended.
    std::optional<Outcome> outcome_;
    Bytes output_;
    std::optional<Address> created_;
    Buffer<Write> writes_;
};

} // namespace detent
