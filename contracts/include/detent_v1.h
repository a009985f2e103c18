// The host functions of module `detent_v1`, for contracts in C. Printed from host_abi/host_functions.def and
// host_abi/outcomes.def; the rules stand in host_abi/HOST_ABI.md. Do not edit.

#ifndef DETENT_V1_H
#define DETENT_V1_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How a call or a creation ended (ABI-5).
enum {
    DETENT_OUTCOME_SUCCESS = 0, // the call returned
    DETENT_OUTCOME_REVERT = 1, // the contract reverted, with output
    DETENT_OUTCOME_OUT_OF_FUEL = 2, // an instruction could not be paid from the limit or the allowance
    DETENT_OUTCOME_ABORT = 3, // the contract aborted, with a code
    DETENT_OUTCOME_UNREACHABLE = 10, // unreachable was executed
    DETENT_OUTCOME_INTEGER_DIVIDE_BY_ZERO = 11, // an integer was divided by zero
    DETENT_OUTCOME_INTEGER_OVERFLOW = 12, // a signed division or a conversion overflowed
    DETENT_OUTCOME_INVALID_CONVERSION_TO_INTEGER = 13, // a NaN was converted to an integer
    DETENT_OUTCOME_OUT_OF_BOUNDS_MEMORY_ACCESS = 14, // a memory access was out of bounds
    DETENT_OUTCOME_OUT_OF_BOUNDS_TABLE_ACCESS = 15, // a table access was out of bounds
    DETENT_OUTCOME_UNDEFINED_ELEMENT = 16, // call_indirect named an index beyond the table
    DETENT_OUTCOME_UNINITIALIZED_ELEMENT = 17, // call_indirect met a null element
    DETENT_OUTCOME_INDIRECT_CALL_TYPE_MISMATCH = 18, // call_indirect met a function of another type
    DETENT_OUTCOME_NULL_REFERENCE = 19, // a null reference was used
    DETENT_OUTCOME_CAST_FAILURE = 20, // a reference had another type than its cast
    DETENT_OUTCOME_OUT_OF_BOUNDS_ARRAY_ACCESS = 21, // an array access was out of bounds
    DETENT_OUTCOME_UNCAUGHT_EXCEPTION = 22, // an exception left the contract
    DETENT_OUTCOME_CALL_DEPTH = 23, // more frames or nested contract calls than the limit
    DETENT_OUTCOME_STACK_EXHAUSTED = 24, // more stack words than the limit
    DETENT_OUTCOME_HEAP_EXHAUSTED = 25, // more live heap than the limit
    DETENT_OUTCOME_STATIC_VIOLATION = 30, // a frame that may not change state tried to
    DETENT_OUTCOME_ABI_VIOLATION = 31, // a host function was called against its rules
    DETENT_OUTCOME_INVALID_MODULE = 32, // the code is malformed, invalid, or beyond a limit of the profile
    DETENT_OUTCOME_LINK_ERROR = 33, // an import is unknown or of another type, or the export that is called is missing or of another type
    DETENT_OUTCOME_LIMIT_EXCEEDED = 34, // a run-time limit of the store: instances, memory bytes, table elements
    DETENT_OUTCOME_REENTRY_DENIED = 35, // the callee is already active and the caller did not allow re-entry
    DETENT_OUTCOME_INSUFFICIENT_VALUE = 36, // the balance is less than the value sent
    DETENT_OUTCOME_ADDRESS_TAKEN = 37, // a contract exists at the address to be created
};

// Results under 0 (ABI-4).
enum {
    DETENT_NOT_FOUND = -1,
    DETENT_INVALID_SIGNATURE = -2,
};

// Flags of detent_call (ABI-31).
enum {
    DETENT_CALL_STATIC = 1,
    DETENT_CALL_DELEGATE = 2,
    DETENT_CALL_ALLOW_REENTRY = 4,
};

// The input of this call. Returns its full length.
__attribute__((import_module("detent_v1"), import_name("input")))
int32_t detent_input(uint8_t *buffer_ptr, uint32_t buffer_cap);

