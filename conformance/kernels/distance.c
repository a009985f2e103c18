// The edit distance of two random strings of n and m letters, by rows of the table.

#include "kernel.h"

enum { kMost = 1024 };
static uint8_t a[kMost], b[kMost];
static uint16_t row[kMost + 1];

static uint16_t least(uint16_t x, uint16_t y) { return x < y ? x : y; }

RUN uint64_t run(uint32_t n, uint32_t m, uint64_t seed) {
    if (n > kMost || m > kMost) __builtin_trap();
    for (uint32_t i = 0; i < n; ++i)
        a[i] = next_random(&seed) % 4;
    for (uint32_t j = 0; j < m; ++j)
        b[j] = next_random(&seed) % 4;
    for (uint16_t j = 0; j <= m; ++j)
        row[j] = j;
    for (uint32_t i = 0; i < n; ++i) {
        uint16_t diagonal = row[0];
        row[0] = (uint16_t)(i + 1);
        for (uint32_t j = 0; j < m; ++j) {
            const uint16_t replaced = (uint16_t)(diagonal + (a[i] != b[j]));
            diagonal = row[j + 1];
            row[j + 1] = least(replaced, (uint16_t)(least(diagonal, row[j]) + 1));
        }
    }
    return row[m];
}
