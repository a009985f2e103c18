// Instrumented modules in Detent itself: they run with fuel to spare, and what they count must be what Detent charged
// for the module that they were made from. Expected values are those of the engine's own meter, which vectors, the
// oracle and counts by hand judge elsewhere; those of other engines are compared by conformance/instrument.
#include "engine/instrument/instrument.hpp"
#include "engine/testing/case.hpp"
#include "engine/testing/program.hpp"
#include "engine/text/wat.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <optional>

using namespace detent;
using namespace detent::testing;
using instrument::OwnEnding;

namespace {

Bytes assembled(std::string_view text) { return must(text::parse_module(text)).bytes; }

/// Every feature and greater limits, for what is made from a module under the limits of contracts.
const Profile& roomy_profile() {
    static const Profile roomy = [] {
        Profile all = full_profile();
        all.preset = Preset::spec;
        return all;
    }();
    return roomy;
}

Bytes instrumented(const Code& code, const instrument::Options& options = {}) {
    return must(instrument::instrument(code, schedule(), options)).bytes;
}

GlobalCell& global_named(Program& program, std::string_view name) {
    return program.store().global(GlobalAddr{program.instance().find_export(name).value().address});
}

/// All that can be seen behind a call, in terms that both modules have.
struct Seen {
    Ending ending = Ending::returned;
    std::optional<TrapCode> trap;
    std::uint64_t used = 0;
    std::vector<std::uint64_t> results;
    std::vector<Bytes> memories;
    std::vector<std::uint64_t> globals;
    std::vector<std::size_t> tables;

