#include "host_abi/host_actions.hpp"

#include "host_abi/crypto.hpp"

namespace detent {

using F = HostFunction;

HostOutcome HostActions::run() noexcept {
    switch (in_.function()) {
#define HOST_FUNCTION(identifier, parameters, result, work_class, unit, since, doc)                                    \
    case HostFunction::identifier: return identifier();
#include "host_abi/host_functions.def"
#undef HOST_FUNCTION
    }
    return HostOutcome::failed(Error{ErrorCode::host_failed});
}

/// Bytes that cost what is written of them.
HostOutcome HostActions::answer(std::size_t place, ByteView bytes) noexcept {
    if (!in_.pay(in_.fitting(place, bytes.size()))) return in_.unpaid();
    return in_.bytes(place, bytes);
}

HostOutcome HostActions::answer(std::uint64_t number) noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    return in_.number(number);
}

/// Bytes that were looked for, or NOT_FOUND.
HostOutcome HostActions::found(std::size_t place, const std::optional<ByteView>& bytes,
                               std::uint64_t counted) noexcept {
    if (!in_.pay(counted)) return in_.unpaid();
    return bytes ? in_.bytes(place, *bytes) : in_.not_found();
}

HostOutcome HostActions::finish(const Status& status) noexcept {
    if (status.has_error()) return HostOutcome::failed(status.error());
    return in_.done();
}

namespace {

std::uint64_t size_of(const std::optional<ByteView>& bytes) noexcept { return bytes ? bytes->size() : 0; }

Status replace(Bytes& target, ByteView bytes) noexcept {
    if (!target.copy_from(bytes)) return kOutOfMemory;
    return ok();
}

} // namespace

// Frame.

HostOutcome HostActions::input() noexcept { return answer(parameter(F::input, "buffer"), frame_.input.span()); }

HostOutcome HostActions::output() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    return finish(replace(frame_.output, in_.in(parameter(F::output, "data"))));
}

HostOutcome HostActions::revert() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    const Status kept = replace(frame_.output, in_.in(parameter(F::revert, "data")));
    return kept.has_error() ? finish(kept) : ended(Outcome::Revert);
}

HostOutcome HostActions::abort() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    const Status kept = replace(frame_.output, little_endian(in_.scalar32(parameter(F::abort, "code"))));
    return kept.has_error() ? finish(kept) : ended(Outcome::Abort);
}

HostOutcome HostActions::return_data() noexcept {
    return answer(parameter(F::return_data, "buffer"), frame_.return_data.span());
}

// Context.

HostOutcome HostActions::self_address() noexcept {
    return answer(parameter(F::self_address, "address"), frame_.self.view());
}

HostOutcome HostActions::caller() noexcept { return answer(parameter(F::caller, "address"), frame_.caller.view()); }

HostOutcome HostActions::origin() noexcept {
    return answer(parameter(F::origin, "address"), contracts_.origin().view());
}

HostOutcome HostActions::value() noexcept { return answer(frame_.value); }

HostOutcome HostActions::balance() noexcept {
    return answer(journal_.account(in_.address(parameter(F::balance, "address"))).balance);
}

HostOutcome HostActions::call_depth() noexcept { return answer(contracts_.depth()); }

HostOutcome HostActions::is_static() noexcept { return answer(frame_.is_static ? 1 : 0); }

HostOutcome HostActions::block_height() noexcept { return answer(block_.height); }

HostOutcome HostActions::block_time() noexcept { return answer(block_.time); }

HostOutcome HostActions::chain_id() noexcept { return answer(block_.chain_id); }

HostOutcome HostActions::block_hash() noexcept {
    constexpr std::size_t kHash = parameter(F::block_hash, "hash");
    const std::optional<Hash> hash = block_.hash_at(in_.scalar(parameter(F::block_hash, "height")));
    if (!hash) return found(kHash, std::nullopt, 0);
    return answer(kHash, hash->view());
}

/// ABI-13: what is left behind this call's own price.
HostOutcome HostActions::fuel_left() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    return in_.number(in_.meter().left().units());
}

HostOutcome HostActions::schedule_id() noexcept { return answer(in_.schedule().id()); }

// Storage.

HostOutcome HostActions::storage_read() noexcept {
    const std::optional<ByteView> value = journal_.storage(frame_.self, in_.in(parameter(F::storage_read, "key")));
    return found(parameter(F::storage_read, "value"), value, size_of(value));
}

HostOutcome HostActions::storage_write() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    return finish(journal_.set_storage(frame_.self, in_.in(parameter(F::storage_write, "key")),
                                       in_.in(parameter(F::storage_write, "value"))));
}

HostOutcome HostActions::storage_remove() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    const ByteView key = in_.in(parameter(F::storage_remove, "key"));
    const bool was_there = journal_.storage(frame_.self, key).has_value();
    const Status removed = was_there ? journal_.remove_storage(frame_.self, key) : ok();
    return removed.has_error() ? finish(removed) : in_.number(was_there ? 1 : 0);
}

HostOutcome HostActions::storage_has() noexcept {
    return answer(journal_.storage(frame_.self, in_.in(parameter(F::storage_has, "key"))) ? 1 : 0);
}

