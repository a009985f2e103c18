#include "host_abi/crypto.hpp"

#include "host_abi/testing/world.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace detent::testing {

namespace {

Bytes from_hex(std::string_view text) {
    Bytes bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
    }
    return bytes;
}

std::vector<Bytes> inputs_from(std::string_view text) {
    std::vector<Bytes> inputs;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        inputs.push_back(from_hex(text.substr(at, comma - at)));
        at = comma + 1;
    }
    return inputs;
}

struct Answers {
    static Bytes sha256(const std::vector<Bytes>& in) { return bytes_of(detent::sha256(in.at(0)).view()); }
    static Bytes keccak256(const std::vector<Bytes>& in) { return bytes_of(must(detent::keccak256(in.at(0))).view()); }
    static Bytes blake2b_256(const std::vector<Bytes>& in) { return bytes_of(detent::blake2b_256(in.at(0)).view()); }
    static Bytes ed25519_verify(const std::vector<Bytes>& in) {
        const bool valid =
            detent::ed25519_verify(ByteView(in.at(0)).first<32>(), ByteView(in.at(1)).first<64>(), in.at(2));
        return {static_cast<std::uint8_t>(valid)};
    }
    static Bytes secp256k1_recover(const std::vector<Bytes>& in) {
        const auto key =
            detent::secp256k1_recover(ByteView(in.at(0)).first<32>(), ByteView(in.at(1)).first<64>(), in.at(2).at(0));
        return key ? bytes_of(*key) : Bytes();
    }
};

} // namespace

TEST_CASE("ABI-40, ABI-41, ABI-42: every edge case has the answer of its row") {
#define CRYPTO_CASE(function, name, inputs, answer)                                                                    \
    {                                                                                                                  \
        INFO(#function ": " name);                                                                                     \
        CHECK(Answers::function(inputs_from(inputs)) == from_hex(answer));                                             \
    }
#include "host_abi/crypto_edge_cases.def"
#undef CRYPTO_CASE
}

TEST_CASE("ABI-42: the check at the start finds no difference, in well under a second") {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(!check_crypto());
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

TEST_CASE("ABI-40: a valid signature with any bit of it changed is invalid") {
    // RFC 8032, 7.1, test 2.
    const Bytes key = from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    Bytes signature = from_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    const Bytes message = {0x72};
    REQUIRE(ed25519_verify(ByteView(key).first<32>(), ByteView(signature).first<64>(), message));
    for (std::size_t bit = 0; bit < 512; ++bit) {
        signature[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        CHECK(!ed25519_verify(ByteView(key).first<32>(), ByteView(signature).first<64>(), message));
        signature[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    }
}

TEST_CASE("ABI-60: a hash of parts is the hash of them joined") {
    const Bytes joined = bytes_of("abc");
    CHECK(sha256({ByteView(joined).first(1), ByteView(), ByteView(joined).subspan(1)}) == sha256(joined));
}

} // namespace detent::testing
