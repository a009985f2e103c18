// Edge generator: valid modules at random for what lowered code does in its own way. Loops with several counters of
// their own, in all the shapes in which a loop goes on; bodies that are long straight lines; values that are kept
// across branches and tables; addresses that are sums; exceptions, tail calls and returns in the middle.
#pragma once

#include "engine/testing/generator.hpp"

#include <array>

namespace detent::testing {

/// Functions, memory and table are those of Generator; every feature is used.
class EdgeGenerator : protected Generator {
  public:
    explicit EdgeGenerator(std::uint64_t seed) : Generator(seed, full_profile().features) {}

    Bytes module() {
        ModuleBuilder b;
        const std::uint32_t type = b.type({kI32, kI64}, {kI64});
        b.type({kI64}, {kI64});
        const std::uint32_t payload = b.type({kI32}, {});
        for (std::uint32_t i = 0; i < kFunctions; ++i) {
            function_ = i;
            b.function(type, kLocalRuns, body());
        }
        b.table(kFuncRef, kFunctions + 2, kFunctions + 9);
        b.memory(1, 4);
        b.tag(payload);
        b.global(kI64, true, code(Op::i64_const, 3));
        b.global(kI32, true, code(Op::i32_const, 5));
        b.export_function("f", 0);
        b.active_elements(code(Op::i32_const, 0), {0, 1, 2});
        b.passive_data({1, 2, 3, 4, 5, 6, 7, 8, 9});
        return b.build();
    }

  private:
    static constexpr std::uint32_t kOneType = 1;
    // Behind those of Generator.
    static constexpr std::uint32_t kPointers = 14;
    static constexpr std::uint32_t kCounters = 16;
    static constexpr std::uint32_t kBounds = 19;
    static constexpr std::uint32_t kWideCounters = 22;
    static constexpr std::uint32_t kWideBounds = 25;
    static constexpr std::uint32_t kMoreF64s = 28;
    static constexpr std::uint32_t kMoreF32s = 31;
    static constexpr std::uint32_t kVector = 33;
    static constexpr int kMostLoops = 3;
    inline static const std::vector<Locals> kLocalRuns = {{3, kI32}, {3, kI64}, {3, kF32}, {3, kF64}, {8, kI32},
                                                          {6, kI64}, {3, kF64}, {2, kF32}, {1, kV128}};

    Bytes body() {
        Bytes out;
        loops_ = 0;
        room_ = 24;
        for (const std::uint32_t pointer : {kPointers, kPointers + 1})
            append(out, set_pointer(pointer));
        for (std::uint32_t n = 2 + random_.below(4); n != 0; --n)
            append(out, statement());
        if (!is_last() && random_.one_in(4)) {
            append(out, Ordered{arguments(), Op::return_call, function_ + 1});
        } else {
            append(out, Ordered{small(kI64), Op::local_get, wide_local(), Op::i64_add});
        }
        return out;
    }

    [[nodiscard]] bool is_last() const { return function_ + 1 == kFunctions; }

    // Locals that statements may write: never counters, nor bounds, so that loops end.

    std::uint32_t word_local() { return random_.one_in(4) ? 0 : 2 + random_.below(2); }
    std::uint32_t wide_local() { return random_.one_in(4) ? 1 : 5 + random_.below(3); }
    std::uint32_t f32_local() { return random_.one_in(2) ? 8 + random_.below(3) : kMoreF32s + random_.below(2); }
    std::uint32_t f64_local() { return random_.one_in(2) ? 11 + random_.below(3) : kMoreF64s + random_.below(3); }
    std::uint32_t pointer() { return kPointers + random_.below(2); }
    std::uint32_t counter() { return kCounters + random_.below(kMostLoops); }

    std::uint32_t local_for(ValType type) {
        if (type == kI32) return word_local();
        if (type == kI64) return wide_local();
        return type == kF32 ? f32_local() : f64_local();
    }

    // Expressions.

    Bytes small(ValType type) {
        budget_ = 5;
        return expression(type, 2);
    }

    Bytes read_word() {
        switch (random_.below(5)) {
        case 0: return code(Op::local_get, counter());
        case 1: return code(Op::local_get, pointer());
        case 2: return constant(kI32);
        default: return code(Op::local_get, word_local());
        }
    }

    Bytes read(ValType type) {
        if (type == kI32) return read_word();
        if (random_.one_in(4)) return constant(type);
        if (type == kI64 && random_.one_in(3)) return code(Op::local_get, kWideCounters + random_.below(kMostLoops));
        return code(Op::local_get, local_for(type));
    }

