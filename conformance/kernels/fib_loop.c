// Fibonacci numbers modulo 2^64 by a loop: branches and additions.

#include "kernel.h"

RUN uint64_t run(uint32_t n) {
    uint64_t a = 0;
    uint64_t b = 1;
    while (n-- != 0) {
        const uint64_t next = a + b;
        a = b;
        b = next;
    }
    return a;
}
