#include "host_abi/restore_contracts.hpp"

#include "host_abi/crypto.hpp"

#include <algorithm>

namespace detent {

namespace {

bool deploys(const TransactionInput& input) noexcept { return input.kind == TransactionInput::Kind::deploy; }

/// What a change leaves; nothing where no contract could have left it (ABI-20, ABI-22, ABI-62).
std::optional<Account> account_of(const saved::ChangeState& change) noexcept {
    if (change.is_present == 0) return Account{};
    if (change.value.size() != Account::kEncodedSize) return std::nullopt;
    const Account account = Account::decode(change.value.span());
    return account.is_empty() ? std::nullopt : std::optional(account);
}

bool fits(const saved::ChangeState& change) noexcept {
    return change.key.size() <= kMaximumKeyBytes && change.value.size() <= kMaximumValueBytes;
}

} // namespace

Status ContractsRestorer::run(saved::TransactionState& all) noexcept {
    if (deploys(input_)) DETENT_CHECK(bring(all.code, all.transaction_offset));
    for (const saved::CodeState& code : all.codes)
        DETENT_CHECK(bring(code.bytes, code.offset));
    for (Contract& from : all.contracts)
        DETENT_CHECK(contract(from));
    return ok();
}

/// Code that a creation has brought is valid, and links (ABI-35).
Status ContractsRestorer::bring(const Bytes& code, std::uint64_t offset) noexcept {
    const Hash hash = sha256(code.span());
    const Result<std::shared_ptr<const Code>> compiled = contracts_.compiled(hash, code.span());
    if (compiled.has_error()) return at_offset(compiled.assume_error(), offset);
    DETENT_TRY(const std::optional<Buffer<ExternVal>> imports, contracts_.linker_.link(*compiled.assume_value()));
    if (!imports) return Error{ErrorCode::unknown_import, offset};
    return codes_.insert(hash.view(), code.span()) ? ok() : Status(kOutOfMemory);
}

/// In a static call the transfer that came with it is all that may have changed.
Status ContractsRestorer::contract(Contract& from) noexcept {
    if (!fits_around(from)) return Error{ErrorCode::state_bad_contract, from.offset};
    Journal::Checkpoint before = journal_.checkpoint();
    DETENT_CHECK(open(from));
    if (from.is_static == 0) journal_.revert(before);
    DETENT_CHECK(apply(from));
    const bool is_made = from.is_creation == 0 || journal_.account(from.self).code_hash == from.code_hash;
    if (!is_made) return Error{ErrorCode::state_bad_change, from.offset};
    return push(from, std::move(before));
}

const ContractFrame* ContractsRestorer::around() const noexcept {
    return contracts_.frames_.empty() ? nullptr : &contracts_.frames_.back();
}

/// ABI-31, ABI-33. What an earlier call returned is forgotten when the next one begins (ABI-11).
bool ContractsRestorer::fits_around(const Contract& from) const noexcept {
    const ContractFrame* const outer = around();
    if (outer == nullptr) return is_transactions(from);
    return !contracts_.is_too_deep() && outer->return_data.empty() && (!outer->is_static || from.is_static != 0);
}

/// ABI-50.
bool ContractsRestorer::is_transactions(const Contract& from) const noexcept {
    if (from.value != input_.value || from.is_static != 0 || (from.is_creation != 0) != deploys(input_)) return false;
    if (compare_bytes(from.input.span(), input_.input) != 0) return false;
    if (!deploys(input_)) return from.self == input_.to;
    return from.code_hash == sha256(input_.code) &&
           from.self == created_address(input_.from, input_.salt, from.code_hash);
}

/// ABI-34.
bool ContractsRestorer::is_delegated(const Contract& from) const noexcept {
    const ContractFrame* const outer = around();
    return outer != nullptr && from.is_creation == 0 && from.self == outer->self && from.caller == outer->caller &&
           from.value == outer->value && journal_.code(from.code_hash).has_value();
}

/// ABI-21, ABI-31, ABI-32.
bool ContractsRestorer::is_called(const Contract& from) const noexcept {
    const bool may_send = from.value == 0 || around() == nullptr || !around()->is_static;
    const Account account = journal_.account(from.self);
    return from.caller == contracts_.sender() && may_send && contracts_.may_enter(from.self) && account.has_code() &&
           account.code_hash == from.code_hash;
}

/// ABI-21, ABI-32, ABI-35.
bool ContractsRestorer::is_created(const Contract& from) const noexcept {
    const ContractFrame* const outer = around();
    const bool is_allowed = outer == nullptr || (!outer->is_static && !outer->allows_reentry);
    return from.caller == contracts_.sender() && from.is_static == 0 && is_allowed &&
           !journal_.account(from.self).has_code();
}

/// A call that could be either kind sends to itself, which changes nothing.
Status ContractsRestorer::open(const Contract& from) noexcept {
    if (is_delegated(from)) return ok();
    const bool is_one = from.is_creation != 0 ? is_created(from) : is_called(from);
    if (!is_one) return Error{ErrorCode::state_bad_contract, from.offset};
    DETENT_TRY(const bool moved, contracts_.transfer(from.caller, from.self, from.value));
    return moved ? ok() : Status(Error{ErrorCode::state_bad_sum, from.offset});
}

/// Balances move, and none is made or lost.
Status ContractsRestorer::apply(const Contract& from) noexcept {
    const bool is_static = from.is_static != 0;
    gained_ = lost_ = Sum();
    for (const Change& one : from.changes)
        DETENT_CHECK(change(one, is_static));
    if (gained_ != lost_) return Error{ErrorCode::state_bad_sum, from.offset};
    if (is_static && !(from.transient.empty() && from.events.empty())) {
        return Error{ErrorCode::state_bad_change, from.offset};
    }
    for (const Change& one : from.transient)
        DETENT_CHECK(change_transient(one));
    for (const saved::EventState& one : from.events)
        DETENT_CHECK(emit(one));
    return ok();
}

/// Only who has code has storage, and emits.
bool ContractsRestorer::is_contract(const Address& address) const noexcept {
    return journal_.account(address).has_code();
}

Status ContractsRestorer::change(const Change& change, bool is_static) noexcept {
    if (change.key.empty()) return change_account(change, is_static);
    if (is_static || !fits(change) || !is_contract(change.address)) {
        return Error{ErrorCode::state_bad_change, change.offset};
    }
    if (change.is_present == 0) return journal_.remove_storage(change.address, change.key.span());
    return journal_.set_storage(change.address, change.key.span(), change.value.span());
}

/// Code never goes, and comes by a creation only.
Status ContractsRestorer::change_account(const Change& change, bool is_static) noexcept {
    const std::optional<Account> now = account_of(change);
    const Account before = journal_.account(change.address);
    const bool is_kept = now && (!before.has_code() || now->code_hash == before.code_hash);
    if (!is_kept || (is_static && *now != before)) return Error{ErrorCode::state_bad_change, change.offset};
    if (now->balance > before.balance) gained_.add(now->balance - before.balance);
    if (now->balance < before.balance) lost_.add(before.balance - now->balance);
    if (now->has_code()) DETENT_CHECK(gain_code(now->code_hash, change.offset));
    return journal_.set_account(change.address, *now);
}

Status ContractsRestorer::gain_code(const Hash& hash, std::uint64_t offset) noexcept {
    if (journal_.code(hash)) return ok();
    const std::optional<ByteView> code = codes_.find(hash.view());
    if (!code) return Error{ErrorCode::unknown_module, offset};
    return journal_.add_code(hash, *code);
}

/// ABI-22.
Status ContractsRestorer::change_transient(const Change& change) noexcept {
    const bool is_one = !change.key.empty() && fits(change) && (change.is_present != 0) == !change.value.empty();
    if (!is_one || !is_contract(change.address)) return Error{ErrorCode::state_bad_change, change.offset};
    return journal_.set_transient(change.address, change.key.span(), change.value.span());
}

/// ABI-23.
Status ContractsRestorer::emit(const saved::EventState& one) noexcept {
    const Event& event = one.event;
    const bool is_one = event.topic.size() <= host_table::kTopic && event.data.size() <= kMaximumValueBytes;
    if (!is_one || !is_contract(event.address)) return Error{ErrorCode::state_bad_change, one.offset};
    return journal_.emit(event.address, event.topic.span(), event.data.span());
}

Status ContractsRestorer::push(Contract& from, Journal::Checkpoint&& before) noexcept {
    ContractFrame frame;
    frame.code_hash = from.code_hash;
    frame.self = from.self;
    frame.caller = from.caller;
    frame.value = from.value;
    frame.is_static = from.is_static != 0;
    frame.allows_reentry = from.allows_reentry != 0;
    frame.input = std::move(from.input);
    frame.output = std::move(from.output);
    frame.return_data = std::move(from.return_data);
    frame.before = std::move(before);
    if (from.is_creation != 0) frame.created = from.self;
    return contracts_.frames_.push_back(std::move(frame)) ? ok() : Status(kOutOfMemory);
}

void ContractsRestorer::Sum::add(std::uint64_t amount) noexcept {
    low += amount;
    high += low < amount ? 1 : 0;
}

namespace {

/// Looks at one entry after the other, each with its call.
class EntryCheck {
  public:
    EntryCheck(const Machine& machine, const Contracts& contracts, const Linker& linker,
               const Schedule& schedule) noexcept
        : machine_(machine), store_(machine.store()), entries_(machine.entries()), frames_(contracts.frames()),
          linker_(linker), schedule_(schedule) {}

