// Ackermann's function: recursion whose depth goes up and down.

#include "kernel.h"

static NO_INLINE uint32_t ackermann(uint32_t m, uint32_t n) {
    if (m == 0) return n + 1;
    return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

RUN uint64_t run(uint32_t m, uint32_t n) { return ackermann(m, n); }
