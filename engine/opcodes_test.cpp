// The instruction table. Source: spec, Binary Format, Instructions; opcodes.def.
#include "engine/opcodes.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

namespace detent {

TEST_CASE("binary-instr: each row is found by its opcode, and no other opcode is") {
    std::set<std::pair<unsigned, unsigned>> rows;
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const OpRow& one = kOpRows[i];
        INFO(one.mnemonic);
        CHECK(op_from(one.prefix, one.code) == static_cast<Op>(i));
        CHECK(to_text(static_cast<Op>(i)) == one.mnemonic);
        rows.insert({one.prefix, one.code});
    }
    CHECK(rows.size() == kOpCount);
    rows.insert({{0, 0x05}, {0, 0x0B}});
    std::size_t wrong = 0;
    for (unsigned prefix = 0; prefix < 256; ++prefix) {
        for (unsigned code = 0; code < 0x300; ++code) {
            const bool is_legal = op_from(static_cast<std::uint8_t>(prefix), code) != Op::illegal;
            wrong += is_legal == rows.contains({prefix, code}) ? 0U : 1U;
        }
    }
    for (unsigned code = 0; code < 256; ++code)
        wrong += op_from(static_cast<std::uint8_t>(code)) == op_from(0, code) ? 0U : 1U;
    CHECK(wrong == 0);
    CHECK(op_from(0xFC, 0xFFFF'FFFF) == Op::illegal);
}

TEST_CASE("binary-instr: opcodes are those of the specification") {
    CHECK(op_from(0, 0x00) == Op::unreachable);
    CHECK(op_from(0, 0x0F) == Op::return_);
    CHECK(op_from(0, 0x1C) == Op::select_t);
    CHECK(op_from(0, 0x28) == Op::i32_load);
    CHECK(op_from(0, 0x40) == Op::memory_grow);
    CHECK(op_from(0, 0x6A) == Op::i32_add);
    CHECK(op_from(0, 0xA7) == Op::i32_wrap_i64);
    CHECK(op_from(0, 0xC4) == Op::i64_extend32_s);
    CHECK(op_from(0, 0xD2) == Op::ref_func);
    CHECK(op_from(0xFB, 0x1E) == Op::i31_get_u);
    CHECK(op_from(0xFC, 0x07) == Op::i64_trunc_sat_f64_u);
    CHECK(op_from(0xFC, 0x0B) == Op::memory_fill);
    CHECK(op_from(0xFC, 0x11) == Op::table_fill);
    CHECK(op_from(0xFD, 0x0C) == Op::v128_const);
    CHECK(op_from(0xFD, 0xFF) == Op::f64x2_convert_low_i32x4_u);
    CHECK(op_from(0xFD, 0x113) == Op::i32x4_relaxed_dot_i8x16_i7x16_add_s);
    CHECK(op_from(0, 0x05) == Op::else_);
    CHECK(op_from(0, 0x0B) == Op::end);
    CHECK(to_text(Op::end) == "end");
    CHECK(to_text(Op::else_) == "else");
    CHECK(to_text(Op::illegal) == "illegal");
}

TEST_CASE("binary-instr: WebAssembly 1.0 has 172 instructions, and each feature the number it brought") {
    std::map<Feature, std::size_t> count;
    for (const OpRow& one : kOpRows)
        ++count[one.feature];
    CHECK(count[Feature::mvp] + 2 == 172); // with the delimiters
    CHECK(count[Feature::sign_extension] == 5);
    CHECK(count[Feature::saturating_conversion] == 8);
    CHECK(count[Feature::bulk_memory] == 7);
    CHECK(count[Feature::reference_types] == 9);
    CHECK(count[Feature::simd] == 236);
    CHECK(count[Feature::relaxed_simd] == 20);
    CHECK(count[Feature::tail_call] == 2);
    CHECK(count[Feature::wide_arithmetic] == 4);
}

} // namespace detent
