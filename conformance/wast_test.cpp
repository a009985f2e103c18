// Scripts of our own: what each command accepts, and that it fails where it should. Expected values are counted by
// hand.
#include "conformance/wast.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace detent::conformance {

namespace {

ScriptOptions every_feature() {
    ScriptOptions options{*Profile::published(2), Schedule::published(1)};
    options.profile.preset = Preset::spec;
    return options;
}

ScriptOptions strict() {
    ScriptOptions options = every_feature();
    options.strict = true;
    return options;
}

ScriptReport run(const std::string& script, const ScriptOptions& options = every_feature()) {
    return run_script("some/folder/own.wast", script, options);
}

/// "2:1 assert_return: expected …", a line for each failure.
std::string failures_of(const std::string& script, const ScriptOptions& options = every_feature()) {
    std::string text;
    for (const Finding& each : run(script, options).failures) {
        text += std::to_string(each.place.line) + ":" + std::to_string(each.place.column) + " " +
                std::string(to_text(each.kind)) + ": " + each.reason + "\n";
    }
    return text;
}

/// What the last command fails with; the others must hold. Empty if it holds.
std::string verdict_on(const std::string& command, const ScriptOptions& options = every_feature()) {
    static const std::string kModule = R"w(
(module
  (global (export "global") i32 (i32.const 7))
  (func (export "seven") (result i32) (i32.const 7))
  (func (export "two") (result i32 i32) (i32.const 1) (i32.const 2))
  (func (export "same") (param f32) (result f32) (local.get 0))
  (func (export "nan") (param i32) (result f32) (f32.reinterpret_i32 (local.get 0)))
  (func (export "nan64") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func (export "func") (param funcref) (result funcref) (local.get 0))
  (func $itself (export "itself") (result funcref) (ref.func $itself))
  (func (export "divide") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func $deep (export "deep") (call $deep))
  (func (export "forever") (loop (br 0)))))w";
    const ScriptReport report = run(kModule + command, options);
    REQUIRE(report.tallies.kinds[0].failed == 0);
    REQUIRE(report.failures.size() < 2);
    if (report.failures.empty()) return "";
    return std::string(to_text(report.failures[0].kind)) + ": " + report.failures[0].reason;
}

} // namespace

TEST_CASE("wast: assert_return holds for the results and for nothing else") {
    CHECK(verdict_on(R"w((assert_return (invoke "seven") (i32.const 7)))w").empty());
    CHECK(verdict_on(R"w((assert_return (invoke "two") (i32.const 1) (i32.const 2)))w").empty());
    CHECK(verdict_on(R"w((assert_return (get "global") (i32.const 7)))w").empty());
    CHECK(verdict_on(R"w((assert_return (invoke "seven") (i32.const 8)))w") ==
          "assert_return: expected i32 8, got i32 7");
    CHECK(verdict_on(R"w((assert_return (invoke "two") (i32.const 1) (i32.const 1)))w") ==
          "assert_return: result 2: expected i32 1, got i32 2");
    CHECK(verdict_on(R"w((assert_return (invoke "seven") (i64.const 7)))w") ==
          "assert_return: expected i64 7, got i32 7");
    CHECK(verdict_on(R"w((assert_return (invoke "seven")))w") ==
          "assert_return: expected 0 results, but it returned i32 7");
    CHECK(verdict_on(R"w((assert_return (get "global") (i32.const 8)))w") ==
          "assert_return: expected i32 8, got i32 7");
    CHECK(verdict_on(R"w((assert_return (invoke "divide" (i32.const 0)) (i32.const 0)))w") ==
          "assert_return: trapped: integer divide by zero");
}

