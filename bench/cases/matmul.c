// Multiplies two matrices of 40 by 40 doubles a round.

#define KERNEL "../../conformance/kernels/matmul.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t rounds) {
    uint64_t folded = rounds;
    for (uint32_t i = 0; i < rounds; ++i) {
        folded = fold(folded, bits_of_f64(kernel(kMost, i)));
    }
    return folded;
}