    /// Two operands that stand where they are, and what is made of them.
    Bytes made(ValType type) {
        static constexpr std::array kWords = {Op::i32_add,   Op::i32_sub, Op::i32_mul,  Op::i32_xor, Op::i32_and,
                                              Op::i32_shr_u, Op::i32_shl, Op::i32_rotl, Op::i32_lt_s};
        static constexpr std::array kWides = {Op::i64_add,   Op::i64_sub, Op::i64_mul,  Op::i64_xor, Op::i64_and,
                                              Op::i64_shr_u, Op::i64_shl, Op::i64_rotl, Op::i64_or};
        static constexpr std::array kF64s = {Op::f64_add, Op::f64_sub, Op::f64_mul, Op::f64_div, Op::f64_min};
        static constexpr std::array kF32s = {Op::f32_add, Op::f32_sub, Op::f32_mul, Op::f32_div, Op::f32_max};
        const auto any = [this](const auto& of) {
            return of[random_.below(static_cast<std::uint32_t>(std::size(of)))];
        };
        const Bytes operands = Ordered{read(type), read(type)};
        if (type == kI32) return code(operands, any(kWords));
        if (type == kI64) return code(operands, any(kWides));
        return type == kF64 ? code(operands, any(kF64s)) : code(operands, any(kF32s));
    }

    Bytes condition() {
        switch (random_.below(6)) {
        case 0: return read_word();
        case 1: return Ordered{read(kI64), read(kI64), Op::i64_lt_u};
        case 2: return Ordered{read(kF64), read(kF64), Op::f64_lt};
        case 3: return Ordered{made(kI32), Op::i32_eqz};
        case 4: return Ordered{read(kF32), read(kF32), Op::f32_ge};
        default: return Ordered{made(kI32), read_word(), random_.one_in(2) ? Op::i32_lt_s : Op::i32_eq};
        }
    }

    Bytes arguments() { return Ordered{read(kI32), read(kI64)}; }

    Bytes set_pointer(std::uint32_t pointer) {
        return Ordered{made(kI32), Op::i32_const, 32767, Op::i32_and, Op::local_set, pointer};
    }

    /// A sum of what is small, now and then of anything.
    Bytes sum_address() {
        if (random_.one_in(40)) return Ordered{read_word(), read_word(), Op::i32_add};
        switch (random_.below(4)) {
        case 0: return Ordered{Op::local_get, pointer(), Op::local_get, counter(), Op::i32_add};
        case 1: return Ordered{Op::local_get, pointer(), Op::local_get, pointer(), Op::i32_add};
        case 2: return Ordered{Op::local_get, pointer()};
        default:
            return Ordered{Op::local_get, pointer(), Op::i32_const, static_cast<int>(random_.below(4096)), Op::i32_add};
        }
    }

    // Statements.

    Bytes statement() {
        if (--room_ <= 0) return work();
        switch (random_.below(16)) {
        case 0:
        case 1:
        case 2:
        case 3: return loops_ < kMostLoops ? counted_loop() : work();
        case 4: return kept_across_branch();
        case 5: return kept_across_table();
        case 6: return random_.one_in(2) ? caught() : choice_of_work();
        case 7: return early_end();
        case 8: return call_work();
        case 9: return copy_work();
        case 10: return straight_line();
        case 11: return choice_of_work();
        case 12: return random_.one_in(3) ? Generator::statement(2) : vector_work();
        default: return Ordered{work(), work()};
        }
    }

    ValType number_type() { return std::array{kI32, kI32, kI64, kF64, kF32}[random_.below(5)]; }

    /// A few cells in a row.
    Bytes work() {
        const ValType type = number_type();
        switch (random_.below(12)) {
        case 0: return Ordered{sum_address(), sum_load(type), Op::local_set, local_for(type)};
        case 1: return Ordered{sum_address(), read(type), sum_store(type)};
        case 2: return Ordered{sum_address(), made(type), sum_store(type)};
        case 3: return exchange(type);
        case 4:
            return Ordered{made(type),     Op::local_tee, local_for(type), read(type),
                           addition(type), Op::local_set, local_for(type)};
        case 5: return many_waiting();
        case 6: return Ordered{small(type), Op::local_set, local_for(type)};
        case 7: return set_pointer(pointer());
        case 8: return global_work();
        case 9: return Ordered{read(type), read(type), condition(), Op::select, Op::local_set, local_for(type)};
        default: return accumulate(type);
        }
    }

