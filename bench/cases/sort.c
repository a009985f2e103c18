// Sorts 8192 numbers a round: quicksort with the comparison in place, and insertion below 16.

#include "../../conformance/kernels/kernel.h"

enum { kMost = 8192, kShort = 16 };
static uint32_t numbers[kMost];

static void insertion(int32_t low, int32_t high) {
    for (int32_t i = low + 1; i <= high; ++i) {
        const uint32_t kept = numbers[i];
        int32_t j = i;
        for (; j > low && kept < numbers[j - 1]; --j)
            numbers[j] = numbers[j - 1];
        numbers[j] = kept;
    }
}

static NO_INLINE void sort(int32_t low, int32_t high) {
    while (high - low >= kShort) {
        const uint32_t pivot = numbers[low + (high - low) / 2];
        int32_t i = low;
        int32_t j = high;
        while (i <= j) {
            while (numbers[i] < pivot)
                ++i;
            while (pivot < numbers[j])
                --j;
            if (i > j) break;
            const uint32_t kept = numbers[i];
            numbers[i++] = numbers[j];
            numbers[j--] = kept;
        }
        sort(low, j);
        low = i;
    }
    insertion(low, high);
}

RUN uint64_t run(uint32_t rounds) {
    uint64_t seed = 1;
    uint64_t folded = rounds;
    while (rounds-- != 0) {
        for (uint32_t i = 0; i < kMost; ++i)
            numbers[i] = next_random(&seed);
        sort(0, kMost - 1);
        for (uint32_t i = 0; i < kMost; ++i)
            folded = fold(folded, numbers[i]);
    }
    return folded;
}
