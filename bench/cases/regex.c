// A matcher of regular expressions: each pattern is compiled to a small program, which is run with backtracking at
// every place of a text of 20000 letters. The argument is the number of passes over 9 patterns; the result folds how
// many places match and how long the matches are.

#include "../../conformance/kernels/kernel.h"

enum { kText = 20000, kProgram = 256 };
enum { kChar, kAny, kClass, kSplit, kJump, kMatch };

struct instruction {
    uint8_t op, letter;
    uint16_t to;
    // Of a class: which of a..z belong. Of a split: where to go first is the next instruction.
    uint32_t letters;
};

static char text[kText + 1];
static struct instruction program[kProgram];
static uint32_t length;
static const char* pattern;

static void emit(uint8_t op, char letter, uint32_t to, uint32_t letters) {
    if (length == kProgram) __builtin_trap();
    program[length++] = (struct instruction){op, (uint8_t)letter, (uint16_t)to, letters};
}

// Opens a gap of one instruction at `where`; jumps over it are moved along.
static void insert_split(uint32_t where, uint32_t to) {
    emit(kSplit, 0, 0, 0);
    for (uint32_t i = length - 1; i > where; --i)
        program[i] = program[i - 1];
    program[where] = (struct instruction){kSplit, 0, (uint16_t)to, 0};
    for (uint32_t i = where + 1; i < length; ++i) {
        if ((program[i].op == kSplit || program[i].op == kJump) && program[i].to >= where) ++program[i].to;
    }
}

static uint32_t letters_of_class(void) {
    uint32_t letters = 0;
    for (; *pattern != ']'; ++pattern)
        letters |= 1u << (*pattern - 'a');
    return letters;
}

static void alternatives(void);

static void atom(void) {
    const char c = *pattern++;
    switch (c) {
    case '(':
        alternatives();
        ++pattern;
        break;
    case '[':
        emit(kClass, 0, 0, letters_of_class());
        ++pattern;
        break;
    case '.': emit(kAny, 0, 0, 0); break;
    default: emit(kChar, c, 0, 0); break;
    }
}

static void sequence(void) {
    while (*pattern != 0 && *pattern != '|' && *pattern != ')') {
        const uint32_t start = length;
        atom();
        if (*pattern == '*') {
            insert_split(start, length + 2);
            emit(kJump, 0, start, 0);
            ++pattern;
        } else if (*pattern == '?') {
            insert_split(start, length + 1);
            ++pattern;
        }
    }
}

static void alternatives(void) {
    const uint32_t start = length;
    sequence();
    if (*pattern != '|') return;
    insert_split(start, length + 2);
    const uint32_t jump = length;
    emit(kJump, 0, 0, 0);
    ++pattern;
    alternatives();
    program[jump].to = (uint16_t)length;
}

static void compile(const char* source) {
    pattern = source;
    length = 0;
    alternatives();
    emit(kMatch, 0, 0, 0);
}

// The end of the match from `at`, or 0.
static NO_INLINE uint32_t match(uint32_t pc, uint32_t at) {
    for (;;) {
        const struct instruction* const one = &program[pc++];
        switch (one->op) {
        case kChar:
            if (text[at++] != (char)one->letter) return 0;
            break;
        case kAny:
            if (text[at++] == 0) return 0;
            break;
        case kClass: {
            const uint32_t letter = (uint32_t)text[at++] - 'a';
            if (letter > 25 || (one->letters >> letter & 1) == 0) return 0;
            break;
        }
        case kSplit: {
            const uint32_t end = match(pc, at);
            if (end != 0) return end;
            pc = one->to;
            break;
        }
        case kJump: pc = one->to; break;
        case kMatch: return at;
        default: __builtin_trap();
        }
    }
}

static void make_text(void) {
    uint64_t seed = 1;
    for (uint32_t i = 0; i < kText; ++i)
        text[i] = "acgt"[next_random(&seed) % 4];
    text[kText] = 0;
}

RUN uint64_t run(uint32_t passes) {
    static const char* const patterns[] = {
        "agggtaaa|tttaccct",
        "[cgt]gggtaaa|tttaccc[acg]",
        "a[act]ggt|ttac[agt]ct",
        "ag(ct)*ta",
        "a(c|g|tt)*aaaa",
        "gg?g?ta?cc",
        "t.*gattaca",
        "(a|ac)(c|ca)(t|tg)g",
        "c[ag]*t[ct]*gcg",
    };
    uint64_t folded = 0;
    make_text();
    while (passes-- != 0) {
        for (uint32_t i = 0; i < sizeof patterns / sizeof *patterns; ++i) {
            uint64_t matches = 0;
            compile(patterns[i]);
            for (uint32_t at = 0; at < kText;) {
                // The dots of one pattern would walk to the end of the text from everywhere.
                const char kept = text[at + 64 < kText ? at + 64 : kText];
                text[at + 64 < kText ? at + 64 : kText] = 0;
                const uint32_t end = match(0, at);
                text[at + 64 < kText ? at + 64 : kText] = kept;
                matches += end == 0 ? 0 : (uint64_t)1 << 32 | (end - at);
                at = end > at ? end : at + 1;
            }
            folded = fold(folded, matches);
        }
    }
    return folded;
}
