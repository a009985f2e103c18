// Saving: a transaction as bytes. Source: SAVED.md.
#include "host_abi/crypto.hpp"
#include "host_abi/transaction_run.hpp"

namespace detent {

namespace {

using namespace saved;

Status copy(Bytes& to, ByteView from) noexcept { return to.copy_from(from) ? ok() : Status(kOutOfMemory); }

Status describe_changes(Buffer<Write>&& writes, Buffer<ChangeState>& to) noexcept {
    for (Write& write : writes) {
        if (!to.emplace_back()) return kOutOfMemory;
        ChangeState& change = to.back();
        change.address = write.slot.address();
        change.is_present = write.present ? 1 : 0;
        change.value = std::move(write.value);
        DETENT_CHECK(copy(change.key, write.slot.key()));
    }
    return ok();
}

Status describe_events(std::span<const Event> events, Buffer<EventState>& to) noexcept {
    for (const Event& event : events) {
        if (!to.emplace_back()) return kOutOfMemory;
        Event& copied = to.back().event;
        copied.address = event.address;
        DETENT_CHECK(copy(copied.topic, event.topic.span()));
        DETENT_CHECK(copy(copied.data, event.data.span()));
    }
    return ok();
}

Status describe_frame(const ContractFrame& frame, bool is_innermost, ContractState& to) noexcept {
    to.code_hash = frame.code_hash;
    to.self = frame.self;
    to.caller = frame.caller;
    to.value = frame.value;
    to.is_static = frame.is_static ? 1 : 0;
    to.allows_reentry = frame.allows_reentry && !is_innermost ? 1 : 0;
    to.is_creation = frame.created ? 1 : 0;
    DETENT_CHECK(copy(to.input, frame.input.span()));
    DETENT_CHECK(copy(to.output, frame.output.span()));
    return copy(to.return_data, frame.return_data.span());
}

/// Finds the codes that changes have brought.
class BroughtCodes {
  public:
    /// What the state has, and the code of the transaction itself.
    BroughtCodes(const OrderedMap& before, ByteView own) noexcept : before_(before), own_(sha256(own)) {}

    [[nodiscard]] Status look_at(const ContractState& contract, const Journal& journal) noexcept {
        for (const ChangeState& change : contract.changes) {
            if (!change.key.empty() || change.is_present == 0) continue;
            const Account account = Account::decode(change.value.span());
            if (account.has_code()) DETENT_CHECK(look_at(account.code_hash, journal));
        }
        return ok();
    }

    [[nodiscard]] Status describe(Buffer<CodeState>& to) const noexcept {
        for (auto at = brought_.first(); at; at = brought_.next(at->key)) {
            if (!to.emplace_back()) return kOutOfMemory;
            DETENT_CHECK(copy(to.back().bytes, at->value));
        }
        return ok();
    }

  private:
    [[nodiscard]] Status look_at(const Hash& hash, const Journal& journal) noexcept {
        if (hash == own_ || before_.contains(hash.view()) || brought_.contains(hash.view())) return ok();
        const std::optional<ByteView> code = journal.code(hash);
        if (!code) return Error{ErrorCode::host_failed};
        return brought_.insert(hash.view(), *code) ? ok() : Status(kOutOfMemory);
    }

    const OrderedMap& before_;
    Hash own_;
    OrderedMap brought_;
};

} // namespace

Status Transaction::Run::describe_input(TransactionState& all) const noexcept {
    constexpr std::uint64_t kMostListed = 0xFFFF'FFFF;
    if (std::max(input_.input.size(), input_.code.size()) > kMostListed) return Error{ErrorCode::not_savable};
    all.kind = static_cast<std::uint8_t>(input_.kind);
    all.from = input_.from;
    if (is_call()) all.to = input_.to;
    all.value = input_.value;
    if (!is_call()) all.salt = input_.salt;
    all.limit = limit_.units();
    DETENT_CHECK(copy(all.input, input_.input));
    return is_call() ? ok() : copy(all.code, input_.code);
}

/// All that stays as it was when it began, but for the limit.
Status Transaction::Run::describe_request(TransactionState& all) const noexcept {
    DETENT_TRY(all.schedule, hash_of(schedule_));
    DETENT_TRY(all.profile, hash_of(profile_));
    all.root = root_before_;
    all.height = block_.height;
    all.time = block_.time;
    all.chain_id = block_.chain_id;
    for (std::uint64_t h = block_.height - std::min(block_.height, Block::kHashes); h < block_.height; ++h) {
        const std::optional<Hash> hash = block_.hash_at(h);
        if (hash && !all.hashes.push_back({h, *hash})) return kOutOfMemory;
    }
    return describe_input(all);
}

Status Transaction::Run::describe_contracts(TransactionState& all) const noexcept {
    const std::span<const ContractFrame> frames = contracts_.frames();
    const Journal::Checkpoint now = journal_.checkpoint();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const bool is_innermost = i + 1 == frames.size();
        const Journal::Checkpoint& from = frames[i].before;
        const Journal::Checkpoint& to = is_innermost ? now : frames[i + 1].before;
        if (!all.contracts.emplace_back()) return kOutOfMemory;
        ContractState& contract = all.contracts.back();
        DETENT_CHECK(describe_frame(frames[i], is_innermost, contract));
        DETENT_TRY(Buffer<Write> changes, journal_.changes(from, to));
        DETENT_CHECK(describe_changes(std::move(changes), contract.changes));
        DETENT_TRY(Buffer<Write> transient, Journal::transient_changes(from, to));
        DETENT_CHECK(describe_changes(std::move(transient), contract.transient));
        DETENT_CHECK(describe_events(journal_.events().subspan(from.events, to.events - from.events), contract.events));
    }
    return ok();
}

/// Those of the contract calls that have been described.
Status Transaction::Run::describe_codes(TransactionState& all) const noexcept {
    if (all.contracts.empty()) return ok();
    BroughtCodes codes(contracts_.frames()[0].before.codes, all.code.span());
    for (const ContractState& contract : all.contracts)
        DETENT_CHECK(codes.look_at(contract, journal_));
    return codes.describe(all.codes);
}

Result<TransactionState> Transaction::Run::describe() const noexcept {
    TransactionState all;
    DETENT_CHECK(describe_request(all));
    DETENT_CHECK(describe_contracts(all));
    DETENT_CHECK(describe_codes(all));
    return all;
}

Result<Bytes> Transaction::Run::save() const noexcept {
    if (!is_suspended()) return Error{ErrorCode::not_suspended};
    DETENT_TRY(const TransactionState all, describe());
    ArchiveWriter out;
    visit(out, all);
    if (execution_) {
        DETENT_TRY(const Bytes execution, detent::save(*execution_, digest_of));
        out.bytes(execution.span());
    }
    return out.finish();
}

Result<Digest> Transaction::Run::hash_request() const noexcept {
    TransactionState all;
    DETENT_CHECK(describe_request(all));
    all.limit = 0;
    ArchiveWriter out;
    visit_request(out, all);
    DETENT_TRY(const Bytes bytes, out.finish());
    return digest_of(bytes.span());
}

Result<Digest> Transaction::Run::hash_contracts() const noexcept {
    TransactionState all;
    DETENT_CHECK(describe_contracts(all));
    ArchiveWriter out;
    visit_contracts(out, all);
    DETENT_TRY(const Bytes bytes, out.finish());
    return digest_of(bytes.span());
}

} // namespace detent
