// Creates contracts from a stored code, and calls others under a lock. The calls, the storage and the errors stand in
// README.md.

#include "../include/contract.h"

enum {
    kErrorTemplate = 1,
    kErrorSpawn = 2,
    kErrorLocked = 3,
    kErrorNotOwner = 4,
    kErrorDelegate = 5,
};

enum { kSpawn = 1, kAttempt, kDelegate, kCount, kIsChild, kTemplateHash, kProbe };
enum { kMaxTemplate = 16384, kMaxData = 1024, kChildKeySize = 1 + kAddressSize, kAnswerHead = 4 };

// The code, and on deployment the input that holds it.
static uint8_t code_buffer[kMaxTemplate];
static uint8_t input_buffer[128 + kMaxData];
static uint8_t answer_buffer[kAnswerHead + kMaxData];

// An outcome and what the callee put out, at most kMaxData bytes of it.
static uint32_t write_answer(int32_t outcome) {
    store_u32(answer_buffer, (uint32_t)outcome);
    uint32_t size = (uint32_t)detent_return_data(answer_buffer + kAnswerHead, kMaxData);
    return kAnswerHead + (size < kMaxData ? size : kMaxData);
}

// Reverts with the error, the outcome, and what the callee put out.
static _Noreturn void fail_with_answer(uint32_t error, int32_t outcome) {
    static uint8_t data[4 + sizeof answer_buffer];
    store_u32(data, error);
    uint32_t size = write_answer(outcome);
    copy_bytes(data + 4, answer_buffer, size);
    revert_with_data(data, 4 + size);
}

static void child_key(uint8_t* key, const uint8_t* child) {
    key[0] = 'k';
    copy_bytes(key + 1, child, kAddressSize);
}

// The value of this call goes on to the child.
static void spawn(Reader* reader) {
    uint64_t salt = take_u64(reader);
    uint32_t code_size = (uint32_t)detent_storage_read(TEXT("c"), code_buffer, sizeof code_buffer);
    uint8_t child[kAddressSize];
    int32_t outcome = detent_create(code_buffer, code_size, salt, detent_value(), reader->at, remaining(reader),
                                    kAllFuel, child, sizeof child);
    if (outcome != DETENT_OUTCOME_SUCCESS) fail_with_answer(kErrorSpawn, outcome);
    uint64_t count = read_number(TEXT("n"));
    uint8_t key[kChildKeySize];
    child_key(key, child);
    write_number(key, sizeof key, count);
    write_number(TEXT("n"), count + 1);
    detent_event(TEXT("spawn"), child, sizeof child);
    detent_output(child, sizeof child);
}

// Transient storage is made for a lock: it costs little, and no transaction can leave it behind. Under the lock this
// contract acts in its own name, which only its owner may ask for; a re-entrant request meets the lock first.
static void lock_for_owner(void) {
    uint8_t held;
    require(detent_transient_read(TEXT("l"), &held, 1) == DETENT_NOT_FOUND, kErrorLocked);
    held = 1;
    detent_transient_write(TEXT("l"), &held, 1);
    uint8_t owner[kAddressSize];
    uint8_t caller[kAddressSize];
    (void)detent_storage_read(TEXT("o"), owner, sizeof owner);
    (void)detent_caller(caller, sizeof caller);
    require(same_bytes(owner, caller, kAddressSize), kErrorNotOwner);
}

static void unlock(void) { detent_transient_write(TEXT("l"), 0, 0); }

// Calls, and tells how the call ended instead of failing with it.
static void attempt(Reader* reader) {
    const uint8_t* target = take_address(reader);
    uint64_t value = take_u64(reader);
    uint64_t fuel = take_u64(reader);
    uint32_t flags = take_u32(reader);
    lock_for_owner();
    int32_t outcome = detent_call(target, kAddressSize, value, reader->at, remaining(reader), fuel, flags);
    uint32_t size = write_answer(outcome);
    unlock();
    detent_event(TEXT("attempt"), answer_buffer, kAnswerHead);
    detent_output(answer_buffer, size);
}

// Runs a library in this account: what it writes is written here.
static void delegate(Reader* reader) {
    const uint8_t* library = take_address(reader);
    lock_for_owner();
    int32_t outcome =
        detent_call(library, kAddressSize, 0, reader->at, remaining(reader), kAllFuel, DETENT_CALL_DELEGATE);
    if (outcome != DETENT_OUTCOME_SUCCESS) fail_with_answer(kErrorDelegate, outcome);
    unlock();
    uint32_t size = write_answer(outcome);
    detent_output(answer_buffer + kAnswerHead, size - kAnswerHead);
}

static void show_count(Reader* reader) {
    take_end(reader);
    output_u64(read_number(TEXT("n")));
}

static void show_is_child(Reader* reader) {
    uint8_t key[kChildKeySize];
    child_key(key, take_address(reader));
    take_end(reader);
    uint8_t answer = (uint8_t)detent_storage_has(key, sizeof key);
    detent_output(&answer, 1);
}

static void show_template_hash(Reader* reader) {
    take_end(reader);
    uint8_t hash[kHashSize];
    (void)detent_storage_read(TEXT("h"), hash, sizeof hash);
    detent_output(hash, sizeof hash);
}

// Calls itself as deep as the host allows. Answers the depth of the innermost frame and why it could go no deeper.
static void probe(Reader* reader) {
    take_end(reader);
    uint8_t self[kAddressSize];
    (void)detent_self_address(self, sizeof self);
    uint8_t request = kProbe;
    int32_t outcome =
        detent_call(self, sizeof self, 0, &request, 1, kAllFuel, DETENT_CALL_ALLOW_REENTRY | DETENT_CALL_STATIC);
    uint8_t answer[8];
    if (outcome == DETENT_OUTCOME_SUCCESS) {
        (void)detent_return_data(answer, sizeof answer);
    } else {
        store_u32(answer, (uint32_t)detent_call_depth());
        store_u32(answer + 4, (uint32_t)outcome);
    }
    detent_output(answer, sizeof answer);
}

// The input is the code of the children.
CONTRACT_DEPLOY {
    uint32_t size = (uint32_t)detent_input(code_buffer, sizeof code_buffer);
    require(size >= 1 && size <= sizeof code_buffer, kErrorTemplate);
    detent_storage_write(TEXT("c"), code_buffer, size);
    uint8_t word[kHashSize];
    (void)detent_blake2b_256(code_buffer, size, word, sizeof word);
    detent_storage_write(TEXT("h"), word, sizeof word);
    (void)detent_caller(word, sizeof word);
    detent_storage_write(TEXT("o"), word, sizeof word);
}

CONTRACT_CALL {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    switch (take_u8(&reader)) {
    case kSpawn: return spawn(&reader);
    case kAttempt: return attempt(&reader);
    case kDelegate: return delegate(&reader);
    case kCount: return show_count(&reader);
    case kIsChild: return show_is_child(&reader);
    case kTemplateHash: return show_template_hash(&reader);
    case kProbe: return probe(&reader);
    }
    abort_with(kAbortInput);
}