TEST_CASE("wast: what a script cannot mean has failed") {
    CHECK(verdict_on(R"w((assert_return (invoke "eight") (i32.const 8)))w") ==
          "assert_return: cannot be run: no func is exported as \"eight\"");
    CHECK(verdict_on(R"w((assert_return (get "two") (i32.const 8)))w") ==
          "assert_return: cannot be run: no global is exported as \"two\"");
    CHECK(verdict_on(R"w((invoke $other "seven"))w") == "action: cannot be run: there is no instance $other");
    CHECK(verdict_on(R"w((assert_trap (invoke "divide") "integer divide by zero"))w") ==
          "assert_trap: expected a trap, but it cannot be run: the function has 1 parameters");
    CHECK(verdict_on(R"w((assert_trap (invoke "divide" (i64.const 0)) "integer divide by zero"))w") ==
          "assert_trap: expected a trap, but it cannot be run: i64 0 is no i32");
    CHECK(verdict_on(R"w((invoke "divide" (i32.const 0)))w") == "action: trapped: integer divide by zero");
    CHECK(failures_of(R"w((invoke "seven"))w") == "1:1 action: cannot be run: there is no current instance\n");
    CHECK(failures_of(R"w((register "m"))w") == "1:1 register: there is no such instance\n");
    CHECK(failures_of("(module instance $i $m)") == "1:1 module instance: there is no such module definition\n");
}

TEST_CASE("wast: NaN patterns, with any sign and payload that they allow") {
    const auto single = [](const std::string& bits, const std::string& pattern, const ScriptOptions& options) {
        return verdict_on("(assert_return (invoke \"nan\" (i32.const " + bits + ")) (f32.const " + pattern + "))",
                          options);
    };
    for (const char* const bits : {"0x7fc00000", "0xffc00000"}) {
        CHECK(single(bits, "nan:canonical", every_feature()).empty());
        CHECK(single(bits, "nan:arithmetic", every_feature()).empty());
    }
    CHECK(single("0x7fc00001", "nan:arithmetic", every_feature()).empty());
    CHECK(single("0x7fc00001", "nan:canonical", every_feature()) ==
          "assert_return: expected f32 nan:canonical, got f32 0x7fc00001");
    CHECK(single("0x7fa00000", "nan:arithmetic", every_feature()) ==
          "assert_return: expected f32 nan:arithmetic, got f32 0x7fa00000");
    CHECK(single("0x7f800000", "nan:canonical", every_feature()) ==
          "assert_return: expected f32 nan:canonical, got f32 0x7f800000");
    CHECK(single("0x7fc00000", "nan:canonical", strict()).empty());
    CHECK(single("0x7fc00000", "nan:arithmetic", strict()).empty());
    CHECK(single("0xffc00000", "nan:canonical", strict()) ==
          "assert_return: expected f32 0x7fc00000, got f32 0xffc00000");
    CHECK(single("0x7fc00001", "nan:arithmetic", strict()) ==
          "assert_return: expected f32 0x7fc00000, got f32 0x7fc00001");
}

TEST_CASE("wast: NaN patterns of doubles") {
    const auto twice = [](const std::string& bits, const std::string& pattern, const ScriptOptions& options) {
        return verdict_on("(assert_return (invoke \"nan64\" (i64.const " + bits + ")) (f64.const " + pattern + "))",
                          options);
    };
    CHECK(twice("0xfff8000000000000", "nan:canonical", every_feature()).empty());
    CHECK(twice("0xfff8000000000001", "nan:arithmetic", every_feature()).empty());
    CHECK(twice("0x7ff8000000000000", "nan:arithmetic", strict()).empty());
    CHECK(twice("0x7ff8000000000001", "nan:canonical", every_feature()) ==
          "assert_return: expected f64 nan:canonical, got f64 0x7ff8000000000001");
    CHECK(twice("0x7ff4000000000000", "nan:arithmetic", every_feature()) ==
          "assert_return: expected f64 nan:arithmetic, got f64 0x7ff4000000000000");
    CHECK(twice("0xfff8000000000000", "nan:canonical", strict()) ==
          "assert_return: expected f64 0x7ff8000000000000, got f64 0xfff8000000000000");
}

TEST_CASE("wast: a float is compared by its bits") {
    CHECK(verdict_on(R"w((assert_return (invoke "same" (f32.const 0)) (f32.const 0)))w").empty());
    CHECK(verdict_on(R"w((assert_return (invoke "same" (f32.const 0)) (f32.const -0)))w") ==
          "assert_return: expected f32 0x80000000, got f32 0x0");
}

