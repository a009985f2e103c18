// A walk of n steps, each a call through the function table to one of 16 functions that the value itself chooses.

#include "kernel.h"

typedef uint64_t (*step)(uint64_t x, uint32_t i);

#define STEP(name, expression)                                                                                         \
    static uint64_t name(uint64_t x, __attribute__((unused)) uint32_t i) { return expression; }
STEP(add_index, x + i)
STEP(subtract_index, x - i)
STEP(multiply, x * 0x9E3779B97F4A7C15u)
STEP(complement, ~x)
STEP(shift_left, x ^ x << 13)
STEP(shift_right, x ^ x >> 7)
STEP(rotate, x << 21 | x >> 43)
STEP(count_ones, x + (uint64_t)__builtin_popcountll(x))
STEP(leading_zeros, x ^ (uint64_t)__builtin_clzll(x | 1))
STEP(trailing_zeros, x - (uint64_t)__builtin_ctzll(x | 1u << 31))
STEP(narrow, (uint64_t)(int64_t)(int8_t)x + i)
STEP(halve, (uint64_t)((int64_t)x >> 1))
STEP(square, x* x)
STEP(divide, x / (i + 1))
STEP(remainder, x % (i * 2654435761u + 1) + 0xF00000000000000Du)
STEP(swap_halves, x << 32 | x >> 32)

static const step steps[16] = {add_index, subtract_index, multiply,      complement,     shift_left, shift_right,
                               rotate,    count_ones,     leading_zeros, trailing_zeros, narrow,     halve,
                               square,    divide,         remainder,     swap_halves};

RUN uint64_t run(uint32_t n, uint64_t x) {
    uint64_t folded = x;
    for (uint32_t i = 0; i < n; ++i) {
        x = steps[(x ^ i) & 15](x, i);
        folded = fold(folded, x);
    }
    return folded;
}
