// Fibonacci numbers by two recursive calls each: calls and returns.

#include "kernel.h"

static NO_INLINE uint64_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

RUN uint64_t run(uint32_t n) { return fib(n); }