// Sets the output of this call, replacing any earlier one.
__attribute__((import_module("detent_v1"), import_name("output")))
void detent_output(const uint8_t *data_ptr, uint32_t data_len);

// Ends this call with Revert and this output; its writes and events are dropped. Does not return.
__attribute__((import_module("detent_v1"), import_name("revert")))
void detent_revert(const uint8_t *data_ptr, uint32_t data_len);

// Ends this call with Abort; the output is the code as four little-endian bytes. Does not return.
__attribute__((import_module("detent_v1"), import_name("abort")))
void detent_abort(uint32_t code);

// The output of the last call or create made by this frame, empty before the first. Returns its full length.
__attribute__((import_module("detent_v1"), import_name("return_data")))
int32_t detent_return_data(uint8_t *buffer_ptr, uint32_t buffer_cap);

// The address whose storage this frame uses. Returns 32.
__attribute__((import_module("detent_v1"), import_name("self_address")))
int32_t detent_self_address(uint8_t *address_ptr, uint32_t address_cap);

// The address that called this frame. Returns 32.
__attribute__((import_module("detent_v1"), import_name("caller")))
int32_t detent_caller(uint8_t *address_ptr, uint32_t address_cap);

// The address that signed the transaction. Returns 32.
__attribute__((import_module("detent_v1"), import_name("origin")))
int32_t detent_origin(uint8_t *address_ptr, uint32_t address_cap);

// The value that came with this call.
__attribute__((import_module("detent_v1"), import_name("value")))
uint64_t detent_value(void);

// The balance of an address, 0 if there is no such account. The address has 32 bytes.
__attribute__((import_module("detent_v1"), import_name("balance")))
uint64_t detent_balance(const uint8_t *address_ptr, uint32_t address_len);

// The number of contract calls around this frame: 0 for the transaction's own.
__attribute__((import_module("detent_v1"), import_name("call_depth")))
int32_t detent_call_depth(void);

// 1 if this frame may not change state, else 0.
__attribute__((import_module("detent_v1"), import_name("is_static")))
int32_t detent_is_static(void);

// The height of the block.
__attribute__((import_module("detent_v1"), import_name("block_height")))
uint64_t detent_block_height(void);

// The time of the block in seconds, as the block states it.
__attribute__((import_module("detent_v1"), import_name("block_time")))
uint64_t detent_block_time(void);

// The number of the chain.
__attribute__((import_module("detent_v1"), import_name("chain_id")))
uint64_t detent_chain_id(void);

// The hash of an earlier block. Returns 32, or NOT_FOUND.
__attribute__((import_module("detent_v1"), import_name("block_hash")))
int32_t detent_block_hash(uint64_t height, uint8_t *hash_ptr, uint32_t hash_cap);

// The fuel that this frame may still use, this call charged: its limit less what was used.
__attribute__((import_module("detent_v1"), import_name("fuel_left")))
uint64_t detent_fuel_left(void);

// The number of the schedule that prices this execution.
__attribute__((import_module("detent_v1"), import_name("schedule_id")))
int32_t detent_schedule_id(void);

// The value stored under a key. Returns its full length, or NOT_FOUND.
__attribute__((import_module("detent_v1"), import_name("storage_read")))
int32_t detent_storage_read(const uint8_t *key_ptr, uint32_t key_len, uint8_t *value_ptr, uint32_t value_cap);

// Stores a value, possibly empty, under a key of 1 to 256 bytes.
__attribute__((import_module("detent_v1"), import_name("storage_write")))
void detent_storage_write(const uint8_t *key_ptr, uint32_t key_len, const uint8_t *value_ptr, uint32_t value_len);

// Removes a key. Returns 1 if it was there, else 0.
__attribute__((import_module("detent_v1"), import_name("storage_remove")))
int32_t detent_storage_remove(const uint8_t *key_ptr, uint32_t key_len);

// 1 if the key is there, else 0.
__attribute__((import_module("detent_v1"), import_name("storage_has")))
int32_t detent_storage_has(const uint8_t *key_ptr, uint32_t key_len);