    friend bool operator==(const Seen&, const Seen&) = default;
};

/// What references lead to differs between stores, so that only numbers are compared.
void look(Seen& seen, Program& program, const Module& module) {
    for (std::size_t i = 0; i < module.memories.size(); ++i) {
        const std::span<const std::uint8_t> bytes =
            std::as_const(program.store().memory(program.instance().memories[i])).bytes();
        seen.memories.emplace_back(bytes.begin(), bytes.end());
    }
    for (std::size_t i = 0; i < module.globals.size(); ++i) {
        const GlobalCell& cell = program.store().global(program.instance().globals[i]);
        if (!cell.type.value.is_reference()) seen.globals.insert(seen.globals.end(), {cell.low, cell.high});
    }
    for (std::size_t i = 0; i < module.tables.size(); ++i)
        seen.tables.push_back(program.store().table(program.instance().tables[i]).words.size());
}

bool returns_references(const Module& module, std::string_view name) {
    const FuncType type = module.function_type(FuncIdx{module.find_export(name)->index});
    return std::ranges::any_of(type.results, is_reference);
}

struct Subject {
    std::shared_ptr<const Code> own;
    std::shared_ptr<const Code> made;
    std::string name = "f";
    std::vector<Value> arguments;
};

Subject subject_of(const Bytes& bytes, std::vector<Value> arguments = {}, const instrument::Options& options = {}) {
    Subject subject;
    subject.own = compiled(bytes, full_profile());
    subject.made = compiled(instrumented(*subject.own, options), roomy_profile());
    subject.arguments = std::move(arguments);
    return subject;
}

Seen own_run(const Subject& subject, std::uint64_t limit) {
    Program program(subject.own);
    const Outcome outcome = program.call(subject.name, subject.arguments, limit);
    Seen seen;
    seen.ending = outcome.ending;
    if (outcome.ending == Ending::trapped) seen.trap = outcome.trap;
    seen.used = outcome.used;
    if (!returns_references(subject.own->module(), subject.name)) seen.results = outcome.results;
    look(seen, program, subject.own->module());
    return seen;
}

/// Ends by its own rules are told by the global.
void settle(Seen& seen, OwnEnding ending) {
    if (ending == OwnEnding::none) return;
    seen.trap.reset();
    if (ending == OwnEnding::out_of_fuel) {
        seen.ending = Ending::exhausted;
    } else {
        seen.trap = static_cast<TrapCode>(ending);
    }
}

Seen made_run(const Subject& subject, std::uint64_t limit) {
    Program program(subject.made, LimitValues::of(Preset::spec));
    global_named(program, "detent.fuel").low = limit;
    const Outcome outcome = program.call(subject.name, subject.arguments);
    Seen seen;
    seen.ending = outcome.ending;
    if (outcome.ending == Ending::trapped) seen.trap = outcome.trap;
    settle(seen, static_cast<OwnEnding>(global_named(program, "detent.ending").low));
    seen.used = limit - global_named(program, "detent.fuel").low;
    if (!returns_references(subject.own->module(), subject.name)) seen.results = outcome.results;
    look(seen, program, subject.own->module());
    return seen;
}

bool agree(const Subject& subject, std::uint64_t limit) { return own_run(subject, limit) == made_run(subject, limit); }

/// With fuel to spare, with what it takes, one more, one less, and some at random below.
bool agree_at_limits(const Subject& subject, std::uint64_t seed) {
    constexpr std::uint64_t kPlenty = 50'000'000;
    const Seen free = own_run(subject, kPlenty);
    Random random(seed + 7);
    bool all = free == made_run(subject, kPlenty) && agree(subject, free.used) && agree(subject, free.used + 1);
    if (free.used != 0) all = all && agree(subject, free.used - 1) && agree(subject, random.next() % free.used);
    return all;
}

/// Every amount of fuel from none to enough.
void check_all_limits(const Subject& subject) {
    const std::uint64_t used = own_run(subject, Fuel::kMaximum).used;
    REQUIRE(used < 20'000);
    for (std::uint64_t limit = 0; limit <= used + 1; ++limit) {
        INFO("limit " << limit);
        REQUIRE(own_run(subject, limit) == made_run(subject, limit));
    }
}

void check_all_limits(std::string_view text, std::vector<Value> arguments = {}) {
    check_all_limits(subject_of(assembled(text), std::move(arguments)));
}

// Properties, by the seed of a module.

bool generated_agrees(std::uint64_t seed) {
    const Case test = case_of(seed);
    return agree_at_limits(subject_of(test.module, test.arguments), seed);
}

bool edges_agree(std::uint64_t seed) {
    const Case test = edge_case_of(seed);
    return agree_at_limits(subject_of(test.module, test.arguments), seed);
}

bool edges_agree_with_canonical_nans(std::uint64_t seed) {
    const Case test = edge_case_of(seed);
    return agree_at_limits(subject_of(test.module, test.arguments, {.canonical_nan = true}), seed);
}

bool holds(const char* what, bool (*property)(std::uint64_t seed)) {
    return rc::check(what, [property](std::uint64_t seed) { RC_ASSERT(property(seed)); });
}

} // namespace

TEST_CASE("INS-1, INS-5, INS-6: a generated module ends alike, uses as much and leaves the same store") {
    CHECK(holds("limits at, around and below what is used", generated_agrees));
}

TEST_CASE("INS-1, INS-7, INS-11: so does one with exceptions, tail calls and loops of every shape") {
    CHECK(holds("limits at, around and below what is used", edges_agree));
}

TEST_CASE("INS-6: the remainder is that of the first instruction that cannot be paid, at every limit") {
    check_all_limits(R"((module (memory (export "memory") 1) (global $g (mut i32) (i32.const 0))
        (func (export "f") (param i32) (result i32) (local f64)
            (local.set 1 (f64.div (f64.const 3) (f64.sqrt (f64.const 2))))
            (block $out (loop $again
                (i32.store (i32.mul (local.get 0) (i32.const 4)) (i32.div_u (i32.const 100) (local.get 0)))
                (global.set $g (i32.add (global.get $g) (i32.const 1)))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if $out (i32.gt_u (global.get $g) (i32.const 6)))
                (br $again)))
            (select (global.get $g) (local.get 0) (i32.const 1)))))",
                     {Value::i32(5)});
}

