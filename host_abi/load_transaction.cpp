// Loading: bytes as what they say of a transaction, that as contract calls, a journal and an execution, and these as
// bytes again. Source: SAVED.md.
#include "host_abi/crypto.hpp"
#include "host_abi/restore_contracts.hpp"
#include "host_abi/transaction_run.hpp"

#include <new>

namespace detent {

namespace {

using saved::TransactionState;

/// What the journal has is what an execution may name, if it is valid.
class JournalCodes final : public CodeSource {
  public:
    explicit JournalCodes(Contracts& contracts) noexcept : contracts_(contracts) {}

    [[nodiscard]] Result<std::shared_ptr<const Code>> find(const ModuleName& name) noexcept override {
        const Result<std::shared_ptr<const Code>> code = contracts_.find_code(Hash{name.module});
        const bool is_none = code.has_error() && kind_of(code.error().code) != ErrorKind::fault;
        return is_none ? std::shared_ptr<const Code>() : code;
    }

  private:
    Contracts& contracts_;
};

Status check_names(const TransactionState& all, const State& state, const Schedule& schedule,
                   const Profile& profile) noexcept {
    std::uint64_t offset = sizeof saved::kMagic + sizeof saved::kVersion;
    DETENT_TRY(const Hash schedule_hash, hash_of(schedule));
    DETENT_TRY(const Hash profile_hash, hash_of(profile));
    if (all.schedule != schedule_hash) return Error{ErrorCode::wrong_schedule, offset};
    offset += sizeof(Hash);
    if (all.profile != profile_hash) return Error{ErrorCode::wrong_profile, offset};
    offset += sizeof(Hash);
    if (all.root != state.root()) return Error{ErrorCode::wrong_state, offset};
    return ok();
}

/// The spans lead into `all`.
TransactionInput input_of(const TransactionState& all) noexcept {
    TransactionInput input;
    input.kind = static_cast<TransactionInput::Kind>(all.kind);
    input.from = all.from;
    input.to = all.to;
    input.value = all.value;
    input.input = all.input.span();
    input.fuel_limit = Fuel(all.limit);
    input.code = all.code.span();
    input.salt = all.salt;
    return input;
}

} // namespace

/// What spans lead to stays where it is when its buffer moves.
Status Transaction::Run::restore(TransactionState&& all, ByteView execution, std::uint64_t offset) noexcept {
    DETENT_CHECK(all.contracts.empty() ? prepare() : restore_execution(all, execution, offset));
    if (all.contracts.empty() && !execution.empty()) return Error{ErrorCode::state_unexpected_content, offset};
    kept_ = {std::move(all.input), std::move(all.code), std::move(all.hashes)};
    return ok();
}

Status Transaction::Run::restore_execution(TransactionState& all, ByteView execution, std::uint64_t offset) noexcept {
    if (price_ > limit_) return Error{ErrorCode::state_bad_sum, all.transaction_offset};
    DETENT_CHECK(linker_.expect());
    DETENT_CHECK(ContractsRestorer(contracts_, journal_, input_).run(all));
    std::array<HostFunctionOffer, kHostFunctionCount> offers;
    for (std::uint32_t i = 0; i < kHostFunctionCount; ++i)
        offers[i] = {&host_, i, kHostFunctions[i].type()};
    JournalCodes codes(contracts_);
    Result<Loaded> loaded = detent::load(execution, {digest_of, schedule_, profile_.limits(), codes, offers});
    if (loaded.has_error()) {
        const Error error = loaded.assume_error();
        return at_offset(error, offset + error.offset);
    }
    Loaded& made = loaded.assume_value();
    DETENT_CHECK(check_entries(made.execution.machine(), contracts_, linker_, schedule_, all.contracts, offset));
    if (made.execution.limit() != limit_ - price_) return Error{ErrorCode::state_bad_sum, offset};
    store_ = std::move(made.store);
    take_over(std::move(made.execution));
    is_paid_ = true;
    grant_ = used();
    return ok();
}

Result<Transaction> Transaction::load(State& state, ByteView bytes, const Schedule& schedule, const Profile& profile,
                                      CodeCache* cache) noexcept {
    TransactionState all;
    ArchiveReader in(bytes);
    saved::visit(in, all);
    DETENT_CHECK(in.status());
    DETENT_CHECK(check_names(all, state, schedule, profile));
    if (all.kind > static_cast<std::uint8_t>(TransactionInput::Kind::deploy)) {
        return Error{ErrorCode::state_bad_number, all.transaction_offset};
    }
    if (!Fuel::from(all.limit)) return Error{ErrorCode::state_bad_sum, all.transaction_offset};
    const Block block{all.height, all.time, all.chain_id, all.hashes.span()};
    std::unique_ptr<Run> run(new (std::nothrow) Run(state, block, input_of(all), schedule, profile, Fuel(), cache));
    if (run == nullptr) return kOutOfMemory;
    DETENT_CHECK(run->restore(std::move(all), in.rest(), in.position()));
    DETENT_TRY(const Bytes again, run->save());
    DETENT_CHECK(check_same(bytes, again.span()));
    return Transaction(std::move(run));
}

} // namespace detent
