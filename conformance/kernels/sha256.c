// SHA-256 (FIPS 180-4) of n bytes of the generator; the result is the first 8 bytes of the digest, big-endian.

#include "kernel.h"

enum { kMost = 16384 };
static uint8_t message[kMost + 128];

static uint32_t rotate(uint32_t x, uint32_t by) { return x >> by | x << (32 - by); }

// The first 32 bits of the fractional parts: of the square roots of 8 primes, of the cube roots of 64.
static uint32_t state[8] = {
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
};
static const uint32_t constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static uint32_t big_endian(const uint8_t* at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void compress(const uint8_t* block) {
    uint32_t w[64];
    for (uint32_t i = 0; i < 16; ++i)
        w[i] = big_endian(block + 4 * i);
    for (uint32_t i = 16; i < 64; ++i) {
        const uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        const uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t h[8];
    __builtin_memcpy(h, state, sizeof h);
    for (uint32_t i = 0; i < 64; ++i) {
        const uint32_t s1 = rotate(h[4], 6) ^ rotate(h[4], 11) ^ rotate(h[4], 25);
        const uint32_t t1 = h[7] + s1 + ((h[4] & h[5]) ^ (~h[4] & h[6])) + constants[i] + w[i];
        const uint32_t s0 = rotate(h[0], 2) ^ rotate(h[0], 13) ^ rotate(h[0], 22);
        const uint32_t t2 = s0 + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));
        __builtin_memmove(h + 1, h, 7 * sizeof *h);
        h[4] += t1;
        h[0] = t1 + t2;
    }
    for (uint32_t i = 0; i < 8; ++i)
        state[i] += h[i];
}

static uint32_t pad(uint32_t n) {
    const uint32_t whole = (n + 9 + 63) / 64 * 64;
    message[n] = 0x80;
    for (uint32_t i = 0; i < 8; ++i)
        message[whole - 1 - i] = (uint8_t)((uint64_t)n * 8 >> 8 * i);
    return whole;
}

RUN uint64_t run(uint32_t n, uint64_t seed) {
    if (n > kMost) __builtin_trap();
    for (uint32_t i = 0; i < n; ++i)
        message[i] = (uint8_t)next_random(&seed);
    const uint32_t whole = pad(n);
    for (uint32_t at = 0; at < whole; at += 64)
        compress(message + at);
    return (uint64_t)state[0] << 32 | state[1];
}
