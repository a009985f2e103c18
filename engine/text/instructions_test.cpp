// Every row of opcodes.def: its mnemonic with immediates of its kind gives its opcode and the bytes of those
// immediates, which are written here by hand from the specification's Binary Format.
#include "engine/opcodes.hpp"
#include "engine/text/testing/marked.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace detent::text {

namespace {

/// Immediates as text, and as bytes.
struct Sample {
    std::string text;
    std::string bytes;
};

Sample memory_sample(unsigned exponent, bool has_lane) {
    Sample out{"offset=300", "0" + std::to_string(exponent) + " ac 02"};
    if (has_lane) out = {out.text + " 1", out.bytes + " 01"};
    return out;
}

Sample constant_sample(Immediate immediate) {
    if (immediate == Immediate::i32) return {"-65", "bf 7f"};
    if (immediate == Immediate::i64) return {"64", "c0 00"};
    if (immediate == Immediate::f32) return {"-2", "00 00 00 c0"};
    if (immediate == Immediate::f64) return {"0x1p-1", "00 00 00 00 00 00 e0 3f"};
    return {"i32x4 1 2 3 -1", "01 00 00 00 02 00 00 00 03 00 00 00 ff ff ff ff"};
}

/// For each kind of immediate. The module has a type 0, [] -> [], and everything else goes by number.
Sample sample_of(Immediate immediate) {
    switch (immediate) {
    case Immediate::none: return {"", ""};
    case Immediate::block_type: return {"(result i32) end", "7f 0b"};
    case Immediate::label: return {"5", "05"};
    case Immediate::label_table: return {"1 2 3", "02 01 02 03"};
    case Immediate::func:
    case Immediate::type:
    case Immediate::local:
    case Immediate::global:
    case Immediate::table:
    case Immediate::elem:
    case Immediate::data:
    case Immediate::memory:
    case Immediate::tag: return {"128", "80 01"};
    case Immediate::type_table: return {"7 (type 0)", "00 07"};
    case Immediate::table_table:
    case Immediate::memory_memory:
    case Immediate::type_field:
    case Immediate::type_count:
    case Immediate::type_data:
    case Immediate::type_elem:
    case Immediate::type_type: return {"1 2", "01 02"};
    // The text has the place in front of the segment, the bytes have it behind.
    case Immediate::elem_table:
    case Immediate::data_memory: return {"1 2", "02 01"};
    case Immediate::mem_8: return memory_sample(0, false);
    case Immediate::mem_16: return memory_sample(1, false);
    case Immediate::mem_32: return memory_sample(2, false);
    case Immediate::mem_64: return memory_sample(3, false);
    case Immediate::mem_128: return memory_sample(4, false);
    case Immediate::mem_8_lane: return memory_sample(0, true);
    case Immediate::mem_16_lane: return memory_sample(1, true);
    case Immediate::mem_32_lane: return memory_sample(2, true);
    case Immediate::mem_64_lane: return memory_sample(3, true);
    case Immediate::lane_16:
    case Immediate::lane_8:
    case Immediate::lane_4:
    case Immediate::lane_2: return {"1", "01"};
    case Immediate::lanes_16:
        return {"0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31", "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 1f"};
    case Immediate::i32:
    case Immediate::i64:
    case Immediate::f32:
    case Immediate::f64:
    case Immediate::v128: return constant_sample(immediate);
    case Immediate::select_types: return {"(result i32)", "01 7f"};
    case Immediate::heap_type: return {"any", "6e"};
    case Immediate::cast: return {"1 anyref (ref eq)", "01 01 6e 6d"};
    case Immediate::try_table: return {"(catch_all 0) end", "40 01 02 00 0b"};
    }
    return {};
}

/// The two tests whose opcode their type chooses are written with that type.
Sample sample_of(Op op) {
    if (op == Op::ref_test || op == Op::ref_cast) return {"(ref any)", "6e"};
    if (op == Op::ref_test_null || op == Op::ref_cast_null) return {"anyref", "6e"};
    return sample_of(row(op).immediate);
}

std::string opcode_of(const OpRow& one) {
    std::vector<std::uint8_t> out;
    if (one.prefix != 0) out.push_back(one.prefix);
    if (one.prefix != 0 && one.code >= 0x80) out.push_back(static_cast<std::uint8_t>((one.code & 0x7F) | 0x80));
    out.push_back(static_cast<std::uint8_t>(one.prefix != 0 && one.code >= 0x80 ? one.code >> 7 : one.code));
    return hex(out);
}

} // namespace

TEST_CASE("binary-instr: every row of the table, with its immediates") {
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const Op op = static_cast<Op>(i);
        const Sample sample = sample_of(op);
        const std::string text = std::string(row(op).mnemonic) + " " + sample.text;
        const std::string bytes = opcode_of(row(op)) + (sample.bytes.empty() ? "" : " ") + sample.bytes;
        INFO(text);
        CHECK(assembled("(type (func)) (func " + text + ")").find(" 00 " + bytes + " 0b") != std::string::npos);
    }
}

} // namespace detent::text
