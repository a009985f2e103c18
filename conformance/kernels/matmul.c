// The product of two n by n matrices of f64; the result is the sum of its entries, row by row.

#include "kernel.h"

enum { kMost = 40 };
static double a[kMost][kMost], b[kMost][kMost], product[kMost][kMost];

static void fill(double m[kMost][kMost], uint32_t n, uint64_t* seed) {
    for (uint32_t i = 0; i < n; ++i) {
        for (uint32_t j = 0; j < n; ++j)
            m[i][j] = (double)next_random(seed) / 65536.0 - 8192.0;
    }
}

static void multiply(uint32_t n) {
    for (uint32_t i = 0; i < n; ++i) {
        for (uint32_t j = 0; j < n; ++j) {
            double sum = 0;
            for (uint32_t k = 0; k < n; ++k)
                sum += a[i][k] * b[k][j];
            product[i][j] = sum;
        }
    }
}

RUN double run(uint32_t n, uint64_t seed) {
    if (n > kMost) __builtin_trap();
    fill(a, n, &seed);
    fill(b, n, &seed);
    multiply(n);
    double sum = 0;
    for (uint32_t i = 0; i < n; ++i) {
        for (uint32_t j = 0; j < n; ++j)
            sum += product[i][j];
    }
    return sum;
}
