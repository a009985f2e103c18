// Compression by back references with a hash of three bytes, and decompression. The text is n bytes made of repeated
// words. Mode 0 gives the Adler-32 of what decompression made, mode 1 the compressed size.

#include "kernel.h"

enum { kMost = 12000, kSlots = 1024, kWindow = 4096, kShortest = 4, kLongest = 131 };
static uint8_t text[kMost], packed[2 * kMost], unpacked[kMost];
static uint32_t slots[kSlots];

static void make_text(uint32_t n, uint64_t* seed) {
    uint8_t words[16][8];
    for (uint32_t i = 0; i < 128; ++i)
        words[i / 8][i % 8] = (uint8_t)('a' + next_random(seed) % 26);
    for (uint32_t at = 0; at < n;) {
        const uint32_t word = next_random(seed) % 16;
        for (uint32_t i = 0; i <= word / 2 && at < n; ++i)
            text[at++] = words[word][i];
    }
}

static uint32_t slot_of(const uint8_t* at) {
    return ((uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2]) * 0x9E3779B1u >> 22;
}

static uint32_t match_length(uint32_t from, uint32_t at, uint32_t n) {
    uint32_t length = 0;
    while (at + length < n && length < kLongest && text[from + length] == text[at + length])
        ++length;
    return length;
}

// A byte below 128 is a run of that many literals more one; any other a reference: length, then distance in two bytes.
static uint32_t put_literals(uint32_t out, uint32_t from, uint32_t to) {
    while (from < to) {
        const uint32_t count = to - from < 128 ? to - from : 128;
        packed[out++] = (uint8_t)(count - 1);
        __builtin_memcpy(packed + out, text + from, count);
        out += count;
        from += count;
    }
    return out;
}

static uint32_t put_reference(uint32_t out, uint32_t length, uint32_t distance) {
    packed[out] = (uint8_t)(128 + length - kShortest);
    packed[out + 1] = (uint8_t)distance;
    packed[out + 2] = (uint8_t)(distance >> 8);
    return out + 3;
}

static uint32_t compress(uint32_t n) {
    uint32_t out = 0;
    uint32_t pending = 0;
    for (uint32_t at = 0; at < n;) {
        uint32_t length = 0;
        uint32_t from = 0;
        if (at + 3 <= n) {
            uint32_t* const slot = slots + slot_of(text + at);
            // Slots hold positions plus one, so that 0 is none.
            from = *slot - 1;
            if (*slot != 0 && at - from < kWindow) length = match_length(from, at, n);
            *slot = at + 1;
        }
        if (length < kShortest) {
            ++at;
            continue;
        }
        out = put_literals(out, pending, at);
        out = put_reference(out, length, at - from);
        at += length;
        pending = at;
    }
    return put_literals(out, pending, n);
}

static uint32_t decompress(uint32_t size) {
    uint32_t out = 0;
    for (uint32_t in = 0; in < size;) {
        const uint32_t head = packed[in++];
        const bool literal = head < 128;
        const uint32_t count = literal ? head + 1 : head - 128 + kShortest;
        const uint8_t* const from =
            literal ? packed + in : unpacked + out - ((uint32_t)packed[in] | (uint32_t)packed[in + 1] << 8);
        // A reference may reach into what it writes, so it is copied byte by byte.
        for (uint32_t i = 0; i < count; ++i)
            unpacked[out++] = from[i];
        in += literal ? count : 2;
    }
    return out;
}

static uint32_t adler32(const uint8_t* bytes, uint32_t n) {
    uint32_t a = 1;
    uint32_t b = 0;
    for (uint32_t i = 0; i < n; ++i) {
        a = (a + bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

RUN uint64_t run(uint32_t n, uint64_t seed, uint32_t mode) {
    if (n > kMost) __builtin_trap();
    make_text(n, &seed);
    const uint32_t size = compress(n);
    return mode == 0 ? adler32(unpacked, decompress(size)) : size;
}
