// Cryptography of the ABI: the one door to the libraries that provide it. Source: HOST_ABI.md, ABI-40 to ABI-42.
#pragma once

#include "engine/base/result.hpp"
#include "host_abi/bytes.hpp"

#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace detent {

/// SHA-256 of the parts, one after the other.
[[nodiscard]] Hash sha256(std::initializer_list<ByteView> parts) noexcept;
[[nodiscard]] Hash sha256(ByteView data) noexcept;
/// The same, as it is handed to the engine (Sha256).
[[nodiscard]] std::array<std::uint8_t, 32> digest_of(ByteView data) noexcept;

/// Keccak-256 with the original padding. An error is a Fault of the library.
[[nodiscard]] Result<Hash> keccak256(ByteView data) noexcept;

/// BLAKE2b with a digest of 32 bytes and no key.
[[nodiscard]] Hash blake2b_256(ByteView data) noexcept;

/// ABI-40, exactly.
[[nodiscard]] bool ed25519_verify(std::span<const std::uint8_t, 32> public_key,
                                  std::span<const std::uint8_t, 64> signature, ByteView message) noexcept;

using Secp256k1Key = std::array<std::uint8_t, 64>;

/// ABI-41: x || y, or nothing. `recovery_id` MUST be at most 3.
[[nodiscard]] std::optional<Secp256k1Key> secp256k1_recover(std::span<const std::uint8_t, 32> hash,
                                                            std::span<const std::uint8_t, 64> signature,
                                                            std::uint32_t recovery_id) noexcept;

/// The row of crypto_edge_cases.def that the linked libraries answer otherwise, or nothing. A host MUST NOT start when
/// there is one (ABI-42). Takes a few milliseconds.
[[nodiscard]] std::optional<std::string_view> check_crypto() noexcept;

} // namespace detent
