// SHA3-256 (FIPS 202) of n bytes of the generator; the result is the first 8 bytes of the digest, little-endian.

#include "kernel.h"

enum { kRate = 136 };
static uint64_t lanes[25];

static uint64_t rotate(uint64_t x, uint32_t by) { return by == 0 ? x : x << by | x >> (64 - by); }

static void theta(void) {
    uint64_t parity[5];
    for (uint32_t x = 0; x < 5; ++x)
        parity[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
    for (uint32_t i = 0; i < 25; ++i)
        lanes[i] ^= parity[(i + 4) % 5] ^ rotate(parity[(i + 1) % 5], 1);
}

// Offsets and places follow from the walk of the standard, without tables.
static void rho_and_pi(void) {
    uint32_t x = 1;
    uint32_t y = 0;
    uint64_t carried = lanes[1];
    for (uint32_t t = 0; t < 24; ++t) {
        const uint32_t next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        const uint64_t kept = lanes[x + 5 * y];
        lanes[x + 5 * y] = rotate(carried, (t + 1) * (t + 2) / 2 % 64);
        carried = kept;
    }
}

static void chi(void) {
    for (uint32_t y = 0; y < 25; y += 5) {
        uint64_t row[5];
        __builtin_memcpy(row, lanes + y, sizeof row);
        for (uint32_t x = 0; x < 5; ++x)
            lanes[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

// The linear feedback shift register of the standard gives the round constant bit by bit.
static uint64_t round_constant(uint32_t* shift) {
    uint64_t constant = 0;
    for (uint32_t j = 0; j < 7; ++j) {
        if (*shift & 1) constant |= (uint64_t)1 << ((1u << j) - 1);
        *shift = *shift << 1 ^ (*shift >> 7) * 0x171;
    }
    return constant;
}

static void permute(void) {
    uint32_t shift = 1;
    for (uint32_t round = 0; round < 24; ++round) {
        theta();
        rho_and_pi();
        chi();
        lanes[0] ^= round_constant(&shift);
    }
}

static void absorb(uint32_t at, uint8_t byte) { lanes[at / 8] ^= (uint64_t)byte << at % 8 * 8; }

RUN uint64_t run(uint32_t n, uint64_t seed) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < n; ++i) {
        absorb(at++, (uint8_t)next_random(&seed));
        if (at < kRate) continue;
        permute();
        at = 0;
    }
    absorb(at, 0x06);
    absorb(kRate - 1, 0x80);
    permute();
    return lanes[0];
}
