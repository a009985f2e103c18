// Values of scripts against results: vectors, references of every hierarchy, exceptions. Expected by hand.
#include "conformance/wast.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace detent::conformance {

namespace {

const std::string kModule = R"w((module
  (type $s (struct (field i32)))
  (type $a (array i8))
  (tag $e)
  (func (export "i31") (result anyref) (ref.i31 (i32.const 1)))
  (func (export "struct") (result anyref) (struct.new $s (i32.const 1)))
  (func (export "typed") (result (ref $s)) (struct.new $s (i32.const 1)))
  (func (export "array") (result anyref) (array.new $a (i32.const 1) (i32.const 2)))
  (func (export "outside") (result externref) (extern.convert_any (struct.new $s (i32.const 1))))
  (func (export "host") (param anyref) (result anyref) (local.get 0))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func (export "null") (result anyref) (ref.null none))
  (func $f (export "func") (result funcref) (ref.func $f))
  (func (export "throw") (throw $e))
  (func (export "exn") (result exnref) (block $b (result exnref) (try_table (catch_all_ref $b) (throw $e)) (unreachable)))
  (func (export "v") (param v128) (result v128) (local.get 0)))
)w";

bool holds(const std::string& command, bool strict = false) {
    ScriptOptions options{*Profile::published(2), Schedule::published(1)};
    options.strict = strict;
    const ScriptReport report = run_script("own.wast", kModule + command, options);
    REQUIRE(report.tallies.unreadable == 0);
    REQUIRE(report.tallies.kinds[0].failed == 0);
    return report.tallies.failed() == 0;
}

/// Whether a function without parameters is found to return the value.
bool returns(const std::string& name, const std::string& wanted) {
    return holds("(assert_return (invoke \"" + name + "\") " + wanted + ")");
}

bool vector_is(const std::string& given, const std::string& wanted, bool strict = false) {
    return holds("(assert_return (invoke \"v\" (v128.const " + given + ")) (v128.const " + wanted + "))", strict);
}

struct Row {
    const char* name;
    /// The patterns that hold, of those below.
    const char* holding;
};

} // namespace

TEST_CASE("wast: a reference is told from those of every other kind") {
    constexpr const char* kPatterns[] = {"(ref.i31)",    "(ref.eq)",   "(ref.struct)", "(ref.array)", "(ref.any)",
                                         "(ref.extern)", "(ref.func)", "(ref.exn)",    "(ref.null)"};
    constexpr Row kRows[] = {
        {"i31", "(ref.i31)(ref.eq)(ref.any)"},
        {"struct", "(ref.eq)(ref.struct)(ref.any)"},
        {"typed", "(ref.eq)(ref.struct)(ref.any)"},
        {"array", "(ref.eq)(ref.array)(ref.any)"},
        {"outside", "(ref.extern)"},
        {"func", "(ref.func)"},
        {"exn", "(ref.exn)"},
        {"null", "(ref.null)"},
    };
    for (const Row& row : kRows) {
        for (const char* const pattern : kPatterns) {
            INFO(row.name << " as " << pattern);
            CHECK(returns(row.name, pattern) == (std::string(row.holding).find(pattern) != std::string::npos));
        }
    }
}

TEST_CASE("wast: null has a hierarchy") {
    for (const char* const heap : {"any", "eq", "i31", "struct", "array", "none"})
        CHECK(returns("null", "(ref.null " + std::string(heap) + ")"));
    for (const char* const heap : {"func", "nofunc", "extern", "noextern", "exn", "noexn"})
        CHECK_FALSE(returns("null", "(ref.null " + std::string(heap) + ")"));
    CHECK_FALSE(returns("struct", "(ref.null struct)"));
}

TEST_CASE("wast: a value of the host is the same number on both sides") {
    CHECK(holds(R"w((assert_return (invoke "host" (ref.host 3)) (ref.host 3)))w"));
    CHECK(holds(R"w((assert_return (invoke "host" (ref.host 3)) (ref.any)))w"));
    CHECK_FALSE(holds(R"w((assert_return (invoke "host" (ref.host 3)) (ref.host 4)))w"));
    CHECK_FALSE(holds(R"w((assert_return (invoke "host" (ref.host 3)) (ref.extern 3)))w"));
    CHECK_FALSE(holds(R"w((assert_return (invoke "extern" (ref.extern 3)) (ref.host 3)))w"));
    CHECK_FALSE(holds(R"w((assert_return (invoke "host" (ref.extern 3)) (ref.host 3)))w"));
}

TEST_CASE("wast: an exception is neither a trap nor exhaustion") {
    CHECK(holds(R"w((assert_exception (invoke "throw")))w"));
    CHECK_FALSE(holds(R"w((assert_trap (invoke "throw") ""))w"));
    CHECK_FALSE(holds(R"w((assert_exhaustion (invoke "throw") ""))w"));
    CHECK_FALSE(holds(R"w((assert_return (invoke "throw")))w"));
}

TEST_CASE("wast: vectors are compared lane by lane, in any shape") {
    CHECK(vector_is("i32x4 1 2 3 4", "i32x4 1 2 3 4"));
    CHECK(vector_is("i32x4 1 2 3 4", "i8x16 1 0 0 0 2 0 0 0 3 0 0 0 4 0 0 0"));
    CHECK(vector_is("i64x2 0x0000000200000001 0x0000000400000003", "i16x8 1 0 2 0 3 0 4 0"));
    CHECK_FALSE(vector_is("i32x4 1 2 3 4", "i32x4 1 2 3 5"));
    CHECK_FALSE(vector_is("i32x4 1 2 3 4", "i32x4 5 2 3 4"));
    CHECK_FALSE(vector_is("f32x4 0 0 0 0", "f32x4 0 0 0 -0"));
    CHECK_FALSE(holds(R"w((assert_return (invoke "i31") (v128.const i32x4 0 0 0 0)))w"));
}

TEST_CASE("wast: NaN patterns of lanes") {
    CHECK(vector_is("f32x4 nan -nan 1 2", "f32x4 nan:canonical nan:canonical 1 2"));
    CHECK(vector_is("f32x4 nan:0x400001 0 1 2", "f32x4 nan:arithmetic 0 1 2"));
    CHECK(vector_is("f64x2 1 -nan", "f64x2 1 nan:canonical"));
    CHECK_FALSE(vector_is("f32x4 nan:0x400001 0 1 2", "f32x4 nan:canonical 0 1 2"));
    CHECK_FALSE(vector_is("f32x4 nan:0x200000 0 1 2", "f32x4 nan:arithmetic 0 1 2"));
    CHECK_FALSE(vector_is("f32x4 nan 0 1 2", "f32x4 0 nan:canonical 1 2"));
    CHECK(vector_is("f64x2 1 nan", "f64x2 1 nan:arithmetic", true));
    CHECK_FALSE(vector_is("f64x2 1 -nan", "f64x2 1 nan:canonical", true));
    CHECK_FALSE(vector_is("f32x4 nan:0x400001 0 1 2", "f32x4 nan:arithmetic 0 1 2", true));
}

} // namespace detent::conformance
