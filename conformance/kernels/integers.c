// Divisions, remainders, shifts, rotations, counts and extensions of 32 and 64 bits on n random pairs. A divisor is cut
// to few bits now and then and never 0; the one signed quotient that does not fit is left out.

#include "kernel.h"

static uint64_t wide(uint64_t* seed) {
    const uint64_t high = next_random(seed);
    const uint64_t whole = high << 33 ^ (uint64_t)next_random(seed) << 2 ^ high;
    return whole >> (next_random(seed) & 63);
}

static uint64_t of_64(uint64_t folded, uint64_t a, uint64_t b) {
    const int64_t sa = (int64_t)a;
    const int64_t sb = (int64_t)(b & 1 ? ~b : b);
    folded = fold(folded, a / (b | 1));
    folded = fold(folded, a % (b | 1));
    if (sb != 0 && !(sa == INT64_MIN && sb == -1)) {
        folded = fold(folded, (uint64_t)(sa / sb));
        folded = fold(folded, (uint64_t)(sa % sb));
    }
    folded = fold(folded, (uint64_t)(sa >> (b & 63)));
    folded = fold(folded, a << (b & 63) | a >> (-b & 63));
    folded = fold(folded, (uint64_t)(int64_t)(int32_t)a ^ (uint64_t)(int64_t)(int16_t)b);
    return fold(folded, (uint64_t)__builtin_clzll(a | 1) << 16 | (uint64_t)__builtin_ctzll(b | 1ull << 63) << 8 |
                            (uint64_t)__builtin_popcountll(a ^ b));
}

static uint64_t of_32(uint64_t folded, uint32_t a, uint32_t b) {
    const int32_t sa = (int32_t)~a;
    const int32_t sb = (int32_t)(b | 2);
    folded = fold(folded, (uint64_t)(a / (b | 1)) << 32 | a % (b | 1));
    folded = fold(folded, (uint32_t)(sa / sb) ^ (uint64_t)(uint32_t)(sa % sb) << 32);
    folded = fold(folded, (uint32_t)(sa >> (b & 31)));
    folded = fold(folded, a << (b & 31) | a >> (-b & 31));
    return fold(folded, (uint32_t)(int32_t)(int8_t)a ^ (uint64_t)(uint32_t)__builtin_clz(a | 1) << 32 ^
                            (uint64_t)(uint32_t)__builtin_popcount(b) << 40);
}

RUN uint64_t run(uint32_t n, uint64_t seed) {
    uint64_t folded = seed;
    while (n-- != 0) {
        const uint64_t a = wide(&seed);
        const uint64_t b = wide(&seed);
        folded = of_64(folded, next_random(&seed) & 1 ? ~a : a, b);
        folded = of_32(folded, (uint32_t)a, (uint32_t)(b >> (a & 31)));
    }
    return folded;
}
