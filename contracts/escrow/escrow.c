// Deals in which a buyer's tokens wait for a release or a refund. The calls, the storage and the errors stand in
// README.md.

#include "../include/contract.h"
#include "../include/token_client.h"

enum {
    kErrorAmount = 1,
    kErrorDeadline = 2,
    kErrorNoDeal = 3,
    kErrorNotParty = 4,
    kErrorClosed = 5,
    kErrorTooEarly = 6,
    kErrorToken = 7,
    kErrorValue = 8,
};

enum { kOpen = 1, kRelease, kRefund, kShow };
enum { kStateOpen = 1, kStateReleased, kStateRefunded };
enum { kDealKeySize = 9 };

// One record of storage, byte for byte.
typedef struct {
    uint8_t token[kAddressSize];
    uint8_t buyer[kAddressSize];
    uint8_t seller[kAddressSize];
    uint8_t amount[kAmountSize];
    uint8_t deadline[8];
    uint8_t state;
} Deal;

_Static_assert(sizeof(Deal) == 121, "the record has no padding");

static uint8_t input_buffer[128];

static void deal_key(uint8_t* key, uint64_t id) {
    key[0] = 'd';
    store_u64_be(key + 1, id);
}

static Deal load_deal(uint64_t id) {
    uint8_t key[kDealKeySize];
    deal_key(key, id);
    Deal deal;
    require(read_fixed(key, sizeof key, (uint8_t*)&deal, sizeof deal), kErrorNoDeal);
    return deal;
}

static void store_deal(uint64_t id, const Deal* deal) {
    uint8_t key[kDealKeySize];
    deal_key(key, id);
    detent_storage_write(key, sizeof key, (const uint8_t*)deal, sizeof *deal);
}

static void emit(const uint8_t* topic, uint32_t topic_size, uint64_t id, u128 amount) {
    uint8_t data[8 + kAmountSize];
    store_u64(data, id);
    store_u128(data + 8, amount);
    detent_event(topic, topic_size, data, sizeof data);
}

static uint64_t take_id(Reader* reader) {
    uint64_t id = take_u64(reader);
    take_end(reader);
    return id;
}

static void open(Reader* reader, const uint8_t* caller) {
    Deal deal;
    copy_bytes(deal.token, take_address(reader), kAddressSize);
    copy_bytes(deal.buyer, caller, kAddressSize);
    copy_bytes(deal.seller, take_address(reader), kAddressSize);
    u128 amount = take_u128(reader);
    uint64_t deadline = take_u64(reader);
    take_end(reader);
    store_u128(deal.amount, amount);
    store_u64(deal.deadline, deadline);
    deal.state = kStateOpen;
    require(amount != 0, kErrorAmount);
    require(deadline > detent_block_time(), kErrorDeadline);
    uint64_t id = read_number(TEXT("n"));
    write_number(TEXT("n"), id + 1);
    store_deal(id, &deal);
    pull_token(deal.token, caller, amount, kErrorToken);
    emit(TEXT("open"), id, amount);
    output_u64(id);
}

// The deal is closed before the token is called: whatever the token does, it cannot be paid twice.
static void close(uint64_t id, Deal* deal, uint8_t state, const uint8_t* to) {
    deal->state = state;
    store_deal(id, deal);
    push_token(deal->token, to, load_u128(deal->amount), kErrorToken);
}

static void release(Reader* reader, const uint8_t* caller) {
    uint64_t id = take_id(reader);
    Deal deal = load_deal(id);
    require(same_bytes(deal.buyer, caller, kAddressSize), kErrorNotParty);
    require(deal.state == kStateOpen, kErrorClosed);
    close(id, &deal, kStateReleased, deal.seller);
    emit(TEXT("release"), id, load_u128(deal.amount));
}

// The seller may give back at any time, the buyer may take back from the deadline on.
static void refund(Reader* reader, const uint8_t* caller) {
    uint64_t id = take_id(reader);
    Deal deal = load_deal(id);
    bool by_seller = same_bytes(deal.seller, caller, kAddressSize);
    require(by_seller || same_bytes(deal.buyer, caller, kAddressSize), kErrorNotParty);
    require(deal.state == kStateOpen, kErrorClosed);
    require(by_seller || detent_block_time() >= load_u64(deal.deadline), kErrorTooEarly);
    close(id, &deal, kStateRefunded, deal.buyer);
    emit(TEXT("refund"), id, load_u128(deal.amount));
}

static void show(Reader* reader) {
    Deal deal = load_deal(take_id(reader));
    detent_output((const uint8_t*)&deal, sizeof deal);
}

CONTRACT_CALL {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    require(detent_value() == 0, kErrorValue);
    uint8_t caller[kAddressSize];
    (void)detent_caller(caller, sizeof caller);
    switch (take_u8(&reader)) {
    case kOpen: return open(&reader, caller);
    case kRelease: return release(&reader, caller);
    case kRefund: return refund(&reader, caller);
    case kShow: return show(&reader);
    }
    abort_with(kAbortInput);
}
