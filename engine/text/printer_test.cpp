// The text of each kind of field and immediate. The expected texts are written by hand from the grammar of the text
// format, in the layout of this printer.
#include "engine/testing/module_builder.hpp"
#include "engine/text/printer.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace detent::text {

using namespace testing;

namespace {

std::string text_of(const Bytes& bytes, const PrintOptions& options = {}) {
    Result<std::string> printed = print_module(bytes, options);
    if (printed.has_error()) {
        throw std::runtime_error(std::string(to_text(printed.error().code)) + " at " +
                                 std::to_string(printed.error().offset));
    }
    return printed.value();
}

/// The fields of a module, without `(module` and the last parenthesis.
std::string fields_of(const Bytes& bytes) {
    const std::string text = text_of(bytes);
    constexpr std::string_view kBegin = "(module\n";
    constexpr std::string_view kEnd = ")\n";
    if (!text.starts_with(kBegin) || !text.ends_with(kEnd)) throw std::runtime_error("no module: " + text);
    return text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size());
}

/// A section of one entry behind what it needs.
std::string field_of(std::uint8_t id, const Bytes& entry) {
    return fields_of(module_bytes(vector_section(id, {entry})));
}

const Bytes kFunctionType = {0x60, 0, 0};

/// A module of one function without parameters, with these instructions.
Bytes with_body(const Bytes& instructions, const Bytes& behind = {}) {
    return module_bytes(vector_section(1, {kFunctionType}), vector_section(3, {{0}}), section(12, {9}),
                        vector_section(10, {sized(code(std::uint8_t{0}, instructions, Op::end))}),
                        vector_section(11, std::vector<Bytes>(9, Bytes{1, 0})), behind);
}

/// The instructions, each with its own indentation.
std::string body_text(const Bytes& instructions) {
    constexpr std::string_view kHead = "(func (;0;) (type 0)";
    const std::string text = text_of(with_body(instructions));
    const std::size_t begin = text.find(kHead) + kHead.size();
    return text.substr(begin, text.find("\n  (data") - begin - 1);
}

std::string one(const Bytes& instruction) {
    constexpr std::string_view kIndentation = "\n    ";
    return body_text(instruction).substr(kIndentation.size());
}

} // namespace

TEST_CASE("text-module: a module of nothing") { CHECK(text_of(module_bytes()) == "(module)\n"); }

TEST_CASE("text-type: function types, and every value type") {
    CHECK(field_of(1, kFunctionType) == "  (type (;0;) (func))");
    CHECK(field_of(1, {0x60, 5, 0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 2, 0x70, 0x6F}) ==
          "  (type (;0;) (func (param i32 i64 f32 f64 v128) (result funcref externref)))");
    CHECK(field_of(1, {0x60, 10, 0x74, 0x73, 0x72, 0x71, 0x6E, 0x6D, 0x6C, 0x6B, 0x6A, 0x69, 0}) ==
          "  (type (;0;) (func (param nullexnref nullfuncref nullexternref nullref anyref eqref i31ref structref "
          "arrayref exnref)))");
    CHECK(field_of(1, {0x60, 3, 0x64, 0x70, 0x64, 0x00, 0x63, 0x85, 0x01, 0}) ==
          "  (type (;0;) (func (param (ref func) (ref 0) (ref null 133))))");
}

TEST_CASE("text-type: structures, arrays, subtypes and groups") {
    CHECK(field_of(1, {0x5F, 0}) == "  (type (;0;) (struct))");
    CHECK(field_of(1, {0x5F, 3, 0x7F, 1, 0x78, 0, 0x77, 1}) ==
          "  (type (;0;) (struct (field (mut i32) i8 (mut i16))))");
    CHECK(field_of(1, {0x5E, 0x78, 1}) == "  (type (;0;) (array (mut i8)))");
    CHECK(field_of(1, {0x50, 0, 0x5F, 0}) == "  (type (;0;) (sub (struct)))");
    CHECK(field_of(1, {0x4F, 1, 3, 0x5F, 0}) == "  (type (;0;) (sub final 3 (struct)))");
    CHECK(field_of(1, {0x4E, 0}) == "  (rec)");
    CHECK(field_of(1, {0x4E, 2, 0x5F, 0, 0x50, 1, 0, 0x5F, 0}) ==
          "  (rec\n    (type (;0;) (struct))\n    (type (;1;) (sub 0 (struct))))");
}

