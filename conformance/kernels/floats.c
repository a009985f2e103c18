// Every float operation on (x, y), folded by its bits: NaNs, signed zeros, halves and the ends of the integer ranges
// are for the caller to choose. With `replaces_nan` each NaN is first replaced by one constant, so that an engine whose
// NaNs have other bits gives the same result.

#include "kernel.h"

static uint64_t folded;
static bool own_nan;

static NO_INLINE void put64(double value) {
    folded = fold(folded, own_nan && value != value ? 0x7FF8000000000001u : bits_of_f64(value));
}

static NO_INLINE void put32(float value) {
    folded = fold(folded, own_nan && value != value ? 0x7FC00001u : bits_of_f32(value));
}

static NO_INLINE void put(uint64_t value) { folded = fold(folded, value); }

static void doubles(double x, double y) {
    put64(x + y);
    put64(x - y);
    put64(x * y);
    put64(x / y);
    put64(__builtin_wasm_min_f64(x, y));
    put64(__builtin_wasm_max_f64(x, y));
    put64(__builtin_copysign(x, y));
    put64(__builtin_sqrt(x));
    put64(__builtin_floor(x));
    put64(__builtin_ceil(x));
    put64(__builtin_trunc(x));
    put64(__builtin_rint(x));
    put64(__builtin_fabs(x));
    put64(-x);
    put((uint64_t)(x < y) | (uint64_t)(x <= y) << 1 | (uint64_t)(x == y) << 2 | (uint64_t)(x != y) << 3 |
        (uint64_t)(x > y) << 4 | (uint64_t)(x >= y) << 5);
}

static void singles(float x, float y) {
    put32(x + y);
    put32(x - y);
    put32(x * y);
    put32(x / y);
    put32(__builtin_wasm_min_f32(x, y));
    put32(__builtin_wasm_max_f32(x, y));
    put32(__builtin_copysignf(x, y));
    put32(__builtin_sqrtf(x));
    put32(__builtin_floorf(x));
    put32(__builtin_ceilf(x));
    put32(__builtin_truncf(x));
    put32(__builtin_rintf(x));
    put32(__builtin_fabsf(x));
    put32(-x);
    put64((double)x);
}

static void saturations(double x) {
    put((uint32_t)__builtin_wasm_trunc_saturate_s_i32_f64(x));
    put((uint32_t)__builtin_wasm_trunc_saturate_u_i32_f64(x));
    put((uint64_t)__builtin_wasm_trunc_saturate_s_i64_f64(x));
    put((uint64_t)__builtin_wasm_trunc_saturate_u_i64_f64(x));
    put((uint32_t)__builtin_wasm_trunc_saturate_s_i32_f32((float)x));
    put((uint32_t)__builtin_wasm_trunc_saturate_u_i32_f32((float)x));
    put((uint64_t)__builtin_wasm_trunc_saturate_s_i64_f32((float)x));
    put((uint64_t)__builtin_wasm_trunc_saturate_u_i64_f32((float)x));
}

// Integers that do not fit the significand are rounded.
static void conversions(uint64_t bits) {
    put64((double)(int64_t)bits);
    put64((double)bits);
    put64((double)(int32_t)bits);
    put64((double)(uint32_t)bits);
    put32((float)(int64_t)bits);
    put32((float)bits);
    put32((float)(int32_t)bits);
    put32((float)(uint32_t)bits);
}

RUN uint64_t run(double x, double y, uint32_t replaces_nan) {
    own_nan = replaces_nan != 0;
    doubles(x, y);
    singles((float)x, (float)y);
    saturations(x);
    conversions(bits_of_f64(x));
    return folded;
}
