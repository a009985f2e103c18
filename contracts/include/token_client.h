// Calls to a token contract, for contracts that hold tokens. A transfer has happened only if the call succeeded and the
// token answered yes: a call to an address without code succeeds too, and answers nothing.

#ifndef TOKEN_CLIENT_H
#define TOKEN_CLIENT_H

#include "contract.h"

enum { kTokenTransfer = 2, kTokenTransferFrom = 4, kMaxTokenReason = 64 };

// Reverts with the error, the outcome's number, and what the token put out (at most 64 bytes of it).
static inline _Noreturn void token_failed(uint32_t error, uint32_t outcome) {
    uint8_t data[8 + kMaxTokenReason];
    store_u32(data, error);
    store_u32(data + 4, outcome);
    uint32_t size = (uint32_t)detent_return_data(data + 8, kMaxTokenReason);
    revert_with_data(data, 8 + (size < kMaxTokenReason ? size : kMaxTokenReason));
}

static inline void call_token(const uint8_t* token, const uint8_t* request, uint32_t size, uint32_t error) {
    uint32_t outcome = (uint32_t)detent_call(token, kAddressSize, 0, request, size, kAllFuel, 0);
    uint8_t answer = 0;
    if (outcome != DETENT_OUTCOME_SUCCESS || detent_return_data(&answer, 1) != 1 || answer != 1) {
        token_failed(error, outcome);
    }
}

// Sends what this contract holds.
static inline void push_token(const uint8_t* token, const uint8_t* to, u128 amount, uint32_t error) {
    uint8_t request[1 + kAddressSize + kAmountSize];
    request[0] = kTokenTransfer;
    copy_bytes(request + 1, to, kAddressSize);
    store_u128(request + 1 + kAddressSize, amount);
    call_token(token, request, sizeof request, error);
}

// Takes what a holder has allowed this contract to spend.
static inline void pull_token(const uint8_t* token, const uint8_t* from, u128 amount, uint32_t error) {
    uint8_t request[1 + 2 * kAddressSize + kAmountSize];
    request[0] = kTokenTransferFrom;
    copy_bytes(request + 1, from, kAddressSize);
    (void)detent_self_address(request + 1 + kAddressSize, kAddressSize);
    store_u128(request + 1 + 2 * kAddressSize, amount);
    call_token(token, request, sizeof request, error);
}

#endif // TOKEN_CLIENT_H