TEST_CASE("wast: either of several results, and in strict mode the deterministic one") {
    const std::string module = R"w((module (func (export "f32x4.relaxed_min") (param i32) (result i32) (local.get 0))
                                          (func (export "f32x4.relaxed_madd") (param i32) (result i32) (local.get 0))
                                          (func (export "other") (result i32) (i32.const 1)))
)w";
    const auto call = [&](const std::string& name, const std::string& argument) {
        return module + "(assert_return (invoke \"" + name + "\"" + argument +
               ") (either (i32.const 1) (i32.const 2)))";
    };
    for (const char* const argument : {"(i32.const 1)", "(i32.const 2)"}) {
        CHECK(failures_of(call("f32x4.relaxed_min", argument)).empty());
        CHECK(failures_of(call("f32x4.relaxed_madd", argument)).empty());
    }
    CHECK(failures_of(call("f32x4.relaxed_min", "(i32.const 3)")) ==
          "4:1 assert_return: expected i32 1 or i32 2, got i32 3\n");
    CHECK(failures_of(call("f32x4.relaxed_min", "(i32.const 1)"), strict()).empty());
    CHECK(failures_of(call("f32x4.relaxed_madd", "(i32.const 2)"), strict()).empty());
    CHECK(failures_of(call("f32x4.relaxed_min", "(i32.const 2)"), strict()) ==
          "4:1 assert_return: expected i32 1, got i32 2\n");
    CHECK(failures_of(call("f32x4.relaxed_madd", "(i32.const 1)"), strict()) ==
          "4:1 assert_return: expected i32 2, got i32 1\n");
    CHECK(failures_of(call("other", ""), strict()) ==
          "4:1 assert_return: which of the results is the deterministic one is not known: i32 1 or i32 2\n");
}

TEST_CASE("wast: references") {
    const auto extern_ = [](const std::string& given, const std::string& wanted) {
        return verdict_on("(assert_return (invoke \"extern\" " + given + ") " + wanted + ")");
    };
    CHECK(extern_("(ref.extern 3)", "(ref.extern 3)").empty());
    CHECK(extern_("(ref.extern 3)", "(ref.extern)").empty());
    CHECK(extern_("(ref.null extern)", "(ref.null extern)").empty());
    CHECK(extern_("(ref.null extern)", "(ref.null)").empty());
    CHECK(extern_("(ref.extern 3)", "(ref.extern 4)") == "assert_return: expected ref.extern 4, got externref 0x1b");
    CHECK(extern_("(ref.extern 3)", "(ref.null extern)") ==
          "assert_return: expected ref.null extern, got externref 0x1b");
    CHECK(extern_("(ref.null extern)", "(ref.extern)") == "assert_return: expected ref.extern, got externref null");
    CHECK(extern_("(ref.null extern)", "(ref.null func)") ==
          "assert_return: expected ref.null func, got externref null");
    CHECK(extern_("(ref.extern 3)", "(ref.func)").starts_with("assert_return: expected ref.func, got externref"));
    CHECK(verdict_on(R"w((assert_return (invoke "itself") (ref.func)))w").empty());
    CHECK(verdict_on(R"w((assert_return (invoke "itself") (ref.extern)))w") != "");
    CHECK(verdict_on(R"w((assert_return (invoke "itself") (ref.null func)))w") != "");
    CHECK(verdict_on(R"w((assert_return (invoke "func" (ref.null func)) (ref.null func)))w").empty());
    CHECK(verdict_on(R"w((invoke "func" (ref.extern 1)))w") == "action: cannot be run: ref.extern 1 is no funcref");
}

