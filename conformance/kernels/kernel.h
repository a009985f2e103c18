// What the kernels share: the export, a generator of numbers and a fold of results into one word. There is no libc.

#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN __attribute__((export_name("run")))
#define NO_INLINE __attribute__((noinline))

// A linear congruential generator (Knuth's MMIX constants); the high bits are the good ones.
static inline uint32_t next_random(uint64_t* state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

// Every bit of every value moves the result, and so does their order.
static inline uint64_t fold(uint64_t so_far, uint64_t value) {
    return (((so_far << 7) | (so_far >> 57)) ^ value) * 0x9E3779B97F4A7C15u;
}

static inline uint64_t bits_of_f64(double value) {
    uint64_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline uint32_t bits_of_f32(float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
}

#endif
