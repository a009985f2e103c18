// What is refused, why, and where. The messages are those of the official test suite, where it has one. A row of
// errors.def that is of the text format and has no case fails.
#include "engine/testing/verdict.hpp"
#include "engine/text/printer.hpp"
#include "engine/text/testing/marked.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <set>
#include <string>

namespace detent::text {

using namespace testing;

namespace {

struct Refused {
    const char* text;
    const char* message;
};

void check_all(const std::vector<Refused>& cases) {
    for (const Refused& one : cases) {
        const Marked marked_text = marked(one.text);
        INFO(one.text);
        REQUIRE(marked_text.offset != std::string::npos);
        CHECK(refusal(marked_text.source) == std::string(one.message) + " at " + std::to_string(marked_text.offset));
    }
}

std::vector<Refused> no_tokens() {
    return {
        {"(module ¦\"abc", "unclosed string"},
        {"(data ¦\"a\nb\")", "unclosed string"},
        {"(data \"ab¦\x01\")", "illegal character"},
        {"(data \"ab¦\x7F\")", "illegal character"},
        {"(data \"ab¦\\x\")", "illegal escape"},
        {"(data \"ab¦\\4\")", "illegal escape"},
        {"(data \"ab¦\\u{d800}\")", "illegal escape"},
        {"(data \"ab¦\\u{110000}\")", "illegal escape"},
        {"(data \"ab¦\\u{}\")", "illegal escape"},
        {"(data \"ab¦\\u{41\")", "illegal escape"},
        {"(data \"ab¦\\", "illegal escape"},
        {"(module ¦(; (; ;)", "unclosed comment"},
        {"(module ¦(;", "unclosed comment"},
        {"(module ¦(@a (b) \"c\"", "unclosed annotation"},
        {"(func ¦$)", "empty identifier"},
        {"(func ¦$\"\")", "empty identifier"},
        {"(func ¦$\"a\nb\")", "empty identifier"},
        {"(func $¦\"\\ff\")", "malformed UTF-8 encoding"},
        {"¦(@)", "empty annotation id"},
        {"¦(@ a)", "empty annotation id"},
        {"¦(@\"\" a)", "empty annotation id"},
        {"(func ¦\x01)", "illegal character"},
        {"(func ¦λ)", "illegal character"},
        {"(@a ¦λ)", "illegal character"},
        {"(func \"¦\xFF\")", "malformed UTF-8 encoding"},
        {";; ¦\xC0\x80", "malformed UTF-8 encoding"},
        {"(; \xE2\x82¦", "malformed UTF-8 encoding"},
        {"(func ¦,)", "unknown operator ,"},
    };
}

std::vector<Refused> touching_tokens() {
    return {
        {"(data ¦\"a\"\"b\")", "unknown operator \"a\"\"b\""},
        {"(func ¦$f\"g\")", "unknown operator $f\"g\""},
        {"(func br ¦0drop)", "unknown operator 0drop"},
        {"(func ¦i32.const0)", "unknown operator i32.const0"},
        {"(func i32.const ¦1_)", "unknown operator 1_"},
        {"(func i32.const ¦1__0)", "unknown operator 1__0"},
        {"(func i32.const ¦0x)", "unknown operator 0x"},
        {"(func f32.const ¦.5)", "unknown operator .5"},
        {"(func f32.const ¦1e)", "unknown operator 1e"},
        {"(func f32.const ¦0x1e+2p)", "unknown operator 0x1e+2p"},
        {"(func f32.const ¦nan:2)", "unknown operator nan:2"},
        {"(func ¦get_local 0)", "unknown operator get_local"},
    };
}

std::vector<Refused> bad_numbers() {
    return {
        {"(func i32.const ¦4294967296)", "constant out of range"},
        {"(func i32.const ¦-2147483649)", "constant out of range"},
        {"(func i32.const ¦+2147483648)", "constant out of range"},
        {"(func i64.const ¦18446744073709551616)", "constant out of range"},
        {"(func i64.const ¦-0x8000000000000001)", "constant out of range"},
        {"(func f32.const ¦0x1p128)", "constant out of range"},
        {"(func f32.const ¦340282356779733661637539395458142568448)", "constant out of range"},
        {"(func f64.const ¦1e309)", "constant out of range"},
        {"(func f64.const ¦-1e999999999999999999999)", "constant out of range"},
        {"(func f32.const ¦nan:0x0)", "constant out of range"},
        {"(func f32.const ¦nan:0x800000)", "constant out of range"},
        {"(func v128.const i8x16 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ¦256)", "constant out of range"},
        {"(func v128.const i64x2 ¦0 0 0)", "wrong number of lane literals"},
        {"(func v128.const i64x2 ¦0)", "wrong number of lane literals"},
        {"(func i8x16.extract_lane_s ¦256)", "i8 constant out of range"},
        {"(func i8x16.shuffle 0 1 2¦)", "invalid lane length"},
        {"(func br ¦4294967296)", "constant out of range"},
        {"(memory 0 ¦18446744073709551616)", "constant out of range"},
        {"(func i32.load ¦align=3)", "alignment must be a power of two"},
        {"(func i32.load ¦align=0)", "alignment must be a power of two"},
        {"(func i32.load ¦offset=18446744073709551616)", "constant out of range"},
        {"(func i32.load ¦offset=-1)", "unknown operator offset=-1"},
        {"(memory 1 (pagesize ¦3))", "invalid custom page size"},
    };
}

std::vector<Refused> bad_identifiers() {
    return {
        {"(func $f) (func ¦$f)", "duplicate func $f"},
        {"(import \"a\" \"b\" (func $f)) (func ¦$f)", "duplicate func $f"},
        {"(func (param $x i32) (local ¦$x i32))", "duplicate local $x"},
        {"(func (param $x i32) (param ¦$x i32))", "duplicate local $x"},
        {"(type $t (func)) (rec (type ¦$t (func)))", "duplicate type $t"},
        {"(type (struct (field $a i8) (field ¦$a i8)))", "duplicate field $a"},
        {"(global $g i32) (global ¦$g i32)", "duplicate global $g"},
        {"(table $t 0 funcref) (table ¦$t 0 funcref)", "duplicate table $t"},
        {"(memory $m 0) (memory ¦$m 0)", "duplicate memory $m"},
        {"(tag $e) (tag ¦$e)", "duplicate tag $e"},
        {"(data $d) (data ¦$d)", "duplicate data segment $d"},
        {"(elem $d func) (elem ¦$\"d\" func)", "duplicate elem segment $\"d\""},
        {"(func call ¦$f)", "unknown function $f"},
        {"(func local.get ¦$x)", "unknown local $x"},
        {"(func br ¦$l)", "unknown label $l"},
        {"(func block $l end br ¦$l)", "unknown label $l"},
        {"(func (block $l (try_table $t (catch_all ¦$t))))", "unknown label $t"},
        {"(func global.get ¦$g)", "unknown global $g"},
        {"(func (type ¦$t))", "unknown type $t"},
        {"(func throw ¦$e)", "unknown tag $e"},
        {"(func data.drop ¦$d)", "unknown data segment $d"},
        {"(func elem.drop ¦$d)", "unknown elem segment $d"},
        {"(func table.get ¦$t)", "unknown table $t"},
        {"(func memory.size ¦$m)", "unknown memory $m"},
        {"(type $s (struct (field $a i8))) (func struct.get $s ¦$b)", "unknown field $b"},
    };
}

std::vector<Refused> bad_grammar() {
    return {
        {"(module (func)¦", "unexpected token: the text ends"},
        {"(module)¦)", "unexpected token"},
        {"(module) ¦(module)", "unexpected token"},
        {"¦)", "unexpected token"},
        {"(func ¦end)", "unexpected token"},
        {"(func block ¦)", "unexpected token"},
        {"(func block ¦else end)", "unexpected token"},
        {"(func if else ¦else end)", "unexpected token"},
        {"(func (i32.add ¦nop))", "unexpected token"},
        {"(func (if (i32.const 0)¦))", "unexpected token"},
        {"(func (if (then) (else) ¦(nop)))", "unexpected token"},
        {"(func (if ¦nop (then)))", "unexpected token"},
        {"(func (block ¦end))", "unexpected token"},
        {"(func (¦then))", "unexpected token"},
        {"(func (result i32) (¦param i32))", "unexpected token"},
        {"(func (block (param ¦$x i32)))", "unexpected token"},
        {"(func block $a end ¦$b)", "mismatching label"},
        {"(func block end ¦$b)", "mismatching label"},
        {"(func if $a else ¦$b end)", "mismatching label"},
        {"(type $t (func)) (func ¦(type $t) (param i32))", "inline function type"},
        {"(type $t (struct)) (func ¦(type $t) (param i32))", "inline function type"},
        {"(func ¦(type 3) (param i32))", "unknown type"},
        {"(func $f) (start $f) ¦(start $f)", "multiple start sections"},
        {"(func) ¦(import \"a\" \"b\" (func))", "import after function"},
        {"(table 0 funcref) ¦(func (import \"a\" \"b\"))", "import after table"},
        {"(import \"a\" ¦\"\\ff\" (func))", "malformed UTF-8 encoding"},
        {"(func (export ¦\"\\ff\"))", "malformed UTF-8 encoding"},
        {"(memory 1 ¦shared)", "threads are refused: shared memories, atomic instructions"},
        {"(func f32.const ¦nan:canonical)", "unexpected token"},
        {"(func br_table¦)", "unexpected token"},
        {"(elem (table 0) (i32.const 0) ¦0)", "unexpected token"},
    };
}

std::vector<Refused> bad_annotations() {
    return {
        {"¦(@custom)", "@custom annotation: missing section name"},
        {"(@custom ¦bla)", "@custom annotation: missing section name"},
        {"(@custom ¦\"\\df\")", "@custom annotation: malformed UTF-8 encoding"},
        {"(@custom \"a\" ¦here)", "@custom annotation: unexpected token"},
        {"(@custom \"a\" (¦type))", "@custom annotation: malformed placement"},
        {"(@custom \"a\" (before ¦types))", "@custom annotation: malformed section kind"},
        {"(func ¦(@custom \"a\"))", "misplaced @custom annotation"},
        {"(func) ¦(@name \"a\")", "misplaced @name annotation"},
        {"(module (@name \"a\") (@name \"b\")¦)", "@name annotation: multiple module names"},
        {"(func (@name ¦a))", "@name annotation: unexpected token"},
        {"¦(@metadata.code.branch_hint \"\\00\") (func)",
         "@metadata.code.branch_hint annotation: not in a function, before an instruction"},
        {"(func (@metadata.code.branch_hint \"\\00\") ¦(@metadata.code.branch_hint \"\\00\") br_if 0)",
         "@metadata.code.branch_hint annotation: duplicate annotation"},
        {"(func (@metadata.code.branch_hint \"\\00\") ¦nop)", "@metadata.code.branch_hint annotation: invalid target"},
        {"(func ¦(@metadata.code.branch_hint \"\\02\") br_if 0)",
         "@metadata.code.branch_hint annotation: unexpected token"},
    };
}

/// A text of 4 GiB, of which nothing but the size is read.
std::string_view huge_text() { return {"", std::numeric_limits<std::uint32_t>::max()}; }

/// A few bytes that would be printed as four thousand million locals.
Bytes huge_locals() {
    const Bytes body = code(1U, 0xFFFF'FFFFU, kI32, Op::end);
    return module_bytes(vector_section(1, {{0x60, 0, 0}}), vector_section(3, {{0}}), vector_section(10, {sized(body)}));
}

/// The errors of all cases, as they are found.
std::set<ErrorCode> found_errors() {
    std::set<ErrorCode> found = {parse_module(huge_text()).error().code, print_module(huge_locals()).error().code};
    for (const auto& cases :
         {no_tokens(), touching_tokens(), bad_numbers(), bad_identifiers(), bad_grammar(), bad_annotations()}) {
        for (const Refused& one : cases) {
            const Result<ParsedModule> module = parse_module(marked(one.text).source);
            if (module.has_error()) found.insert(module.assume_error().code);
        }
    }
    return found;
}

} // namespace

TEST_CASE("text-token: what is no token is refused where it begins") { check_all(no_tokens()); }

TEST_CASE("text-token: tokens that touch are one word, which nothing knows") { check_all(touching_tokens()); }

TEST_CASE("text: numbers out of range are refused where they begin") { check_all(bad_numbers()); }

TEST_CASE("text-context: identifiers stand for one thing, and for something") { check_all(bad_identifiers()); }

TEST_CASE("text: what the grammar does not have is refused where it stands") { check_all(bad_grammar()); }

TEST_CASE("annotations: what is read must be well formed and in its place") { check_all(bad_annotations()); }

TEST_CASE("text: each error of the text format has a case") {
    const std::set<ErrorCode> found = found_errors();
#define ERROR(number, identifier, kind, text)                                                                          \
    {                                                                                                                  \
        INFO(#identifier);                                                                                             \
        CHECK((found.contains(ErrorCode::identifier) || !is_of_text(ErrorCode::identifier)));                          \
    }
#include "engine/base/errors.def"
#undef ERROR
}

} // namespace detent::text
