// Parses JSON into a tree, by recursive descent, and walks the tree: the result folds numbers, lengths and names. The
// text of some 38 KB is an array of small objects; it is made once a run and parsed every round.

#include "../../conformance/kernels/kernel.h"

enum { kMost = 65536, kNodes = 8192, kItems = 400 };
enum { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct node {
    uint32_t kind, name, name_length, length;
    union {
        double number;
        uint32_t start;
    } value;
    struct node* first;
    struct node* next;
};

static char text[kMost];
static uint32_t size, at, used;
static struct node nodes[kNodes];

static void put(const char* piece) {
    while (*piece != 0)
        text[size++] = *piece++;
}

static void put_number(uint32_t value) {
    if (value >= 10) put_number(value / 10);
    text[size++] = (char)('0' + value % 10);
}

static void make_text(void) {
    uint64_t seed = 1;
    size = 0;
    put("[");
    for (uint32_t i = 0; i < kItems; ++i) {
        put(i == 0 ? "\n  {\"id\": " : ",\n  {\"id\": ");
        put_number(i);
        put(next_random(&seed) % 2 ? ", \"live\": true" : ", \"live\": false, \"note\": null");
        put(", \"weight\": -");
        put_number(next_random(&seed) % 1000);
        put(".25, \"tags\": [\"red\", \"a \\\"quoted\\\" word\", ");
        put_number(next_random(&seed));
        put("]}");
    }
    put("\n]");
    text[size] = 0;
}

static void skip_space(void) {
    while (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')
        ++at;
}

static void expect(char c) {
    if (text[at++] != c) __builtin_trap();
}

// What stands between the quotes; its length.
static uint32_t string(uint32_t* start) {
    expect('"');
    *start = at;
    while (text[at] != '"') {
        if (text[at] == 0) __builtin_trap();
        at += text[at] == '\\' ? 2 : 1;
    }
    return at++ - *start;
}

static double number(void) {
    const bool negative = text[at] == '-';
    at += negative;
    double value = 0;
    for (; text[at] >= '0' && text[at] <= '9'; ++at)
        value = value * 10 + (text[at] - '0');
    if (text[at] == '.') {
        double place = 1;
        for (++at; text[at] >= '0' && text[at] <= '9'; ++at) {
            place *= 0.1;
            value += place * (text[at] - '0');
        }
    }
    return negative ? -value : value;
}

static void word(const char* expected) {
    while (*expected != 0)
        expect(*expected++);
}

static struct node* value(void);

// The members of an array, or with `named` of an object.
static void members(struct node* to, char end, bool named) {
    struct node** last = &to->first;
    ++at;
    skip_space();
    while (text[at] != end) {
        if (to->length++ != 0) {
            expect(',');
            skip_space();
        }
        uint32_t name = 0;
        uint32_t name_length = 0;
        if (named) {
            name_length = string(&name);
            skip_space();
            expect(':');
        }
        struct node* const member = value();
        member->name = name;
        member->name_length = name_length;
        *last = member;
        last = &member->next;
        skip_space();
    }
    ++at;
}

static struct node* value(void) {
    if (used == kNodes) __builtin_trap();
    struct node* const made = &nodes[used++];
    *made = (struct node){0};
    skip_space();
    switch (text[at]) {
    case 'n': word("null"); break;
    case 'f':
        made->kind = kFalse;
        word("false");
        break;
    case 't':
        made->kind = kTrue;
        word("true");
        break;
    case '"':
        made->kind = kString;
        made->length = string(&made->value.start);
        break;
    case '[':
        made->kind = kArray;
        members(made, ']', false);
        break;
    case '{':
        made->kind = kObject;
        members(made, '}', true);
        break;
    default:
        made->kind = kNumber;
        made->value.number = number();
        break;
    }
    return made;
}

static uint64_t walk(const struct node* from, uint64_t folded) {
    for (; from != NULL; from = from->next) {
        folded = fold(folded, from->kind | from->name_length << 8 | (uint64_t)from->length << 32);
        if (from->kind == kNumber) folded = fold(folded, bits_of_f64(from->value.number));
        if (from->kind == kString) folded = fold(folded, (uint8_t)text[from->value.start]);
        folded = walk(from->first, folded);
    }
    return folded;
}

RUN uint64_t run(uint32_t rounds) {
    uint64_t folded = 0;
    make_text();
    while (rounds-- != 0) {
        at = used = 0;
        folded = walk(value(), folded);
    }
    return folded;
}