TEST_CASE("wast: traps, exhaustion and exceptions are not taken for each other") {
    CHECK(verdict_on(R"w((assert_trap (invoke "divide" (i32.const 0)) "integer divide by zero"))w").empty());
    CHECK(verdict_on(R"w((assert_exhaustion (invoke "deep") "call stack exhausted"))w").empty());
    CHECK(verdict_on(R"w((assert_trap (invoke "seven") "integer divide by zero"))w") ==
          "assert_trap: expected a trap, but it returned i32 7");
    CHECK(verdict_on(R"w((assert_trap (invoke "deep") "call stack exhausted"))w") ==
          "assert_trap: expected a trap, but it trapped: call stack exhausted");
    CHECK(verdict_on(R"w((assert_exhaustion (invoke "divide" (i32.const 0)) "call stack exhausted"))w") ==
          "assert_exhaustion: expected to exhaust the call stack, but it trapped: integer divide by zero");
    CHECK(verdict_on(R"w((assert_exhaustion (invoke "seven") "call stack exhausted"))w") ==
          "assert_exhaustion: expected to exhaust the call stack, but it returned i32 7");
    CHECK(verdict_on(R"w((assert_exception (invoke "divide" (i32.const 0))))w") ==
          "assert_exception: expected an exception, but it trapped: integer divide by zero");
    CHECK(verdict_on(R"w((assert_exception (invoke "seven")))w") ==
          "assert_exception: expected an exception, but it returned i32 7");
}

TEST_CASE("wast: running out of fuel is no trap and no exhaustion") {
    ScriptOptions options = every_feature();
    options.limit = Fuel(100'000);
    CHECK(verdict_on(R"w((assert_exhaustion (invoke "forever") ""))w", options) ==
          "assert_exhaustion: expected to exhaust the call stack, but it ran out of fuel");
    CHECK(verdict_on(R"w((assert_trap (invoke "forever") ""))w", options) ==
          "assert_trap: expected a trap, but it ran out of fuel");
    CHECK(verdict_on(R"w((invoke "forever"))w", options) == "action: ran out of fuel");
}

TEST_CASE("wast: malformed, invalid, unlinkable and trapping modules are not taken for each other") {
    struct Case {
        const char* module;
        const char* is;
    };
    constexpr Case kCases[] = {
        {R"w((module quote "(func (i32.addd))"))w", "assert_malformed"},
        {R"w((module binary "\00asm\01\00\00"))w", "assert_malformed"},
        {R"w((module (func (result i32))))w", "assert_invalid"},
        {R"w((module quote "(func (result i32))"))w", "assert_invalid"},
        {R"w((module binary "\00asm\01\00\00\00\03\02\01\00\0a\04\01\02\00\0b"))w", "assert_invalid"},
        {R"w((module (import "no" "where" (func))))w", "assert_unlinkable"},
        {R"w((module (import "spectest" "print_i32" (func))))w", "assert_unlinkable"},
        {R"w((module (import "spectest" "memory" (table 1 funcref))))w", "assert_unlinkable"},
        {R"w((module (func unreachable) (start 0)))w", "assert_trap"},
        {R"w((module (memory 0) (data (i32.const 0) "a")))w", "assert_trap"},
        {R"w((module))w", "accepted"},
    };
    for (const Case& each : kCases) {
        for (const char* const claim : {"assert_malformed", "assert_invalid", "assert_unlinkable", "assert_trap"}) {
            INFO(each.module << " as " << claim);
            const bool holds = std::string(claim) == each.is;
            CHECK(failures_of("(" + std::string(claim) + " " + each.module + " \"\")").empty() == holds);
        }
        INFO(each.module << " as a module");
        CHECK(failures_of(each.module).empty() == (std::string(each.is) == "accepted"));
    }
}

TEST_CASE("wast: a limit that is exceeded, and a feature that is off, are neither malformed nor invalid") {
    std::string many = "(module (func (param";
    for (int i = 0; i < 1001; ++i)
        many += " i32";
    many += ")))";
    ScriptOptions profile1 = every_feature();
    profile1.profile = *Profile::published(1);
    const std::string vector = "(module (type (func (param v128))))";
    for (const std::string claim : {"assert_malformed", "assert_invalid", "assert_unlinkable"}) {
        CHECK(failures_of("(" + claim + " " + vector + " \"\")", profile1).find("unsupported: ") != std::string::npos);
        CHECK(failures_of("(" + claim + " " + many + " \"\")").find("limit: ") != std::string::npos);
    }
}

TEST_CASE("wast: reasons name the class, the text and the place") {
    CHECK(failures_of(R"w((module quote "(func" "  (i32.addd))"))w")
              .starts_with("1:1 module: the module is refused as malformed: unknown operator"));
    CHECK(failures_of("(module\n  (func (result i32)\n    (i64.const 1)))") ==
          "1:1 module: the module is refused as invalid: type mismatch at 3:6\n");
    CHECK(failures_of(R"w((module binary "\00asm\01\00\00"))w") ==
          "1:1 module: the module is refused as malformed: unexpected end at byte 7\n");
    CHECK(failures_of(R"w((module (import "a" "b" (func))))w") ==
          "1:1 module: the module cannot be linked: unknown import: a.b\n");
    CHECK(failures_of(
              R"w((module (import "spectest" "print" (func)) (import "spectest" "print" (func (param i32)))))w") ==
          "1:1 module: the module cannot be linked: incompatible import type: spectest.print\n");
    CHECK(failures_of(R"w((assert_malformed (module quote "(func)") "x"))w") ==
          "1:1 assert_malformed: the module is accepted\n");
    CHECK(failures_of(R"w((assert_unlinkable (module) "x"))w") == "1:1 assert_unlinkable: the module returned\n");
}

TEST_CASE("wast: another message is a remark and no failure") {
    const ScriptReport report = run(R"w((module (func (export "f") unreachable))
(assert_trap (invoke "f") "unreachable")
(assert_trap (invoke "f") "unreachable executed")
(assert_trap (invoke "f") "undefined")
(assert_invalid (module (func (result i32))) "arity mismatch"))w");
    CHECK(report.failures.empty());
    REQUIRE(report.remarks.size() == 2);
    CHECK(report.remarks[0].place.line == 4);
    CHECK(report.remarks[0].reason == "\"undefined\" here is \"unreachable\"");
    CHECK(report.remarks[1].reason == "\"arity mismatch\" here is \"type mismatch\"");
}

TEST_CASE("wast: spectest is there, once for the whole script") {
    CHECK(failures_of(R"w((module
  (import "spectest" "print" (func)) (import "spectest" "print_i32" (func (param i32)))
  (import "spectest" "print_i64" (func (param i64))) (import "spectest" "print_f32" (func (param f32)))
  (import "spectest" "print_f64" (func $f64 (param f64)))
  (import "spectest" "print_i32_f32" (func (param i32 f32)))
  (import "spectest" "print_f64_f64" (func (param f64 f64)))
  (import "spectest" "global_i32" (global i32)) (import "spectest" "global_i64" (global i64))
  (import "spectest" "global_f32" (global f32)) (import "spectest" "global_f64" (global f64))
  (import "spectest" "table" (table 10 20 funcref)) (import "spectest" "memory" (memory 1 2))
  (export "a" (global 0)) (export "b" (global 1)) (export "c" (global 2)) (export "d" (global 3))
  (func (export "call") (call $f64 (f64.const 1)))
  (func (export "store") (i32.store8 (i32.const 5) (i32.const 9))))
(assert_return (invoke "call"))
(assert_return (get "a") (i32.const 666)) (assert_return (get "b") (i64.const 666))
(assert_return (get "c") (f32.const 666.6)) (assert_return (get "d") (f64.const 666.6))
(invoke "store")
(module (import "spectest" "memory" (memory 1))
        (func (export "load") (result i32) (i32.load8_u (i32.const 5))))
(assert_return (invoke "load") (i32.const 9))
(assert_unlinkable (module (import "spectest" "memory" (memory 2))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "table" (table 11 funcref))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "nothing" (func))) "unknown import"))w") == "");
}

