// Five bodies under gravity; the argument is the number of steps.

#define KERNEL "../../conformance/kernels/nbody.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t steps) { return bits_of_f64(kernel(steps, 0.0078125)); }
