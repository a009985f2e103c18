// State: accounts, storage and code in memory, with an authenticated root. Source: HOST_ABI.md, ABI-20 and ABI-61 to
// ABI-64.
#pragma once

#include "engine/base/result.hpp"
#include "host_abi/authenticated_map.hpp"
#include "host_abi/bytes.hpp"
#include "host_abi/ordered_map.hpp"

#include <cstdint>
#include <optional>

namespace detent {

/// The longest key and value of storage (ABI-20).
inline constexpr std::size_t kMaximumKeyBytes = 256;
inline constexpr std::size_t kMaximumValueBytes = 65536;

/// An account's own entry (ABI-62). The code hash is zero where there is no code.
struct Account {
    static constexpr std::size_t kEncodedSize = 40;

    std::uint64_t balance = 0;
    Hash code_hash;

    [[nodiscard]] bool has_code() const noexcept { return code_hash != Hash{}; }
    /// Balance 0 and no code: such an account has no entry.
    [[nodiscard]] bool is_empty() const noexcept { return balance == 0 && !has_code(); }
    [[nodiscard]] std::array<std::uint8_t, kEncodedSize> encode() const noexcept;
    [[nodiscard]] static Account decode(ByteView entry) noexcept;

    friend bool operator==(const Account&, const Account&) noexcept = default;
};

/// Where an entry of state stands: an account's own, or a key of its storage. Slots are ordered as ABI-61 orders
/// writes, and the map holds them under `encoded`, whose byte order is the same: address, then 0, or 1 and the key.
class StateSlot {
  public:
    [[nodiscard]] static StateSlot account(const Address& address) noexcept;
    /// `key` MUST have at most kMaximumKeyBytes.
    [[nodiscard]] static StateSlot storage(const Address& address, ByteView key) noexcept;
    /// Behind every slot of storage of the address, before the next address. No slot that holds anything.
    [[nodiscard]] static StateSlot behind_storage(const Address& address) noexcept;
    /// The slot that `encoded` gave these bytes for.
    [[nodiscard]] static StateSlot decode(ByteView encoded) noexcept;

    [[nodiscard]] Address address() const noexcept;
    [[nodiscard]] bool is_storage() const noexcept { return bytes_[Address::kSize] != 0; }
    /// Empty for an account's own entry.
    [[nodiscard]] ByteView key() const noexcept { return encoded().subspan(Address::kSize + 1); }
    [[nodiscard]] ByteView encoded() const noexcept { return ByteView(bytes_).first(size_); }
    /// The path in the authenticated map (ABI-63).
    [[nodiscard]] Hash path() const noexcept;

  private:
    StateSlot(const Address& address, std::uint8_t kind, ByteView key) noexcept;

    std::array<std::uint8_t, Address::kSize + 1 + kMaximumKeyBytes> bytes_;
    std::size_t size_ = 0;
};

/// One entry of state that a transaction changed (ABI-61).
struct Write {
    StateSlot slot;
    /// False for an entry that is gone; `value` is empty then.
    bool present = false;
    Bytes value;
};

/// The state of a chain between transactions. A value: copies are snapshots, cost constant time and share what they
/// have in common. Every operation that fails (for want of memory: a Fault) has changed nothing. Not shared between
/// threads; two copies may live on two threads.
class State {
  public:
    /// All zero if there is none.
    [[nodiscard]] Account account(const Address& address) const noexcept;
    /// Lives as long as this state is not changed.
    [[nodiscard]] std::optional<ByteView> storage(const Address& address, ByteView key) const noexcept;
    /// By its SHA-256. Lives as long as a state that has it.
    [[nodiscard]] std::optional<ByteView> code(const Hash& hash) const noexcept;

    /// ABI-63.
    [[nodiscard]] const Hash& root() const noexcept { return tree_.root(); }
    [[nodiscard]] Result<Proof> prove(const StateSlot& slot) const noexcept { return tree_.prove(slot.path()); }

    /// For genesis and tests; `value` and `key` MUST have the lengths of ABI-20. Each is an `apply` of one write.
    [[nodiscard]] Status set_account(const Address& address, const Account& account) noexcept;
    [[nodiscard]] Status set_storage(const Address& address, ByteView key, ByteView value) noexcept;
    [[nodiscard]] Status remove_storage(const Address& address, ByteView key) noexcept;
    /// Keeps code under its hash, which it returns. No account gets it by that.
    [[nodiscard]] Result<Hash> add_code(ByteView code) noexcept;
    /// Many writes at once, in any order; rehashes each changed node once. Of two writes of one slot the last counts.
    /// Values of accounts MUST be encoded accounts that are not empty.
    [[nodiscard]] Status apply(std::span<const Write> writes) noexcept;

    /// The entries in the order of ABI-61: from slot bytes to value bytes. For dumps.
    [[nodiscard]] const OrderedMap& entries() const noexcept { return entries_; }
    /// From hashes to code.
    [[nodiscard]] const OrderedMap& codes() const noexcept { return codes_; }

  private:
    friend class Journal;

    /// This state with other entries and codes, where `writes` names every slot in which the entries differ.
    [[nodiscard]] Result<State> with(OrderedMap entries, OrderedMap codes,
                                     std::span<const Write> writes) const noexcept;

    OrderedMap entries_;
    OrderedMap codes_;
    AuthenticatedMap tree_;
};

} // namespace detent
