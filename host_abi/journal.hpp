// Journal: what a transaction has changed so far, and how to go back. Source: HOST_ABI.md, ABI-20 to ABI-23, ABI-31,
// ABI-51, ABI-61.
#pragma once

#include "engine/base/result.hpp"
#include "host_abi/ordered_map.hpp"
#include "host_abi/receipt.hpp"
#include "host_abi/state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace detent {

/// A working version of a state, which stays as it is, with transient storage and events. What can allocate fails with
/// a Fault. Byte views live until the next change.
class Journal {
  public:
    explicit Journal(const State& base) noexcept : entries_(base.entries_), codes_(base.codes_) {}

    /// A moment to go back to. Checkpoints nest; one that is not needed any more is dropped.
    struct Checkpoint {
        OrderedMap entries;
        OrderedMap codes;
        OrderedMap transient;
        std::size_t events = 0;
    };
    [[nodiscard]] Checkpoint checkpoint() const noexcept { return {entries_, codes_, transient_, events_.size()}; }
    /// Undoes everything since the checkpoint. Cannot fail.
    void revert(const Checkpoint& checkpoint) noexcept;

    [[nodiscard]] Account account(const Address& address) const noexcept;
    [[nodiscard]] Status set_account(const Address& address, const Account& account) noexcept;

    [[nodiscard]] std::optional<ByteView> code(const Hash& hash) const noexcept { return codes_.find(hash.view()); }
    [[nodiscard]] Status add_code(const Hash& hash, ByteView code) noexcept;

    [[nodiscard]] std::optional<ByteView> storage(const Address& address, ByteView key) const noexcept;
    [[nodiscard]] Status set_storage(const Address& address, ByteView key, ByteView value) noexcept;
    [[nodiscard]] Status remove_storage(const Address& address, ByteView key) noexcept;
    /// The least key greater than `key`, and the greatest less than it; the empty key stands for the beginning, and for
    /// the end.
    [[nodiscard]] std::optional<ByteView> next_key(const Address& address, ByteView key) const noexcept;
    [[nodiscard]] std::optional<ByteView> previous_key(const Address& address, ByteView key) const noexcept;

    [[nodiscard]] std::optional<ByteView> transient(const Address& address, ByteView key) const noexcept;
    /// An empty value removes the key (ABI-22).
    [[nodiscard]] Status set_transient(const Address& address, ByteView key, ByteView value) noexcept;

    [[nodiscard]] Status emit(const Address& address, ByteView topic, ByteView data) noexcept;
    [[nodiscard]] std::span<const Event> events() const noexcept { return events_.span(); }
    /// Leaves none.
    [[nodiscard]] Buffer<Event> take_events() noexcept { return std::move(events_); }

    /// What differs between two moments of this journal, in the order of ABI-61: entries of state, and of transient
    /// storage.
    [[nodiscard]] Result<Buffer<Write>> changes(const Checkpoint& from, const Checkpoint& to) const noexcept;
    [[nodiscard]] static Result<Buffer<Write>> transient_changes(const Checkpoint& from, const Checkpoint& to) noexcept;

    /// The entries that differ from `base`, in the order of ABI-61.
    [[nodiscard]] Result<Buffer<Write>> writes(const State& base) const noexcept;
    /// `base` with these writes and with new code.
    [[nodiscard]] Result<State> successor(const State& base, std::span<const Write> writes) const noexcept;

  private:
    [[nodiscard]] Status set_entry(const StateSlot& slot, ByteView value) noexcept;
    [[nodiscard]] Status remove_entry(const StateSlot& slot) noexcept;

    OrderedMap entries_;
    OrderedMap codes_;
    OrderedMap transient_;
    Buffer<Event> events_;
    /// The slots that were ever written; those of `base` that are not here are as they were.
    OrderedMap touched_;
};

} // namespace detent
