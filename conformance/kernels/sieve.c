// The primes up to n by the sieve of Eratosthenes: their number above their sum.

#include "kernel.h"

enum { kMost = 40000 };
static uint8_t composite[kMost + 1];

RUN uint64_t run(uint32_t n) {
    if (n > kMost) __builtin_trap();
    uint64_t count = 0;
    uint64_t sum = 0;
    for (uint32_t i = 2; i <= n; ++i) {
        if (composite[i]) continue;
        ++count;
        sum += i;
        for (uint32_t j = i * i; j <= n; j += i)
            composite[j] = 1;
    }
    return count << 40 | sum;
}