    static Op addition(ValType type) {
        if (type == kI32) return Op::i32_add;
        if (type == kI64) return Op::i64_add;
        return type == kF32 ? Op::f32_add : Op::f64_add;
    }

    Bytes accumulate(ValType type) {
        const std::uint32_t local = local_for(type);
        const bool is_first = random_.one_in(2);
        const Bytes own = code(Op::local_get, local);
        const Bytes other = random_.one_in(2) ? read(type) : made(type);
        return code(is_first ? own : other, is_first ? other : own, addition(type), Op::local_set, local);
    }

    /// Locals change while what they held waits.
    Bytes exchange(ValType type) {
        const std::uint32_t a = local_for(type);
        const std::uint32_t b = local_for(type);
        return Ordered{
            Op::local_get, a, Op::local_get, b, made(type),     Op::local_set, b, Op::local_set, a, Op::local_get, a,
            Op::local_get, b, Op::local_set, a, addition(type), Op::local_set, b};
    }

    Bytes many_waiting() {
        Bytes out;
        const std::uint32_t count = 2 + random_.below(10);
        for (std::uint32_t i = 0; i < count; ++i)
            append(out, read(kI32));
        append(out, Ordered{made(kI32), Op::local_set, word_local()});
        for (std::uint32_t i = 1; i < count; ++i)
            append(out, op(random_.one_in(2) ? Op::i32_add : Op::i32_xor));
        append(out, code(Op::local_set, word_local()));
        return out;
    }

    /// What takes more words than one.
    Bytes vector_work() {
        static constexpr std::array kOps = {Op::i32x4_add, Op::i8x16_sub, Op::f32x4_mul, Op::v128_xor, Op::i64x2_mul};
        const Bytes own = code(Op::local_get, kVector);
        const Bytes set = code(Op::local_set, kVector);
        switch (random_.below(7)) {
        case 0:
            return Ordered{own, made(kI64), Op::i64x2_splat,
                           kOps[random_.below(static_cast<std::uint32_t>(kOps.size()))], set};
        case 1: return Ordered{own, Op::i32x4_extract_lane, std::uint8_t{2}, Op::local_set, word_local()};
        case 2: return Ordered{own, made(kF64), Op::f64x2_replace_lane, std::uint8_t{1}, set};
        case 3: return Ordered{sum_address(), own, Op::v128_store, 0U, random_.below(64)};
        case 4: return Ordered{sum_address(), Op::v128_load, 0U, random_.below(64), own, condition(), Op::select, set};
        case 5:
            return Ordered{read(kI64),    read(kI64),   made(kI64),    read(kI64),  Op::i64_add128,
                           Op::local_set, wide_local(), Op::local_set, wide_local()};
        default:
            return Ordered{read(kI64),   made(kI64),    Op::i64_mul_wide_u, Op::local_set,
                           wide_local(), Op::local_set, wide_local()};
        }
    }

    Bytes global_work() {
        if (random_.one_in(2)) return Ordered{made(kI32), Op::global_set, 1U};
        return Ordered{Op::global_get, 0U, read(kI64), Op::i64_add, Op::local_tee, wide_local(), Op::global_set, 0U};
    }

    Bytes sum_load(ValType type) {
        const Op which = type == kI32   ? (random_.one_in(2) ? Op::i32_load : Op::i32_load16_s)
                         : type == kI64 ? (random_.one_in(2) ? Op::i64_load : Op::i64_load8_u)
                         : type == kF32 ? Op::f32_load
                                        : Op::f64_load;
        return Ordered{which, 0U, random_.below(64)};
    }

    Bytes sum_store(ValType type) {
        const Op which = type == kI32   ? (random_.one_in(2) ? Op::i32_store : Op::i32_store8)
                         : type == kI64 ? (random_.one_in(2) ? Op::i64_store : Op::i64_store32)
                         : type == kF32 ? Op::f32_store
                                        : Op::f64_store;
        return Ordered{which, 0U, random_.below(64)};
    }

    Bytes line(std::uint32_t least, std::uint32_t most) {
        Bytes out;
        for (std::uint32_t n = least + random_.below(most - least); n != 0; --n)
            append(out, work());
        return out;
    }

    /// More than a reserve in one go.
    Bytes straight_line() {
        if (!random_.one_in(3)) return work();
        return random_.one_in(2) ? line(20, 80) : uneven_edges();
    }

