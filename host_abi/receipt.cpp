#include "host_abi/receipt.hpp"

#include "host_abi/crypto.hpp"

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

Result<Hash> hash_of(const Schedule& schedule) noexcept {
    Bytes bytes;
    if (!bytes.resize(Schedule::canonical_size())) return kOutOfMemory;
    schedule.write_canonical(bytes.span());
    return sha256(bytes.span());
}

Result<Hash> hash_of(const Profile& profile) noexcept {
    Bytes bytes;
    if (!profile.append_canonical(bytes)) return kOutOfMemory;
    return sha256(bytes.span());
}

} // namespace detent