TEST_CASE("text-import: each kind, in order") {
    const Bytes imports = vector_section(2, {code(name_bytes("m"), name_bytes("f"), Bytes{0, 0}),
                                             code(name_bytes("m"), name_bytes("t"), Bytes{1, 0x70, 0x05, 1, 2}),
                                             code(name_bytes("m"), name_bytes("\n\"\\"), Bytes{2, 0x00, 1}),
                                             code(name_bytes(""), name_bytes("g"), Bytes{3, 0x7E, 1}),
                                             code(name_bytes("m"), name_bytes("x"), Bytes{4, 0, 0})});
    CHECK(fields_of(module_bytes(vector_section(1, {{0x60, 1, 0x7F, 0}}), imports)) ==
          "  (type (;0;) (func (param i32)))\n"
          "  (import \"m\" \"f\" (func (;0;) (type 0) (param i32)))\n"
          "  (import \"m\" \"t\" (table (;0;) i64 1 2 funcref))\n"
          "  (import \"m\" \"\\n\\\"\\\\\" (memory (;0;) 1))\n"
          "  (import \"\" \"g\" (global (;0;) (mut i64)))\n"
          "  (import \"m\" \"x\" (tag (;0;) (type 0) (param i32)))");
}

TEST_CASE("text-table: limits and initialisers") {
    CHECK(field_of(4, {0x6F, 0x00, 0}) == "  (table (;0;) 0 externref)");
    CHECK(field_of(4, {0x64, 0x70, 0x01, 1, 2}) == "  (table (;0;) 1 2 (ref func))");
    CHECK(field_of(4, code(Bytes{0x40, 0x00, 0x70, 0x00, 5}, Op::ref_func, 3, Op::end)) ==
          "  (table (;0;) 5 funcref (ref.func 3))");
}

TEST_CASE("text-mem: limits, address types and page sizes") {
    CHECK(field_of(5, {0x00, 0}) == "  (memory (;0;) 0)");
    CHECK(field_of(5, code(Bytes{0x05}, 0U, 0xFFFF'FFFF'FFFFULL)) == "  (memory (;0;) i64 0 281474976710655)");
    CHECK(field_of(5, {0x09, 1, 2, 0}) == "  (memory (;0;) 1 2 (pagesize 1))");
    CHECK(field_of(5, {0x0C, 1, 16}) == "  (memory (;0;) i64 1 (pagesize 65536))");
}

TEST_CASE("text-global, text-tag, text-export, text-start") {
    CHECK(field_of(6, code(kI32, std::uint8_t{0}, Op::i32_const, -5, Op::end)) ==
          "  (global (;0;) i32 (i32.const -5))");
    CHECK(field_of(6, code(kI64, std::uint8_t{1}, Op::i64_const, 1, Op::i64_const, 2, Op::i64_add, Op::end)) ==
          "  (global (;0;) (mut i64) (i64.const 1) (i64.const 2) (i64.add))");
    // No data count section is needed for a constant expression.
    CHECK(field_of(6, code(Bytes{0x64, 0, 0}, Op::array_new_data, 0, 1, Op::end)) ==
          "  (global (;0;) (ref 0) (array.new_data 0 1))");
    CHECK(field_of(13, {0, 7}) == "  (tag (;0;) (type 7))");
    CHECK(field_of(7, code(name_bytes("é\x1B"), Bytes{3, 2})) == "  (export \"é\\1b\" (global 2))");
    CHECK(fields_of(module_bytes(section(8, {4}))) == "  (start 4)");
}

