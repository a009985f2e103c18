// What a small processor is usually measured with, written anew: a linked list is searched, reversed and sorted, three
// small matrices are worked on, a state machine reads numbers in text, and a CRC of 16 bits folds what they find.

#include "../../conformance/kernels/kernel.h"

// CRC-16 with the polynomial 0xA001, bit by bit.
static uint16_t crc_byte(uint8_t byte, uint16_t crc) {
    for (uint32_t i = 0; i < 8; ++i) {
        const bool carry = ((byte ^ crc) & 1) != 0;
        byte >>= 1;
        crc >>= 1;
        if (carry) crc ^= 0xA001;
    }
    return crc;
}

static uint16_t crc_word(uint32_t word, uint16_t crc) {
    for (uint32_t i = 0; i < 32; i += 8)
        crc = crc_byte((uint8_t)(word >> i), crc);
    return crc;
}

// The list: items hold a number and where they stood at first.

enum { kItems = 100 };
struct item {
    struct item* next;
    int16_t number;
    uint16_t place;
};
typedef int32_t (*order)(const struct item* a, const struct item* b);
static struct item items[kItems];

static int32_t by_number(const struct item* a, const struct item* b) { return a->number - b->number; }
static int32_t by_place(const struct item* a, const struct item* b) { return a->place - b->place; }

static struct item* make_list(uint64_t* seed) {
    for (uint32_t i = 0; i < kItems; ++i) {
        items[i].next = i + 1 < kItems ? &items[i + 1] : NULL;
        items[i].number = (int16_t)(next_random(seed) % 512);
        items[i].place = (uint16_t)i;
    }
    return items;
}

static NO_INLINE const struct item* find(const struct item* list, int16_t number) {
    while (list != NULL && list->number != number)
        list = list->next;
    return list;
}

static NO_INLINE struct item* reverse(struct item* list) {
    struct item* reversed = NULL;
    while (list != NULL) {
        struct item* const next = list->next;
        list->next = reversed;
        reversed = list;
        list = next;
    }
    return reversed;
}

static struct item* merge(struct item* a, struct item* b, order compare) {
    struct item* merged = NULL;
    struct item** last = &merged;
    while (a != NULL && b != NULL) {
        struct item** const least = compare(a, b) <= 0 ? &a : &b;
        *last = *least;
        last = &(*least)->next;
        *least = *last;
    }
    *last = a != NULL ? a : b;
    return merged;
}

static NO_INLINE struct item* sort(struct item* list, order compare) {
    if (list == NULL || list->next == NULL) return list;
    struct item* middle = list;
    for (struct item* end = list->next; end != NULL && end->next != NULL; end = end->next->next)
        middle = middle->next;
    struct item* const second = middle->next;
    middle->next = NULL;
    return merge(sort(list, compare), sort(second, compare), compare);
}

static uint16_t work_on_list(uint64_t* seed, uint16_t crc) {
    struct item* list = make_list(seed);
    for (int16_t number = 0; number < 32; ++number) {
        const struct item* const found = find(list, (int16_t)(number * 16));
        crc = crc_word(found == NULL ? 0 : found->place + 1u, crc);
        list = reverse(list);
    }
    list = sort(list, by_number);
    for (const struct item* each = list; each != NULL; each = each->next)
        crc = crc_byte((uint8_t)each->number, crc);
    list = sort(list, by_place);
    return crc_word((uint16_t)list->number, crc);
}

// The matrices.

enum { kSide = 10 };
static int16_t left[kSide][kSide], right[kSide][kSide];
static int32_t made[kSide][kSide];

static void make_matrices(uint64_t* seed) {
    for (uint32_t i = 0; i < kSide * kSide; ++i) {
        left[i / kSide][i % kSide] = (int16_t)(next_random(seed) % 1024);
        right[i / kSide][i % kSide] = (int16_t)(next_random(seed) % 1024);
    }
}

