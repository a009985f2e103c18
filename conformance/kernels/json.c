// A tokenizer of JSON-like text, by a state machine. The text is an array of n small objects; the result packs the
// numbers of punctuation marks, strings, numbers and words, 16 bits each.

#include "kernel.h"

enum { kMost = 48000 };
enum { kMark, kString, kNumber, kWord, kKinds };
static char text[kMost];
static uint32_t size;

static void put(const char* piece) {
    while (*piece != 0)
        text[size++] = *piece++;
}

static void put_number(uint32_t value) {
    char digits[10];
    uint32_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count != 0)
        text[size++] = digits[--count];
}

static void put_value(uint64_t* seed) {
    switch (next_random(seed) % 6) {
    case 0: put("true"); break;
    case 1: put("null"); break;
    case 2: put("\"a \\\"quoted\\\" [word], \\\\\""); break;
    case 3: put("[1, 2.5e-3, -7]"); break;
    case 4: put("{\"k\": \"\"}"); break;
    default: put_number(next_random(seed)); break;
    }
}

static void put_text(uint32_t n, uint64_t* seed) {
    put("[");
    for (uint32_t i = 0; i < n && size < kMost - 128; ++i) {
        put(i == 0 ? "{\"id\": " : ",\n {\"id\": ");
        put_number(i);
        put(", \"value\": ");
        put_value(seed);
        put("}");
    }
    put("]");
}

static uint32_t end_of_string(uint32_t at) {
    while (text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return at + 1;
}

static bool in_number(char c) { return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == '-'; }
static bool in_word(char c) { return c >= 'a' && c <= 'z'; }

static uint32_t next_token(uint32_t at, uint32_t* counts) {
    switch (text[at]) {
    case ' ':
    case '\n': return at + 1;
    case '[':
    case ']':
    case '{':
    case '}':
    case ':':
    case ',': ++counts[kMark]; return at + 1;
    case '"': ++counts[kString]; return end_of_string(at + 1);
    default: break;
    }
    const bool word = in_word(text[at]);
    ++counts[word ? kWord : kNumber];
    while (word ? in_word(text[at]) : in_number(text[at]))
        ++at;
    return at;
}

RUN uint64_t run(uint32_t n, uint64_t seed) {
    uint32_t counts[kKinds] = {0};
    put_text(n, &seed);
    for (uint32_t at = 0; at < size;)
        at = next_token(at, counts);
    uint64_t packed = 0;
    for (uint32_t kind = 0; kind < kKinds; ++kind)
        packed = packed << 16 | counts[kind];
    return packed;
}
