// A pool of two tokens at a constant product. The calls, the storage and the errors stand in README.md.

#include "../include/contract.h"
#include "../include/token_client.h"

enum {
    kErrorTokens = 1,
    kErrorAmount = 2,
    kErrorOverflow = 3,
    kErrorMinimum = 4,
    kErrorShares = 5,
    kErrorEmpty = 6,
    kErrorToken = 7,
    kErrorValue = 8,
    kErrorProduct = 9,
};

enum { kAdd = 1, kRemove, kSwap, kReserves, kSharesOf, kQuote };
enum { kShareKeySize = 1 + kAddressSize, kFeeOf = 1000, kFeeKept = 997 };

// 256-bit products

typedef struct {
    u128 high;
    u128 low;
} u256;

static uint8_t input_buffer[128];

static u256 multiply(u128 a, u128 b) {
    u128 a_low = (uint64_t)a, a_high = a >> 64;
    u128 b_low = (uint64_t)b, b_high = b >> 64;
    u128 low = a_low * b_low;
    u128 cross = a_high * b_low + (low >> 64);
    u128 other = a_low * b_high + (uint64_t)cross;
    return (u256){a_high * b_high + (cross >> 64) + (other >> 64), other << 64 | (uint64_t)low};
}

static bool is_less(u256 a, u256 b) { return a.high < b.high || (a.high == b.high && a.low < b.low); }

typedef struct {
    u128 quotient;
    u128 remainder;
} Division;