TEST_CASE("INS-7: a frame that cannot be paid gives back the base of its call, whatever called it") {
    check_all_limits(R"((module (type $t (func (param i64) (result i64 i64))) (table funcref (elem $h))
        (func $h (type $t) (local v128 f32) (i64.add (local.get 0) (i64.const 1)) (i64.const 7))
        (func $tail (type $t) (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
        (func $ref (type $t) (return_call_ref $t (local.get 0) (ref.func $h)))
        (func (export "f") (result i64)
            (call $tail (i64.const 4)) drop drop (call $ref (i64.const 3)) drop drop
            (call_ref $t (i64.const 9) (ref.func $h)) i64.add
            (call_indirect (type $t) (i64.const 5) (i32.const 0)) i64.add return)
        (elem declare func $h)))");
}

TEST_CASE("INS-7: the limits of the call stack end a recursion where Detent does, with the same fuel") {
    const Subject deep = subject_of(assembled(R"((module (func $f (export "f") (call $f))))"));
    CHECK(own_run(deep, Fuel::kMaximum).trap == TrapCode::CallDepth);
    CHECK(agree(deep, Fuel::kMaximum));
    // 64 frames of 16,384 words are 1,048,576, the limit itself.
    const Subject wide = subject_of(module_of({}, {}, code(Op::call, 0U), {{8192, kV128}}));
    CHECK(own_run(wide, Fuel::kMaximum).trap == TrapCode::StackExhausted);
    CHECK(agree(wide, Fuel::kMaximum));
}

TEST_CASE("INS-7: a tail call takes the place of its frame, however often") {
    const Subject often = subject_of(assembled(R"((module (type $t (func (param i32) (result i32)))
        (table funcref (elem $by_table))
        (func $by_table (type $t) (return_call $direct (local.get 0)))
        (func $by_reference (type $t) (local v128)
            (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
        (func $direct (type $t)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
            (return_call_ref $t (i32.sub (local.get 0) (i32.const 1)) (ref.func $by_reference)))
        (func (export "f") (result i32) (call $direct (i32.const 2000)))
        (elem declare func $by_reference)))"));
    CHECK(own_run(often, Fuel::kMaximum).ending == Ending::returned);
    CHECK(agree_at_limits(often, 1));
}

TEST_CASE("INS-8: bulk instructions of memories and tables are paid by their operands, and refused for the base") {
    check_all_limits(R"((module (memory (export "memory") 1) (memory $b 1) (table $t 9 20 funcref) (table $u 5 funcref)
        (data $d "0123456789") (data $active (i32.const 4) "abc") (elem $e func 0 0 0)
        (func (export "f")
            (memory.fill (i32.const 3) (i32.const 65) (i32.const 100))
            (memory.copy 1 0 (i32.const 7) (i32.const 0) (i32.const 77))
            (memory.copy (i32.const 9) (i32.const 3) (i32.const 33))
            (memory.init $d (i32.const 60) (i32.const 2) (i32.const 8))
            (table.init $t $e (i32.const 1) (i32.const 0) (i32.const 3))
            (table.copy $u $t (i32.const 0) (i32.const 1) (i32.const 5))
            (table.fill $u (i32.const 2) (ref.func 0) (i32.const 3))
            (drop (table.grow $t (ref.null func) (i32.const 4)))
            (drop (table.grow $t (ref.null func) (i32.const 8)))
            (data.drop $d) (elem.drop $e)
            (memory.init $d (i32.const 60) (i32.const 0) (i32.const 0))
            (table.init $t $e (i32.const 1) (i32.const 0) (i32.const 1)))
        (elem declare func 0)))");
}

TEST_CASE("INS-8: what is out of bounds traps for its base") {
    for (const std::string_view one : {"(memory.fill (i32.const 1) (i32.const 0) (i32.const -1))",
                                       "(memory.copy (i32.const 65530) (i32.const 0) (i32.const 7))",
                                       "(memory.copy (i32.const 0) (i32.const 65530) (i32.const 7))",
                                       "(memory.init $d (i32.const 0) (i32.const 3) (i32.const 2))",
                                       "(memory.init $active (i32.const 0) (i32.const 0) (i32.const 1))",
                                       "(data.drop $d) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))",
                                       "(table.fill (i32.const 4) (ref.null func) (i32.const 2))",
                                       "(table.copy (i32.const 0) (i32.const 5) (i32.const 1))",
                                       "(drop (array.new_data $a $d (i32.const 3) (i32.const 1)))",
                                       "(array.fill $a (ref.null $a) (i32.const 0) (i32.const 0) (i32.const 0))",
                                       "(drop (array.new_default $a (i32.const 0x7fffffff)))"}) {
        INFO(one);
        check_all_limits("(module (type $a (array (mut i16))) (memory 1) (table 5 funcref) (data $d \"1234\")"
                         "(data $active (i32.const 0) \"x\") (func (export \"f\") " +
                         std::string(one) + "))");
    }
}

TEST_CASE("INS-10: memory grows by the rule of the store, over all memories, and not beyond a declared maximum") {
    check_all_limits(R"((module (memory $a 1 3) (memory $b 1) (memory $c i64 0)
        (func (export "f") (result i32 i32 i32 i32 i64 i64)
            (memory.grow $a (i32.const 1)) (memory.grow $a (i32.const 2)) (memory.grow $b (i32.const 2000))
            (memory.grow $b (i32.const 0)) (memory.grow $c (i64.const 2)) (memory.grow $c (i64.const -1)))))");
}

TEST_CASE("INS-10: what fills the store to its limit succeeds, and one more does not") {
    // 1,024 pages and 200,000 elements, over all memories and tables, and 100,000 elements of one table.
    CHECK(agree_at_limits(subject_of(assembled(R"((module (memory $a 2) (memory $b 1)
        (func (export "f") (result i32 i32) (memory.grow $b (i32.const 1022)) (memory.grow $b (i32.const 1021)))))")),
                          1));
    CHECK(agree_at_limits(subject_of(assembled(R"((module (table $t 100000 funcref) (table $u 99998 funcref)
        (table $v 0 funcref)
        (func (export "f") (result i32 i32 i32 i32)
            (table.grow $t (ref.null func) (i32.const 1)) (table.grow $v (ref.null func) (i32.const 3))
            (table.grow $v (ref.null func) (i32.const 2)) (table.grow $v (ref.null func) (i32.const 0)))))")),
                          1));
}

TEST_CASE("INS-9: objects are paid by their abstract bytes") {
    check_all_limits(R"((module
        (type $s (struct (field (mut i32) (mut i64) (mut v128)))) (type $a (array (mut i16))) (type $r (array (mut funcref)))
        (data $d "0123456789") (elem $e func 0 0)
        (func (export "f") (result i32) (local $x (ref $a)) (local $y (ref $r))
            (drop (struct.new $s (i32.const 1) (i64.const 2) (v128.const i64x2 1 2)))
            (drop (struct.new_default $s))
            (drop (array.new_fixed $a 3 (i32.const 1) (i32.const 2) (i32.const 3)))
            (local.set $x (array.new $a (i32.const 7) (i32.const 21)))
            (drop (array.new_default $a (i32.const 33)))
            (local.set $x (array.new_data $a $d (i32.const 1) (i32.const 4)))
            (local.set $y (array.new_elem $r $e (i32.const 0) (i32.const 2)))
            (array.fill $a (local.get $x) (i32.const 1) (i32.const 5) (i32.const 3))
            (array.copy $a $a (local.get $x) (i32.const 0) (local.get $x) (i32.const 1) (i32.const 3))
            (array.init_data $a $d (local.get $x) (i32.const 0) (i32.const 2) (i32.const 3))
            (array.init_elem $r $e (local.get $y) (i32.const 1) (i32.const 0) (i32.const 1))
            (i32.add (array.get_u $a (local.get $x) (i32.const 2)) (array.len (local.get $y))))
        (elem declare func 0)))");
}

