// Bytes, addresses and hashes: what the room's interfaces are made of. Source: HOST_ABI.md, ABI-11 and ABI-60.
#pragma once

#include "engine/base/buffer.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

/// Bytes that are owned, of a size that a guest or a file can choose; and bytes that are looked at.
using Bytes = Buffer<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// The output of a hash function of 256 bits.
struct Hash {
    std::array<std::uint8_t, 32> bytes{};

    [[nodiscard]] ByteView view() const noexcept { return bytes; }
    friend constexpr auto operator<=>(const Hash&, const Hash&) noexcept = default;
};

/// The name of an account (ABI-11).
struct Address {
    static constexpr std::size_t kSize = 32;

    std::array<std::uint8_t, kSize> bytes{};

    [[nodiscard]] ByteView view() const noexcept { return bytes; }
    friend constexpr auto operator<=>(const Address&, const Address&) noexcept = default;
};

/// `view` MUST have the size of what is made of it.
[[nodiscard]] Hash hash_from(ByteView view) noexcept;
[[nodiscard]] Address address_from(ByteView view) noexcept;

/// Lexicographic, bytes unsigned, a prefix before its extensions (ABI-20).
[[nodiscard]] std::strong_ordering compare_bytes(ByteView a, ByteView b) noexcept;

/// Little-endian integers.
[[nodiscard]] std::array<std::uint8_t, 4> little_endian(std::uint32_t number) noexcept;
[[nodiscard]] std::array<std::uint8_t, 8> little_endian(std::uint64_t number) noexcept;
[[nodiscard]] std::uint64_t load_u64(std::span<const std::uint8_t, 8> bytes) noexcept;

} // namespace detent
