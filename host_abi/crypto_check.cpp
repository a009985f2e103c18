// The check at the start of a host (ABI-42): every row of crypto_edge_cases.def against the libraries that are linked.
#include "host_abi/crypto.hpp"

#include <algorithm>
#include <cstddef>

#include <sodium.h>

namespace detent {

namespace {

enum class CryptoFunction : std::uint8_t { sha256, keccak256, blake2b_256, ed25519_verify, secp256k1_recover };

struct CryptoCase {
    CryptoFunction function;
    std::string_view name;
    std::string_view inputs;
    std::string_view answer;
};

/// The bytes of every input fit.
constexpr std::size_t kLongestInput = 2048;

constexpr CryptoCase kCases[] = {
#define CRYPTO_CASE(function, name, inputs, answer) {CryptoFunction::function, #function ": " name, inputs, answer},
#include "host_abi/crypto_edge_cases.def"
#undef CRYPTO_CASE
};

constexpr bool fits(const CryptoCase& row) noexcept { return row.inputs.size() <= 2 * kLongestInput; }
static_assert(std::ranges::all_of(kCases, fits));

std::uint8_t digit(char text) noexcept { return static_cast<std::uint8_t>(text <= '9' ? text - '0' : text - 'a' + 10); }

class HexBytes {
  public:
    explicit HexBytes(std::string_view text) noexcept : size_(text.size() / 2) {
        for (std::size_t i = 0; i < size_; ++i) {
            bytes_[i] = static_cast<std::uint8_t>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
        }
    }

    [[nodiscard]] ByteView view() const noexcept { return ByteView(bytes_).first(size_); }

  private:
    std::array<std::uint8_t, kLongestInput> bytes_{};
    std::size_t size_;
};

/// What stands before the next comma; `rest` goes on behind it.
HexBytes next_input(std::string_view& rest) noexcept {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const HexBytes input(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    return input;
}

bool equal(ByteView a, std::string_view expected) noexcept { return std::ranges::equal(a, HexBytes(expected).view()); }

bool verifies(std::string_view inputs) noexcept {
    const HexBytes key = next_input(inputs);
    const HexBytes signature = next_input(inputs);
    const HexBytes message = next_input(inputs);
    return ed25519_verify(key.view().first<32>(), signature.view().first<64>(), message.view());
}

std::optional<Secp256k1Key> recovered(std::string_view inputs) noexcept {
    const HexBytes hash = next_input(inputs);
    const HexBytes signature = next_input(inputs);
    const HexBytes recovery_id = next_input(inputs);
    return secp256k1_recover(hash.view().first<32>(), signature.view().first<64>(), recovery_id.view()[0]);
}

bool agrees_on_key(const CryptoCase& row) noexcept {
    const std::optional<Secp256k1Key> key = recovered(row.inputs);
    return key ? equal(*key, row.answer) : row.answer.empty();
}

bool agrees_on_keccak(const CryptoCase& row) noexcept {
    const Result<Hash> digest = keccak256(HexBytes(row.inputs).view());
    return digest.has_value() && equal(digest.assume_value().view(), row.answer);
}

bool agrees(const CryptoCase& row) noexcept {
    switch (row.function) {
    case CryptoFunction::sha256: return equal(sha256(HexBytes(row.inputs).view()).view(), row.answer);
    case CryptoFunction::keccak256: return agrees_on_keccak(row);
    case CryptoFunction::blake2b_256: return equal(blake2b_256(HexBytes(row.inputs).view()).view(), row.answer);
    case CryptoFunction::ed25519_verify: return verifies(row.inputs) == (row.answer == "01");
    case CryptoFunction::secp256k1_recover: return agrees_on_key(row);
    }
    return false;
}

} // namespace

/// libsodium chooses among its implementations when it is initialised, so that comes first.
std::optional<std::string_view> check_crypto() noexcept {
    if (sodium_init() < 0) return "libsodium does not start";
    const auto* const wrong = std::ranges::find_if_not(kCases, agrees);
    if (wrong == std::end(kCases)) return std::nullopt;
    return wrong->name;
}

} // namespace detent
