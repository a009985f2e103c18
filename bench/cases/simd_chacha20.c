// ChaCha20 (RFC 8439) with a row of the state in each vector: additions, shifts and shuffles of 32-bit lanes. The
// argument is the number of blocks of the key stream; the result folds their words.

#include "../../conformance/kernels/kernel.h"

typedef uint32_t words __attribute__((vector_size(16)));

static inline words rotate(words x, uint32_t by) { return x << by | x >> (32 - by); }

static inline void quarters(words row[4]) {
    row[0] += row[1];
    row[3] = rotate(row[3] ^ row[0], 16);
    row[2] += row[3];
    row[1] = rotate(row[1] ^ row[2], 12);
    row[0] += row[1];
    row[3] = rotate(row[3] ^ row[0], 8);
    row[2] += row[3];
    row[1] = rotate(row[1] ^ row[2], 7);
}

static inline void block(const words state[4], words row[4]) {
    for (uint32_t i = 0; i < 4; ++i)
        row[i] = state[i];
    for (uint32_t round = 0; round < 10; ++round) {
        quarters(row);
        row[1] = __builtin_shufflevector(row[1], row[1], 1, 2, 3, 0);
        row[2] = __builtin_shufflevector(row[2], row[2], 2, 3, 0, 1);
        row[3] = __builtin_shufflevector(row[3], row[3], 3, 0, 1, 2);
        quarters(row);
        row[1] = __builtin_shufflevector(row[1], row[1], 3, 0, 1, 2);
        row[2] = __builtin_shufflevector(row[2], row[2], 2, 3, 0, 1);
        row[3] = __builtin_shufflevector(row[3], row[3], 1, 2, 3, 0);
    }
    for (uint32_t i = 0; i < 4; ++i)
        row[i] += state[i];
}

// The key is the bytes 0, 1, 2 ... 31; the nonce is 0.
RUN uint64_t run(uint32_t blocks) {
    words state[4] = {{0x61707865, 0x3320646E, 0x79622D32, 0x6B206574},
                      {0x03020100, 0x07060504, 0x0B0A0908, 0x0F0E0D0C},
                      {0x13121110, 0x17161514, 0x1B1A1918, 0x1F1E1D1C},
                      {0, 0, 0, 0}};
    uint64_t folded = 0;
    for (uint32_t i = 0; i < blocks; ++i) {
        words row[4];
        state[3][0] = i;
        block(state, row);
        const words sum = (row[0] ^ row[1]) + (row[2] ^ row[3]);
        folded = fold(folded, (uint64_t)sum[0] << 32 | sum[1]);
        folded = fold(folded, (uint64_t)sum[2] << 32 | sum[3]);
    }
    return folded;
}
