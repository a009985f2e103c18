#include "host_abi/receipt.hpp"

#include "host_abi/crypto.hpp"

#include <array>
#include <atomic>
#include <optional>

namespace detent {

namespace {

/// Appends to bytes and remembers whether there was memory for all of it.
class Encoder {
  public:
    explicit Encoder(Bytes& out) noexcept : out_(out) {}

    void raw(ByteView bytes) noexcept { had_memory_ = had_memory_ && out_.append(bytes); }
    template <class Number>
    void number(Number value) noexcept {
        raw(little_endian(value));
    }
    void flag(bool set) noexcept {
        const std::uint8_t byte = set ? 1 : 0;
        raw({&byte, 1});
    }
    /// `bytes(x)` of ABI-60.
    void sized(ByteView bytes) noexcept {
        number(static_cast<std::uint32_t>(bytes.size()));
        raw(bytes);
    }

    [[nodiscard]] Status status() const noexcept {
        if (!had_memory_) return kOutOfMemory;
        return ok();
    }

  private:
    Bytes& out_;
    bool had_memory_ = true;
};

constexpr std::array<std::uint8_t, 8> kMagic{'D', 'T', 'N', 'T', 'R', 'C', 'P', 'T'};
constexpr std::uint32_t kFormat = 1;

} // namespace

Status Receipt::append_canonical(Bytes& out) const noexcept {
    Encoder encoder(out);
    encoder.raw(kMagic);
    encoder.number(kFormat);
    encoder.number(static_cast<std::uint32_t>(outcome));
    encoder.number(fuel_used.units());
    encoder.sized(output.span());
    encoder.number(static_cast<std::uint32_t>(events.size()));
    for (const Event& event : events) {
        encoder.raw(event.address.view());
        encoder.sized(event.topic.span());
        encoder.sized(event.data.span());
    }
    for (const Hash& hash : {change_root, schedule_hash, profile_hash, post_root})
        encoder.raw(hash.view());
    return encoder.status();
}

Result<Hash> Receipt::hash() const noexcept {
    Bytes bytes;
    DETENT_CHECK(append_canonical(bytes));
    return sha256(bytes.span());
}

Status append_canonical(const Write& write, Bytes& out) noexcept {
    Encoder encoder(out);
    encoder.raw(write.slot.address().view());
    encoder.flag(write.slot.is_storage());
    if (write.slot.is_storage()) encoder.sized(write.slot.key());
    encoder.flag(write.present);
    if (write.present) encoder.sized(write.value.span());
    return encoder.status();
}

Result<Hash> change_root(std::span<const Write> writes) noexcept {
    Bytes bytes;
    for (const Write& write : writes)
        DETENT_CHECK(append_canonical(write, bytes));
    return sha256(bytes.span());
}

namespace {

/// What is published never changes, and each receipt names its hash: kept by its number as soon as it was asked for.
/// Any thread may ask.
class KeptHashes {
  public:
    [[nodiscard]] std::optional<Hash> find(std::uint32_t id) const noexcept {
        if (id >= kMost || states_[id].load(std::memory_order_acquire) != State::kept) return std::nullopt;
        return hashes_[id];
    }
    void keep(std::uint32_t id, const Hash& hash) noexcept {
        State free = State::free;
        if (id >= kMost || !states_[id].compare_exchange_strong(free, State::written)) return;
        hashes_[id] = hash;
        states_[id].store(State::kept, std::memory_order_release);
    }

  private:
    enum class State : std::uint8_t { free, written, kept };
    static constexpr std::size_t kMost = 16;

    std::array<Hash, kMost> hashes_{};
    std::array<std::atomic<State>, kMost> states_{};
};

Result<Hash> hash_anew(const Schedule& schedule) noexcept {
    Bytes bytes;
    if (!bytes.resize(Schedule::canonical_size())) return kOutOfMemory;
    schedule.write_canonical(bytes.span());
    return sha256(bytes.span());
}

Result<Hash> hash_anew(const Profile& profile) noexcept {
    Bytes bytes;
    if (!profile.append_canonical(bytes)) return kOutOfMemory;
    return sha256(bytes.span());
}

/// Something under a number, and what is published under it: null, or perhaps the same.
template <class Record>
Result<Hash> hash_of(const Record& record, std::uint32_t id, const Record* published) noexcept {
    static constinit KeptHashes kept;
    const bool is_published = published != nullptr && (published == &record || *published == record);
    if (!is_published) return hash_anew(record);
    if (const std::optional<Hash> found = kept.find(id); found) return *found;
    DETENT_TRY(const Hash hash, hash_anew(record));
    kept.keep(id, hash);
    return hash;
}

} // namespace

Result<Hash> hash_of(const Schedule& schedule) noexcept {
    return hash_of(schedule, schedule.id(), Schedule::published(schedule.id()));
}

Result<Hash> hash_of(const Profile& profile) noexcept {
    return hash_of(profile, profile.id, Profile::published(profile.id));
}

} // namespace detent
