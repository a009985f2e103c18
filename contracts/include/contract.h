// What the contracts here share above the raw imports: little-endian readers and writers, 128-bit amounts, ends.
// There is no libc. Every function is inline, so that a contract holds what it uses and nothing else.

#ifndef CONTRACT_H
#define CONTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "detent_v1.h"

typedef unsigned __int128 u128;

enum { kAddressSize = 32, kAmountSize = 16, kHashSize = 32 };

// An input that no correct client sends ends the call with this abort code; refusals of well-formed requests revert.
enum { kAbortInput = 1 };

#define CONTRACT_CALL __attribute__((export_name("call"))) void contract_call(void)
#define CONTRACT_DEPLOY __attribute__((export_name("deploy"))) void contract_deploy(void)

static const u128 kMaxAmount = ~(u128)0;
static const uint64_t kAllFuel = UINT64_MAX;

// Bytes

// The two arguments of an input range that holds a string literal: storage keys and topics.
#define TEXT(literal) (const uint8_t*)(literal), sizeof(literal) - 1

static inline void copy_bytes(uint8_t* to, const uint8_t* from, uint32_t size) { __builtin_memcpy(to, from, size); }

static inline bool same_bytes(const uint8_t* a, const uint8_t* b, uint32_t size) {
    uint8_t difference = 0;
    for (uint32_t i = 0; i < size; ++i)
        difference |= (uint8_t)(a[i] ^ b[i]);
    return difference == 0;
}

// Wasm memory is little-endian, and unaligned accesses are allowed.
static inline uint32_t load_u32(const uint8_t* from) {
    uint32_t number;
    __builtin_memcpy(&number, from, sizeof number);
    return number;
}

static inline uint64_t load_u64(const uint8_t* from) {
    uint64_t number;
    __builtin_memcpy(&number, from, sizeof number);
    return number;
}

static inline u128 load_u128(const uint8_t* from) { return (u128)load_u64(from + 8) << 64 | load_u64(from); }

static inline void store_u32(uint8_t* to, uint32_t number) { __builtin_memcpy(to, &number, sizeof number); }

static inline void store_u64(uint8_t* to, uint64_t number) { __builtin_memcpy(to, &number, sizeof number); }

static inline void store_u128(uint8_t* to, u128 number) {
    store_u64(to, (uint64_t)number);
    store_u64(to + 8, (uint64_t)(number >> 64));
}

// Big-endian, for keys whose byte order is to be the order of the numbers.
static inline void store_u64_be(uint8_t* to, uint64_t number) { store_u64(to, __builtin_bswap64(number)); }

static inline uint64_t load_u64_be(const uint8_t* from) { return __builtin_bswap64(load_u64(from)); }

// Ends of a call

static inline _Noreturn void abort_with(uint32_t code) {
    detent_abort(code);
    __builtin_unreachable();
}

static inline _Noreturn void revert_with_data(const uint8_t* data, uint32_t size) {
    detent_revert(data, size);
    __builtin_unreachable();
}

// A refusal: the revert's output is the contract's error code in four bytes.
static inline _Noreturn void revert_with(uint32_t error) {
    uint8_t data[4];
    store_u32(data, error);
    revert_with_data(data, sizeof data);
}

static inline void require(bool condition, uint32_t error) {
    if (!condition) revert_with(error);
}

static inline void output_u64(uint64_t number) {
    uint8_t data[8];
    store_u64(data, number);
    detent_output(data, sizeof data);
}

static inline void output_u128(u128 number) {
    uint8_t data[kAmountSize];
    store_u128(data, number);
    detent_output(data, sizeof data);
}

// Reading the input from left to right. Too little of it, or too much, is no request.

typedef struct {
    const uint8_t* at;
    const uint8_t* end;
} Reader;

static inline Reader read_input(uint8_t* buffer, uint32_t capacity) {
    uint32_t size = (uint32_t)detent_input(buffer, capacity);
    if (size > capacity) abort_with(kAbortInput);
    return (Reader){buffer, buffer + size};
}

static inline uint32_t remaining(const Reader* reader) { return (uint32_t)(reader->end - reader->at); }

static inline const uint8_t* take(Reader* reader, uint32_t size) {
    if (remaining(reader) < size) abort_with(kAbortInput);
    const uint8_t* found = reader->at;
    reader->at += size;
    return found;
}

static inline uint8_t take_u8(Reader* reader) { return *take(reader, 1); }
static inline uint32_t take_u32(Reader* reader) { return load_u32(take(reader, 4)); }
static inline uint64_t take_u64(Reader* reader) { return load_u64(take(reader, 8)); }
static inline u128 take_u128(Reader* reader) { return load_u128(take(reader, kAmountSize)); }
static inline const uint8_t* take_address(Reader* reader) { return take(reader, kAddressSize); }

static inline void take_end(const Reader* reader) {
    if (remaining(reader) != 0) abort_with(kAbortInput);
}

// Storage of fixed-size values. An amount of zero has no entry.

static inline bool read_fixed(const uint8_t* key, uint32_t key_size, uint8_t* value, uint32_t size) {
    return detent_storage_read(key, key_size, value, size) == (int32_t)size;
}

static inline u128 read_amount(const uint8_t* key, uint32_t key_size) {
    uint8_t value[kAmountSize];
    return read_fixed(key, key_size, value, sizeof value) ? load_u128(value) : 0;
}

static inline void write_amount(const uint8_t* key, uint32_t key_size, u128 amount) {
    if (amount == 0) {
        (void)detent_storage_remove(key, key_size);
        return;
    }
    uint8_t value[kAmountSize];
    store_u128(value, amount);
    detent_storage_write(key, key_size, value, sizeof value);
}

static inline uint64_t read_number(const uint8_t* key, uint32_t key_size) {
    uint8_t value[8];
    return read_fixed(key, key_size, value, sizeof value) ? load_u64(value) : 0;
}

static inline void write_number(const uint8_t* key, uint32_t key_size, uint64_t number) {
    uint8_t value[8];
    store_u64(value, number);
    detent_storage_write(key, key_size, value, sizeof value);
}

#endif // CONTRACT_H
