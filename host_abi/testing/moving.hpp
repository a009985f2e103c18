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

} // namespace detent::testing
