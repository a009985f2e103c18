// A bytecode interpreter: a loop around a br_table. Its program adds up, for each i of 1..n, the steps that the Collatz
// sequence of i takes to reach 1, and the greatest common divisor of i and k.

#include "kernel.h"

enum { kHalt, kPush, kLoad, kStore, kAdd, kMultiply, kRemainder, kHalve, kLess, kJump, kJumpIfZero };
enum { kI, kX, kA, kB, kT, kTotal, kN, kK, kVariables };

// clang-format off
static const uint8_t program[] = {
    // 0: if n < i, halt
    kLoad, kN, kLoad, kI, kLess, kJumpIfZero, 8, kHalt,
    // 8: x = i
    kLoad, kI, kStore, kX,
    // 12: unless 1 < x, go to 50
    kPush, 1, kLoad, kX, kLess, kJumpIfZero, 50,
    // 19: if x is odd, x = 3 * x + 1
    kLoad, kX, kPush, 2, kRemainder, kJumpIfZero, 36,
    kLoad, kX, kPush, 3, kMultiply, kPush, 1, kAdd, kJump, 39,
    // 36: else x = x / 2
    kLoad, kX, kHalve,
    // 39: total = total + 1
    kStore, kX, kLoad, kTotal, kPush, 1, kAdd, kStore, kTotal, kJump, 12,
    // 50: a = i, b = k
    kLoad, kI, kStore, kA, kLoad, kK, kStore, kB,
    // 58: until b is 0: t = a % b, a = b, b = t
    kLoad, kB, kJumpIfZero, 79, kLoad, kA, kLoad, kB, kRemainder, kStore, kT,
    kLoad, kB, kStore, kA, kLoad, kT, kStore, kB, kJump, 58,
    // 79: total = total + a, i = i + 1
    kLoad, kTotal, kLoad, kA, kAdd, kStore, kTotal,
    kLoad, kI, kPush, 1, kAdd, kStore, kI, kJump, 0,
};
// clang-format on

static uint64_t variables[kVariables];

static NO_INLINE void interpret(void) {
    uint64_t stack[8];
    uint64_t* top = stack;
    for (const uint8_t* at = program;;) {
        switch (*at++) {
        case kHalt: return;
        case kPush: *top++ = *at++; break;
        case kLoad: *top++ = variables[*at++]; break;
        case kStore: variables[*at++] = *--top; break;
        case kAdd:
            --top;
            top[-1] += *top;
            break;
        case kMultiply:
            --top;
            top[-1] *= *top;
            break;
        case kRemainder:
            --top;
            top[-1] %= *top;
            break;
        case kHalve: top[-1] >>= 1; break;
        case kLess:
            --top;
            top[-1] = top[-1] < *top;
            break;
        case kJump: at = program + *at; break;
        case kJumpIfZero: at = *--top == 0 ? program + *at : at + 1; break;
        default: __builtin_trap();
        }
    }
}

RUN uint64_t run(uint32_t n, uint64_t k) {
    variables[kI] = 1;
    variables[kN] = n;
    variables[kK] = k;
    interpret();
    return variables[kTotal];
}