TEST_CASE("INS-11: what catches an exception counts the frames that are left") {
    check_all_limits(R"((module (tag $e (param i32 i64)) (global $n (mut i32) (i32.const 0))
        (func $deep (param i32) (local v128 v128)
            (if (i32.eqz (local.get 0)) (then (throw $e (i32.const 3) (i64.const 4))))
            (call $deep (i32.sub (local.get 0) (i32.const 1))))
        (func (export "f") (result i32)
            (loop $again
                (block $caught (result i32 i64)
                    (try_table (catch $e $caught) (call $deep (i32.const 9)))
                    (unreachable))
                drop drop
                (global.set $n (i32.add (global.get $n) (i32.const 1)))
                (br_if $again (i32.lt_u (global.get $n) (i32.const 3))))
            (block $all (result exnref) (try_table (catch_all_ref $all) (call $deep (i32.const 2))) (unreachable))
            drop (global.get $n))))");
}

TEST_CASE("INS-11: so that handlers never bring a recursion to its end before its time") {
    const Subject often = subject_of(assembled(R"((module (tag $e)
        (func $deep (param i32)
            (if (i32.eqz (local.get 0)) (then (throw $e)))
            (call $deep (i32.sub (local.get 0) (i32.const 1))))
        (func (export "f") (local i32)
            (local.set 0 (i32.const 50))
            (block $done (loop $again
                (br_if $done (i32.eqz (local.get 0)))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (try_table (catch_all $again) (call $deep (i32.const 200)))))
            (local.set 0 (i32.const 50))
            (loop $again
                (block $out (try_table (catch_all $out) (call $deep (i32.const 200))))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (block $out (try_table (catch_all $out) (call $deep (i32.const 900)))))))"));
    CHECK(own_run(often, Fuel::kMaximum).ending == Ending::returned);
    CHECK(agree_at_limits(often, 1));
}

TEST_CASE("INS-2: what the module has keeps its index") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Subject subject = subject_of(edge_case_of(seed).module);
        const Module& own = subject.own->module();
        const Module& made = subject.made->module();
        CHECK(std::ranges::equal(own.functions.span(), made.functions.span().first(own.functions.size())));
        CHECK(made.functions.size() > own.functions.size());
        CHECK(made.globals.size() >= own.globals.size() + instrument::kStateNames.size());
        for (std::size_t i = 0; i < own.globals.size(); ++i)
            CHECK(own.globals[i].type == made.globals[i].type);
        for (std::size_t i = 0; i < own.types.size(); ++i)
            CHECK(&subject.own->types()[TypeIdx(i)] == &subject.made->types()[TypeIdx(i)]);
        CHECK(made.tags.size() == own.tags.size());
        CHECK(made.data.size() == own.data.size());
        for (std::size_t i = 0; i < own.exports.size(); ++i)
            CHECK(own.text(own.exports[i].name) == made.text(made.exports[i].name));
    }
}

