// The spectral norm of a matrix of the given size (at most 256), by 4 rounds of the power method.

#define KERNEL "../../conformance/kernels/spectral.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t size) { return bits_of_f64(kernel(size, 4)); }
