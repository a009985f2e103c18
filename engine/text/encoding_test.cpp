// Texts and their bytes, which are written by hand from the specification's Binary Format. The eight bytes of the
// preamble are left out.
#include "engine/text/testing/marked.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace detent::text {

namespace {

/// The content of the first section of a number, by the sizes in front of the sections; every size here is one byte.
std::vector<std::uint8_t> section_of(const std::vector<std::uint8_t>& module, std::uint8_t id) {
    for (std::size_t at = 8; at + 1 < module.size(); at += 2 + std::size_t{module[at + 1]}) {
        REQUIRE(module[at + 1] < 0x80);
        const auto begin = module.begin() + static_cast<std::ptrdiff_t>(at) + 2;
        if (module[at] == id) return {begin, begin + module[at + 1]};
    }
    FAIL("no such section");
    return {};
}

/// The body of the only function of a module, which has no locals, without its end.
std::string body_of(const std::string& instructions, const std::string& before = "") {
    const std::string source = before + "(func $f " + instructions + ")";
    INFO(source);
    const Result<ParsedModule> module = parse_module(source);
    REQUIRE(module.has_value());
    // One function, its size, no groups of locals.
    const std::vector<std::uint8_t> code = section_of(module.assume_value().bytes, 10);
    REQUIRE(code.size() > 3);
    return hex({code.begin() + 3, code.end() - 1});
}

} // namespace

TEST_CASE("binary-module: sections stand in their order, whatever the order of the fields") {
    CHECK(assembled("") == "");
    CHECK(assembled("(module)") == "");
    CHECK(assembled("(data \"a\") (start 0) (export \"e\" (func 0)) (func) (memory 1) (type (func))") ==
          "01 04 01 60 00 00 "    // types: one, [] -> []
          "03 02 01 00 "          // functions: one, type 0
          "05 03 01 00 01 "       // memories: one, no maximum, 1 page
          "07 05 01 01 65 00 00 " // exports: one, "e", function 0
          "08 01 00 "             // start: function 0
          "0a 04 01 02 00 0b "    // code: one of two bytes: no locals, end
          "0b 04 01 01 01 61");   // data: one, passive, "a"
}

TEST_CASE("text-typeuse: signatures in line take the first type that fits, or append one") {
    CHECK(
        assembled("(func (param i32)) (func (result i64) unreachable) (func (param i32)) (type (func (param i32)))") ==
        "01 09 02 60 01 7f 00 60 00 01 7e "
        "03 04 03 00 01 00 "
        "0a 0b 03 02 00 0b 03 00 00 0b 02 00 0b");
    // A type that is not final, has a supertype or is one of several in a group is another type.
    CHECK(assembled("(type (sub (func))) (rec (type (func)) (type (func))) (func)")
              .starts_with("01 11 03 50 00 60 00 00 4e 02 60 00 00 60 00 00 60 00 00 03 02 01 03 "));
}

TEST_CASE("text-typeuse: a number may name a type that is only implied further on") {
    // Type 1 is that of the second function, so the local of the first is number 2.
    CHECK(assembled("(type (func)) (func (type 1) (local $x i64) local.get $x drop) (func (param i32 i32))") ==
          "01 09 02 60 00 00 60 02 7f 7f 00 "
          "03 03 02 01 01 "
          "0a 0c 02 07 01 01 7e 20 02 1a 0b 02 00 0b");
}

TEST_CASE("binary-types: recursive groups, subtypes, fields and references") {
    CHECK(assembled("(rec (type $a (sub (struct (field $x i8) (field (mut i32) (ref null $b)))))"
                    "     (type $b (sub final $a (struct (field i8 (mut i32) (ref $b) anyref)))))") ==
          "01 1c 01 4e 02 "
          "50 00 5f 03 78 00 7f 01 63 01 00 "
          "4f 01 00 5f 04 78 00 7f 01 64 01 00 6e 00");
    CHECK(assembled("(type (array (mut i16))) (rec (type (func (param v128 f32 f64) (result i64 exnref))))") ==
          "01 0c 02 5e 77 01 60 03 7b 7d 7c 02 7e 69");
    CHECK(assembled("(type (func (param (ref null func) (ref func) nullref (ref none) (ref null noextern))))") ==
          "01 0b 01 60 05 70 64 70 71 64 71 72 00");
    CHECK(assembled("(rec)") == "01 03 01 4e 00");
}

