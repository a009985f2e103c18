// Pending: the prices of instructions that have not been charged. Source: INS-5, INS-6.
#pragma once

#include "engine/instrument/additions.hpp"

#include <cstdint>
#include <vector>

namespace detent::instrument {

/// Prices in the order of their instructions, equal ones that follow one another as one.
class Pending {
  public:
    void add(std::uint64_t price) {
        sum_ += price;
        if (runs_.empty() || runs_.back().price != price) runs_.push_back({price, 0});
        ++runs_.back().times;
    }

    /// Whether one price more could make the sum wrap.
    [[nodiscard]] bool is_great() const noexcept { return sum_ >= std::uint64_t{1} << 61; }

    /// Writes a charge of all of them: where there is too little, one run after the other is paid, up to the one that
    /// cannot be.
    void flush(const Additions& additions, Emitter& out) {
        if (runs_.empty()) return;
        out.op(Op::global_get, additions.globals().fuel);
        out.i64(sum_);
        out.op(Op::i64_lt_u);
        out.block(Op::if_);
        for (const Run& run : runs_) {
            out.i64(run.price);
            out.i64(run.times);
            out.op(Op::call, additions.functions().pay);
        }
        out.end();
        out.op(Op::global_get, additions.globals().fuel);
        out.i64(sum_);
        out.op(Op::i64_sub);
        out.op(Op::global_set, additions.globals().fuel);
        runs_.clear();
        sum_ = 0;
    }

  private:
    struct Run {
        std::uint64_t price;
        std::uint64_t times;
    };

    std::vector<Run> runs_;
    std::uint64_t sum_ = 0;
};

} // namespace detent::instrument
