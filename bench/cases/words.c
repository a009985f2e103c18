// Counts the words of a text of 16000 letters a round, in a hash table.

#define KERNEL "../../conformance/kernels/words.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t rounds) {
    uint64_t folded = rounds;
    for (uint32_t i = 0; i < rounds; ++i) {
        __builtin_memset(slots, 0, sizeof slots);
        folded = fold(folded, kernel(kMost, i));
    }
    return folded;
}