TEST_CASE("binary-import: every kind of import, inline or not") {
    const std::string expected = "01 05 01 60 01 7f 00 " // one type
                                 "02 25 05 "
                                 "01 61 01 66 00 00 "          // "a" "f" func of type 0
                                 "01 61 01 74 01 70 01 01 02 " // table of funcref, 1 to 2
                                 "01 61 01 6d 02 04 01 "       // memory with 64-bit addresses, 1 page
                                 "01 61 01 67 03 7f 01 "       // global, mutable i32
                                 "01 61 01 65 04 00 00";       // tag of type 0
    CHECK(assembled("(import \"a\" \"f\" (func (param i32))) (import \"a\" \"t\" (table 1 2 funcref))"
                    "(import \"a\" \"m\" (memory i64 1)) (import \"a\" \"g\" (global (mut i32)))"
                    "(import \"a\" \"e\" (tag (param i32)))") == expected);
    CHECK(assembled("(func (import \"a\" \"f\") (param i32)) (table (import \"a\" \"t\") 1 2 funcref)"
                    "(memory (import \"a\" \"m\") i64 1) (global (import \"a\" \"g\") (mut i32))"
                    "(tag (import \"a\" \"e\") (param i32))") == expected);
}

TEST_CASE("binary-tabletype, binary-memtype: limits, address types, page sizes and initialisers") {
    CHECK(assembled("(table 1 funcref) (table i64 0 2 (ref null extern)) (table 1 (ref func) (ref.func 0))") ==
          "04 11 03 70 00 01 6f 05 00 02 40 00 64 70 00 01 d2 00 0b");
    CHECK(
        assembled("(memory 1) (memory i32 1 2) (memory i64 0x1_0000_0000 (pagesize 1)) (memory 0 (pagesize 65536))") ==
        "05 10 04 00 01 01 01 02 0c 80 80 80 80 10 00 08 00 10");
}

TEST_CASE("text-elem: elements in a table, in the shortest form that says it") {
    CHECK(assembled("(table funcref (elem 0 0))") == "04 05 01 70 01 02 02 09 08 01 00 41 00 0b 02 00 00");
    CHECK(assembled("(table i64 funcref (elem (item ref.null func)))") ==
          "04 05 01 70 05 01 01 09 09 01 04 42 00 0b 01 d0 70 0b");
    // The elements of a table of one type of functions have that type.
    CHECK(assembled("(type (func)) (table (ref null 0) (elem 0))") ==
          "01 04 01 60 00 00 04 06 01 63 00 01 01 01 09 0c 01 06 00 41 00 0b 63 00 01 d2 00 0b");
}

TEST_CASE("binary-elem: the eight forms of an element segment") {
    const auto elem = [](const std::string& field) { return assembled("(elem " + field + ")"); };
    CHECK(elem("(i32.const 1) 2 3") == "09 08 01 00 41 01 0b 02 02 03");
    CHECK(elem("(offset i32.const 1) func 2 3") == "09 08 01 00 41 01 0b 02 02 03");
    CHECK(elem("func 2") == "09 05 01 01 00 01 02");
    CHECK(elem("(table 1) (i32.const 1) func 2") == "09 09 01 02 01 41 01 0b 00 01 02");
    CHECK(elem("declare func 2") == "09 05 01 03 00 01 02");
    CHECK(elem("(i32.const 1) funcref (ref.func 2)") == "09 09 01 04 41 01 0b 01 d2 02 0b");
    CHECK(elem("externref (item ref.null extern)") == "09 07 01 05 6f 01 d0 6f 0b");
    CHECK(elem("(table 0) (i32.const 1) (ref func) (ref.func 2)") == "09 0c 01 06 00 41 01 0b 64 70 01 d2 02 0b");
    CHECK(elem("declare funcref (ref.func 2) (ref.null nofunc)") == "09 0a 01 07 70 02 d2 02 0b d0 73 0b");
    CHECK(elem("(ref null func)") == "09 04 01 05 70 00");
}

TEST_CASE("binary-data: the three forms of a data segment, and memories that hold one") {
    CHECK(assembled("(data (i32.const 1) \"a\" \"\" \"b\")") == "0b 08 01 00 41 01 0b 02 61 62");
    CHECK(assembled("(data $d \"\\00\\u{3bb}\\t\")") == "0b 07 01 01 04 00 ce bb 09");
    CHECK(assembled("(data (memory 1) (offset global.get 0))") == "0b 07 01 02 01 23 00 0b 00");
    CHECK(assembled("(memory (data \"ab\"))") == "05 04 01 01 01 01 0b 08 01 00 41 00 0b 02 61 62");
    CHECK(assembled("(memory i64 (pagesize 1) (data \"ab\"))") == "05 05 01 0d 02 02 00 0b 08 01 00 42 00 0b 02 61 62");
    CHECK(assembled("(memory (data))") == "05 04 01 01 00 00 0b 06 01 00 41 00 0b 00");
}

