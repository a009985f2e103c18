// Multiplies two numbers of 64 limbs a round, each product of limbs by four narrow ones.

#define KERNEL "../../conformance/kernels/bigint.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t rounds) {
    uint64_t folded = rounds;
    for (uint32_t i = 0; i < rounds; ++i) {
        __builtin_memset(product, 0, sizeof product);
        folded = fold(folded, kernel(64, 64, i));
    }
    return folded;
}
