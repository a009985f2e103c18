// The Mandelbrot set on a grid of the given width, at most 200 iterations a point.

#define KERNEL "../../conformance/kernels/mandelbrot.c"
#include "kernel_case.h"

RUN uint64_t run(uint32_t width) { return kernel(width, 200, -0.5, 0.0, 3.0); }