TEST_CASE("wast: names, the current instance, registering") {
    CHECK(failures_of(R"w((module $one (global $g (export "g") (mut i32) (i32.const 1))
                            (func (export "set") (param i32) (global.set $g (local.get 0))))
(register "shared" $one)
(module $two (global (import "shared" "g") (mut i32)) (export "h" (global 0)))
(assert_return (get "h") (i32.const 1))
(invoke $one "set" (i32.const 5))
(assert_return (get $two "h") (i32.const 5))
(assert_return (get $one "g") (i32.const 5))
(module definition $d (global $g (export "g") (mut i32) (i32.const 8))
                      (func (export "set") (param i32) (global.set $g (local.get 0))))
(assert_return (get "h") (i32.const 5))
(module instance $i $d)
(assert_return (get "g") (i32.const 8))
(invoke $i "set" (i32.const 9))
(module instance $j)
(assert_return (get $j "g") (i32.const 8))
(assert_return (get $i "g") (i32.const 9))
(register "current")
(module (import "current" "g" (global (mut i32))) (export "g" (global 0)))
(assert_return (get "g") (i32.const 8)))w") == "");
}

TEST_CASE("wast: an instantiation that traps leaves its effects, and the instance that was current") {
    CHECK(failures_of(R"w((module (memory (export "m") 1) (func (export "load") (result i32) (i32.load (i32.const 0))))
(register "m")
(assert_trap (module (import "m" "m" (memory 1)) (data (i32.const 0) "\07") (data (i32.const 65536) "\07"))
             "out of bounds memory access")
(assert_return (invoke "load") (i32.const 7)))w") == "");
}

TEST_CASE("wast: behind a module that failed there is no current instance") {
    const std::string before = R"w((module (func (export "f")))
)w";
    for (const std::string bad : {"(module (func (result i32)))", "(module (import \"a\" \"b\" (func)))",
                                  "(module (func unreachable) (start 0))", "(module quote \"(fun)\")"}) {
        const std::string failures = failures_of(before + bad + "\n(invoke \"f\")");
        CHECK(failures.find("3:1 action: cannot be run: there is no current instance\n") != std::string::npos);
    }
}

