// A bytecode interpreter around a br_table; its program computes Collatz sequences and divisors up to the argument.

#define KERNEL "../../conformance/kernels/interpreter.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t n) {
    __builtin_memset(variables, 0, sizeof variables);
    return kernel(n, 720720);
}
