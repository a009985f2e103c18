// The memory-hard part of Argon2 (RFC 9106) alone: blocks of 1 KiB are mixed by BlaMka permutations from the block
// before and one that its first word chooses, over an area of 512 KiB; the argument is the number of passes.

#include "../../conformance/kernels/kernel.h"

enum { kWords = 128, kBlocks = 512 };
static uint64_t area[kBlocks][kWords];
static uint64_t mixed[kWords];

static inline uint64_t rotate(uint64_t x, uint32_t by) { return x >> by | x << (64 - by); }

static inline uint64_t add_product(uint64_t x, uint64_t y) {
    return x + y + 2 * (uint64_t)(uint32_t)x * (uint64_t)(uint32_t)y;
}

static inline void quarter(uint64_t* a, uint64_t* b, uint64_t* c, uint64_t* d) {
    *a = add_product(*a, *b);
    *d = rotate(*d ^ *a, 32);
    *c = add_product(*c, *d);
    *b = rotate(*b ^ *c, 24);
    *a = add_product(*a, *b);
    *d = rotate(*d ^ *a, 16);
    *c = add_product(*c, *d);
    *b = rotate(*b ^ *c, 63);
}

// Sixteen words: pairs of neighbours, `stride` from one pair to the next.
static NO_INLINE void permute(uint64_t* w, uint32_t stride) {
    uint64_t v[16];
    for (uint32_t i = 0; i < 16; ++i)
        v[i] = w[i / 2 * stride + i % 2];
    quarter(&v[0], &v[4], &v[8], &v[12]);
    quarter(&v[1], &v[5], &v[9], &v[13]);
    quarter(&v[2], &v[6], &v[10], &v[14]);
    quarter(&v[3], &v[7], &v[11], &v[15]);
    quarter(&v[0], &v[5], &v[10], &v[15]);
    quarter(&v[1], &v[6], &v[11], &v[12]);
    quarter(&v[2], &v[7], &v[8], &v[13]);
    quarter(&v[3], &v[4], &v[9], &v[14]);
    for (uint32_t i = 0; i < 16; ++i)
        w[i / 2 * stride + i % 2] = v[i];
}

static void mix(const uint64_t* before, const uint64_t* chosen, uint64_t* to) {
    for (uint32_t i = 0; i < kWords; ++i)
        mixed[i] = before[i] ^ chosen[i];
    for (uint32_t i = 0; i < kWords; ++i)
        to[i] ^= mixed[i];
    for (uint32_t row = 0; row < 8; ++row)
        permute(mixed + 16 * row, 2);
    for (uint32_t column = 0; column < 8; ++column)
        permute(mixed + 2 * column, 16);
    for (uint32_t i = 0; i < kWords; ++i)
        to[i] ^= mixed[i];
}

RUN uint64_t run(uint32_t passes) {
    uint64_t seed = 1;
    for (uint32_t i = 0; i < kBlocks; ++i) {
        for (uint32_t j = 0; j < kWords; ++j)
            area[i][j] = (uint64_t)next_random(&seed) << 32 ^ next_random(&seed);
    }
    while (passes-- != 0) {
        for (uint32_t i = 0; i < kBlocks; ++i) {
            const uint64_t* const before = area[(i + kBlocks - 1) % kBlocks];
            mix(before, area[(uint32_t)before[0] % kBlocks], area[i]);
        }
    }
    uint64_t folded = 0;
    for (uint32_t j = 0; j < kWords; ++j)
        folded = fold(folded, area[kBlocks - 1][j]);
    return folded;
}
