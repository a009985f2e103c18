// X25519 (RFC 7748): the field of ed25519 and a whole scalar multiplication a round, iterated as the RFC's test vector
// is: the result becomes the scalar and the scalar the point. Ten limbs of 26 and 25 bits, products of 64 bits. The
// result is the first 8 bytes of the last scalar, little-endian.

#include "../../conformance/kernels/kernel.h"

enum { kLimbs = 10 };
typedef int64_t field[kLimbs];

static uint32_t bits_of_limb(uint32_t i) { return 26 - i % 2; }

// Limbs back to their width; twice, since the first carry out of the top comes in at the bottom again.
static void carry(field x) {
    for (uint32_t pass = 0; pass < 2; ++pass) {
        for (uint32_t i = 0; i < kLimbs; ++i) {
            const int64_t over = (x[i] + ((int64_t)1 << (bits_of_limb(i) - 1))) >> bits_of_limb(i);
            x[i] -= over << bits_of_limb(i);
            if (i + 1 < kLimbs)
                x[i + 1] += over;
            else
                x[0] += 19 * over;
        }
    }
}

static NO_INLINE void multiply(field to, const field a, const field b) {
    field product = {0};
    for (uint32_t i = 0; i < kLimbs; ++i) {
        for (uint32_t j = 0; j < kLimbs; ++j) {
            // Two odd limbs stand half a bit each below their place.
            const int64_t one = a[i] * b[j] << (i & j & 1);
            if (i + j < kLimbs)
                product[i + j] += one;
            else
                product[i + j - kLimbs] += 19 * one;
        }
    }
    carry(product);
    __builtin_memcpy(to, product, sizeof product);
}

static void add(field to, const field a, const field b) {
    for (uint32_t i = 0; i < kLimbs; ++i)
        to[i] = a[i] + b[i];
}

static void subtract(field to, const field a, const field b) {
    for (uint32_t i = 0; i < kLimbs; ++i)
        to[i] = a[i] - b[i];
}

static void square_times(field x, uint32_t times) {
    while (times-- != 0)
        multiply(x, x, x);
}

// To the power of p - 2 = 2^255 - 21, whose bits are all ones but for the second and the fourth.
static void invert(field to, const field x) {
    field result = {1};
    for (uint32_t bit = 255; bit-- != 0;) {
        square_times(result, 1);
        if (bit != 2 && bit != 4) multiply(result, result, x);
    }
    __builtin_memcpy(to, result, sizeof result);
}

static uint32_t bit_at(const uint8_t* bytes, uint32_t at) { return bytes[at / 8] >> at % 8 & 1; }

static void unpack(field to, const uint8_t* bytes) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < kLimbs; ++i) {
        to[i] = 0;
        for (uint32_t bit = 0; bit < bits_of_limb(i); ++bit, ++at)
            to[i] |= (int64_t)(at < 255 && bit_at(bytes, at)) << bit;
    }
}

// The one representative below p: carried without signs until nothing moves, then less p if that is not below 0.
static void pack(uint8_t* bytes, field x) {
    carry(x);
    for (uint32_t pass = 0; pass < 3; ++pass) {
        for (uint32_t i = 0; i < kLimbs; ++i) {
            const int64_t over = x[i] >> bits_of_limb(i);
            x[i] -= over << bits_of_limb(i);
            if (i + 1 < kLimbs)
                x[i + 1] += over;
            else
                x[0] += 19 * over;
        }
    }
    int64_t over = 19;
    for (uint32_t i = 0; i < kLimbs; ++i)
        over = (x[i] + over) >> bits_of_limb(i);
    x[0] += 19 * over;
    __builtin_memset(bytes, 0, 32);
    int64_t moved = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < kLimbs; ++i) {
        moved += x[i];
        for (uint32_t bit = 0; bit < bits_of_limb(i) && at < 255; ++bit, ++at)
            bytes[at / 8] |= (uint8_t)((moved >> bit & 1) << at % 8);
        moved >>= bits_of_limb(i);
    }
}

static void swap(field a, field b, uint32_t condition) {
    const int64_t mask = -(int64_t)condition;
    for (uint32_t i = 0; i < kLimbs; ++i) {
        const int64_t difference = mask & (a[i] ^ b[i]);
        a[i] ^= difference;
        b[i] ^= difference;
    }
}

static field x1, x2, z2, x3, z3;

// One step of the ladder, in the names of the RFC.
static void step(void) {
    static const field a24 = {121665};
    field a, b, c, d, aa, bb, e;
    add(a, x2, z2);
    subtract(b, x2, z2);
    add(c, x3, z3);
    subtract(d, x3, z3);
    multiply(d, d, a);
    multiply(c, c, b);
    multiply(aa, a, a);
    multiply(bb, b, b);
    subtract(e, aa, bb);
    add(x3, d, c);
    multiply(x3, x3, x3);
    subtract(z3, d, c);
    multiply(z3, z3, z3);
    multiply(z3, z3, x1);
    multiply(x2, aa, bb);
    multiply(z2, e, a24);
    add(z2, z2, aa);
    multiply(z2, z2, e);
}

static void multiply_point(uint8_t* to, const uint8_t* scalar, const uint8_t* point) {
    uint8_t clamped[32];
    __builtin_memcpy(clamped, scalar, 32);
    clamped[0] &= 248;
    clamped[31] = (uint8_t)((clamped[31] & 127) | 64);
    unpack(x1, point);
    __builtin_memcpy(x3, x1, sizeof x3);
    __builtin_memset(x2, 0, sizeof x2);
    __builtin_memset(z2, 0, sizeof z2);
    __builtin_memset(z3, 0, sizeof z3);
    x2[0] = z3[0] = 1;
    uint32_t swapped = 0;
    for (uint32_t at = 255; at-- != 0;) {
        const uint32_t bit = bit_at(clamped, at);
        swap(x2, x3, swapped ^ bit);
        swap(z2, z3, swapped ^ bit);
        swapped = bit;
        step();
    }
    swap(x2, x3, swapped);
    swap(z2, z3, swapped);
    invert(z2, z2);
    multiply(x2, x2, z2);
    pack(to, x2);
}

RUN uint64_t run(uint32_t rounds) {
    uint8_t scalar[32] = {9};
    uint8_t point[32] = {9};
    uint8_t result[32];
    while (rounds-- != 0) {
        multiply_point(result, scalar, point);
        __builtin_memcpy(point, scalar, sizeof point);
        __builtin_memcpy(scalar, result, sizeof scalar);
    }
    uint64_t first = 0;
    for (uint32_t i = 8; i-- != 0;)
        first = first << 8 | scalar[i];
    return first;
}
