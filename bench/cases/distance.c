// The edit distance of two strings of 1024 letters a round.

#define KERNEL "../../conformance/kernels/distance.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t rounds) {
    uint64_t folded = rounds;
    for (uint32_t i = 0; i < rounds; ++i) {
        folded = fold(folded, kernel(kMost, kMost, i));
    }
    return folded;
}
