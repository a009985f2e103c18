// Usual instructions are judged as the rules judge them: an immediate that is written longer than it need be is read by
// the rules, and means the same. Source: spec, Validation, Instructions; Binary Format, Integers.
#include "engine/testing/verdict.hpp"
#include "engine/valid/usual.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace detent {

using namespace testing;

namespace {

/// A number below 64, in so many bytes.
Bytes padded(std::uint8_t number, std::size_t bytes) {
    Bytes out(bytes, 0x80);
    out.front() = static_cast<std::uint8_t>(out.front() | number);
    out.back() = static_cast<std::uint8_t>(out.back() & 0x7F);
    return out;
}

/// An instruction as a compiler writes it, and as none does.
struct Written {
    Bytes usual;
    Bytes unusual;
};

Written written(Op op, const Bytes& usual, const Bytes& unusual) { return {code(op, usual), code(op, unusual)}; }

/// Each with each index or alignment that is tried, valid or not.
std::vector<Written> writings_of(const UsualOp& one) {
    std::vector<Written> all;
    const auto add = [&](const Bytes& usual, const Bytes& unusual) { all.push_back(written(one.op, usual, unusual)); };
    switch (one.how) {
    case Usual::access:
        for (std::uint8_t alignment = 0; alignment < 5; ++alignment) {
            add({alignment, 5}, code(padded(alignment, 2), padded(5, 1)));
            add(code(alignment, padded(5, 5)), code(padded(alignment, 2), padded(5, 5)));
        }
        break;
    case Usual::local_get:
    case Usual::local_set:
    case Usual::local_tee:
    case Usual::global_get:
    case Usual::global_set:
    case Usual::br:
    case Usual::br_if:
    case Usual::call:
        for (std::uint8_t index = 0; index < 9; ++index)
            add({index}, padded(index, 2));
        break;
    case Usual::number:
        for (std::size_t bytes = 1; bytes < 6; ++bytes)
            add(padded(7, bytes),
                row(one.op).immediate == Immediate::i32 ? Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0x7F} : padded(7, 7));
        break;
    case Usual::block:
    case Usual::if_:
        // No type, and the first type of the module, which has no parameters and results.
        add({0x40}, {0x00});
        add({0x40}, padded(0, 2));
        break;
    case Usual::no:
    case Usual::end:
    case Usual::plain:
    case Usual::drop:
    case Usual::select:
    case Usual::bytes: break;
    }
    return all;
}

/// Locals and globals of each type, the last global constant, and a memory.
Bytes surroundings(const Bytes& instructions) {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    b.memory(1);
    b.global(kI32, true, code(Op::i32_const, 0));
    b.global(kI64, true, code(Op::i64_const, 0));
    b.global(kV128, true, code(Op::v128_const, Bytes(16)));
    b.global(kI32, false, code(Op::i32_const, 0));
    b.function(type, {{1, kI32}, {1, kI64}, {1, kF32}, {1, kF64}, {1, kV128}, {1, kFuncRef}}, instructions);
    return b.build();
}

/// What may lie on the stack before an instruction.
std::vector<Bytes> operands() {
    std::vector<Bytes> all{{}, code(Op::unreachable)};
    for (std::uint8_t first = 0; first < 6; ++first) {
        all.push_back(code(Op::local_get, first));
        all.push_back(code(Op::unreachable, Op::local_get, first));
        for (std::uint8_t second = 0; second < 6; ++second) {
            all.push_back(code(Op::local_get, first, Op::local_get, second));
            all.push_back(
                code(Op::local_get, 0, Op::block, std::uint8_t{0x40}, Op::local_get, first, Op::local_get, second));
        }
    }
    return all;
}

std::optional<ErrorCode> code_of(const std::optional<Error>& error) {
    return error ? std::optional(error->code) : std::nullopt;
}

} // namespace