    /// Nothing but what calls have added is in the store, and the embedder holds nothing.
    [[nodiscard]] bool is_of_contracts() const noexcept {
        if (entries_.size() != frames_.size() || !Linker::is_registered_in(store_)) return false;
        const bool is_made = entries_.back().instance.has_value();
        return store_.instances().size() == entries_.size() - (is_made ? 0 : 1) && store_.heap().all_held().empty();
    }

    [[nodiscard]] Result<bool> is_of_call(std::size_t i) const noexcept {
        const Entry& entry = entries_[i];
        const EntryRequest& request = entry.request;
        if (request.code == nullptr || request.function || !request.release_instance) return false;
        if (!has_instance(i) || !has_frames(i) || !is_made_by_call(i)) return false;
        const Module& module = request.code->module();
        const std::string_view name = frames_[i].created ? kDeployExport : kCallExport;
        if (request.new_function != entry_point(module, name)) return false;
        if (sha256(module.bytes.span()) != frames_[i].code_hash || !has_prelude(i)) return false;
        return is_linked(i);
    }

  private:
    [[nodiscard]] static bool waits_for_instance(const Entry& entry) noexcept {
        return entry.phase == EntryPhase::instantiate;
    }

    /// ABI-30: instances are those of the calls, in their order.
    [[nodiscard]] bool has_instance(std::size_t i) const noexcept {
        const std::optional<InstanceAddr>& made = entries_[i].instance;
        if (waits_for_instance(entries_[i])) return !made;
        return made && number(*made) == i;
    }