TEST_CASE("text-elem: each form of the bytes is the one that its text has as its shortest") {
    const Bytes zero = code(Op::i32_const, 0, Op::end);
    const Bytes null = code(Op::ref_null, std::uint8_t{0x70}, Op::end);
    CHECK(field_of(9, code(0U, zero, Bytes{2, 1, 2})) == "  (elem (;0;) (i32.const 0) func 1 2)");
    CHECK(field_of(9, code(1U, Bytes{0, 1, 7})) == "  (elem (;0;) func 7)");
    CHECK(field_of(9, code(2U, 1U, zero, Bytes{0, 0})) == "  (elem (;0;) (table 1) (i32.const 0) func)");
    CHECK(field_of(9, code(3U, Bytes{0, 1, 7})) == "  (elem (;0;) declare func 7)");
    CHECK(field_of(9, code(4U, zero, Bytes{1}, null)) == "  (elem (;0;) (i32.const 0) funcref (ref.null func))");
    CHECK(field_of(9, code(5U, Bytes{0x6F, 0})) == "  (elem (;0;) externref)");
    CHECK(field_of(9, code(6U, 1U, zero, Bytes{0x64, 0x70, 1}, Op::i32_const, 1, Op::ref_i31, Op::end)) ==
          "  (elem (;0;) (table 1) (i32.const 0) (ref func) (item (i32.const 1) (ref.i31)))");
    CHECK(field_of(9, code(7U, Bytes{0x70, 1}, Op::end)) == "  (elem (;0;) declare funcref (item))");
}

TEST_CASE("text-data: active, passive, and many bytes") {
    const Bytes zero = code(Op::i32_const, 0, Op::end);
    CHECK(field_of(11, code(0U, zero, Bytes{3, 'a', 0, 0xFF})) == "  (data (;0;) (i32.const 0) \"a\\00\\ff\")");
    CHECK(field_of(11, {1, 0}) == "  (data (;0;) \"\")");
    CHECK(field_of(11, code(2U, 3U, Op::global_get, 0, Op::i32_const, 1, Op::i32_add, Op::end, Bytes{0})) ==
          "  (data (;0;) (memory 3) (offset (global.get 0) (i32.const 1) (i32.add)) \"\")");
    CHECK(field_of(11, code(1U, sized(Bytes(65, 'x')))) ==
          "  (data (;0;)\n    \"" + std::string(64, 'x') + "\"\n    \"x\")");
}

TEST_CASE("text-func: parameters, results and locals") {
    const Bytes module = module_bytes(
        vector_section(1, {{0x60, 2, 0x7F, 0x7E, 1, 0x7D}}), vector_section(3, {{0}}),
        vector_section(10, {sized(code(Bytes{2, 2, 0x7F, 1, 0x7B}, Op::local_get, 4, Op::drop, Op::end))}));
    CHECK(fields_of(module) == "  (type (;0;) (func (param i32 i64) (result f32)))\n"
                               "  (func (;0;) (type 0) (param i32 i64) (result f32)\n"
                               "    (local i32 i32 v128)\n"
                               "    local.get 4\n"
                               "    drop)");
    CHECK(body_text({}).empty());
}

TEST_CASE("text-instr: blocks, labels and branches") {
    CHECK(body_text(code(Op::block, kEmptyBlock, Op::loop, kI32, Op::br, 1, Op::end, Op::if_, 0, Op::nop, Op::else_,
                         Op::br_table, 2, 0, 2, 9, Op::end, Op::end)) == "\n    block (;@1;)"
                                                                         "\n      loop (;@2;) (result i32)"
                                                                         "\n        br 1 (;@1;)"
                                                                         "\n      end"
                                                                         "\n      if (;@2;) (type 0)"
                                                                         "\n        nop"
                                                                         "\n      else"
                                                                         "\n        br_table 0 (;@2;) 2 (;@0;) 9"
                                                                         "\n      end"
                                                                         "\n    end");
}

TEST_CASE("text-try_table: the labels of its clauses are outside of it") {
    CHECK(body_text(code(Op::block, kEmptyBlock, Op::try_table, kEmptyBlock, 4, 0, 5, 0, 1, 6, 1, 2, 0, 3, 1, Op::end,
                         Op::end)) == "\n    block (;@1;)"
                                      "\n      try_table (;@2;) (catch 5 0 (;@1;)) (catch_ref 6 1 (;@0;)) "
                                      "(catch_all 0 (;@1;)) (catch_all_ref 1 (;@0;))"
                                      "\n      end"
                                      "\n    end");
}

