// Generator: valid modules at random, that always end, for properties. The same seed gives the same module.
//
// Function 0 is exported as "f" with type [i32 i64] -> [i64]; it calls the others, directly and through a table; memory
// 0 has one page. Plain instructions are chosen from the table, so that a new row takes part by itself.
#pragma once

#include "engine/testing/program.hpp"
#include "engine/testing/random.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace detent::testing {

/// A plain instruction: operands and result are number types.
struct PlainOp {
    Op op;
    std::vector<ValType> operands;
    ValType result;
};

inline std::vector<PlainOp> plain_ops(FeatureSet features) {
    std::vector<PlainOp> all;
    const auto type_named = [](std::string_view word) {
        return word == "i32" ? kI32 : word == "i64" ? kI64 : word == "f32" ? kF32 : word == "f64" ? kF64 : kBottom;
    };
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const OpRow& facts = kOpRows[i];
        if (facts.immediate != Immediate::none || !features.has(facts.feature)) continue;
        PlainOp plain{static_cast<Op>(i), {}, kBottom};
        std::vector<ValType> types;
        bool known = true;
        std::string_view rest = facts.type;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            const std::string_view word = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (word == "->") {
                plain.operands = std::move(types);
                types.clear();
                continue;
            }
            types.push_back(type_named(word));
            known = known && types.back() != kBottom;
        }
        if (!known || types.size() != 1 || plain.operands.empty()) continue;
        plain.result = types[0];
        all.push_back(plain);
    }
    return all;
}

/// `code` whose parts are made from left to right: with braces the order is the language's, in a call the compiler's.
struct Ordered {
    template <class... Parts>
    explicit Ordered(const Parts&... parts) : bytes(code(parts...)) {}

    operator Bytes() const { return bytes; } // NOLINT(google-explicit-constructor)

    Bytes bytes;
};

inline Bytes part(const Ordered& ordered) { return ordered.bytes; }

class Generator {
  public:
    explicit Generator(std::uint64_t seed, FeatureSet features = profile().features)
        : random_(seed), plain_(plain_ops(features)) {}

    Bytes module() {
        ModuleBuilder b;
        const std::uint32_t type = b.type({kI32, kI64}, {kI64});
        for (std::uint32_t i = 0; i < kFunctions; ++i) {
            function_ = i;
            b.function(type,
                       {{kLocalsOfEach, kI32}, {kLocalsOfEach, kI64}, {kLocalsOfEach, kF32}, {kLocalsOfEach, kF64}},
                       body());
        }
        b.table(kFuncRef, kFunctions + 2, kFunctions + 9);
        b.memory(1, 4);
        b.global(kI64, true, code(Op::i64_const, 3));
        b.export_function("f", 0);
        b.export_memory("memory", 0);
        b.active_elements(code(Op::i32_const, 0), {0, 1, 2});
        b.passive_data({1, 2, 3, 4, 5, 6, 7, 8, 9});
        return b.build();
    }

  protected:
    static constexpr std::uint32_t kFunctions = 3;
    static constexpr std::uint32_t kLocalsOfEach = 3;
    /// Parameters are locals 0 (i32) and 1 (i64); the last i32 local counts loops down.
    static constexpr std::uint32_t kLoopCounter = 2 + kLocalsOfEach - 1;

    Bytes body() {
        Bytes out;
        budget_ = 40;
        for (std::uint32_t n = 2 + random_.below(4); n != 0; --n)
            append(out, statement(0));
        append(out, expression(kI64, 0));
        return out;
    }

    std::uint32_t local_of(ValType type) {
        const std::uint32_t which = random_.below(kLocalsOfEach - (type == kI32 ? 1 : 0));
        const std::uint32_t kind = type == kI32 ? 0 : type == kI64 ? 1 : type == kF32 ? 2 : 3;
        return 2 + kind * kLocalsOfEach + which;
    }

    ValType any_type() { return std::array{kI32, kI64, kF32, kF64}[random_.below(4)]; }

