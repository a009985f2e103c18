// Grows memory by `pages`, `times` over, and writes into the last byte of what there is then; a refused growth changes
// nothing. The result packs the answers of memory.grow as signed bytes, the latest lowest.

#include "kernel.h"

RUN uint64_t run(uint32_t times, uint32_t pages) {
    uint64_t answers = 0;
    for (uint32_t i = 0; i < times; ++i) {
        answers = answers << 8 | (uint8_t)__builtin_wasm_memory_grow(0, pages);
        const uint32_t end = (uint32_t)__builtin_wasm_memory_size(0) * 65536u;
        volatile uint8_t* const last = (volatile uint8_t*)(uintptr_t)(end - 1);
        *last = (uint8_t)(*last + 1);
        answers += (uint64_t)(*last) << 56;
    }
    return answers;
}
