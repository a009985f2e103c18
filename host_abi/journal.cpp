#include "host_abi/journal.hpp"

namespace detent {

namespace {

Status status(bool had_memory) noexcept {
    if (!had_memory) return kOutOfMemory;
    return ok();
}

/// The key of a slot of this address's storage, or nothing if the entry is another.
std::optional<ByteView> key_in(const Address& address, const std::optional<OrderedMap::Entry>& entry) noexcept {
    if (!entry) return std::nullopt;
    const StateSlot first = StateSlot::storage(address, {});
    const std::size_t prefix = first.encoded().size();
    const bool inside = entry->key.size() > prefix && compare_bytes(entry->key.first(prefix), first.encoded()) == 0;
    return inside ? std::optional(entry->key.subspan(prefix)) : std::nullopt;
}

} // namespace

void Journal::revert(const Checkpoint& checkpoint) noexcept {
    entries_ = checkpoint.entries;
    codes_ = checkpoint.codes;
    transient_ = checkpoint.transient;
    events_.truncate(checkpoint.events);
}

Account Journal::account(const Address& address) const noexcept {
    const std::optional<ByteView> entry = entries_.find(StateSlot::account(address).encoded());
    return entry ? Account::decode(*entry) : Account{};
}

Status Journal::set_account(const Address& address, const Account& account) noexcept {
    const StateSlot slot = StateSlot::account(address);
    return account.is_empty() ? remove_entry(slot) : set_entry(slot, account.encode());
}

Status Journal::add_code(const Hash& hash, ByteView code) noexcept {
    return status(codes_.contains(hash.view()) || codes_.insert(hash.view(), code));
}

std::optional<ByteView> Journal::storage(const Address& address, ByteView key) const noexcept {
    return entries_.find(StateSlot::storage(address, key).encoded());
}

Status Journal::set_storage(const Address& address, ByteView key, ByteView value) noexcept {
    return set_entry(StateSlot::storage(address, key), value);
}

Status Journal::remove_storage(const Address& address, ByteView key) noexcept {
    return remove_entry(StateSlot::storage(address, key));
}

std::optional<ByteView> Journal::next_key(const Address& address, ByteView key) const noexcept {
    return key_in(address, entries_.next(StateSlot::storage(address, key).encoded()));
}

std::optional<ByteView> Journal::previous_key(const Address& address, ByteView key) const noexcept {
    const StateSlot from = key.empty() ? StateSlot::behind_storage(address) : StateSlot::storage(address, key);
    return key_in(address, entries_.previous(from.encoded()));
}

std::optional<ByteView> Journal::transient(const Address& address, ByteView key) const noexcept {
    return transient_.find(StateSlot::storage(address, key).encoded());
}

Status Journal::set_transient(const Address& address, ByteView key, ByteView value) noexcept {
    const StateSlot slot = StateSlot::storage(address, key);
    return status(value.empty() ? transient_.erase(slot.encoded()) : transient_.insert(slot.encoded(), value));
}

Status Journal::emit(const Address& address, ByteView topic, ByteView data) noexcept {
    Event event{address, {}, {}};
    return status(event.topic.copy_from(topic) && event.data.copy_from(data) && events_.push_back(std::move(event)));
}

Status Journal::set_entry(const StateSlot& slot, ByteView value) noexcept {
    const ByteView at = slot.encoded();
    return status((touched_.contains(at) || touched_.insert(at, {})) && entries_.insert(at, value));
}

Status Journal::remove_entry(const StateSlot& slot) noexcept {
    const ByteView at = slot.encoded();
    return status((touched_.contains(at) || touched_.insert(at, {})) && entries_.erase(at));
}

namespace {

bool equal(const std::optional<ByteView>& a, const std::optional<ByteView>& b) noexcept {
    return a.has_value() == b.has_value() && (!a || compare_bytes(*a, *b) == 0);
}

/// Notes what a slot has in `to`, if that is not what it has in `from`.
Status note(ByteView slot, const OrderedMap& from, const OrderedMap& to, Buffer<Write>& found) noexcept {
    const std::optional<ByteView> value = to.find(slot);
    if (equal(from.find(slot), value)) return ok();
    Write write{StateSlot::decode(slot), value.has_value(), {}};
    return status((!value || write.value.copy_from(*value)) && found.push_back(std::move(write)));
}

/// The slots among `candidates` in which two maps differ.
Result<Buffer<Write>> differences(const OrderedMap& candidates, const OrderedMap& from, const OrderedMap& to) noexcept {
    Buffer<Write> found;
    for (auto at = candidates.first(); at; at = candidates.next(at->key))
        DETENT_CHECK(note(at->key, from, to, found));
    return found;
}

} // namespace

Result<Buffer<Write>> Journal::changes(const Checkpoint& from, const Checkpoint& to) const noexcept {
    return differences(touched_, from.entries, to.entries);
}

Result<Buffer<Write>> Journal::transient_changes(const Checkpoint& from, const Checkpoint& to) noexcept {
    OrderedMap slots = to.transient;
    for (auto at = from.transient.first(); at; at = from.transient.next(at->key)) {
        if (!slots.contains(at->key) && !slots.insert(at->key, {})) return kOutOfMemory;
    }
    return differences(slots, from.transient, to.transient);
}

Result<Buffer<Write>> Journal::writes(const State& base) const noexcept {
    return differences(touched_, base.entries_, entries_);
}

Result<State> Journal::successor(const State& base, std::span<const Write> writes) const noexcept {
    return base.with(entries_, codes_, writes);
}

} // namespace detent
