// Transactions that move in tests: saved, dropped, and loaded again.
#pragma once

#include "host_abi/testing/world.hpp"

#include <memory>
#include <stdexcept>

namespace detent::testing {

inline Bytes saved(const Transaction& transaction) { return bytes_of(must(transaction.save()).span()); }

/// A transaction on a state, which goes from one to the next with nothing but its bytes and that state.
class MovingTransaction {
  public:
    MovingTransaction(State& state, const Block& block, const TransactionInput& input)
        : state_(state),
          transaction_(must(Transaction::begin(state, block, input, schedule(), profile(), Fuel(), &cache_))) {}

    [[nodiscard]] Transaction& transaction() { return transaction_; }
    [[nodiscard]] std::uint64_t moves() const { return moves_; }

    /// Throws where the bytes do not load, or are those of another state.
    void move() {
        const Bytes bytes = saved(transaction_);
        const Fuel used = transaction_.used();
        const Fuel limit = transaction_.limit();
        transaction_ = must(Transaction::load(state_, bytes, schedule(), profile(), &cache_));
        const bool is_same = transaction_.used() == used && transaction_.limit() == limit &&
                             transaction_.grant() == used && saved(transaction_) == bytes;
        if (!is_same) throw std::logic_error("another state");
        ++moves_;
    }

    /// Grants what `next` says on top each time, and moves wherever something was used since, by the tier that `tier`
    /// says, until it has ended or is at its limit.
    template <class Next, class NextTier>
    Receipt run(Next next, NextTier tier, Handover handover = {}) {
        Fuel granted;
        Fuel moved_at = Fuel::maximum();
        do {
            if (transaction_.used() != moved_at) {
                move();
                moved_at = transaction_.used();
                transaction_.use(tier(), handover);
            }
            granted = std::min(granted + Fuel(next()), transaction_.limit());
            must(transaction_.refuel(granted));
        } while (must(transaction_.run()) == Progress::exhausted && !transaction_.at_limit());
        return must(transaction_.settle());
    }

  private:
    State& state_;
    CodeCache cache_;
    Transaction transaction_;
    std::uint64_t moves_ = 0;
};

/// Where saved bytes come to by so much more fuel: the bytes there, or the receipt's hash.
inline Bytes left_by(State state, const Bytes& bytes, CodeCache* cache, std::uint64_t fuel, Tier tier,
                     Handover handover = {}) {
    Transaction one = must(Transaction::load(state, bytes, schedule(), profile(), cache));
    one.use(tier, handover);
    must(one.refuel(std::min(one.limit(), one.used() + Fuel(fuel))));
    if (must(one.run()) == Progress::exhausted) return saved(one);
    return bytes_of(must(must(one.settle()).hash()).view());
}

/// What loads says the same again, and goes on for some time, by all tiers to the same place.
inline bool is_sound(State& state, const Bytes& bytes, CodeCache* cache, std::uint64_t fuel = 20'000) {
    const Result<Transaction> loaded = Transaction::load(state, bytes, schedule(), profile(), cache);
    if (loaded.has_error()) {
        return kind_of(loaded.error().code) != ErrorKind::fault && loaded.error().offset <= bytes.size();
    }
    if (saved(loaded.assume_value()) != bytes) return false;
    const Bytes expected = left_by(state, bytes, cache, fuel, Tier::stepper);
    return left_by(state, bytes, cache, fuel, Tier::fast) == expected &&
           left_by(state, bytes, cache, fuel, Tier::fast, {Handover::When::random, bytes.size()}) == expected;
}

} // namespace detent::testing
