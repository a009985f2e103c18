// One trap for each `kind`, where x and y say whether it happens; the result where it does not is known from them.

#include "kernel.h"

typedef uint64_t (*unary)(uint64_t x);
typedef uint64_t (*binary)(uint64_t x, uint64_t y);

static uint64_t next(uint64_t x) { return x + 1; }
static uint64_t sum(uint64_t x, uint64_t y) { return x + y; }
static const unary first = next;
static const binary second = sum;

// The table holds the functions whose address is taken, behind a null element 0.
static uint64_t call_at(uint64_t index, uint64_t x) { return ((unary)(uintptr_t)index)(x); }

static uint64_t load(uint64_t at) { return *(const volatile uint64_t*)(uintptr_t)at; }

static uint64_t store(uint64_t at, uint64_t x) {
    *(volatile uint16_t*)(uintptr_t)at = (uint16_t)x;
    return *(const volatile uint16_t*)(uintptr_t)at;
}

static NO_INLINE uint64_t fill(uint64_t at, uint64_t size) {
    __builtin_memset((void*)(uintptr_t)at, 7, (size_t)size);
    return size;
}

static NO_INLINE uint64_t copy(uint64_t at, uint64_t size) {
    __builtin_memmove((void*)(uintptr_t)at, (const void*)(uintptr_t)8192, (size_t)size);
    return size;
}

static double as_double(uint64_t bits) {
    double value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

RUN uint64_t run(uint32_t kind, uint64_t x, uint64_t y) {
    switch (kind) {
    case 0: return x / y;
    case 1: return (uint64_t)((int64_t)x / (int64_t)y);
    case 2: return (uint64_t)((int64_t)x % (int64_t)y);
    case 3: return (uint32_t)((int32_t)x / (int32_t)y);
    case 4: return (uint32_t)x % (uint32_t)y;
    case 5:
        if (x != y) __builtin_trap();
        return x;
    case 6: return load(x);
    case 7: return store(x, y);
    case 8: return fill(x, y);
    case 9: return copy(x, y);
    case 10: return call_at(x, y);
    case 11: return (uint32_t)__builtin_wasm_trunc_s_i32_f64(as_double(x));
    case 12: return (uint64_t)__builtin_wasm_trunc_u_i64_f64(as_double(x));
    case 13: return (*(const volatile unary*)&first)(x) + (*(const volatile binary*)&second)(x, y);
    default: return ~(uint64_t)0;
    }
}
