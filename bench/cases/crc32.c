// CRC-32 by a table of 256 words; the argument is the number of bytes.

#define KERNEL "../../conformance/kernels/crc32.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t bytes) { return kernel(bytes, 1); }