TEST_CASE("INS-4: the embedder's entry and the start function are paid as calls, and references to functions still "
          "lead to the functions") {
    const Subject subject = subject_of(assembled(R"((module (table (export "t") 1 funcref)
        (func $start (table.set (i32.const 0) (ref.func $own)))
        (func $own (export "own") (result i32) (i32.const 5))
        (func (export "f") (result i32) (call_indirect (result i32) (i32.const 0)))
        (start $start)))"));
    CHECK(agree_at_limits(subject, 1));
    // The start function has run with all the fuel that there is: call 5, frame of 2 words 1, three instructions.
    Program program(subject.made, LimitValues::of(Preset::spec));
    CHECK(Fuel::kMaximum - global_named(program, "detent.fuel").low == 5 + 1 + 1 + 1 + 3);
}

TEST_CASE("INS-3: the state is exported under names that the module does not have") {
    const auto own = compiled(assembled(R"((module (func (export "detent.fuel")) (global (export "_detent.words") i32
        (i32.const 1)) (func (export "f"))))"));
    const instrument::Instrumented made = must(instrument::instrument(*own, schedule()));
    CHECK(made.names[0] == "__detent.fuel");
    CHECK(made.names[4] == "__detent.call_base");
    const auto again = compiled(made.bytes, roomy_profile());
    for (const std::string& name : made.names)
        CHECK(again->module().find_export(name)->kind == ExternKind::global);
}

TEST_CASE("INS-12: NaNs are made canonical, lane by lane, where that is asked for") {
    const instrument::Options canonical{.canonical_nan = true};
    const Subject subject = subject_of(assembled(R"((module (func (export "f") (result i64 i32 v128 v128)
        (i64.reinterpret_f64 (f64.div (f64.const 0) (f64.const 0)))
        (i32.reinterpret_f32 (f32.sqrt (f32.demote_f64 (f64.promote_f32 (f32.const -nan:0x200001)))))
        (f32x4.add (v128.const f32x4 1 -nan:0x400007 inf 2) (v128.const f32x4 1 1 -inf 2))
        (f64x2.relaxed_madd (v128.const f64x2 1 -inf) (v128.const f64x2 2 0) (v128.const f64x2 3 4)))))"),
                                       {}, canonical);
    CHECK(agree_at_limits(subject, 1));
    const auto plain = compiled(instrumented(*subject.own), roomy_profile());
    CHECK(subject.made->module().bytes.size() > plain->module().bytes.size());
}

TEST_CASE("INS-12: generated modules are the same with canonical NaNs") {
    CHECK(holds("limits at, around and below what is used", edges_agree_with_canonical_nans));
}

