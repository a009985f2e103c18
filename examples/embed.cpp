// Detent in a program of one's own: deploy a contract, let it run out of a small grant, give it more, print the
// receipt.
//
//     c++ -std=c++20 embed.cpp $(pkg-config --cflags --libs detent) -o embed
//     ./embed token.wasm
#include "host_abi/transaction.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

namespace {

using namespace detent;

std::vector<std::uint8_t> read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void print(const char* what, ByteView bytes) {
    std::printf("%s 0x", what);
    for (const std::uint8_t byte : bytes)
        std::printf("%02x", byte);
    std::printf("\n");
}

constexpr Fuel kGrant{105'000};

/// Runs under one such grant after the other. Whatever the grants, the receipt is the same (MET-15).
Result<Receipt> run_in_grants(Transaction& transaction) {
    DETENT_TRY(Progress progress, transaction.run());
    while (progress == Progress::exhausted && !transaction.at_limit()) {
        std::printf("exhausted at %llu, refuelled\n", static_cast<unsigned long long>(transaction.used().units()));
        const Fuel more = transaction.grant() + kGrant;
        DETENT_CHECK(transaction.refuel(more < transaction.limit() ? more : transaction.limit()));
        DETENT_TRY(progress, transaction.run());
    }
    return transaction.settle();
}

Result<Receipt> deploy(State& state, ByteView code, const Schedule& schedule, const Profile& profile) {
    // What the token wants to know: its owner, the supply in 16 bytes, its name.
    std::array<std::uint8_t, 52> words{0xA1};
    words[32] = 100;
    std::ranges::copy(std::string_view("Coin"), words.begin() + 48);
    TransactionInput input;
    input.kind = TransactionInput::Kind::deploy;
    input.from.bytes[0] = 0xA1;
    input.code = code;
    input.input = words;
    input.fuel_limit = Fuel(1'000'000);
    const Block block{.height = 1, .time = 1'700'000'000, .chain_id = 1, .hashes = {}};
    DETENT_TRY(Transaction transaction, Transaction::begin(state, block, input, schedule, profile, kGrant));
    return run_in_grants(transaction);
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) return std::fprintf(stderr, "usage: embed CONTRACT.wasm\n"), 2;
    const std::vector<std::uint8_t> code = read(arguments[1]);
    State state;
    const Result<Receipt> receipt = deploy(state, code, *Schedule::published(1), *Profile::published(1));
    if (receipt.has_error()) return std::fprintf(stderr, "fault %d\n", static_cast<int>(receipt.error().code)), 5;
    std::printf("%s, fuel used %llu\n", to_text(receipt.value().outcome).data(),
                static_cast<unsigned long long>(receipt.value().fuel_used.units()));
    print("contract", receipt.value().output.span());
    print("state root", state.root().view());
    const Result<Hash> hash = receipt.value().hash();
    if (hash.has_error()) return 5;
    print("receipt", hash.value().view());
    return receipt.value().outcome == Outcome::Success ? 0 : 1;
}
