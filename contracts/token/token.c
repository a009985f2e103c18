// A fungible token. The calls, the storage and the errors stand in README.md.

#include "../include/contract.h"

enum {
    kErrorNotOwner = 1,
    kErrorBalance = 2,
    kErrorAllowance = 3,
    kErrorOverflow = 4,
    kErrorValue = 5,
    kErrorName = 6,
};

enum { kMint = 1, kTransfer, kApprove, kTransferFrom, kBalanceOf, kAllowance, kTotalSupply, kName, kOwner };

enum { kMaxName = 32, kBalanceKeySize = 1 + kAddressSize, kAllowanceKeySize = 1 + 2 * kAddressSize };

static uint8_t input_buffer[128];

static void balance_key(uint8_t* key, const uint8_t* holder) {
    key[0] = 'b';
    copy_bytes(key + 1, holder, kAddressSize);
}

static u128 balance_of(const uint8_t* holder) {
    uint8_t key[kBalanceKeySize];
    balance_key(key, holder);
    return read_amount(key, sizeof key);
}

static void set_balance(const uint8_t* holder, u128 amount) {
    uint8_t key[kBalanceKeySize];
    balance_key(key, holder);
    write_amount(key, sizeof key, amount);
}

static void allowance_key(uint8_t* key, const uint8_t* holder, const uint8_t* spender) {
    key[0] = 'a';
    copy_bytes(key + 1, holder, kAddressSize);
    copy_bytes(key + 1 + kAddressSize, spender, kAddressSize);
}

static u128 allowance_of(const uint8_t* holder, const uint8_t* spender) {
    uint8_t key[kAllowanceKeySize];
    allowance_key(key, holder, spender);
    return read_amount(key, sizeof key);
}

static void set_allowance(const uint8_t* holder, const uint8_t* spender, u128 amount) {
    uint8_t key[kAllowanceKeySize];
    allowance_key(key, holder, spender);
    write_amount(key, sizeof key, amount);
}

// Every event of this contract is two addresses and an amount.
static void emit(const uint8_t* topic, uint32_t topic_size, const uint8_t* from, const uint8_t* to, u128 amount) {
    uint8_t data[2 * kAddressSize + kAmountSize];
    copy_bytes(data, from, kAddressSize);
    copy_bytes(data + kAddressSize, to, kAddressSize);
    store_u128(data + 2 * kAddressSize, amount);
    detent_event(topic, topic_size, data, sizeof data);
}

// Other contracts check for this byte, so that a call to an address without a token is no success to them.
static void answer_yes(void) {
    uint8_t yes = 1;
    detent_output(&yes, 1);
}

static void credit_new(const uint8_t* to, u128 amount) {
    static const uint8_t kNobody[kAddressSize];
    u128 supply = read_amount(TEXT("s"));
    require(amount <= kMaxAmount - supply, kErrorOverflow);
    write_amount(TEXT("s"), supply + amount);
    // No balance exceeds the supply, so this sum cannot overflow.
    set_balance(to, balance_of(to) + amount);
    emit(TEXT("mint"), kNobody, to, amount);
}

static void move(const uint8_t* from, const uint8_t* to, u128 amount) {
    u128 held = balance_of(from);
    require(held >= amount, kErrorBalance);
    set_balance(from, held - amount);
    // Read after the debit: `from` and `to` may be one.
    set_balance(to, balance_of(to) + amount);
    emit(TEXT("transfer"), from, to, amount);
}

static void mint(Reader* reader, const uint8_t* caller) {
    const uint8_t* to = take_address(reader);
    u128 amount = take_u128(reader);
    take_end(reader);
    uint8_t owner[kAddressSize];
    (void)detent_storage_read(TEXT("o"), owner, sizeof owner);
    require(same_bytes(owner, caller, kAddressSize), kErrorNotOwner);
    credit_new(to, amount);
    answer_yes();
}

static void transfer(Reader* reader, const uint8_t* caller) {
    const uint8_t* to = take_address(reader);
    u128 amount = take_u128(reader);
    take_end(reader);
    move(caller, to, amount);
    answer_yes();
}

static void approve(Reader* reader, const uint8_t* caller) {
    const uint8_t* spender = take_address(reader);
    u128 amount = take_u128(reader);
    take_end(reader);
    set_allowance(caller, spender, amount);
    emit(TEXT("approve"), caller, spender, amount);
    answer_yes();
}

static void transfer_from(Reader* reader, const uint8_t* caller) {
    const uint8_t* from = take_address(reader);
    const uint8_t* to = take_address(reader);
    u128 amount = take_u128(reader);
    take_end(reader);
    u128 allowed = allowance_of(from, caller);
    require(allowed >= amount, kErrorAllowance);
    set_allowance(from, caller, allowed - amount);
    move(from, to, amount);
    answer_yes();
}

static void show_balance(Reader* reader) {
    const uint8_t* holder = take_address(reader);
    take_end(reader);
    output_u128(balance_of(holder));
}

static void show_allowance(Reader* reader) {
    const uint8_t* holder = take_address(reader);
    const uint8_t* spender = take_address(reader);
    take_end(reader);
    output_u128(allowance_of(holder, spender));
}

static void show_text(Reader* reader, const uint8_t* key, uint32_t key_size) {
    take_end(reader);
    uint8_t text[kMaxName];
    int32_t size = detent_storage_read(key, key_size, text, sizeof text);
    if (size > 0) detent_output(text, (uint32_t)size);
}

static void show_supply(Reader* reader) {
    take_end(reader);
    output_u128(read_amount(TEXT("s")));
}

CONTRACT_DEPLOY {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    require(detent_value() == 0, kErrorValue);
    const uint8_t* owner = take_address(&reader);
    u128 supply = take_u128(&reader);
    uint32_t name_size = remaining(&reader);
    require(name_size <= kMaxName, kErrorName);
    detent_storage_write(TEXT("o"), owner, kAddressSize);
    detent_storage_write(TEXT("n"), take(&reader, name_size), name_size);
    if (supply != 0) credit_new(owner, supply);
}

CONTRACT_CALL {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    require(detent_value() == 0, kErrorValue);
    uint8_t caller[kAddressSize];
    (void)detent_caller(caller, sizeof caller);
    switch (take_u8(&reader)) {
    case kMint: return mint(&reader, caller);
    case kTransfer: return transfer(&reader, caller);
    case kApprove: return approve(&reader, caller);
    case kTransferFrom: return transfer_from(&reader, caller);
    case kBalanceOf: return show_balance(&reader);
    case kAllowance: return show_allowance(&reader);
    case kTotalSupply: return show_supply(&reader);
    case kName: return show_text(&reader, TEXT("n"));
    case kOwner: return show_text(&reader, TEXT("o"));
    }
    abort_with(kAbortInput);
}
