// Copies and fills of up to 32 KiB; the argument is their number.

#define KERNEL "../../conformance/kernels/bulk.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t times) {
    __builtin_memset(buffer, 0, sizeof buffer);
    return kernel(times, 1, kSize);
}
