// Names that are rented by the day. The calls, the storage and the errors stand in README.md.

#include "../include/contract.h"

enum {
    kErrorName = 1,
    kErrorDays = 2,
    kErrorPayment = 3,
    kErrorTaken = 4,
    kErrorNoName = 5,
    kErrorNotOwner = 6,
    kErrorWithdraw = 7,
};

enum { kRegister = 1, kRenew, kTransfer, kLookup, kList, kLast, kPurge, kWithdraw };

enum {
    kMaxName = 32,
    kMaxDays = 3650,
    kSecondsOfDay = 86400,
    kMaxPage = 16,
    kNameKeySize = 1 + kMaxName,
    kExpiryKeySize = 1 + 8 + kMaxName,
};

// One record of storage, byte for byte.
typedef struct {
    uint8_t owner[kAddressSize];
    uint8_t expiry[8];
} Record;

_Static_assert(sizeof(Record) == 40, "the record has no padding");

typedef struct {
    const uint8_t* text;
    uint32_t size;
} Name;

static uint8_t input_buffer[128];
static uint8_t page_buffer[1 + kMaxPage * (1 + kMaxName + sizeof(Record))];

static bool is_letter(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-';
}

// The name is what is left of the input.
static Name take_name(Reader* reader) {
    Name name = {reader->at, remaining(reader)};
    require(name.size >= 1 && name.size <= kMaxName, kErrorName);
    for (uint32_t i = 0; i < name.size; ++i)
        require(is_letter(name.text[i]), kErrorName);
    return name;
}

// Names in byte order: the page of names is walked along these keys.
static uint32_t name_key(uint8_t* key, Name name) {
    key[0] = 'n';
    copy_bytes(key + 1, name.text, name.size);
    return 1 + name.size;
}

// Names in the order of their expiry: the purge walks along these keys and stops at the first that is alive.
static uint32_t expiry_key(uint8_t* key, uint64_t expiry, Name name) {
    key[0] = 'x';
    store_u64_be(key + 1, expiry);
    copy_bytes(key + 9, name.text, name.size);
    return 9 + name.size;
}

static bool read_record(Name name, Record* record) {
    uint8_t key[kNameKeySize];
    return read_fixed(key, name_key(key, name), (uint8_t*)record, sizeof *record);
}

static void write_record(Name name, const Record* record) {
    uint8_t key[kNameKeySize];
    detent_storage_write(key, name_key(key, name), (const uint8_t*)record, sizeof *record);
    uint8_t order[kExpiryKeySize];
    detent_storage_write(order, expiry_key(order, load_u64(record->expiry), name), 0, 0);
}

static void remove_record(Name name, uint64_t expiry) {
    uint8_t key[kNameKeySize];
    (void)detent_storage_remove(key, name_key(key, name));
    uint8_t order[kExpiryKeySize];
    (void)detent_storage_remove(order, expiry_key(order, expiry, name));
}

static bool is_alive(const Record* record) { return load_u64(record->expiry) > detent_block_time(); }

static Record live_record(Name name) {
    Record record;
    require(read_record(name, &record) && is_alive(&record), kErrorNoName);
    return record;
}

static void emit(const uint8_t* topic, uint32_t topic_size, Name name, const Record* record) {
    uint8_t data[sizeof(Record) + kMaxName];
    copy_bytes(data, (const uint8_t*)record, sizeof *record);
    copy_bytes(data + sizeof *record, name.text, name.size);
    detent_event(topic, topic_size, data, sizeof *record + name.size);
}

static uint64_t paid_seconds(uint32_t days) {
    require(days >= 1 && days <= kMaxDays, kErrorDays);
    uint64_t price = read_number(TEXT("p"));
    // The price is at most 2^32 - 1 a day, so this product fits.
    require(detent_value() == price * days, kErrorPayment);
    return (uint64_t)days * kSecondsOfDay;
}

static void register_name(Reader* reader) {
    uint32_t days = take_u32(reader);
    Name name = take_name(reader);
    uint64_t seconds = paid_seconds(days);
    Record record;
    if (read_record(name, &record)) {
        require(!is_alive(&record), kErrorTaken);
        remove_record(name, load_u64(record.expiry));
    }
    (void)detent_caller(record.owner, sizeof record.owner);
    store_u64(record.expiry, detent_block_time() + seconds);
    write_record(name, &record);
    emit(TEXT("register"), name, &record);
    output_u64(load_u64(record.expiry));
}

// Anyone may pay for a name that is alive.
static void renew(Reader* reader) {
    uint32_t days = take_u32(reader);
    Name name = take_name(reader);
    uint64_t seconds = paid_seconds(days);
    Record record = live_record(name);
    remove_record(name, load_u64(record.expiry));
    store_u64(record.expiry, load_u64(record.expiry) + seconds);
    write_record(name, &record);
    emit(TEXT("renew"), name, &record);
    output_u64(load_u64(record.expiry));
}