TEST_CASE("text-instr: indices stand in the order of the text, and zero is left out where it may be") {
    CHECK(one(code(Op::call, 3)) == "call 3");
    CHECK(one(code(Op::call_indirect, 0, 0)) == "call_indirect (type 0)");
    CHECK(one(code(Op::call_indirect, 7, 2)) == "call_indirect 2 (type 7)");
    CHECK(one(code(Op::return_call_ref, 7)) == "return_call_ref 7");
    CHECK(one(code(Op::table_get, 0)) == "table.get 0");
    CHECK(one(code(Op::table_init, 4, 0)) == "table.init 4");
    CHECK(one(code(Op::table_init, 4, 1)) == "table.init 1 4");
    CHECK(one(code(Op::table_copy, 0, 0)) == "table.copy");
    CHECK(one(code(Op::table_copy, 0, 1)) == "table.copy 0 1");
    CHECK(one(code(Op::memory_size, 0)) == "memory.size");
    CHECK(one(code(Op::memory_fill, 1)) == "memory.fill 1");
    CHECK(one(code(Op::memory_copy, 1, 0)) == "memory.copy 1 0");
    CHECK(one(code(Op::memory_init, 4, 0)) == "memory.init 4");
    CHECK(one(code(Op::memory_init, 4, 1)) == "memory.init 1 4");
    CHECK(one(code(Op::data_drop, 4)) == "data.drop 4");
    CHECK(one(code(Op::throw_, 2)) == "throw 2");
}

TEST_CASE("text-memarg: what is natural is left out, everything else is exact") {
    CHECK(one(code(Op::i32_load, 2, 0)) == "i32.load");
    CHECK(one(code(Op::i32_load, 0, 8)) == "i32.load offset=8 align=1");
    CHECK(one(code(Op::i64_store8, 3, 0)) == "i64.store8 align=8");
    CHECK(one(code(Op::i64_load, 0x43, 1, 0)) == "i64.load 1");
    CHECK(one(code(Op::v128_load, 4U, 0xFFFF'FFFF'FFFF'FFFFULL)) == "v128.load offset=18446744073709551615");
    CHECK(one(code(Op::v128_load16_lane, 1, 0, std::uint8_t{7})) == "v128.load16_lane 7");
    CHECK(one(code(Op::v128_store64_lane, std::uint8_t{0x7F}, 2, 1, std::uint8_t{1})) ==
          "v128.store64_lane 2 offset=1 align=9223372036854775808 1");
}

TEST_CASE("text-const: numbers and vectors") {
    CHECK(one(code(Op::i32_const, -2147483647 - 1)) == "i32.const -2147483648");
    CHECK(one(code(Op::i64_const, 1LL << 62)) == "i64.const 4611686018427387904");
    CHECK(one(code(Op::f32_const, 0.1F)) == "f32.const 0.1");
    CHECK(one(code(Op::f64_const, -1e300)) == "f64.const -1e+300");
    CHECK(one(code(Op::v128_const, Bytes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xFF})) ==
          "v128.const i32x4 0x03020100 0x07060504 0x0b0a0908 0xff0e0d0c");
    CHECK(one(code(Op::i8x16_shuffle, Bytes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 31})) ==
          "i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31");
    CHECK(one(code(Op::i16x8_extract_lane_u, std::uint8_t{7})) == "i16x8.extract_lane_u 7");
}

TEST_CASE("text-instr: references, structures and arrays") {
    CHECK(one(code(Op::select_t, Bytes{2, 0x7F, 0x63, 3})) == "select (result i32 (ref null 3))");
    CHECK(one(code(Op::ref_null, std::uint8_t{0x69})) == "ref.null exn");
    CHECK(one(code(Op::ref_null, 3)) == "ref.null 3");
    CHECK(one(code(Op::ref_test, std::uint8_t{0x6B})) == "ref.test (ref struct)");
    CHECK(one(code(Op::ref_test_null, 70)) == "ref.test (ref null 70)");
    CHECK(one(code(Op::ref_cast, 0)) == "ref.cast (ref 0)");
    CHECK(one(code(Op::ref_cast_null, std::uint8_t{0x71})) == "ref.cast (ref null none)");
    CHECK(one(code(Op::br_on_cast, Bytes{1, 0, 0x6E, 0x6C})) == "br_on_cast 0 (;@0;) (ref null any) (ref i31)");
    CHECK(one(code(Op::br_on_cast_fail, Bytes{2, 5, 0x6E, 4})) == "br_on_cast_fail 5 (ref any) (ref null 4)");
    CHECK(one(code(Op::struct_get_s, 4, 2)) == "struct.get_s 4 2");
    CHECK(one(code(Op::array_new_fixed, 4, 200U)) == "array.new_fixed 4 200");
    CHECK(one(code(Op::array_new_data, 4, 2)) == "array.new_data 4 2");
    CHECK(one(code(Op::array_init_elem, 4, 2)) == "array.init_elem 4 2");
    CHECK(one(code(Op::array_copy, 4, 2)) == "array.copy 4 2");
    CHECK(one(code(Op::i64_add128)) == "i64.add128");
}

TEST_CASE("text-instr: every row prints as its mnemonic and reads its own immediates") {
    // Zeros are the least immediates of any kind but these.
    const auto immediates = [](Immediate kind) -> Bytes {
        if (kind == Immediate::block_type || kind == Immediate::try_table) return {kEmptyBlock, 0, 0x0B};
        return Bytes(20, 0);
    };
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const OpRow& facts = kOpRows[i];
        INFO(facts.mnemonic);
        // Behind the immediates, further zeros are `unreachable`.
        const std::string text = body_text(code(static_cast<Op>(i), immediates(facts.immediate)));
        const std::string first = text.substr(5, text.find('\n', 5) - 5);
        CHECK(first.substr(0, first.find(' ')) == facts.mnemonic);
    }
}

