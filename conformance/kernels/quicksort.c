// Quicksort with a comparator through the function table: n numbers, ascending, descending or by their low 16 bits with
// ties ascending. The result folds the sorted sequence.

#include "kernel.h"

enum { kMost = 8192, kComparators = 3 };
typedef bool (*less_than)(uint32_t a, uint32_t b);

static uint32_t numbers[kMost];

static bool ascending(uint32_t a, uint32_t b) { return a < b; }
static bool descending(uint32_t a, uint32_t b) { return a > b; }
static bool by_low_half(uint32_t a, uint32_t b) {
    return (uint16_t)a != (uint16_t)b ? (uint16_t)a < (uint16_t)b : a < b;
}
static const less_than comparators[kComparators] = {ascending, descending, by_low_half};

static NO_INLINE void sort(int32_t low, int32_t high, less_than less) {
    while (low < high) {
        const uint32_t pivot = numbers[low + (high - low) / 2];
        int32_t i = low;
        int32_t j = high;
        while (i <= j) {
            while (less(numbers[i], pivot))
                ++i;
            while (less(pivot, numbers[j]))
                --j;
            if (i > j) break;
            const uint32_t kept = numbers[i];
            numbers[i++] = numbers[j];
            numbers[j--] = kept;
        }
        sort(low, j, less);
        low = i;
    }
}

RUN uint64_t run(uint32_t n, uint64_t seed, uint32_t comparator) {
    if (n > kMost || comparator >= kComparators) __builtin_trap();
    for (uint32_t i = 0; i < n; ++i)
        numbers[i] = next_random(&seed);
    sort(0, (int32_t)n - 1, comparators[comparator]);
    uint64_t folded = n;
    for (uint32_t i = 0; i < n; ++i)
        folded = fold(folded, numbers[i]);
    return folded;
}
