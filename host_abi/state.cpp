#include "host_abi/state.hpp"

#include "host_abi/crypto.hpp"

#include <algorithm>

namespace detent {

std::array<std::uint8_t, Account::kEncodedSize> Account::encode() const noexcept {
    std::array<std::uint8_t, kEncodedSize> bytes{};
    const std::array<std::uint8_t, 8> number = little_endian(balance);
    std::ranges::copy(code_hash.bytes, std::ranges::copy(number, bytes.begin()).out);
    return bytes;
}

Account Account::decode(ByteView entry) noexcept { return {load_u64(entry.first<8>()), hash_from(entry.subspan(8))}; }

namespace {

constexpr std::uint8_t kAccountSlot = 0;
constexpr std::uint8_t kStorageSlot = 1;
constexpr std::uint8_t kBehindStorage = 2;

} // namespace

StateSlot::StateSlot(const Address& address, std::uint8_t kind, ByteView key) noexcept
    : size_(Address::kSize + 1 + key.size()) {
    const auto behind_address = std::ranges::copy(address.bytes, bytes_.begin()).out;
    *behind_address = kind;
    std::ranges::copy(key, behind_address + 1);
}

StateSlot StateSlot::account(const Address& address) noexcept { return {address, kAccountSlot, {}}; }

StateSlot StateSlot::storage(const Address& address, ByteView key) noexcept { return {address, kStorageSlot, key}; }

StateSlot StateSlot::behind_storage(const Address& address) noexcept { return {address, kBehindStorage, {}}; }

StateSlot StateSlot::decode(ByteView encoded) noexcept {
    return {address_from(encoded), encoded[Address::kSize], encoded.subspan(Address::kSize + 1)};
}

Address StateSlot::address() const noexcept { return address_from(bytes_); }

Hash StateSlot::path() const noexcept {
    const std::uint8_t domain = is_storage() ? 0x01 : 0x00;
    return sha256({ByteView(&domain, 1), encoded().first(Address::kSize), key()});
}

Account State::account(const Address& address) const noexcept {
    const std::optional<ByteView> entry = entries_.find(StateSlot::account(address).encoded());
    return entry ? Account::decode(*entry) : Account{};
}

std::optional<ByteView> State::storage(const Address& address, ByteView key) const noexcept {
    return entries_.find(StateSlot::storage(address, key).encoded());
}

std::optional<ByteView> State::code(const Hash& hash) const noexcept { return codes_.find(hash.view()); }

Status State::set_account(const Address& address, const Account& account) noexcept {
    Write write{StateSlot::account(address), !account.is_empty(), {}};
    if (write.present && !write.value.copy_from(account.encode())) return kOutOfMemory;
    return apply({&write, 1});
}

Status State::set_storage(const Address& address, ByteView key, ByteView value) noexcept {
    Write write{StateSlot::storage(address, key), true, {}};
    if (!write.value.copy_from(value)) return kOutOfMemory;
    return apply({&write, 1});
}

Status State::remove_storage(const Address& address, ByteView key) noexcept {
    const Write write{StateSlot::storage(address, key), false, {}};
    return apply({&write, 1});
}

Result<Hash> State::add_code(ByteView code) noexcept {
    const Hash hash = sha256(code);
    if (!codes_.insert(hash.view(), code)) return kOutOfMemory;
    return hash;
}

Status State::apply(std::span<const Write> writes) noexcept {
    OrderedMap entries = entries_;
    for (const Write& write : writes) {
        const ByteView slot = write.slot.encoded();
        const bool done = write.present ? entries.insert(slot, write.value.span()) : entries.erase(slot);
        if (!done) return kOutOfMemory;
    }
    DETENT_TRY(State next, with(std::move(entries), codes_, writes));
    *this = std::move(next);
    return ok();
}

namespace {

bool by_path(const PathUpdate& a, const PathUpdate& b) noexcept { return a.path < b.path; }
bool same_path(const PathUpdate& a, const PathUpdate& b) noexcept { return a.path == b.path; }

} // namespace

/// Every update takes its value from the entries, so that writes of one slot give equal updates.
Result<State> State::with(OrderedMap entries, OrderedMap codes, std::span<const Write> writes) const noexcept {
    Buffer<PathUpdate> updates;
    if (!updates.reserve(writes.size())) return kOutOfMemory;
    for (const Write& write : writes) {
        const std::optional<ByteView> value = entries.find(write.slot.encoded());
        const std::optional<Hash> value_hash = value ? std::optional(sha256(*value)) : std::nullopt;
        if (!updates.push_back({write.slot.path(), value_hash})) return kOutOfMemory;
    }
    std::sort(updates.begin(), updates.end(), by_path);
    const auto kept = std::unique(updates.begin(), updates.end(), same_path);
    updates.truncate(static_cast<std::size_t>(kept - updates.begin()));
    State next = *this;
    DETENT_CHECK(next.tree_.apply(updates.span()));
    next.entries_ = std::move(entries);
    next.codes_ = std::move(codes);
    return next;
}

} // namespace detent
