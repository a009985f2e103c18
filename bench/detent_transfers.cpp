// Token transfers end to end: a transaction each, from its bytes to its receipt on a state of many holders.
//
//     detent_transfers [--variant cold|warm|cold-stepper|warm-stepper] TOKEN.wasm ROUNDS
//
// Warm transactions share compiled code; cold ones compile the contract anew, as the first call after a start does.
// What executes is what transactions have unless they are told otherwise, or the stepper. Prints the seconds of one
// transfer, the least of the rounds.
#include "bench/program.hpp"

#include "host_abi/transaction.hpp"

#include <array>
#include <string>
#include <vector>

namespace detent::bench {

namespace {

constexpr std::uint32_t kTransfers = 500;
constexpr std::uint32_t kHolders = 1000;
constexpr Fuel kLimit{10'000'000};
// The calls of contracts/token.
constexpr std::uint8_t kTransfer = 2;

const Block kBlock{.height = 1, .time = 1'700'000'000, .chain_id = 1, .hashes = {}};

Address holder(std::uint32_t number) {
    Address address;
    address.bytes[0] = 0xB0;
    address.bytes[1] = static_cast<std::uint8_t>(number >> 8);
    address.bytes[2] = static_cast<std::uint8_t>(number);
    return address;
}

/// What executes transactions, and with which compiled code.
struct Way {
    Tier tier = Tier::adaptive;
    CodeCache* cache = nullptr;
};

Receipt succeed(State& state, const TransactionInput& input, const Way& way) {
    Transaction transaction =
        take(Transaction::begin(state, kBlock, input, *Schedule::published(1), *Profile::published(Profile::kDefault),
                                input.fuel_limit, way.cache));
    transaction.use(way.tier);
    static_cast<void>(take(transaction.run()));
    Receipt receipt = take(transaction.settle());
    if (receipt.outcome != Outcome::Success) fail(to_text(receipt.outcome));
    return receipt;
}

/// The token, all of whose supply is the owner's.
Address deploy(State& state, ByteView code, const Address& owner) {
    std::vector<std::uint8_t> words(owner.bytes.begin(), owner.bytes.end());
    // The supply in 16 bytes, little-endian, then the name.
    for (std::uint32_t i = 0; i < 16; ++i)
        words.push_back(i < 6 ? 0xFF : 0);
    words.push_back('T');
    TransactionInput input;
    input.kind = TransactionInput::Kind::deploy;
    input.from = owner;
    input.code = code;
    input.input = words;
    input.fuel_limit = kLimit;
    const Receipt receipt = succeed(state, input, Way{});
    Address token;
    std::ranges::copy(receipt.output.span(), token.bytes.begin());
    return token;
}

void transfer(State& state, const Address& token, const Address& from, const Address& to, const Way& way) {
    std::array<std::uint8_t, 49> words{kTransfer};
    std::ranges::copy(to.bytes, words.begin() + 1);
    words[33] = 1;
    TransactionInput input;
    input.from = from;
    input.to = token;
    input.input = words;
    input.fuel_limit = kLimit;
    if (succeed(state, input, way).fuel_used == Fuel()) fail("a transfer was free");
}

struct Variant {
    std::string_view name;
    bool warm;
    Tier tier;
};

constexpr std::array<Variant, 5> kVariants{{{"", true, Tier::adaptive},
                                            {"warm", true, Tier::adaptive},
                                            {"cold", false, Tier::adaptive},
                                            {"warm-stepper", true, Tier::stepper},
                                            {"cold-stepper", false, Tier::stepper}}};

void carry_out(std::vector<std::string> words) {
    const auto* const variant = std::ranges::find(kVariants, take_variant(words), &Variant::name);
    if (words.size() != 2 || variant == kVariants.end()) {
        fail("usage: detent_transfers [--variant cold|warm|cold-stepper|warm-stepper] TOKEN.wasm ROUNDS");
    }
    const std::vector<std::uint8_t> code = read_file(words[0]);
    State state;
    const Address owner = holder(0);
    const Address token = deploy(state, code, owner);
    CodeCache cache;
    const Way way{variant->tier, variant->warm ? &cache : nullptr};
    std::uint32_t next = 0;
    const Least least = bench::least(std::stoi(words[1]), [&] {
        for (std::uint32_t i = 0; i < kTransfers; ++i)
            transfer(state, token, owner, holder(1 + next++ % kHolders), way);
        return std::uint64_t{0};
    });
    print_seconds(least.seconds / kTransfers);
}

} // namespace

} // namespace detent::bench

int main(int count, char** arguments) { detent::bench::carry_out({arguments + 1, arguments + count}); }
