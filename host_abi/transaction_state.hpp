// TransactionState: what a saved transaction says, and its order and widths, said once for reading and writing. Source:
// SAVED.md. For saving, loading, committing and showing.
#pragma once

#include "engine/base/archive.hpp"
#include "host_abi/block.hpp"
#include "host_abi/receipt.hpp"

#include <cstddef>
#include <cstdint>

namespace detent::saved {

inline constexpr Magic kMagic{'D', 'T', 'N', 'T', 'C', 'A', 'L', 'L'};
inline constexpr std::uint32_t kVersion = 1;

// `offset` is where a part began in the bytes that were read; it is not written.

/// An entry of state, or of transient storage, that has another value than before. The key of an account's own is
/// empty.
struct ChangeState {
    std::uint64_t offset = 0;
    Address address;
    Bytes key;
    std::uint8_t is_present = 0;
    Bytes value;
};

struct EventState {
    std::uint64_t offset = 0;
    Event event;
};

/// A contract call that is running, and what has changed since it began, up to where the next one began.
struct ContractState {
    std::uint64_t offset = 0;
    Hash code_hash;
    Address self;
    Address caller;
    std::uint64_t value = 0;
    std::uint8_t is_static = 0;
    /// Of the call that this one makes; 0 of the innermost.
    std::uint8_t allows_reentry = 0;
    std::uint8_t is_creation = 0;
    Bytes input;
    Bytes output;
    Bytes return_data;
    Buffer<ChangeState> changes;
    Buffer<ChangeState> transient;
    Buffer<EventState> events;
};

struct CodeState {
    std::uint64_t offset = 0;
    Bytes bytes;
};

struct TransactionState {
    Hash schedule;
    Hash profile;
    Hash root;
    std::uint64_t height = 0;
    std::uint64_t time = 0;
    std::uint64_t chain_id = 0;
    /// Those that `block_hash` may answer for, ascending.
    Buffer<BlockHash> hashes;
    std::uint64_t transaction_offset = 0;
    std::uint8_t kind = 0;
    Address from;
    Address to;
    std::uint64_t value = 0;
    std::uint64_t salt = 0;
    std::uint64_t limit = 0;
    Bytes input;
    Bytes code;
    /// What changes have brought, and neither the state nor the transaction has; ascending by hash.
    Buffer<CodeState> codes;
    /// The outermost first.
    Buffer<ContractState> contracts;
};

// `Archive` is an ArchiveReader or an ArchiveWriter.

// What each takes at least, with empty lists.
inline constexpr std::size_t kBlockHashBytes = 40;
inline constexpr std::size_t kChangeBytes = 41;
inline constexpr std::size_t kEventBytes = 40;
inline constexpr std::size_t kContractBytes = 131;
inline constexpr std::size_t kCodeBytes = 4;

template <class Archive, class Change>
void visit_change(Archive& a, Change& change) noexcept {
    a.offset(change.offset);
    a.digest(change.address.bytes);
    a.numbers(change.key);
    a.number(change.is_present);
    a.numbers(change.value);
}

template <class Archive, class One>
void visit_event(Archive& a, One& one) noexcept {
    a.offset(one.offset);
    a.digest(one.event.address.bytes);
    a.numbers(one.event.topic);
    a.numbers(one.event.data);
}

template <class Archive, class Contract>
void visit_contract(Archive& a, Contract& contract) noexcept {
    a.offset(contract.offset);
    a.digest(contract.code_hash.bytes);
    a.digest(contract.self.bytes);
    a.digest(contract.caller.bytes);
    a.number(contract.value);
    a.number(contract.is_static);
    a.number(contract.allows_reentry);
    a.number(contract.is_creation);
    a.numbers(contract.input);
    a.numbers(contract.output);
    a.numbers(contract.return_data);
    a.list(contract.changes, kChangeBytes, [&a](auto& change) { visit_change(a, change); });
    a.list(contract.transient, kChangeBytes, [&a](auto& change) { visit_change(a, change); });
    a.list(contract.events, kEventBytes, [&a](auto& one) { visit_event(a, one); });
}

template <class Archive, class Transaction>
void visit_block(Archive& a, Transaction& all) noexcept {
    a.number(all.height);
    a.number(all.time);
    a.number(all.chain_id);
    a.list(all.hashes, kBlockHashBytes, [&a](auto& known) {
        a.number(known.height);
        a.digest(known.hash.bytes);
    });
}

/// What was asked for, of whom, and when.
template <class Archive, class Transaction>
void visit_request(Archive& a, Transaction& all) noexcept {
    a.digest(all.schedule.bytes);
    a.digest(all.profile.bytes);
    a.digest(all.root.bytes);
    visit_block(a, all);
    a.offset(all.transaction_offset);
    a.number(all.kind);
    a.digest(all.from.bytes);
    a.digest(all.to.bytes);
    a.number(all.value);
    a.number(all.salt);
    a.number(all.limit);
    a.numbers(all.input);
    a.numbers(all.code);
}

template <class Archive, class Transaction>
void visit_contracts(Archive& a, Transaction& all) noexcept {
    a.list(all.contracts, kContractBytes, [&a](auto& contract) { visit_contract(a, contract); });
}

/// Everything but the execution, which stands behind it.
template <class Archive, class Transaction>
void visit(Archive& a, Transaction& all) noexcept {
    a.head(kMagic, kVersion);
    visit_request(a, all);
    a.list(all.codes, kCodeBytes, [&a](auto& code) {
        a.offset(code.offset);
        a.numbers(code.bytes);
    });
    visit_contracts(a, all);
}

} // namespace detent::saved