static void free_of_charge(void) { require(detent_value() == 0, kErrorPayment); }

static void transfer(Reader* reader) {
    const uint8_t* to = take_address(reader);
    Name name = take_name(reader);
    free_of_charge();
    Record record = live_record(name);
    uint8_t caller[kAddressSize];
    (void)detent_caller(caller, sizeof caller);
    require(same_bytes(record.owner, caller, kAddressSize), kErrorNotOwner);
    copy_bytes(record.owner, to, kAddressSize);
    write_record(name, &record);
    emit(TEXT("transfer"), name, &record);
}

static void lookup(Reader* reader) {
    Name name = take_name(reader);
    free_of_charge();
    Record record = live_record(name);
    detent_output((const uint8_t*)&record, sizeof record);
}

// Puts one entry on the page if its name is alive: length, name, record. Returns the bytes written.
static uint32_t list_entry(uint8_t* to, Name name) {
    Record record;
    if (!read_record(name, &record) || !is_alive(&record)) return 0;
    to[0] = (uint8_t)name.size;
    copy_bytes(to + 1, name.text, name.size);
    copy_bytes(to + 1 + name.size, (const uint8_t*)&record, sizeof record);
    return 1 + name.size + sizeof record;
}

// The names after a given one, which need not exist and may be empty.
static void list(Reader* reader) {
    uint32_t limit = take_u8(reader);
    if (limit > kMaxPage) limit = kMaxPage;
    Name after = {reader->at, remaining(reader)};
    require(after.size <= kMaxName, kErrorName);
    free_of_charge();
    uint8_t key[kNameKeySize];
    uint32_t key_size = name_key(key, after);
    uint32_t size = 1;
    while (page_buffer[0] < limit) {
        uint8_t next[kExpiryKeySize];
        int32_t next_size = detent_storage_next(key, key_size, next, sizeof next);
        if (next_size < 0 || next[0] != 'n') break;
        key_size = (uint32_t)next_size;
        copy_bytes(key, next, key_size);
        uint32_t added = list_entry(page_buffer + size, (Name){key + 1, key_size - 1});
        size += added;
        page_buffer[0] += added != 0;
    }
    detent_output(page_buffer, size);
}

// The greatest name in byte order, alive or not; empty if there is none.
static void last(Reader* reader) {
    take_end(reader);
    free_of_charge();
    uint8_t key[kExpiryKeySize];
    int32_t size = detent_storage_previous(TEXT("o"), key, sizeof key);
    if (size > 1 && key[0] == 'n') detent_output(key + 1, (uint32_t)size - 1);
}

// Removes names that have expired, the longest dead first, at most as many as the caller will pay for.
static void purge(Reader* reader) {
    uint32_t limit = take_u8(reader);
    take_end(reader);
    free_of_charge();
    uint64_t removed = 0;
    while (removed < limit) {
        uint8_t key[kExpiryKeySize];
        int32_t size = detent_storage_next(TEXT("x"), key, sizeof key);
        if (size < 0 || key[0] != 'x' || load_u64_be(key + 1) > detent_block_time()) break;
        Name name = {key + 9, (uint32_t)size - 9};
        Record record;
        (void)read_record(name, &record);
        remove_record(name, load_u64_be(key + 1));
        emit(TEXT("purge"), name, &record);
        ++removed;
    }
    output_u64(removed);
}

// The rent goes to the deployer.
static void withdraw(Reader* reader) {
    uint64_t amount = take_u64(reader);
    take_end(reader);
    free_of_charge();
    uint8_t owner[kAddressSize];
    (void)detent_storage_read(TEXT("o"), owner, sizeof owner);
    uint8_t caller[kAddressSize];
    (void)detent_caller(caller, sizeof caller);
    require(same_bytes(owner, caller, kAddressSize), kErrorNotOwner);
    int32_t outcome = detent_call(owner, kAddressSize, amount, 0, 0, kAllFuel, 0);
    require(outcome == DETENT_OUTCOME_SUCCESS, kErrorWithdraw);
}

CONTRACT_DEPLOY {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    uint32_t price = take_u32(&reader);
    take_end(&reader);
    free_of_charge();
    write_number(TEXT("p"), price);
    uint8_t caller[kAddressSize];
    (void)detent_caller(caller, sizeof caller);
    detent_storage_write(TEXT("o"), caller, sizeof caller);
}

CONTRACT_CALL {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    switch (take_u8(&reader)) {
    case kRegister: return register_name(&reader);
    case kRenew: return renew(&reader);
    case kTransfer: return transfer(&reader);
    case kLookup: return lookup(&reader);
    case kList: return list(&reader);
    case kLast: return last(&reader);
    case kPurge: return purge(&reader);
    case kWithdraw: return withdraw(&reader);
    }
    abort_with(kAbortInput);
}