TEST_CASE("INS-13: relaxed instructions become others with Detent's results, at their own price") {
    static constexpr std::string_view kUnary[] = {"i32x4.relaxed_trunc_f32x4_s", "i32x4.relaxed_trunc_f32x4_u",
                                                  "i32x4.relaxed_trunc_f64x2_s_zero",
                                                  "i32x4.relaxed_trunc_f64x2_u_zero"};
    static constexpr std::string_view kBinary[] = {"i8x16.relaxed_swizzle",
                                                   "f32x4.relaxed_min",
                                                   "f32x4.relaxed_max",
                                                   "f64x2.relaxed_min",
                                                   "f64x2.relaxed_max",
                                                   "i16x8.relaxed_q15mulr_s",
                                                   "i16x8.relaxed_dot_i8x16_i7x16_s"};
    static constexpr std::string_view kTernary[] = {
        "f32x4.relaxed_madd",       "f32x4.relaxed_nmadd",      "f64x2.relaxed_madd",
        "f64x2.relaxed_nmadd",      "i8x16.relaxed_laneselect", "i16x8.relaxed_laneselect",
        "i32x4.relaxed_laneselect", "i64x2.relaxed_laneselect", "i32x4.relaxed_dot_i8x16_i7x16_add_s"};
    Random random(13);
    const auto check = [&random](std::string_view name, int operands) {
        for (int round = 0; round < 20; ++round) {
            std::string text = "(module (func (export \"f\") (result v128) (" + std::string(name);
            for (int i = 0; i < operands; ++i) {
                // Numbers at random, and the bytes whose products saturate.
                const bool is_edge = round == 0;
                const auto lane = [&] { return std::to_string(is_edge ? 0x8080808080808080 : random.next()); };
                text += " (v128.const i64x2 " + lane() + " " + lane() + ")";
            }
            const Subject subject = subject_of(assembled(text + ")))"));
            INFO(name);
            CHECK(agree_at_limits(subject, 1));
        }
    };
    for (const std::string_view one : kUnary)
        check(one, 1);
    for (const std::string_view one : kBinary)
        check(one, 2);
    for (const std::string_view one : kTernary)
        check(one, 3);
}

TEST_CASE("INS-14: names and producers stay, without labels; what would be wrong goes") {
    ModuleBuilder b;
    b.export_function("f", b.function(b.type({}, {}), {}, {}));
    const Bytes labels = code(std::uint8_t{3}, sized({1, 0, 1, 0, 1, 'l'}));
    const Bytes functions = code(std::uint8_t{1}, sized({1, 0, 1, 'f'}));
    b.custom("name", code(functions, labels));
    b.custom("producers", {0});
    b.custom("metadata.code.branch_hint", {0});
    const Bytes made = instrumented(*compiled(b.build()));
    const Bytes end =
        code(section(0, code(name_bytes("name"), functions)), section(0, code(name_bytes("producers"), Bytes{0})));
    REQUIRE(made.size() > end.size());
    CHECK(Bytes(made.end() - static_cast<std::ptrdiff_t>(end.size()), made.end()) == end);
    CHECK(std::string_view(reinterpret_cast<const char*>(made.data()), made.size()).find("branch_hint") ==
          std::string_view::npos);
}

TEST_CASE("INS-15: what cannot be said exactly is refused") {
    const auto refusal = [](std::string_view text) {
        return instrument::instrument(*compiled(assembled(text), full_profile()), schedule()).assume_error().code;
    };
    CHECK(refusal(R"((module (import "m" "m" (memory 1)) (func (drop (memory.grow (i32.const 1))))))") ==
          ErrorCode::growth_of_import);
    CHECK(refusal(R"((module (import "m" "t" (table 1 funcref)) (func (drop (table.grow (ref.null func)
        (i32.const 1))))))") == ErrorCode::growth_of_import);
    CHECK(refusal("(module (memory 2000))") == ErrorCode::limit_exceeded);
    CHECK(refusal("(module (table 100001 funcref))") == ErrorCode::limit_exceeded);
}

TEST_CASE("INS-15: a failed allocation comes back as a fault") {
    const auto own = compiled(edge_case_of(1).module, full_profile());
    std::uint64_t failures = 0;
    for (;; ++failures) {
        allocation_probe() = {0, failures + 1};
        const auto made = instrument::instrument(*own, schedule());
        allocation_probe() = {};
        if (made.has_value()) break;
        REQUIRE(made.assume_error().code == ErrorCode::out_of_memory);
    }
    CHECK(failures > 10);
}