    /// Edges of a label that have come a short way since a check, and a long one.
    Bytes uneven_edges() {
        Bytes out = code(Op::block, kEmptyBlock);
        append(out, Ordered{Op::local_get, pointer(), Op::i32_const, 7, Op::i32_const,
                            static_cast<int>(random_.below(9)), Op::memory_fill, std::uint8_t{0}});
        append(out, Ordered{condition(), Op::br_if, 0U, line(8, 40)});
        if (random_.one_in(2)) append(out, Ordered{condition(), Op::br_if, 0U, work()});
        append(out, Ordered{Op::br, 0U, Op::end, line(8, 40)});
        return out;
    }

    Bytes choice_of_work() {
        const ValType type = number_type();
        if (random_.one_in(2))
            return Ordered{condition(), Op::if_, kEmptyBlock, statement(), Op::else_, work(), Op::end};
        return Ordered{condition(), Op::if_,    type,    made(type),    Op::else_,
                       statement(), read(type), Op::end, Op::local_set, local_for(type)};
    }

    // Loops.

    /// How the counter goes, and while what holds.
    Bytes counted_loop() {
        const auto level = static_cast<std::uint32_t>(loops_++);
        const bool is_wide = random_.one_in(3);
        const ValType type = is_wide ? kI64 : kI32;
        const std::uint32_t counter = (is_wide ? kWideCounters : kCounters) + level;
        const std::uint32_t bound = (is_wide ? kWideBounds : kBounds) + level;
        const int step = 1 + static_cast<int>(random_.below(3));
        const int rounds = 1 + static_cast<int>(random_.one_in(8) ? random_.below(30) : random_.below(6));
        const Counting counting{type, counter, bound, step, step * rounds};
        const bool is_down = random_.one_in(3);
        Bytes out = Ordered{number(type, counting.end), Op::local_set, bound};
        append(out, code(number(type, is_down ? counting.end : 0), Op::local_set, counter));
        if (random_.one_in(3)) {
            append(out, tested_first(counting, is_down));
        } else {
            const bool has_value = random_.one_in(4);
            const Bytes inner = loop_body();
            append(out, wrapped(has_value, inner, is_down ? while_down(counting) : while_up(counting)));
        }
        --loops_;
        return out;
    }

    struct Counting {
        ValType type;
        std::uint32_t counter;
        std::uint32_t bound;
        int step;
        int end;
    };

    static Bytes number(ValType type, int value) { return code(type == kI32 ? Op::i32_const : Op::i64_const, value); }

    Bytes loop_body() {
        Bytes out;
        for (std::uint32_t n = 1 + random_.below(3); n != 0; --n)
            append(out, statement());
        return out;
    }

    /// With a value on the stack that goes around, or without.
    Bytes wrapped(bool has_value, const Bytes& inner, const Bytes& again) {
        if (!has_value) return code(Op::loop, kEmptyBlock, inner, again, Op::br_if, 0U, Op::end);
        return Ordered{read(kI64), Op::loop,      static_cast<int>(kOneType),
                       inner,      read(kI64),    Op::i64_add,
                       again,      Op::br_if,     0U,
                       Op::end,    Op::local_set, wide_local()};
    }

    /// A loop that begins with the way out of it: a branch, or an if around all of it.
    Bytes tested_first(const Counting& counting, bool is_down) {
        const bool is_wide = counting.type == kI64;
        const bool is_bound = !is_down && random_.one_in(2);
        const Bytes end =
            is_bound ? code(Op::local_get, counting.bound) : number(counting.type, is_down ? 0 : counting.end);
        const bool is_left = random_.one_in(2);
        const Op stays = is_down ? (is_wide ? Op::i64_gt_s : Op::i32_gt_s) : (is_wide ? Op::i64_lt_u : Op::i32_lt_u);
        const Op leaves = is_down ? (is_wide ? Op::i64_le_s : Op::i32_le_s) : (is_wide ? Op::i64_ge_u : Op::i32_ge_u);
        const bool is_word = is_down && !is_wide && counting.end % counting.step == 0 && random_.one_in(3);
        Bytes test = code(Op::local_get, counting.counter);
        if (is_word && is_left) append(test, op(Op::i32_eqz));
        if (!is_word) append(test, code(end, is_left ? leaves : stays));
        const Bytes inner = Ordered{loop_body(), advance(counting, is_down), Op::drop};
        const Bytes again =
            random_.one_in(4) ? Bytes(Ordered{condition(), Op::br_if, 0U, work(), Op::br, 0U}) : code(Op::br, 0U);
        if (is_left)
            return code(Op::block, kEmptyBlock, Op::loop, kEmptyBlock, test, Op::br_if, 1U, inner, again, Op::end,
                        Op::end);
        return code(Op::loop, kEmptyBlock, test, Op::if_, kEmptyBlock, inner, Op::br, 1U, Op::end, Op::end);
    }

