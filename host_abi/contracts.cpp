#include "host_abi/contracts.hpp"

#include "host_abi/crypto.hpp"

#include <limits>
#include <string_view>

namespace detent {

Address created_address(const Address& creator, std::uint64_t salt, const Hash& code_hash) noexcept {
    constexpr std::string_view kDomain = "detent/create/1";
    const ByteView domain(reinterpret_cast<const std::uint8_t*>(kDomain.data()), kDomain.size());
    return {sha256({domain, creator.view(), little_endian(salt), code_hash.view()}).bytes};
}

namespace {

Opened refused(Outcome outcome) noexcept { return {outcome, std::nullopt}; }

EntryRequest entry_of(std::shared_ptr<const Code> code, Buffer<ExternVal>&& imports, std::string_view name) noexcept {
    EntryRequest request;
    request.new_function = entry_point(code->module(), name);
    request.code = std::move(code);
    request.imports = std::move(imports);
    request.release_instance = true;
    return request;
}

bool is_fault(const Error& error) noexcept { return kind_of(error.code) == ErrorKind::fault; }

} // namespace

/// ABI-32. The calling frame has the flags of the call that it is about to make.
bool Contracts::may_enter(const Address& address) const noexcept {
    for (const ContractFrame& frame : frames_) {
        if (frame.self == address && !frame.allows_reentry) return false;
    }
    return true;
}

/// False if the balance does not suffice, or the receiver's would not fit.
Result<bool> Contracts::transfer(const Address& from, const Address& to, std::uint64_t value) noexcept {
    Account sender = journal_.account(from);
    if (sender.balance < value) return false;
    if (value == 0 || from == to) return true;
    Account receiver = journal_.account(to);
    if (receiver.balance > std::numeric_limits<std::uint64_t>::max() - value) return false;
    sender.balance -= value;
    receiver.balance += value;
    DETENT_CHECK(journal_.set_account(from, sender));
    DETENT_CHECK(journal_.set_account(to, receiver));
    return true;
}

Result<std::shared_ptr<const Code>> Contracts::compiled(const Hash& hash, ByteView code) noexcept {
    if (std::shared_ptr<const Code> kept = cache_.find(hash, profile_.id); kept != nullptr) return kept;
    DETENT_TRY(std::shared_ptr<const Code> made, compile(code, profile_));
    cache_.keep(hash, made);
    return made;
}

Result<std::shared_ptr<const Code>> Contracts::find_code(const Hash& hash) noexcept {
    const std::optional<ByteView> code = journal_.code(hash);
    if (!code) return std::shared_ptr<const Code>();
    return compiled(hash, *code);
}

/// Code that the state names and does not hold is a Fault (ABI-52).
Result<std::shared_ptr<const Code>> Contracts::stored(const Hash& hash) noexcept {
    DETENT_TRY(std::shared_ptr<const Code> code, find_code(hash));
    if (code == nullptr) return Error{ErrorCode::host_failed};
    return code;
}

Status Contracts::push(ContractFrame&& frame, ByteView input) noexcept {
    if (!frame.input.copy_from(input) || !frames_.push_back(std::move(frame))) return kOutOfMemory;
    return ok();
}

Result<Opened> Contracts::call(const CallTarget& target) noexcept {
    const bool delegates = (target.flags & kCallDelegate) != 0;
    if (is_too_deep()) return refused(Outcome::CallDepth);
    if (!delegates && !may_enter(target.to)) return refused(Outcome::ReentryDenied);
    Journal::Checkpoint before = journal_.checkpoint();
    DETENT_TRY(const bool moved, delegates ? Result<bool>(true) : transfer(sender(), target.to, target.value));
    if (!moved) return refused(Outcome::InsufficientValue);
    const Account account = journal_.account(target.to);
    if (!account.has_code()) return Opened{};
    return enter_call(target, account.code_hash, std::move(before));
}

Result<Opened> Contracts::enter_call(const CallTarget& target, const Hash& code_hash,
                                     Journal::Checkpoint&& before) noexcept {
    Result<std::shared_ptr<const Code>> code = stored(code_hash);
    if (code.has_error() && is_fault(code.error())) return code.error();
    if (code.has_error()) {
        journal_.revert(before);
        return refused(Outcome::InvalidModule);
    }
    DETENT_TRY(std::optional<Buffer<ExternVal>> imports, linker_.link(*code.assume_value()));
    if (!imports) {
        journal_.revert(before);
        return refused(Outcome::LinkError);
    }
    ContractFrame frame = callee(target);
    frame.code_hash = code_hash;
    frame.before = std::move(before);
    DETENT_CHECK(push(std::move(frame), target.input));
    return Opened{Outcome::Success, entry_of(std::move(code.assume_value()), std::move(*imports), kCallExport)};
}

/// ABI-11, ABI-33, ABI-34.
ContractFrame Contracts::callee(const CallTarget& target) const noexcept {
    ContractFrame frame;
    const bool delegates = (target.flags & kCallDelegate) != 0;
    frame.self = delegates ? frames_.back().self : target.to;
    frame.caller = delegates ? frames_.back().caller : sender();
    frame.value = delegates ? frames_.back().value : target.value;
    frame.is_static = (target.flags & kCallStatic) != 0 || (!frames_.empty() && frames_.back().is_static);
    return frame;
}

Result<Opened> Contracts::create(const Creation& creation) noexcept {
    if (is_too_deep()) return refused(Outcome::CallDepth);
    const Hash code_hash = sha256(creation.code);
    Result<std::shared_ptr<const Code>> code = compiled(code_hash, creation.code);
    if (code.has_error() && !is_fault(code.error())) return refused(Outcome::InvalidModule);
    if (code.has_error()) return code.error();
    DETENT_TRY(std::optional<Buffer<ExternVal>> imports, linker_.link(*code.assume_value()));
    if (!imports) return refused(Outcome::LinkError);
    return enter_creation(creation, code_hash, std::move(code.assume_value()), std::move(*imports));
}

Result<Opened> Contracts::enter_creation(const Creation& creation, const Hash& code_hash,
                                         std::shared_ptr<const Code> code, Buffer<ExternVal>&& imports) noexcept {
    ContractFrame frame;
    frame.caller = sender();
    frame.self = created_address(frame.caller, creation.salt, code_hash);
    frame.value = creation.value;
    frame.before = journal_.checkpoint();
    frame.created = frame.self;
    frame.code_hash = code_hash;
    if (journal_.account(frame.self).has_code()) return refused(Outcome::AddressTaken);
    DETENT_TRY(const bool moved, transfer(frame.caller, frame.self, creation.value));
    if (!moved) return refused(Outcome::InsufficientValue);
    DETENT_CHECK(journal_.add_code(code_hash, creation.code));
    DETENT_CHECK(journal_.set_account(frame.self, {journal_.account(frame.self).balance, code_hash}));
    DETENT_CHECK(push(std::move(frame), creation.input));
    const Fuel activation = code->activation_price(schedule_);
    EntryRequest entry = entry_of(std::move(code), std::move(imports), kDeployExport);
    entry.prelude = activation;
    return Opened{Outcome::Success, std::move(entry)};
}

namespace {

Outcome outcome_of(const EntryResult& result) noexcept {
    switch (result.end) {
    case EntryResult::End::returned: return Outcome::Success;
    case EntryResult::End::trapped: return outcome_of(result.trap);
    case EntryResult::End::out_of_fuel: break;
    }
    return Outcome::OutOfFuel;
}

} // namespace

Closed Contracts::close(const EntryResult& result) noexcept {
    ContractFrame frame = std::move(frames_.back());
    frames_.pop_back();
    const Outcome outcome = outcome_of(result);
    if (outcome != Outcome::Success) journal_.revert(frame.before);
    return {outcome, has_output(outcome) ? std::move(frame.output) : Bytes(), frame.created};
}

} // namespace detent