    Bytes constant(ValType type) {
        static constexpr std::int64_t kInteresting[] = {0, 1, -1, 2, 31, 63, 65535, 2147483647, -2147483648LL};
        const std::int64_t value = kInteresting[random_.below(std::size(kInteresting))];
        if (type == kI32) return code(Op::i32_const, static_cast<std::int32_t>(value));
        if (type == kI64) return code(Op::i64_const, value);
        if (type == kF32) return Ordered{Op::f32_const, little_endian(random_.next(), 4)};
        return Ordered{Op::f64_const, little_endian(random_.next(), 8)};
    }

    Bytes expression(ValType type, int depth) {
        if (depth > 4 || budget_ <= 0) return leaf(type);
        --budget_;
        switch (random_.below(8)) {
        case 0: return leaf(type);
        case 1: return choice(type, depth);
        case 2:
            return Ordered{expression(type, depth + 1), expression(type, depth + 1), expression(kI32, depth + 1),
                           Op::select};
        case 3: return type == kI64 ? call(depth) : load(type, depth);
        case 4: return Ordered{expression(type, depth + 1), Op::local_tee, local_of(type)};
        default: return plain(type, depth);
        }
    }

    Bytes leaf(ValType type) {
        if (type == kI64 && random_.one_in(6)) return code(Op::global_get, 0U);
        if (type == kI32 && random_.one_in(4)) return code(Op::local_get, 0);
        if (type == kI64 && random_.one_in(4)) return code(Op::local_get, 1);
        if (random_.one_in(2)) return constant(type);
        return Ordered{Op::local_get, local_of(type)};
    }

    Bytes plain(ValType type, int depth) {
        std::vector<const PlainOp*> fitting;
        // What can trap is offered rarely, so that more than the beginning of a body runs.
        const bool may_trap = random_.one_in(16);
        for (const PlainOp& one : plain_) {
            if (one.result == type && (may_trap || !can_trap(one.op))) fitting.push_back(&one);
        }
        const PlainOp& chosen = *fitting[random_.below(static_cast<std::uint32_t>(fitting.size()))];
        Bytes out;
        for (const ValType operand : chosen.operands)
            append(out, expression(operand, depth + 1));
        append(out, op(chosen.op));
        return out;
    }

    static bool can_trap(Op op) {
        const bool saturates = row(op).feature == Feature::saturating_conversion;
        const bool truncates = row(op).mnemonic.find("trunc_f") != std::string_view::npos;
        return row(op).work_class == WorkClass::int_divide || (truncates && !saturates);
    }

    Bytes choice(ValType type, int depth) {
        Bytes out = Ordered{expression(kI32, depth + 1), Op::if_, type};
        append(out, Ordered{expression(type, depth + 1), Op::else_, expression(type, depth + 1), Op::end});
        return out;
    }

    /// Only later functions are called, so that every module ends; indirect calls may trap instead.
    Bytes call(int depth) {
        Bytes arguments = Ordered{expression(kI32, depth + 1), expression(kI64, depth + 1)};
        const bool is_last = function_ + 1 == kFunctions;
        if (random_.one_in(is_last ? 8 : 2)) {
            const auto callee = static_cast<int>(function_ + 1 + (random_.one_in(8) ? random_.below(5) : 0));
            return code(arguments, Op::i32_const, callee, Op::call_indirect, 0U, 0U);
        }
        if (!is_last) return Ordered{arguments, Op::call, function_ + 1};
        return Ordered{arguments, Op::drop, Op::i64_extend_i32_u};
    }

    /// Mostly in bounds.
    Bytes address(int depth) {
        if (random_.one_in(12)) return expression(kI32, depth + 1);
        return Ordered{expression(kI32, depth + 1), Op::i32_const, 32767, Op::i32_and};
    }

    Bytes load(ValType type, int depth) {
        const Op which = type == kI32   ? (random_.one_in(2) ? Op::i32_load : Op::i32_load8_s)
                         : type == kI64 ? (random_.one_in(2) ? Op::i64_load : Op::i64_load32_u)
                         : type == kF32 ? Op::f32_load
                                        : Op::f64_load;
        return Ordered{address(depth), which, 0U, random_.below(64)};
    }

