// Receipt: what a transaction leaves behind, in one canonical encoding. Source: HOST_ABI.md, ABI-60 and ABI-61.
#pragma once

#include "engine/base/result.hpp"
#include "engine/profile.hpp"
#include "host_abi/bytes.hpp"
#include "host_abi/outcome.hpp"
#include "host_abi/state.hpp"
#include "metering/schedule.hpp"

namespace detent {

/// Something that a contract told the world (ABI-23).
struct Event {
    Address address;
    Bytes topic;
    Bytes data;
};

struct Receipt {
    Outcome outcome = Outcome::Success;
    Fuel fuel_used;
    Bytes output;
    Buffer<Event> events;
    Hash change_root;
    Hash schedule_hash;
    Hash profile_hash;
    Hash post_root;

    /// Appends the canonical bytes. An error is a Fault of memory.
    [[nodiscard]] Status append_canonical(Bytes& out) const noexcept;

    /// The SHA-256 of the canonical bytes.
    [[nodiscard]] Result<Hash> hash() const noexcept;
};

/// Appends the canonical bytes of one write.
[[nodiscard]] Status append_canonical(const Write& write, Bytes& out) noexcept;

/// The change root. The writes MUST stand in the order of ABI-61.
[[nodiscard]] Result<Hash> change_root(std::span<const Write> writes) noexcept;

/// What receipts and vectors call a schedule and a profile: the SHA-256 of its canonical bytes (MET-21).
[[nodiscard]] Result<Hash> hash_of(const Schedule& schedule) noexcept;
[[nodiscard]] Result<Hash> hash_of(const Profile& profile) noexcept;

} // namespace detent