TEST_CASE("valid-instr: an immediate in more bytes than it needs is judged as one in the fewest") {
    std::size_t compared = 0;
    for (const UsualOp& one : kUsualOps) {
        for (const Written& pair : writings_of(one)) {
            for (const Bytes& before : operands()) {
                // Whatever is left is dropped, so that the instruction itself decides.
                const auto judged = [&before](const Bytes& instruction) {
                    const auto module = surroundings(code(before, instruction, Op::unreachable, Op::end));
                    const auto outside = surroundings(code(before, instruction, Op::unreachable));
                    return std::pair(code_of(refusal(module, all_features())),
                                     code_of(refusal(outside, all_features())));
                };
                ++compared;
                if (judged(pair.usual) == judged(pair.unusual)) continue;
                FAIL_CHECK(to_text(one.op) << ", " << compared);
            }
        }
    }
    CHECK(compared > 10'000);
}

// Where any operand has two words, no list of types is taken as the usual ones are.
TEST_CASE("valid-call: a call above an operand of two words is judged as one without it") {
    const std::vector<std::pair<std::vector<ValType>, std::vector<ValType>>> types = {
        {{}, {}},
        {{kI32}, {}},
        {{}, {kI32}},
        {{kI64, kI32}, {kF32}},
        {{kI32, kI32}, {kI32, kI64}},
        {{kI32}, {kV128}},
        {{kFuncRef}, {kF64}},
        {std::vector<ValType>(9, kI32), {kI32}}};
    const std::vector<ValType> locals = {kI32, kI64, kF32, kF64, kV128, kFuncRef};
    const auto local_of = [&locals](ValType type) {
        return static_cast<std::uint8_t>(std::ranges::find(locals, type) - locals.begin());
    };
    const auto module = [&types](const Bytes& instructions) {
        ModuleBuilder b;
        const auto none = b.type({}, {});
        b.function(none, {{1, kI32}, {1, kI64}, {1, kF32}, {1, kF64}, {1, kV128}, {1, kFuncRef}}, instructions);
        for (const auto& [parameters, results] : types)
            b.function(b.type(parameters, results), {}, code(Op::unreachable));
        return b.build();
    };
    std::size_t valid = 0;
    for (std::uint8_t function = 0; function < types.size() + 2; ++function) {
        for (const Bytes& before : operands()) {
            Bytes call = code(before, Op::call, function);
            // Function 0 is the one that calls.
            const bool is_known = function > 0 && function <= types.size();
            const std::vector<ValType> results = is_known ? types[function - 1].second : std::vector<ValType>();
            for (auto result = results.rbegin(); result != results.rend(); ++result)
                call = code(call, Op::local_set, local_of(*result));
            call = code(call, Op::unreachable);
            const auto alone = refusal(module(call), all_features());
            const auto above = refusal(module(code(Op::v128_const, Bytes(16), call)), all_features());
            INFO("function " << int{function});
            CHECK(code_of(alone) == code_of(above));
            valid += alone ? 0U : 1U;
        }
    }
    CHECK(valid > 100);
}

TEST_CASE("valid-instr: a usual instruction that is cut off is reported where it ends") {
    for (const UsualOp& one : kUsualOps) {
        for (const Written& pair : writings_of(one)) {
            const Bytes& whole = pair.usual;
            for (std::size_t length = 1; length < whole.size(); ++length) {
                // The body ends within the immediates, with no `end`.
                const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
                const Bytes body = code(std::uint8_t{0}, Op::i32_const, 0, Op::i32_const, 0, cut);
                const WithBody made = with_raw_body(function_table_and_memory(), body);
                const std::optional<Error> error = refusal(made.bytes, all_features());
                INFO(to_text(one.op) << ", " << length << " bytes");
                REQUIRE(error);
                CHECK(error->code == ErrorCode::unexpected_end);
                CHECK(error->offset == made.bytes.size());
            }
        }
    }
}

TEST_CASE("valid-local.get: locals on both sides of 128 have the types that they are declared with") {
    const auto verdict = [](std::uint32_t index, ValType type) {
        ModuleBuilder b;
        const auto one = b.type({kI64, kF32}, {type});
        b.function(one, {{100, kI32}, {0, kV128}, {26, kF64}, {1, kI64}, {3, kF32}}, code(Op::local_get, index));
        return code_of(refusal(b.build(), all_features()));
    };
    const auto is = [&verdict](std::uint32_t index, ValType type) {
        INFO("local " << index);
        CHECK(verdict(index, type) == std::nullopt);
        CHECK(verdict(index, type == kI32 ? kI64 : kI32) == ErrorCode::type_mismatch);
    };
    is(0, kI64);
    is(1, kF32);
    is(2, kI32);
    is(101, kI32);
    is(102, kF64);
    is(127, kF64);
    is(128, kI64);
    is(129, kF32);
    is(131, kF32);
    CHECK(verdict(132, kI32) == ErrorCode::unknown_local);
}

} // namespace detent