    Bytes statement(int depth) {
        --budget_;
        if (depth > 3 || budget_ <= 0) return code(Op::nop);
        switch (random_.below(12)) {
        case 0:
            return Ordered{Op::block, kEmptyBlock, statement(depth + 1), exit(depth), statement(depth + 1), Op::end};
        case 1: return depth == 0 ? loop(depth) : code(Op::nop);
        case 2: return Ordered{expression(kI32, depth), Op::if_, kEmptyBlock, statement(depth + 1), Op::end};
        case 3: return store(depth);
        case 4: return Ordered{expression(kI64, depth), Op::global_set, 0U};
        case 5: return table_jump(depth);
        case 6: return bulk(depth);
        case 8: return table_work(depth);
        case 7:
            return Ordered{expression(kI32, depth), Op::i32_const,   1,       Op::i32_and,
                           Op::memory_grow,         std::uint8_t{0}, Op::drop};
        default: {
            const ValType type = any_type();
            return Ordered{expression(type, depth), Op::local_set, local_of(type)};
        }
        }
    }

    Bytes store(int depth) {
        const ValType type = any_type();
        const Op which = type == kI32   ? (random_.one_in(2) ? Op::i32_store : Op::i32_store8)
                         : type == kI64 ? (random_.one_in(2) ? Op::i64_store : Op::i64_store16)
                         : type == kF32 ? Op::f32_store
                                        : Op::f64_store;
        return Ordered{address(depth), expression(type, depth), which, 0U, random_.below(64)};
    }

    /// Only null is written, so that no function is ever called by an earlier one.
    Bytes table_work(int depth) {
        const auto index = Ordered{expression(kI32, depth), Op::i32_const, 3, Op::i32_and};
        switch (random_.below(4)) {
        case 0: return code(index, Op::table_get, 0U, Op::ref_is_null, Op::drop);
        case 1: return code(index, Op::ref_null, kFuncRef, Op::table_set, 0U);
        case 2: return code(Op::ref_null, kFuncRef, index, Op::table_grow, 0U, Op::drop);
        default: return code(index, Op::ref_null, kFuncRef, Op::i32_const, 1, Op::table_fill, 0U);
        }
    }

    Bytes exit(int depth) { return Ordered{expression(kI32, depth), Op::br_if, 0U}; }

    Bytes loop(int depth) {
        Bytes out = Ordered{Op::i32_const, static_cast<int>(1 + random_.below(5)), Op::local_set, kLoopCounter};
        append(out, Ordered{Op::loop, kEmptyBlock, statement(depth + 1), statement(depth + 1)});
        append(out, code(Op::local_get, kLoopCounter, Op::i32_const, 1, Op::i32_sub, Op::local_tee, kLoopCounter));
        append(out, code(Op::br_if, 0U, Op::end));
        return out;
    }

    Bytes table_jump(int depth) {
        Bytes out = code(Op::block, kEmptyBlock, Op::block, kEmptyBlock, Op::block, kEmptyBlock);
        append(out, Ordered{expression(kI32, depth + 1), Op::br_table, 2U, 0U, 1U, 2U, Op::end});
        append(out, Ordered{statement(depth + 1), Op::end, statement(depth + 1), Op::end});
        return out;
    }

    Bytes bulk(int depth) {
        Bytes operands =
            Ordered{address(depth), address(depth), expression(kI32, depth), Op::i32_const, 255, Op::i32_and};
        if (random_.one_in(3)) return code(operands, Op::memory_fill, std::uint8_t{0});
        if (random_.one_in(2)) return code(operands, Op::memory_copy, std::uint8_t{0}, std::uint8_t{0});
        return Ordered{
            address(depth), Op::i32_const, 1, Op::i32_const, static_cast<int>(random_.below(10)), Op::memory_init, 0U,
            std::uint8_t{0}};
    }

    Random random_;
    std::vector<PlainOp> plain_;
    std::uint32_t function_ = 0;
    int budget_ = 0;
};

} // namespace detent::testing