TEST_CASE("binary-datacountsec: written where a body names a segment, and only there") {
    CHECK(assembled("(func data.drop 0)").find(" 0c 01 00 ") != std::string::npos);
    CHECK(assembled("(func memory.init 0)").find(" 0c 01 00 ") != std::string::npos);
    CHECK(assembled("(type (array i8)) (func array.new_data 0 0) (data)").find(" 0c 01 01 ") != std::string::npos);
    CHECK(assembled("(type (array i8)) (func array.init_data 0 0) (data)").find(" 0c 01 01 ") != std::string::npos);
    CHECK(assembled("(func) (data)").find(" 0c 01 ") == std::string::npos);
}

TEST_CASE("binary-instr: immediates") {
    CHECK(body_of("br 0 br_table 0 0 0") == "0c 00 0e 02 00 00 00");
    CHECK(body_of("call_indirect (type 0)", "(type (func))") == "11 00 00");
    CHECK(body_of("call_indirect 1 (param i32)").ends_with("11 01 01"));
    CHECK(body_of("select select (result i32) select (result)") == "1b 1c 01 7f 1c 00");
    CHECK(body_of("i32.load i64.store8 offset=5 align=1 i32.load 1 offset=0x1_0000_0000 align=2") ==
          "28 02 00 3c 00 05 28 41 01 80 80 80 80 10");
    CHECK(body_of("memory.size memory.grow 1 memory.fill") == "3f 00 40 01 fc 0b 00");
    CHECK(body_of("memory.copy memory.copy 1 2 memory.init 3 memory.init 1 3") ==
          "fc 0a 00 00 fc 0a 01 02 fc 08 03 00 fc 08 03 01");
    CHECK(body_of("table.copy table.copy 1 2 table.init 3 table.init 1 3 table.get table.get 2") ==
          "fc 0e 00 00 fc 0e 01 02 fc 0c 03 00 fc 0c 03 01 25 00 25 02");
    CHECK(body_of("i32.const -1 i64.const 0x8000000000000000") == "41 7f 42 80 80 80 80 80 80 80 80 80 7f");
    CHECK(body_of("f32.const 1 f64.const -0") == "43 00 00 80 3f 44 00 00 00 00 00 00 00 80");
    CHECK(body_of("ref.null func ref.null 0 ref.func 0", "(type (func))") == "d0 70 d0 00 d2 00");
    CHECK(body_of("ref.test (ref any) ref.test anyref ref.cast (ref null 0) ref.cast (ref 0)") ==
          "fb 14 6e fb 15 6e fb 17 00 fb 16 00");
    CHECK(body_of("br_on_cast 0 anyref (ref i31) br_on_cast_fail 0 (ref any) (ref null none)") ==
          "fb 18 01 00 6e 6c fb 19 02 00 6e 71");
    CHECK(body_of("struct.get $s $b array.new_fixed 0 3 array.copy 0 0",
                  "(type $s (struct (field i32) (field $b i32)))") == "fb 02 00 01 fb 08 00 03 fb 11 00 00");
    CHECK(body_of("i64.add128 i64.mul_wide_u") == "fc 13 fc 16");
}

TEST_CASE("binary-vinstr: lanes and shapes") {
    CHECK(
        body_of("i8x16.extract_lane_s 15 v128.load8_lane 1 v128.load8_lane 1 2 v128.load64_lane offset=1 align=1 0") ==
        "fd 15 0f fd 54 00 00 01 fd 54 40 01 00 02 fd 57 00 01 00");
    CHECK(body_of("v128.const i16x8 -1 0 1 2 3 4 5 0xffff") == "fd 0c ff ff 00 00 01 00 02 00 03 00 04 00 05 00 ff ff");
    CHECK(body_of("v128.const f64x2 1 -inf") == "fd 0c 00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 f0 ff");
    CHECK(body_of("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31") ==
          "fd 0d 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 1f");
    CHECK(body_of("i32x4.relaxed_trunc_f32x4_s") == "fd 81 02");
}

TEST_CASE("text-foldedinstr: operands come first, and an if after its condition") {
    CHECK(body_of("(drop (i32.add (i32.const 1) (i32.const 2)))") == "41 01 41 02 6a 1a");
    CHECK(body_of("(if (i32.const 1) (then nop) (else unreachable))") == "41 01 04 40 01 05 00 0b");
    CHECK(body_of("(if (result i32) (i32.const 1) (i32.const 2) (then (i32.const 3)))") ==
          "41 01 41 02 04 7f 41 03 0b");
    CHECK(body_of("(block $a (loop $b (br $a) (br $b)))") == "02 40 03 40 0c 01 0c 00 0b 0b");
    CHECK(body_of("(if (block $a (br $a)) (then))") == "02 40 0c 00 0b 04 40 0b");
    CHECK(body_of("block $a block $a br $a end $a br $a end $a br 0") == "02 40 02 40 0c 00 0b 0c 00 0b 0c 00");
    CHECK(body_of("if $a nop else $a br $a end $a") == "04 40 01 05 0c 00 0b");
    CHECK(body_of("block (param i32) end").starts_with("02 01 0b"));
}

