// The reverse complement of 60000 bases in lines of 60, in place, through a table of the complements of letters.

#include "../../conformance/kernels/kernel.h"

enum { kBases = 60000, kLine = 60, kSize = kBases / kLine * (kLine + 1) };
static char text[kSize];
static char complement[128];

static void make_table(void) {
    static const char pairs[] = "ATCGGCTAUAMKRYWWSSYRKMVBHDDHBVNN";
    for (uint32_t i = 0; i + 1 < sizeof pairs; i += 2) {
        complement[(uint8_t)pairs[i]] = pairs[i + 1];
        complement[(uint8_t)pairs[i] + 32] = pairs[i + 1];
    }
}

static void make_text(void) {
    uint64_t seed = 1;
    for (uint32_t i = 0; i < kSize; ++i)
        text[i] = i % (kLine + 1) == kLine ? '\n' : "ACGTacgtRYKMn"[next_random(&seed) % 13];
}

static NO_INLINE void reverse(char* low, char* high) {
    while (low < high) {
        --high;
        if (*low == '\n') ++low;
        if (*high == '\n') --high;
        if (low > high) return;
        const char kept = complement[(uint8_t)*low];
        *low++ = complement[(uint8_t)*high];
        *high = kept;
    }
}

RUN uint64_t run(uint32_t rounds) {
    make_table();
    make_text();
    uint64_t folded = 0;
    while (rounds-- != 0) {
        reverse(text, text + kSize);
        folded = fold(folded, (uint64_t)(uint8_t)text[rounds % kSize] << 8 | (uint8_t)text[kSize / 2]);
    }
    for (uint32_t i = 0; i < kSize; ++i)
        folded = fold(folded, (uint8_t)text[i]);
    return folded;
}
