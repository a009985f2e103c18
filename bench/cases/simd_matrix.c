// 512 points are moved by a matrix of 4 by 4 floats each round, four lanes at a time, and kept within bounds by
// lanewise comparison and selection.

#include "../../conformance/kernels/kernel.h"

typedef float floats __attribute__((vector_size(16)));
typedef int32_t masks __attribute__((vector_size(16)));

enum { kPoints = 512 };
static floats points[kPoints];

static inline floats splat(float x) { return (floats){x, x, x, x}; }

static inline floats choose(masks mask, floats a, floats b) { return (floats)(((masks)a & mask) | ((masks)b & ~mask)); }

static inline floats move(const floats column[4], floats point) {
    floats sum = column[0] * splat(point[0]);
    sum += column[1] * splat(point[1]);
    sum += column[2] * splat(point[2]);
    sum += column[3] * splat(point[3]);
    return sum;
}

RUN uint64_t run(uint32_t rounds) {
    const floats column[4] = {{0.75f, 0.5f, -0.25f, 0.0f},
                              {-0.5f, 0.875f, 0.125f, 0.0f},
                              {0.25f, -0.125f, 1.25f, 0.0f},
                              {0.5f, -0.25f, 0.0625f, 1.0f}};
    const floats bound = splat(100.0f);
    uint64_t seed = 1;
    for (uint32_t i = 0; i < kPoints; ++i) {
        for (uint32_t lane = 0; lane < 3; ++lane)
            points[i][lane] = (float)(next_random(&seed) % 20000) * 0.01f - 100.0f;
        points[i][3] = 1.0f;
    }
    while (rounds-- != 0) {
        for (uint32_t i = 0; i < kPoints; ++i) {
            const floats moved = move(column, points[i]);
            points[i] =
                choose((masks)(moved > bound), moved - bound, choose((masks)(moved < -bound), moved + bound, moved));
        }
    }
    uint64_t folded = 0;
    for (uint32_t i = 0; i < kPoints; ++i) {
        for (uint32_t lane = 0; lane < 4; ++lane)
            folded = fold(folded, bits_of_f32(points[i][lane]));
    }
    return folded;
}