    /// The counter, advanced: by a tee, or read again.
    Bytes advance(const Counting& counting, bool is_negative) {
        const bool is_wide = counting.type == kI64;
        const bool subtracts = is_negative && random_.one_in(2);
        const Op which = subtracts ? (is_wide ? Op::i64_sub : Op::i32_sub) : (is_wide ? Op::i64_add : Op::i32_add);
        const Bytes step = number(counting.type, is_negative && !subtracts ? -counting.step : counting.step);
        const Bytes own = code(Op::local_get, counting.counter);
        const bool is_swapped = !subtracts && random_.one_in(3);
        Bytes out = code(is_swapped ? step : own, is_swapped ? own : step, which);
        const bool is_tee = random_.one_in(2);
        append(out, code(is_tee ? Op::local_tee : Op::local_set, counting.counter));
        if (!is_tee && random_.one_in(4)) append(out, work());
        if (!is_tee) append(out, own);
        return out;
    }

    Bytes while_up(const Counting& counting) {
        const bool is_wide = counting.type == kI64;
        Bytes out = advance(counting, false);
        const bool is_bound = random_.one_in(2);
        const Bytes end = is_bound ? code(Op::local_get, counting.bound) : number(counting.type, counting.end);
        const bool is_swapped = random_.one_in(4);
        if (is_swapped)
            out = code(end, out);
        else
            append(out, end);
        static constexpr std::array kOps = {Op::i32_lt_s, Op::i32_lt_u, Op::i32_ne,
                                            Op::i64_lt_s, Op::i64_lt_u, Op::i64_ne};
        static constexpr std::array kSwapped = {Op::i32_gt_s, Op::i32_gt_u, Op::i32_ne,
                                                Op::i64_gt_s, Op::i64_gt_u, Op::i64_ne};
        const std::uint32_t which = random_.below(3) + (is_wide ? 3 : 0);
        append(out, op(is_swapped ? kSwapped[which] : kOps[which]));
        if (random_.one_in(6)) append(out, code(Op::i32_eqz, Op::i32_eqz));
        return out;
    }

    Bytes while_down(const Counting& counting) {
        const bool is_wide = counting.type == kI64;
        Bytes out = advance(counting, true);
        switch (random_.below(4)) {
        case 0: return is_wide ? code(out, Op::i64_eqz, Op::i32_eqz) : out;
        case 1: return code(out, number(counting.type, 0), is_wide ? Op::i64_gt_s : Op::i32_gt_s);
        case 2: return code(out, number(counting.type, 1), is_wide ? Op::i64_ge_s : Op::i32_ge_s);
        default: return code(out, number(counting.type, 0), is_wide ? Op::i64_ne : Op::i32_ne);
        }
    }

    // Branches.

    /// A value that stays, above others that go.
    Bytes kept_across_branch() {
        const ValType type = number_type();
        const bool has_dropped = random_.one_in(2);
        const ValType below = number_type();
        Bytes out = code(Op::block, type);
        if (has_dropped) append(out, made(below));
        append(out, Ordered{random_.one_in(2) ? made(type) : read(type), condition(), Op::br_if, 0U});
        append(out, Ordered{Op::local_set, local_for(type)});
        if (has_dropped) append(out, Ordered{Op::local_set, local_for(below)});
        append(out, Ordered{work(), made(type), Op::end, Op::local_set, local_for(type)});
        return out;
    }

    /// Three targets, which owe differently and drop different words.
    Bytes kept_across_table() {
        if (random_.one_in(3)) return plain_table();
        Bytes out = code(Op::block, kI32, Op::block, kI32, Op::block, kI32);
        const bool has_dropped = random_.one_in(2);
        if (has_dropped) append(out, made(kI64));
        append(out, Ordered{made(kI32), read_word(), Op::i32_const, 3, Op::i32_and, Op::br_table, 3U});
        for (int i = 0; i < 4; ++i)
            append(out, code(random_.below(3)));
        append(out, Ordered{Op::end, work(), read_word(), Op::i32_add, Op::end, made(kI32), Op::i32_xor, Op::end});
        append(out, code(Op::local_set, word_local()));
        return out;
    }

