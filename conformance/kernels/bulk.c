// Copies and fills of random ranges of a buffer, overlapping in both directions and empty ones too: memory.copy and
// memory.fill. The result folds the buffer's words.

#include "kernel.h"

enum { kSize = 32768 };
static uint8_t buffer[kSize];

RUN uint64_t run(uint32_t rounds, uint64_t seed, uint32_t longest) {
    if (longest > kSize) __builtin_trap();
    for (uint32_t i = 0; i < rounds; ++i) {
        const uint32_t length = next_random(&seed) % (longest + 1);
        const uint32_t to = next_random(&seed) % (kSize - length + 1);
        const uint32_t from = next_random(&seed) % (kSize - length + 1);
        if (i % 2 == 0)
            __builtin_memset(buffer + to, (int)(from & 0xFF), length);
        else
            __builtin_memmove(buffer + to, buffer + from, length);
    }
    uint64_t folded = rounds;
    for (uint32_t i = 0; i < kSize; i += 64)
        folded = fold(folded, (uint64_t)buffer[i] << 8 | buffer[i + 63]);
    return folded;
}
