// The sum of the iteration counts over an n by n grid of the Mandelbrot set, centred at (x, y), `size` wide.

#include "kernel.h"

static uint32_t iterations(double cx, double cy, uint32_t most) {
    double x = 0;
    double y = 0;
    uint32_t count = 0;
    while (count < most && x * x + y * y <= 4.0) {
        const double next = x * x - y * y + cx;
        y = 2.0 * x * y + cy;
        x = next;
        ++count;
    }
    return count;
}

RUN uint64_t run(uint32_t n, uint32_t most, double x, double y, double size) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; ++i) {
        for (uint32_t j = 0; j < n; ++j) {
            const double cx = x + size * ((double)j / (double)n - 0.5);
            const double cy = y + size * ((double)i / (double)n - 0.5);
            sum += iterations(cx, cy, most);
        }
    }
    return sum;
}
