// A wallet that acts when m of its n signers agree. The calls, the storage and the errors stand in README.md.

#include "../include/contract.h"

enum {
    kErrorConfiguration = 1,
    kErrorQuorum = 2,
    kErrorOrder = 3,
    kErrorSigner = 4,
    kErrorSignature = 5,
    kErrorCall = 6,
    kErrorValue = 7,
};

enum { kExecute = 1, kNonce, kDigest };
enum { kEd25519 = 1, kSecp256k1 = 2 };
enum {
    kMaxSigners = 16,
    kSignerSize = 1 + 32,
    kSignatureSize = 64,
    kPublicKeySize = 64,
    kMaxData = 1024,
    kMaxInput = 1 + kAddressSize + 8 + 4 + kMaxData + 1 + kMaxSigners * (2 + kSignatureSize),
};

static uint8_t input_buffer[kMaxInput];
static uint8_t answer_buffer[8 + kMaxData];

typedef struct {
    const uint8_t* target;
    uint64_t value;
    const uint8_t* data;
    uint32_t data_size;
} Action;

static Action take_action(Reader* reader) {
    Action action;
    action.target = take_address(reader);
    action.value = take_u64(reader);
    action.data_size = take_u32(reader);
    if (action.data_size > kMaxData) abort_with(kAbortInput);
    action.data = take(reader, action.data_size);
    return action;
}

#define DOMAIN "detent/multisig/1"

// The digest binds the wallet, the chain and the nonce, so a signature is good for one action, once, in one place.
static void action_digest(uint8_t* digest, const Action* action, uint64_t nonce) {
    enum { kDomainSize = sizeof(DOMAIN) - 1 };
    uint8_t text[kDomainSize + kAddressSize + 8 + 8 + kAddressSize + 8 + kMaxData];
    uint8_t* at = text;
    copy_bytes(at, (const uint8_t*)DOMAIN, kDomainSize);
    at += kDomainSize;
    (void)detent_self_address(at, kAddressSize);
    at += kAddressSize;
    store_u64(at, detent_chain_id());
    store_u64(at + 8, nonce);
    copy_bytes(at + 16, action->target, kAddressSize);
    at += 16 + kAddressSize;
    store_u64(at, action->value);
    copy_bytes(at + 8, action->data, action->data_size);
    at += 8 + action->data_size;
    (void)detent_keccak256(text, (uint32_t)(at - text), digest, kHashSize);
}

static bool signed_by_ed25519(const uint8_t* key, const uint8_t* digest, const uint8_t* signature) {
    return detent_ed25519_verify(key, 32, signature, kSignatureSize, digest, kHashSize) == 1;
}

// The signer's name is the Keccak-256 of the public key x || y.
static bool signed_by_secp256k1(const uint8_t* name, const uint8_t* digest, const uint8_t* signature,
                                uint32_t recovery) {
    uint8_t key[kPublicKeySize];
    int32_t size = detent_secp256k1_recover(digest, kHashSize, signature, kSignatureSize, recovery, key, sizeof key);
    if (size != kPublicKeySize) return false;
    uint8_t found[kHashSize];
    (void)detent_keccak256(key, sizeof key, found, sizeof found);
    return same_bytes(found, name, kHashSize);
}

// A signature is an index, a recovery id (0 for Ed25519) and 64 bytes.
static void check_signature(Reader* reader, const uint8_t* digest, int32_t* previous) {
    uint8_t key[2] = {'k', take_u8(reader)};
    uint32_t recovery = take_u8(reader);
    const uint8_t* signature = take(reader, kSignatureSize);
    // Strictly ascending indices: no signer counts twice.
    require(key[1] > *previous, kErrorOrder);
    *previous = key[1];
    uint8_t signer[kSignerSize];
    require(read_fixed(key, sizeof key, signer, sizeof signer), kErrorSigner);
    if (recovery > (signer[0] == kSecp256k1 ? 3 : 0)) abort_with(kAbortInput);
    bool good = signer[0] == kEd25519 ? signed_by_ed25519(signer + 1, digest, signature)
                                      : signed_by_secp256k1(signer + 1, digest, signature, recovery);
    require(good, kErrorSignature);
}

static void check_quorum(Reader* reader, const uint8_t* digest) {
    uint64_t count = take_u8(reader);
    require(count == read_number(TEXT("m")), kErrorQuorum);
    int32_t previous = -1;
    for (uint64_t i = 0; i < count; ++i)
        check_signature(reader, digest, &previous);
    take_end(reader);
}

static uint32_t read_answer(uint8_t* to) {
    uint32_t size = (uint32_t)detent_return_data(to, kMaxData);
    return size < kMaxData ? size : kMaxData;
}

// The nonce is used up before the call, so nothing that the target does can use these signatures again.
static void execute(Reader* reader) {
    require(detent_value() == 0, kErrorValue);
    Action action = take_action(reader);
    uint64_t nonce = read_number(TEXT("n"));
    uint8_t digest[kHashSize];
    action_digest(digest, &action, nonce);
    check_quorum(reader, digest);
    write_number(TEXT("n"), nonce + 1);
    detent_event(TEXT("execute"), digest, sizeof digest);
    int32_t outcome =
        detent_call(action.target, kAddressSize, action.value, action.data, action.data_size, kAllFuel, 0);
    uint32_t size = read_answer(answer_buffer + 8);
    if (outcome == DETENT_OUTCOME_SUCCESS) {
        detent_output(answer_buffer + 8, size);
        return;
    }
    store_u32(answer_buffer, kErrorCall);
    store_u32(answer_buffer + 4, (uint32_t)outcome);
    revert_with_data(answer_buffer, 8 + size);
}

static void show_nonce(Reader* reader) {
    take_end(reader);
    output_u64(read_number(TEXT("n")));
}

static void show_digest(Reader* reader) {
    Action action = take_action(reader);
    take_end(reader);
    uint8_t digest[kHashSize];
    action_digest(digest, &action, read_number(TEXT("n")));
    detent_output(digest, sizeof digest);
}

CONTRACT_DEPLOY {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    uint32_t needed = take_u8(&reader);
    uint32_t count = take_u8(&reader);
    require(needed >= 1 && needed <= count && count <= kMaxSigners, kErrorConfiguration);
    for (uint32_t i = 0; i < count; ++i) {
        const uint8_t* signer = take(&reader, kSignerSize);
        require(signer[0] == kEd25519 || signer[0] == kSecp256k1, kErrorConfiguration);
        uint8_t key[2] = {'k', (uint8_t)i};
        detent_storage_write(key, sizeof key, signer, kSignerSize);
    }
    take_end(&reader);
    write_number(TEXT("m"), needed);
}

// An empty input is a deposit: the value is kept, and there is nothing else to do.
CONTRACT_CALL {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    if (remaining(&reader) == 0) return;
    switch (take_u8(&reader)) {
    case kExecute: return execute(&reader);
    case kNonce: return show_nonce(&reader);
    case kDigest: return show_digest(&reader);
    }
    abort_with(kAbortInput);
}
