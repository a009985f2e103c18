// A call through the function table each step, to one of 16 functions that the value chooses.

#define KERNEL "../../conformance/kernels/dispatch.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t n) { return kernel(n, 1); }
