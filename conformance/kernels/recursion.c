// Mutual recursion to a depth of n, with work left behind each call. No local lives in memory, so that only the call
// stack of WebAssembly grows.

#include "kernel.h"

static NO_INLINE uint64_t odd(uint32_t n, uint64_t x);

static NO_INLINE uint64_t even(uint32_t n, uint64_t x) { return n == 0 ? x : odd(n - 1, x + n) * 3 + n; }

static NO_INLINE uint64_t odd(uint32_t n, uint64_t x) { return n == 0 ? x : (even(n - 1, x ^ n) << 1) - n; }

RUN uint64_t run(uint32_t n, uint64_t x) { return even(n, x); }
