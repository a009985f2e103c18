#include "host_abi/crypto.hpp"

#include <algorithm>

#include <botan/ffi.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sodium.h>

namespace detent {

Hash sha256(std::initializer_list<ByteView> parts) noexcept {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const ByteView part : parts)
        crypto_hash_sha256_update(&state, part.data(), part.size());
    Hash hash;
    crypto_hash_sha256_final(&state, hash.bytes.data());
    return hash;
}

Hash sha256(ByteView data) noexcept { return sha256({data}); }
std::array<std::uint8_t, 32> digest_of(ByteView data) noexcept { return sha256(data).bytes; }

Result<Hash> keccak256(ByteView data) noexcept {
    botan_hash_t hasher = nullptr;
    Hash hash;
    const bool done = botan_hash_init(&hasher, "Keccak-1600(256)", 0) == 0 &&
                      botan_hash_update(hasher, data.data(), data.size()) == 0 &&
                      botan_hash_final(hasher, hash.bytes.data()) == 0;
    botan_hash_destroy(hasher);
    if (!done) return Error{ErrorCode::host_failed};
    return hash;
}

Hash blake2b_256(ByteView data) noexcept {
    Hash hash;
    crypto_generichash_blake2b(hash.bytes.data(), hash.bytes.size(), data.data(), data.size(), nullptr, 0);
    return hash;
}

/// libsodium of 1.0.18 refuses s of L or more, an R and an A of small order in every encoding, and an A that is not
/// canonical or not on the curve; then it compares the encoding of [s]B - [k]A with R, without the cofactor. That is
/// ABI-40. Another release may differ, which the edge cases would show.
bool ed25519_verify(std::span<const std::uint8_t, 32> public_key, std::span<const std::uint8_t, 64> signature,
                    ByteView message) noexcept {
    return crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(), public_key.data()) ==
           0;
}

std::optional<Secp256k1Key> secp256k1_recover(std::span<const std::uint8_t, 32> hash,
                                              std::span<const std::uint8_t, 64> signature,
                                              std::uint32_t recovery_id) noexcept {
    const secp256k1_context* const context = secp256k1_context_static;
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey key;
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(context, &parsed, signature.data(),
                                                            static_cast<int>(recovery_id)) == 0 ||
        secp256k1_ecdsa_recover(context, &key, &parsed, hash.data()) == 0) {
        return std::nullopt;
    }
    std::array<std::uint8_t, 65> encoded{};
    std::size_t size = encoded.size();
    if (secp256k1_ec_pubkey_serialize(context, encoded.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED) == 0) {
        return std::nullopt;
    }
    Secp256k1Key point{};
    std::copy(encoded.begin() + 1, encoded.end(), point.begin());
    return point;
}

} // namespace detent