// Long division by bits. The quotient fits because the high half is less than the divisor.
static Division divide_wide(u256 number, u128 divisor) {
    u128 rest = number.high;
    u128 quotient = 0;
    for (int bit = 127; bit >= 0; --bit) {
        bool carry = rest >> 127 != 0;
        rest = rest << 1 | (number.low >> bit & 1);
        quotient <<= 1;
        if (carry || rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    return (Division){quotient, rest};
}

// a * b / divisor over the full product; a quotient beyond 128 bits is an error, and so is a divisor of zero.
static Division multiply_divide(u128 a, u128 b, u128 divisor) {
    u256 product = multiply(a, b);
    require(product.high < divisor, kErrorOverflow);
    if (product.high == 0) return (Division){product.low / divisor, product.low % divisor};
    return divide_wide(product, divisor);
}

static u128 share_of(u128 a, u128 b, u128 divisor) { return multiply_divide(a, b, divisor).quotient; }

static u128 checked_add(u128 a, u128 b) {
    require(b <= kMaxAmount - a, kErrorOverflow);
    return a + b;
}

static u128 checked_scale(u128 amount, uint32_t factor) {
    u256 product = multiply(amount, factor);
    require(product.high == 0, kErrorOverflow);
    return product.low;
}

static u128 share_of_rounded_up(u128 a, u128 b, u128 divisor) {
    Division division = multiply_divide(a, b, divisor);
    return checked_add(division.quotient, division.remainder != 0);
}

// The greatest number whose square is at most a * b, from its highest bit down.
static u128 root_of_product(u128 a, u128 b) {
    u256 product = multiply(a, b);
    u128 root = 0;
    for (int bit = 127; bit >= 0; --bit) {
        u128 candidate = root | (u128)1 << bit;
        if (!is_less(product, multiply(candidate, candidate))) root = candidate;
    }
    return root;
}

// The pool

typedef struct {
    uint8_t token[2][kAddressSize];
    u128 reserve[2];
    u128 shares;
} Pool;

static Pool load_pool(void) {
    Pool pool;
    (void)detent_storage_read(TEXT("ta"), pool.token[0], kAddressSize);
    (void)detent_storage_read(TEXT("tb"), pool.token[1], kAddressSize);
    pool.reserve[0] = read_amount(TEXT("ra"));
    pool.reserve[1] = read_amount(TEXT("rb"));
    pool.shares = read_amount(TEXT("s"));
    return pool;
}

static void store_pool(const Pool* pool) {
    write_amount(TEXT("ra"), pool->reserve[0]);
    write_amount(TEXT("rb"), pool->reserve[1]);
    write_amount(TEXT("s"), pool->shares);
}

static void share_key(uint8_t* key, const uint8_t* holder) {
    key[0] = 'l';
    copy_bytes(key + 1, holder, kAddressSize);
}

static u128 shares_of(const uint8_t* holder) {
    uint8_t key[kShareKeySize];
    share_key(key, holder);
    return read_amount(key, sizeof key);
}

static void set_shares(const uint8_t* holder, u128 shares) {
    uint8_t key[kShareKeySize];
    share_key(key, holder);
    write_amount(key, sizeof key, shares);
}

static void emit(const uint8_t* topic, uint32_t topic_size, const uint8_t* who, u128 a, u128 b, u128 c) {
    uint8_t data[kAddressSize + 3 * kAmountSize];
    copy_bytes(data, who, kAddressSize);
    store_u128(data + kAddressSize, a);
    store_u128(data + kAddressSize + kAmountSize, b);
    store_u128(data + kAddressSize + 2 * kAmountSize, c);
    detent_event(topic, topic_size, data, sizeof data);
}

static u128 least(u128 a, u128 b) { return a < b ? a : b; }

// At most the offered amounts, in the proportion of the reserves and rounded up in favour of the pool; the first
// provider sets the proportion.
static u128 new_shares(const Pool* pool, u128* amounts) {
    if (pool->shares == 0) return root_of_product(amounts[0], amounts[1]);
    u128 shares = least(share_of(amounts[0], pool->shares, pool->reserve[0]),
                        share_of(amounts[1], pool->shares, pool->reserve[1]));
    for (int i = 0; i < 2; ++i)
        amounts[i] = share_of_rounded_up(shares, pool->reserve[i], pool->shares);
    return shares;
}

static void add(Reader* reader, const uint8_t* caller) {
    u128 amounts[2];
    amounts[0] = take_u128(reader);
    amounts[1] = take_u128(reader);
    u128 minimum = take_u128(reader);
    take_end(reader);
    require(amounts[0] != 0 && amounts[1] != 0, kErrorAmount);
    Pool pool = load_pool();
    u128 shares = new_shares(&pool, amounts);
    require(shares != 0 && shares >= minimum, kErrorMinimum);
    for (int i = 0; i < 2; ++i)
        pool.reserve[i] = checked_add(pool.reserve[i], amounts[i]);
    pool.shares = checked_add(pool.shares, shares);
    store_pool(&pool);
    set_shares(caller, shares_of(caller) + shares);
    for (int i = 0; i < 2; ++i)
        pull_token(pool.token[i], caller, amounts[i], kErrorToken);
    emit(TEXT("add"), caller, amounts[0], amounts[1], shares);
    output_u128(shares);
}

static void output_pair(u128 a, u128 b) {
    uint8_t data[2 * kAmountSize];
    store_u128(data, a);
    store_u128(data + kAmountSize, b);
    detent_output(data, sizeof data);
}

static void remove_shares(Reader* reader, const uint8_t* caller) {
    u128 shares = take_u128(reader);
    u128 minimum[2];
    minimum[0] = take_u128(reader);
    minimum[1] = take_u128(reader);
    take_end(reader);
    u128 held = shares_of(caller);
    require(shares != 0 && shares <= held, kErrorShares);
    Pool pool = load_pool();
    u128 amounts[2];
    for (int i = 0; i < 2; ++i) {
        amounts[i] = share_of(shares, pool.reserve[i], pool.shares);
        require(amounts[i] >= minimum[i], kErrorMinimum);
        pool.reserve[i] -= amounts[i];
    }
    pool.shares -= shares;
    store_pool(&pool);
    set_shares(caller, held - shares);
    for (int i = 0; i < 2; ++i)
        push_token(pool.token[i], caller, amounts[i], kErrorToken);
    emit(TEXT("remove"), caller, amounts[0], amounts[1], shares);
    output_pair(amounts[0], amounts[1]);
}

// What comes out for an amount in, the fee of 3 in 1000 left in the pool.
static u128 amount_out(const Pool* pool, uint32_t in, u128 amount) {
    require(amount != 0, kErrorAmount);
    require(pool->shares != 0, kErrorEmpty);
    u128 kept = checked_scale(amount, kFeeKept);
    u128 divisor = checked_add(checked_scale(pool->reserve[in], kFeeOf), kept);
    return share_of(kept, pool->reserve[1 - in], divisor);
}

static uint32_t take_direction(Reader* reader) {
    uint32_t in = take_u8(reader);
    if (in > 1) abort_with(kAbortInput);
    return in;
}

static void swap(Reader* reader, const uint8_t* caller) {
    uint32_t in = take_direction(reader);
    u128 amount = take_u128(reader);
    u128 minimum = take_u128(reader);
    take_end(reader);
    Pool pool = load_pool();
    u128 out = amount_out(&pool, in, amount);
    require(out != 0 && out >= minimum, kErrorMinimum);
    u256 before = multiply(pool.reserve[0], pool.reserve[1]);
    pool.reserve[in] = checked_add(pool.reserve[in], amount);
    pool.reserve[1 - in] -= out;
    require(!is_less(multiply(pool.reserve[0], pool.reserve[1]), before), kErrorProduct);
    store_pool(&pool);
    pull_token(pool.token[in], caller, amount, kErrorToken);
    push_token(pool.token[1 - in], caller, out, kErrorToken);
    emit(TEXT("swap"), caller, in, amount, out);
    output_u128(out);
}

static void show_reserves(Reader* reader) {
    take_end(reader);
    Pool pool = load_pool();
    uint8_t data[3 * kAmountSize];
    store_u128(data, pool.reserve[0]);
    store_u128(data + kAmountSize, pool.reserve[1]);
    store_u128(data + 2 * kAmountSize, pool.shares);
    detent_output(data, sizeof data);
}

static void show_shares(Reader* reader) {
    const uint8_t* holder = take_address(reader);
    take_end(reader);
    output_u128(shares_of(holder));
}

static void quote(Reader* reader) {
    uint32_t in = take_direction(reader);
    u128 amount = take_u128(reader);
    take_end(reader);
    Pool pool = load_pool();
    output_u128(amount_out(&pool, in, amount));
}

CONTRACT_DEPLOY {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    require(detent_value() == 0, kErrorValue);
    const uint8_t* a = take_address(&reader);
    const uint8_t* b = take_address(&reader);
    take_end(&reader);
    require(!same_bytes(a, b, kAddressSize), kErrorTokens);
    detent_storage_write(TEXT("ta"), a, kAddressSize);
    detent_storage_write(TEXT("tb"), b, kAddressSize);
}

CONTRACT_CALL {
    Reader reader = read_input(input_buffer, sizeof input_buffer);
    require(detent_value() == 0, kErrorValue);
    uint8_t caller[kAddressSize];
    (void)detent_caller(caller, sizeof caller);
    switch (take_u8(&reader)) {
    case kAdd: return add(&reader, caller);
    case kRemove: return remove_shares(&reader, caller);
    case kSwap: return swap(&reader, caller);
    case kReserves: return show_reserves(&reader);
    case kSharesOf: return show_shares(&reader);
    case kQuote: return quote(&reader);
    }
    abort_with(kAbortInput);
}