TEST_CASE("wast: every command is counted under its kind") {
    Tallies tallies = run(R"w((module $m (func (export "f")) (func (export "t") unreachable)
                                    (func $d (export "d") (call $d)))
(module definition $n)
(module instance $i $n)
(register "m" $m)
(invoke $m "f")
(assert_return (invoke $m "f"))
(assert_trap (invoke $m "t") "unreachable")
(assert_trap (invoke $m "t") "unreachable")
(assert_exhaustion (invoke $m "d") "call stack exhausted")
(assert_exception (invoke $m "t"))
(assert_malformed (module quote "(") "")
(assert_invalid (module (func (result i32))) "")
(assert_unlinkable (module (import "a" "b" (func))) "")
(assert_malformed_custom (module quote "(@custom)") "")
(assert_invalid_custom (module) ""))w")
                          .tallies;
    std::vector<std::size_t> ran;
    std::vector<std::size_t> failed;
    for (const Tally& each : tallies.kinds) {
        ran.push_back(each.ran);
        failed.push_back(each.failed);
    }
    CHECK(ran == std::vector<std::size_t>{1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1});
    CHECK(failed == std::vector<std::size_t>{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
    CHECK(tallies.commands() == 15);
    CHECK(tallies.assertions() == 10);
    CHECK(tallies.failed() == 2);
    tallies += tallies;
    CHECK(tallies.commands() == 30);
    CHECK(tallies.failed() == 4);
}

TEST_CASE("wast: a script that cannot be read has failed, with its place") {
    const ScriptReport report = run("(module)\n(assert_retrun (invoke \"f\"))");
    CHECK(report.tallies.unreadable == 1);
    CHECK(report.tallies.failed() == 1);
    CHECK(report.tallies.commands() == 0);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].place.line == 2);
    CHECK(report.failures[0].reason.starts_with("the script cannot be read: "));
}

TEST_CASE("wast: slices change no verdict and no fuel") {
    const std::string script = R"w((module (memory 1) (data (i32.const 0) "abc")
  (func $fac (export "fac") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
      (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))
  (func $deep (export "deep") (call $deep)))
(assert_return (invoke "fac" (i64.const 5)) (i64.const 120))
(assert_return (invoke "fac" (i64.const 5)) (i64.const 121))
(assert_exhaustion (invoke "deep") "call stack exhausted"))w";
    const ScriptReport whole = run(script);
    CHECK(whole.failures.size() == 1);
    for (const std::uint64_t slice : {1U, 2U, 7U, 1000U}) {
        ScriptOptions options = every_feature();
        options.slice = Fuel(slice);
        const ScriptReport sliced = run(script, options);
        CHECK(sliced.used == whole.used);
        CHECK(sliced.failures.size() == 1);
        CHECK(sliced.tallies.commands() == whole.tallies.commands());
    }
}

} // namespace detent::conformance
