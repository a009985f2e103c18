// Counts the words of a text of n letters and spaces in an open hash table: different words above the greatest count.

#include "kernel.h"

enum { kMost = 16000, kSlots = 2048 };
static char text[kMost + 1];
static struct {
    uint32_t start, length, count;
} slots[kSlots];

static void make_text(uint32_t n, uint64_t* seed) {
    for (uint32_t i = 0; i < n; ++i) {
        const uint32_t random = next_random(seed);
        text[i] = random % 3 == 0 ? ' ' : (char)('a' + random / 3 % 4);
    }
    text[n] = ' ';
}

static bool same(uint32_t a, uint32_t b, uint32_t length) {
    for (uint32_t i = 0; i < length; ++i) {
        if (text[a + i] != text[b + i]) return false;
    }
    return true;
}

// Counts a word; the new count.
static uint32_t count(uint32_t start, uint32_t length) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; ++i)
        hash = (hash ^ (uint8_t)text[start + i]) * 16777619u;
    uint32_t at = hash % kSlots;
    while (slots[at].count != 0 && (slots[at].length != length || !same(slots[at].start, start, length)))
        at = (at + 1) % kSlots;
    slots[at].start = start;
    slots[at].length = length;
    return ++slots[at].count;
}

RUN uint64_t run(uint32_t n, uint64_t seed) {
    if (n > kMost) __builtin_trap();
    make_text(n, &seed);
    uint64_t different = 0;
    uint32_t greatest = 0;
    uint32_t start = 0;
    for (uint32_t i = 0; i <= n; ++i) {
        if (text[i] != ' ') continue;
        if (i > start) {
            const uint32_t counted = count(start, i - start);
            different += counted == 1;
            if (counted > greatest) greatest = counted;
        }
        start = i + 1;
    }
    return different << 32 | greatest;
}