// The least key greater than this one in byte order; the empty key asks for the first. Returns its full length, or NOT_FOUND.
__attribute__((import_module("detent_v1"), import_name("storage_next")))
int32_t detent_storage_next(const uint8_t *key_ptr, uint32_t key_len, uint8_t *next_ptr, uint32_t next_cap);

// The greatest key less than this one in byte order; the empty key asks for the last. Returns its full length, or NOT_FOUND.
__attribute__((import_module("detent_v1"), import_name("storage_previous")))
int32_t detent_storage_previous(const uint8_t *key_ptr, uint32_t key_len, uint8_t *previous_ptr, uint32_t previous_cap);

// As storage_read, of storage that ends with the transaction.
__attribute__((import_module("detent_v1"), import_name("transient_read")))
int32_t detent_transient_read(const uint8_t *key_ptr, uint32_t key_len, uint8_t *value_ptr, uint32_t value_cap);

// As storage_write, to storage that ends with the transaction; an empty value removes the key.
__attribute__((import_module("detent_v1"), import_name("transient_write")))
void detent_transient_write(const uint8_t *key_ptr, uint32_t key_len, const uint8_t *value_ptr, uint32_t value_len);

// Emits an event with a topic of at most 64 bytes.
__attribute__((import_module("detent_v1"), import_name("event")))
void detent_event(const uint8_t *topic_ptr, uint32_t topic_len, const uint8_t *data_ptr, uint32_t data_len);

// Calls a contract with an allowance of at most fuel; flags are STATIC 1, DELEGATE 2, ALLOW_REENTRY 4. Returns the outcome's number, 0 for success.
__attribute__((import_module("detent_v1"), import_name("call")))
int32_t detent_call(const uint8_t *address_ptr, uint32_t address_len, uint64_t value, const uint8_t *data_ptr, uint32_t data_len, uint64_t fuel, uint32_t flags);

// Creates a contract from its code and runs its deploy export. Writes the address on success. Returns the outcome's number, 0 for success.
__attribute__((import_module("detent_v1"), import_name("create")))
int32_t detent_create(const uint8_t *code_ptr, uint32_t code_len, uint64_t salt, uint64_t value, const uint8_t *data_ptr, uint32_t data_len, uint64_t fuel, uint8_t *address_ptr, uint32_t address_cap);

// SHA-256 (FIPS 180-4). Returns 32.
__attribute__((import_module("detent_v1"), import_name("sha256")))
int32_t detent_sha256(const uint8_t *data_ptr, uint32_t data_len, uint8_t *digest_ptr, uint32_t digest_cap);

// Keccak-256 with the original padding 0x01, as Ethereum uses it. Returns 32.
__attribute__((import_module("detent_v1"), import_name("keccak256")))
int32_t detent_keccak256(const uint8_t *data_ptr, uint32_t data_len, uint8_t *digest_ptr, uint32_t digest_cap);

// BLAKE2b with a digest of 32 bytes and no key (RFC 7693). Returns 32.
__attribute__((import_module("detent_v1"), import_name("blake2b_256")))
int32_t detent_blake2b_256(const uint8_t *data_ptr, uint32_t data_len, uint8_t *digest_ptr, uint32_t digest_cap);

// 1 if the signature is valid by ABI-40, else 0.
__attribute__((import_module("detent_v1"), import_name("ed25519_verify")))
int32_t detent_ed25519_verify(const uint8_t *public_key_ptr, uint32_t public_key_len, const uint8_t *signature_ptr, uint32_t signature_len, const uint8_t *message_ptr, uint32_t message_len);

// The public key x || y of a signature r || s by ABI-41. Returns 64, or INVALID_SIGNATURE.
__attribute__((import_module("detent_v1"), import_name("secp256k1_recover")))
int32_t detent_secp256k1_recover(const uint8_t *hash_ptr, uint32_t hash_len, const uint8_t *signature_ptr, uint32_t signature_len, uint32_t recovery_id, uint8_t *public_key_ptr, uint32_t public_key_cap);

#ifdef __cplusplus
}
#endif

#endif // DETENT_V1_H
