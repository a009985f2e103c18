// Sorts 8192 numbers a round by a comparator that is called through the function table.

#define KERNEL "../../conformance/kernels/quicksort.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t rounds) {
    uint64_t folded = rounds;
    for (uint32_t i = 0; i < rounds; ++i) {
        folded = fold(folded, kernel(kMost, i, i % kComparators));
    }
    return folded;
}
