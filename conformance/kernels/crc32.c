// CRC-32 (the polynomial of zlib) of n bytes of the generator, by a table of 256 words made at the start.

#include "kernel.h"

static uint32_t table[256];

static void make_table(void) {
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t c = i;
        for (uint32_t bit = 0; bit < 8; ++bit)
            c = c >> 1 ^ (0xEDB88320u & (0u - (c & 1)));
        table[i] = c;
    }
}

RUN uint64_t run(uint32_t n, uint64_t seed) {
    make_table();
    uint32_t crc = 0xFFFFFFFFu;
    while (n-- != 0)
        crc = table[(crc ^ next_random(&seed)) & 0xFF] ^ crc >> 8;
    return crc ^ 0xFFFFFFFFu;
}
