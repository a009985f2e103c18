// Random: numbers that a seed gives, the same everywhere.
#pragma once

#include <cstdint>

namespace detent::testing {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    /// splitmix64.
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(next() % bound); }
    bool one_in(std::uint32_t n) { return below(n) == 0; }

  private:
    std::uint64_t state_;
};

} // namespace detent::testing
