// The primes up to 40000, found anew each round.

#define KERNEL "../../conformance/kernels/sieve.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t rounds) {
    uint64_t folded = rounds;
    for (uint32_t i = 0; i < rounds; ++i) {
        __builtin_memset(composite, 0, sizeof composite);
        folded = fold(folded, kernel(kMost));
    }
    return folded;
}
