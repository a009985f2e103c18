// Compresses and decompresses 12000 bytes of text a round.

#define KERNEL "../../conformance/kernels/lz.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t rounds) {
    uint64_t folded = rounds;
    for (uint32_t i = 0; i < rounds; ++i) {
        __builtin_memset(slots, 0, sizeof slots);
        folded = fold(folded, kernel(kMost, i, 0));
    }
    return folded;
}