    [[nodiscard]] bool has_frames(std::size_t i) const noexcept {
        const std::size_t first = entries_[i].first_frame;
        const std::size_t end = i + 1 < entries_.size() ? entries_[i + 1].first_frame : machine_.frames().size();
        return std::ranges::all_of(machine_.frames().subspan(first, end - first),
                                   [i](const Frame& frame) { return number(frame.instance) == i; });
    }

    /// ABI-31, ABI-35: the allowance, and the token, which says where `create` writes the address.
    [[nodiscard]] bool is_made_by_call(std::size_t i) const noexcept {
        const Entry& entry = entries_[i];
        if (i == 0) return !entry.request.allowance && entry.request.token == 0;
        const HostFunction made_by = frames_[i].created ? HostFunction::create : HostFunction::call;
        const Function& function = store_.function(*entry.host_function);
        if (function.host_number != static_cast<std::uint32_t>(made_by)) return false;
        if (!entry.caller || number(*entry.caller) != i - 1 || !entry.request.allowance) return false;
        if (!frames_[i].created) return entry.request.token == 0;
        const std::uint64_t memory = memory_of(i - 1);
        return memory >= Address::kSize && entry.request.token <= memory - Address::kSize &&
               entry.request.token <= kGreatestPointer;
    }

    [[nodiscard]] std::uint64_t memory_of(std::size_t instance) const noexcept {
        const Instance& of = store_.instances()[instance];
        return of.memories.empty() ? 0 : store_.memories()[number(of.memories[0])].size();
    }

    [[nodiscard]] bool has_prelude(std::size_t i) const noexcept {
        const EntryRequest& request = entries_[i].request;
        const bool pays = waits_for_instance(entries_[i]) && frames_[i].created;
        return request.prelude == (pays ? request.code->activation_price(schedule_) : Fuel());
    }

    /// ABI-1: an import is the host function of its name, and not only of its type.
    [[nodiscard]] Result<bool> is_linked(std::size_t i) const noexcept {
        const EntryRequest& request = entries_[i].request;
        DETENT_TRY(const std::optional<Buffer<ExternVal>> links, linker_.link(*request.code));
        if (!links) return false;
        if (waits_for_instance(entries_[i])) {
            return std::ranges::equal(request.imports, *links, {}, &ExternVal::address, &ExternVal::address);
        }
        const std::span<const FuncAddr> imported = store_.instances()[i].functions.span().first(links->size());
        return std::ranges::equal(imported, *links, {}, [](FuncAddr at) { return number(at); }, &ExternVal::address);
    }

    static constexpr std::uint64_t kGreatestPointer = 0xFFFFFFFF;

    const Machine& machine_;
    const Store& store_;
    std::span<const Entry> entries_;
    std::span<const ContractFrame> frames_;
    const Linker& linker_;
    const Schedule& schedule_;
};

} // namespace

Status check_entries(const Machine& machine, const Contracts& contracts, const Linker& linker, const Schedule& schedule,
                     const Buffer<saved::ContractState>& described, std::uint64_t offset) noexcept {
    const EntryCheck check(machine, contracts, linker, schedule);
    if (!check.is_of_contracts()) return Error{ErrorCode::state_bad_contract, offset};
    for (std::size_t i = 0; i < described.size(); ++i) {
        DETENT_TRY(const bool is_it, check.is_of_call(i));
        if (!is_it) return Error{ErrorCode::state_bad_contract, described[i].offset};
    }
    return ok();
}

} // namespace detent
