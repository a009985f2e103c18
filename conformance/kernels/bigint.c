// The product of two numbers of n and m limbs of 64 bits, by columns of the school; the result folds its limbs.

#include "kernel.h"

enum { kMost = 512 };
static uint64_t a[kMost], b[kMost], product[2 * kMost];

static void fill(uint64_t* limbs, uint32_t n, uint64_t* seed) {
    for (uint32_t i = 0; i < n; ++i) {
        const uint64_t low = next_random(seed);
        limbs[i] = low ^ (uint64_t)next_random(seed) << 33;
    }
}

// The 128 bits of x * y + add + carry, which cannot overflow: the low limb, and the high one in *carry.
static uint64_t multiply_add(uint64_t x, uint64_t y, uint64_t add, uint64_t* carry) {
    const uint64_t x0 = (uint32_t)x, x1 = x >> 32, y0 = (uint32_t)y, y1 = y >> 32;
    const uint64_t low = x0 * y0;
    const uint64_t cross = x1 * y0 + (low >> 32);
    const uint64_t middle = x0 * y1 + (uint32_t)cross;
    uint64_t high = x1 * y1 + (cross >> 32) + (middle >> 32);
    uint64_t result = middle << 32 | (uint32_t)low;
    result += add;
    high += result < add;
    result += *carry;
    high += result < *carry;
    *carry = high;
    return result;
}

RUN uint64_t run(uint32_t n, uint32_t m, uint64_t seed) {
    if (n > kMost || m > kMost) __builtin_trap();
    fill(a, n, &seed);
    fill(b, m, &seed);
    for (uint32_t i = 0; i < n; ++i) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < m; ++j)
            product[i + j] = multiply_add(a[i], b[j], product[i + j], &carry);
        product[i + m] = carry;
    }
    uint64_t folded = n + m;
    for (uint32_t i = 0; i < n + m; ++i)
        folded = fold(folded, product[i]);
    return folded;
}
