// A chain of SHA3-256 (FIPS 202) over 32 bytes, one permutation a round; rows and columns are unrolled, so that the 25
// lanes are locals.

#include "../../conformance/kernels/kernel.h"

static const uint64_t constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};
static const uint8_t offsets[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                    25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

static inline uint64_t rotate(uint64_t x, uint32_t by) { return x << by | x >> (-by & 63); }

static inline void round_of(uint64_t lanes[25], uint64_t constant) {
    uint64_t parity[5], moved[25];
#pragma unroll
    for (uint32_t x = 0; x < 5; ++x)
        parity[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
#pragma unroll
    for (uint32_t i = 0; i < 25; ++i) {
        const uint32_t x = i % 5;
        const uint64_t mixed = lanes[i] ^ parity[(x + 4) % 5] ^ rotate(parity[(x + 1) % 5], 1);
        moved[i / 5 + 5 * ((2 * x + 3 * (i / 5)) % 5)] = rotate(mixed, offsets[i]);
    }
#pragma unroll
    for (uint32_t i = 0; i < 25; ++i) {
        const uint32_t x = i % 5, y = i - x;
        lanes[i] = moved[i] ^ (~moved[(x + 1) % 5 + y] & moved[(x + 2) % 5 + y]);
    }
    lanes[0] ^= constant;
}

RUN uint64_t run(uint32_t rounds) {
    uint64_t digest[4] = {0};
    while (rounds-- != 0) {
        uint64_t lanes[25] = {digest[0], digest[1], digest[2], digest[3], 0x06};
        lanes[16] = (uint64_t)1 << 63;
        for (uint32_t i = 0; i < 24; ++i)
            round_of(lanes, constants[i]);
        __builtin_memcpy(digest, lanes, sizeof digest);
    }
    return digest[0];
}
