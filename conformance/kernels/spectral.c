// The spectral norm of the matrix 1 / ((i + j)(i + j + 1) / 2 + i + 1), cut at n, by `rounds` of the power method.

#include "kernel.h"

enum { kMost = 256 };
static double u[kMost], v[kMost], between[kMost];

static double entry(uint32_t i, uint32_t j) { return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1); }

static void apply(uint32_t n, const double* from, double* to, bool transposed) {
    for (uint32_t i = 0; i < n; ++i) {
        double sum = 0;
        for (uint32_t j = 0; j < n; ++j)
            sum += (transposed ? entry(j, i) : entry(i, j)) * from[j];
        to[i] = sum;
    }
}

RUN double run(uint32_t n, uint32_t rounds) {
    if (n > kMost) __builtin_trap();
    for (uint32_t i = 0; i < n; ++i)
        u[i] = 1;
    while (rounds-- != 0) {
        apply(n, u, between, false);
        apply(n, between, v, true);
        apply(n, v, between, false);
        apply(n, between, u, true);
    }
    double uv = 0;
    double vv = 0;
    for (uint32_t i = 0; i < n; ++i) {
        uv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    return __builtin_sqrt(uv / vv);
}