    /// Without values: targets of which one begins another round.
    Bytes plain_table() {
        const bool has_loop = loops_ < kMostLoops;
        const std::uint32_t counter = kCounters + static_cast<std::uint32_t>(loops_);
        if (!has_loop) return table_jump(3);
        if (random_.one_in(2)) return table_loop(counter);
        ++loops_;
        Bytes out = code(Op::i32_const, 0, Op::local_set, counter, Op::block, kEmptyBlock);
        append(out, Ordered{Op::loop, kEmptyBlock, Op::block, kEmptyBlock, work()});
        append(out, code(Op::local_get, counter, Op::i32_const, 1, Op::i32_add, Op::local_tee, counter));
        // 1, 2 and 3: around, behind the block, and around again; then out of all.
        append(out, code(Op::i32_const, 1, Op::i32_sub, Op::br_table, 3U, 1U, 0U, 1U, 2U, Op::end));
        append(out, Ordered{statement(), Op::br, 0U, Op::end, Op::end});
        --loops_;
        return out;
    }

    /// Goes back by a table only, and for longer than a reserve.
    Bytes table_loop(std::uint32_t counter) {
        const int rounds = 1 + static_cast<int>(random_.below(80));
        Bytes out = code(Op::i32_const, 0, Op::local_set, counter, Op::block, kEmptyBlock);
        append(out, Ordered{Op::loop, kEmptyBlock, accumulate(kI32)});
        append(out, code(Op::local_get, counter, Op::i32_const, 1, Op::i32_add, Op::local_tee, counter));
        append(out, code(Op::i32_const, rounds, Op::i32_lt_u, Op::br_table, 1U, 1U, 0U, Op::end, Op::end));
        return out;
    }

    Bytes early_end() {
        if (!random_.one_in(4)) return work();
        if (is_last() || random_.one_in(2)) {
            return Ordered{condition(), condition(), Op::i32_and, Op::if_,
                           kEmptyBlock, made(kI64),  Op::return_, Op::end};
        }
        return Ordered{condition(), condition(),     Op::i32_and,   Op::if_, kEmptyBlock,
                       arguments(), Op::return_call, function_ + 1, Op::end};
    }

    Bytes call_work() {
        const std::uint32_t most = loops_ > 1 ? 4 : 2;
        if (is_last() || !random_.one_in(most)) return work();
        if (random_.one_in(3)) {
            const Bytes index = code(Op::i32_const, static_cast<int>(function_ + 1));
            return Ordered{read(kI64), arguments(), index,         Op::call_indirect, 0U,
                           0U,         Op::i64_add, Op::local_set, wide_local()};
        }
        const Bytes call = Ordered{arguments(), Op::call, function_ + 1};
        if (random_.one_in(3)) return code(call, Op::local_set, wide_local());
        return Ordered{read(kI64), call, Op::i64_xor, Op::local_set, wide_local()};
    }

    Bytes copy_work() {
        const Bytes length = random_.one_in(8) ? made(kI32) : Ordered{made(kI32), Op::i32_const, 255, Op::i32_and};
        if (random_.one_in(2)) return Ordered{sum_address(), read_word(), length, Op::memory_fill, std::uint8_t{0}};
        return Ordered{sum_address(), sum_address(), length, Op::memory_copy, std::uint8_t{0}, std::uint8_t{0}};
    }

    /// Thrown here or in a callee, caught with its number or by anything.
    Bytes caught() {
        const bool has_number = random_.one_in(2);
        // Much that is owed before the throw, and much behind it before the next check.
        const bool is_long = random_.one_in(2);
        const Bytes clause = has_number ? Bytes{0, 0, 0} : Bytes{2, 0};
        const Bytes thrown = Ordered{condition(), Op::if_, kEmptyBlock, read_word(), Op::throw_, 0U, Op::end};
        Bytes out = has_number ? code(Op::block, kI32) : code(Op::block, kEmptyBlock);
        append(out, Ordered{Op::try_table, kEmptyBlock, 1U, clause, statement()});
        if (is_long) append(out, line(8, 40));
        append(out, Ordered{thrown, statement(), Op::end});
        if (has_number) append(out, read_word());
        append(out, op(Op::end));
        if (has_number) append(out, code(Op::local_set, word_local()));
        if (is_long) append(out, line(8, 40));
        return out;
    }

    int loops_ = 0;
    int room_ = 0;
};

} // namespace detent::testing