TEST_CASE("text-try_table: the clauses are outside its label") {
    CHECK(body_of("(block $a (try_table $t (catch 0 $a) (catch_ref 0 1) (catch_all $a) (catch_all_ref 1) (br $t)))",
                  "(tag)") == "02 40 1f 40 04 00 00 00 01 00 01 02 00 03 01 0c 00 0b 0b");
    CHECK(body_of("try_table (result i32) i32.const 1 end") == "1f 7f 00 41 01 0b");
}

TEST_CASE("binary-local: neighbours of one type form one group") {
    CHECK(assembled("(func (param $p i32) (local $a i32) (local i32 i64) (local) (local $b i32) local.get $b)") ==
          "01 05 01 60 01 7f 00 03 02 01 00 0a 0c 01 0a 03 02 7f 01 7e 01 7f 20 04 0b");
}

TEST_CASE("text-token: comments, annotations and quoted identifiers") {
    CHECK(assembled("(func(;(;;);)(@a \"(\" (@b) [,;] (;(;;);))nop;;)\n)") ==
          "01 04 01 60 00 00 03 02 01 00 0a 05 01 03 00 01 0b");
    CHECK(body_of("block $\"a b\" br $\"a\\20b\" end $\"\\u{61} b\"") == "02 40 0c 00 0b");
    CHECK(body_of("block $ab br $\"a\\62\" end") == "02 40 0c 00 0b");
    CHECK(assembled(";; only a comment") == "");
    CHECK(assembled(";; a comment\r(memory 0)") == "05 03 01 00 00");
}

TEST_CASE("annotations: custom sections go where they say") {
    CHECK(
        assembled("(memory 0) (@custom \"a\" (before memory) \"x\" \"y\") (@custom \"b\") (@custom \"c\" (after first))"
                  "(@custom \"d\" (after memory) \"z\") (@\"custom\" \"e\" (before data))") ==
        "00 02 01 63 00 04 01 61 78 79 05 03 01 00 00 00 03 01 64 7a 00 02 01 65 00 02 01 62");
}

TEST_CASE("annotations: branch hints count from the locals of their function") {
    // The section: "metadata.code.branch_hint" of 25 bytes; one function, number 0; two hints, at 4 and 9.
    const std::string all = assembled("(func (local i32)"
                                      "  (@metadata.code.branch_hint \"\\01\") (if (local.get 0) (then))"
                                      "  local.get 0 (@metadata.code.branch_hint \"\\00\") br_if 0)");
    CHECK(all.find("68 69 6e 74 01 00 02 05 01 01 0a 01 00 0a ") != std::string::npos);
}

TEST_CASE("annotations: names are written always, identifiers on request, and names go before identifiers") {
    CHECK(assembled("(module $m (@name \"M\") (func $f (@name \"F\")) (func $g))")
              .ends_with("00 0f 04 6e 61 6d 65 00 02 01 4d 01 04 01 00 01 46"));
    const std::string all =
        assembled("(module $m (type $t (struct (field $x i8))) (func $f (param $p i32) (local $l i32)"
                  " block $b end) (table $u 0 funcref) (memory $n 0) (global $g i32 i32.const 0)"
                  " (tag $e (@name \"E\")) (elem $s func) (data $d))",
                  {.names = true});
    CHECK(all.ends_with("04 6e 61 6d 65 "
                        "00 02 01 6d "                                           // the module
                        "01 04 01 00 01 66 "                                     // functions
                        "02 09 01 00 02 00 01 70 01 01 6c "                      // locals of function 0
                        "03 06 01 00 01 00 01 62 "                               // labels
                        "04 04 01 00 01 74 "                                     // types
                        "05 04 01 00 01 75 06 04 01 00 01 6e 07 04 01 00 01 67 " // tables, memories, globals
                        "08 04 01 00 01 73 09 04 01 00 01 64 "                   // elements, data
                        "0a 06 01 00 01 00 01 78 "                               // fields of type 0
                        "0b 04 01 00 01 45"));                                   // tags
}

TEST_CASE("annotations: identifiers are named behind the module's sections, in front of custom ones, and once") {
    // "name" with the module's name "m"; then the custom section "a" with the byte 0x78.
    CHECK(assembled("(module $m (@custom \"a\" \"x\"))", {.names = true})
              .ends_with("00 09 04 6e 61 6d 65 00 02 01 6d 00 03 01 61 78"));
    // Its own section of that name, "name" and the byte 0x78, is the only one.
    CHECK(assembled("(module $m (@custom \"name\" \"x\"))", {.names = true}) == "00 06 04 6e 61 6d 65 78");
}

} // namespace detent::text