HostOutcome HostActions::storage_next() noexcept {
    const std::optional<ByteView> next = journal_.next_key(frame_.self, in_.in(parameter(F::storage_next, "key")));
    return found(parameter(F::storage_next, "next"), next, size_of(next));
}

HostOutcome HostActions::storage_previous() noexcept {
    const ByteView key = in_.in(parameter(F::storage_previous, "key"));
    const std::optional<ByteView> previous = journal_.previous_key(frame_.self, key);
    return found(parameter(F::storage_previous, "previous"), previous, size_of(previous));
}

HostOutcome HostActions::transient_read() noexcept {
    constexpr std::size_t kValue = parameter(F::transient_read, "value");
    const std::optional<ByteView> value = journal_.transient(frame_.self, in_.in(parameter(F::transient_read, "key")));
    return found(kValue, value, in_.fitting(kValue, size_of(value)));
}

HostOutcome HostActions::transient_write() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    return finish(journal_.set_transient(frame_.self, in_.in(parameter(F::transient_write, "key")),
                                         in_.in(parameter(F::transient_write, "value"))));
}

HostOutcome HostActions::event() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    return finish(
        journal_.emit(frame_.self, in_.in(parameter(F::event, "topic")), in_.in(parameter(F::event, "data"))));
}

// Calls. What an earlier call returned is forgotten when the next one begins (ABI-11).

HostOutcome HostActions::enter(Result<Opened>&& opened, std::uint64_t allowance, std::uint64_t token) noexcept {
    if (opened.has_error()) return HostOutcome::failed(opened.error());
    Opened& how = opened.assume_value();
    if (!how.entry) return in_.number(static_cast<std::uint32_t>(how.outcome));
    how.entry->allowance = Fuel(allowance);
    how.entry->token = token;
    return HostOutcome::enter(std::move(*how.entry));
}

HostOutcome HostActions::call() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    const std::uint32_t flags = in_.scalar32(parameter(F::call, "flags"));
    frame_.return_data = {};
    frame_.allows_reentry = (flags & kCallAllowReentry) != 0;
    const CallTarget target{in_.address(parameter(F::call, "address")), in_.scalar(parameter(F::call, "value")),
                            in_.in(parameter(F::call, "data")), flags};
    return enter(contracts_.call(target), in_.scalar(parameter(F::call, "fuel")), 0);
}

/// The token says where the address goes.
HostOutcome HostActions::create() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    frame_.return_data = {};
    frame_.allows_reentry = false;
    const Creation creation{in_.in(parameter(F::create, "code")), in_.scalar(parameter(F::create, "salt")),
                            in_.scalar(parameter(F::create, "value")), in_.in(parameter(F::create, "data"))};
    return enter(contracts_.create(creation), in_.scalar(parameter(F::create, "fuel")),
                 in_.pointer(parameter(F::create, "address")));
}

// Cryptography.

HostOutcome HostActions::sha256() noexcept {
    constexpr std::size_t kDigest = parameter(F::sha256, "digest");
    if (!in_.pay(in_.fitting(kDigest, sizeof(Hash)))) return in_.unpaid();
    return in_.bytes(kDigest, detent::sha256(in_.in(parameter(F::sha256, "data"))).view());
}

HostOutcome HostActions::keccak256() noexcept {
    constexpr std::size_t kDigest = parameter(F::keccak256, "digest");
    if (!in_.pay(in_.fitting(kDigest, sizeof(Hash)))) return in_.unpaid();
    const Result<Hash> digest = detent::keccak256(in_.in(parameter(F::keccak256, "data")));
    if (digest.has_error()) return HostOutcome::failed(digest.error());
    return in_.bytes(kDigest, digest.assume_value().view());
}

HostOutcome HostActions::blake2b_256() noexcept {
    constexpr std::size_t kDigest = parameter(F::blake2b_256, "digest");
    if (!in_.pay(in_.fitting(kDigest, sizeof(Hash)))) return in_.unpaid();
    return in_.bytes(kDigest, detent::blake2b_256(in_.in(parameter(F::blake2b_256, "data"))).view());
}

HostOutcome HostActions::ed25519_verify() noexcept {
    if (!in_.pay(0)) return in_.unpaid();
    const bool valid = detent::ed25519_verify(in_.in(parameter(F::ed25519_verify, "public_key")).first<32>(),
                                              in_.in(parameter(F::ed25519_verify, "signature")).first<64>(),
                                              in_.in(parameter(F::ed25519_verify, "message")));
    return in_.number(valid ? 1 : 0);
}

/// What is written, and so the amount, depends on whether there is a key: it is looked for first.
HostOutcome HostActions::secp256k1_recover() noexcept {
    constexpr std::size_t kKey = parameter(F::secp256k1_recover, "public_key");
    const std::optional<Secp256k1Key> key =
        detent::secp256k1_recover(in_.in(parameter(F::secp256k1_recover, "hash")).first<32>(),
                                  in_.in(parameter(F::secp256k1_recover, "signature")).first<64>(),
                                  in_.scalar32(parameter(F::secp256k1_recover, "recovery_id")));
    if (!in_.pay(key ? in_.fitting(kKey, key->size()) : 0)) return in_.unpaid();
    return key ? in_.bytes(kKey, *key) : in_.invalid_signature();
}

} // namespace detent