// With `cut` only some bits of each product count.
static NO_INLINE void multiply(bool cut) {
    for (uint32_t i = 0; i < kSide; ++i) {
        for (uint32_t j = 0; j < kSide; ++j) {
            int32_t sum = 0;
            for (uint32_t k = 0; k < kSide; ++k) {
                const int32_t one = left[i][k] * right[k][j];
                sum += cut ? (one >> 2 & 15) * (one >> 5 & 127) : one;
            }
            made[i][j] = sum;
        }
    }
}

static uint16_t sum_matrix(uint16_t crc) {
    int32_t sum = 0;
    int32_t before = 0;
    for (uint32_t i = 0; i < kSide; ++i) {
        for (uint32_t j = 0; j < kSide; ++j) {
            sum += made[i][j] > before ? 10 : made[i][j] & 3;
            before = made[i][j];
        }
    }
    return crc_word((uint32_t)sum, crc);
}

static uint16_t work_on_matrices(uint64_t* seed, uint16_t crc) {
    make_matrices(seed);
    multiply(false);
    crc = sum_matrix(crc);
    for (int16_t i = 0; i < kSide * kSide; ++i)
        left[i / kSide][i % kSide] = (int16_t)(left[i / kSide][i % kSide] + i);
    multiply(true);
    return sum_matrix(crc);
}

// The state machine.

enum state { kStart, kSign, kInteger, kPoint, kFraction, kExponent, kExponentSign, kScientific, kInvalid, kStates };
enum { kText = 600 };
static char text[kText + 1];
static uint32_t visits[kStates];

static void make_text(uint64_t* seed) {
    static const char* const pieces[] = {"5012", "+874", "-7.5", "1.25e-3", ".5e+6",
                                         "T0.3", "-T.F", "12e",  "0x7f",    "3"};
    uint32_t at = 0;
    while (at < kText - 10) {
        for (const char* piece = pieces[next_random(seed) % 10]; *piece != 0; ++piece)
            text[at++] = *piece;
        text[at++] = ',';
    }
    text[at] = 0;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static enum state next_state(enum state from, char c) {
    switch (from) {
    case kStart:
        if (is_digit(c)) return kInteger;
        return c == '+' || c == '-' ? kSign : c == '.' ? kPoint : kInvalid;
    case kSign: return is_digit(c) ? kInteger : c == '.' ? kPoint : kInvalid;
    case kInteger:
        if (is_digit(c)) return kInteger;
        return c == '.' ? kFraction : c == 'e' ? kExponent : kInvalid;
    case kPoint: return is_digit(c) ? kFraction : kInvalid;
    case kFraction: return is_digit(c) ? kFraction : c == 'e' ? kExponent : kInvalid;
    case kExponent:
        if (is_digit(c)) return kScientific;
        return c == '+' || c == '-' ? kExponentSign : kInvalid;
    case kExponentSign:
    case kScientific: return is_digit(c) ? kScientific : kInvalid;
    case kInvalid:
    case kStates: break;
    }
    return kInvalid;
}

static NO_INLINE const char* read_number(const char* from) {
    enum state state = kStart;
    for (; *from != ','; ++from) {
        ++visits[state];
        state = next_state(state, *from);
    }
    ++visits[state];
    return from + 1;
}

static uint16_t work_on_text(uint64_t* seed, uint16_t crc) {
    make_text(seed);
    for (const char* at = text; *at != 0;)
        at = read_number(at);
    for (uint32_t i = 0; i < kStates; ++i) {
        crc = crc_word(visits[i], crc);
        visits[i] = 0;
    }
    return crc;
}

RUN uint64_t run(uint32_t rounds) {
    uint64_t seed = 1;
    uint16_t crc = 0;
    while (rounds-- != 0) {
        crc = work_on_list(&seed, crc);
        crc = work_on_matrices(&seed, crc);
        crc = work_on_text(&seed, crc);
    }
    return crc;
}
