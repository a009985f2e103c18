// check_price: what "f" of a module costs, shown in threes: at its exact price, at one less, and at zero.
#pragma once

#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

namespace detent::testing {

/// `price` is counted by hand. The call may return or trap.
inline void check_price(const Bytes& module, const std::vector<Value>& arguments, std::uint64_t price,
                        const LimitValues& limits = LimitValues::of(Preset::contract)) {
    CHECK(FullProgram(module, limits).call("f", arguments).used == price);
    const Outcome exact = FullProgram(module, limits).call("f", arguments, price);
    CHECK(exact.ending != Ending::exhausted);
    CHECK(exact.used == price);
    CHECK(FullProgram(module, limits).call("f", arguments, price - 1).ending == Ending::exhausted);
    const Outcome none = FullProgram(module, limits).call("f", arguments, 0);
    CHECK(none.ending == Ending::exhausted);
    CHECK(none.used == 0);
}

} // namespace detent::testing