TEST_CASE("print: offsets of instructions as comments, and one instruction alone") {
    const Bytes module = with_body(code(Op::block, kEmptyBlock, Op::br, 0, Op::end, Op::i32_const, 7, Op::drop));
    // Header 8, types 6, functions 4, data count 3, then the code section: id, size, count, size of the body, locals.
    const std::uint64_t begin = 8 + 6 + 4 + 3 + 5;
    REQUIRE(module[begin] == 0x02);
    CHECK(text_of(module, {.offsets = true}).find("\n      (;0x1c;) br 0 (;@1;)\n") != std::string::npos);
    CHECK(print_instruction(module, begin).value() == "block (;@1;)");
    CHECK(print_instruction(module, begin + 2).value() == "br 0 (;@1;)");
    CHECK(print_instruction(module, begin + 4).value() == "end");
    CHECK(print_instruction(module, begin + 5).value() == "i32.const 7");
    CHECK(print_instruction(module, begin + 8).value() == "end");
    for (const std::uint64_t offset : {std::uint64_t{0}, begin - 1, begin + 1, begin + 9, ~std::uint64_t{0}})
        CHECK(print_instruction(module, offset).error() == Error{ErrorCode::no_instruction, offset});
}

TEST_CASE("print: custom sections stand where they stood") {
    const Bytes one_type = vector_section(1, {kFunctionType});
    const auto custom = [](std::string_view name) { return section(0, code(name_bytes(name), Bytes{'x'})); };
    CHECK(fields_of(module_bytes(custom("a"))) == "  (@custom \"a\" \"x\")");
    CHECK(fields_of(module_bytes(custom("a"), one_type, custom("b"), vector_section(3, {}), custom("c"))) ==
          "  (@custom \"a\" (before first) \"x\")\n"
          "  (type (;0;) (func))\n"
          "  (@custom \"b\" (after type) \"x\")\n"
          "  (@custom \"c\" \"x\")");
    CHECK(fields_of(module_bytes(vector_section(9, {}), custom("a"), section(12, {0}), custom("b"),
                                 vector_section(10, {}), custom("c"), vector_section(11, {}))) ==
          "  (@custom \"a\" (after elem) \"x\")\n"
          "  (@custom \"b\" (before code) \"x\")\n"
          "  (@custom \"c\" (after code) \"x\")");
}

} // namespace detent::text
