// Exceptions: what catches what, with what it finds on the stack, and at which price. Results are the specification's,
// worked out by hand; prices are counted from schedule 1.
#include "engine/testing/price.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace detent;
using namespace detent::testing;

namespace {

using Abstract = HeapType::Abstract;

// Clauses: kind, tag where there is one, label.
Bytes catch_(std::uint32_t tag, std::uint32_t label) { return code(std::uint8_t{0}, tag, label); }
Bytes catch_ref(std::uint32_t tag, std::uint32_t label) { return code(std::uint8_t{1}, tag, label); }
Bytes catch_all(std::uint32_t label) { return code(std::uint8_t{2}, label); }
Bytes catch_all_ref(std::uint32_t label) { return code(std::uint8_t{3}, label); }

Bytes try_table(const std::vector<Bytes>& clauses, const Bytes& body) {
    Bytes out = code(Op::try_table, kEmptyBlock, clauses.size());
    for (const Bytes& clause : clauses)
        append(out, clause);
    return code(out, body, Op::end);
}

// Tags and functions of the module below.
constexpr std::uint32_t kEmpty = 0;
constexpr std::uint32_t kNumber = 1;
constexpr std::uint32_t kPair = 2;
constexpr std::uint32_t kSameAsNumber = 3;

constexpr std::uint32_t kThrowNumber = 1;  // [i32] -> []: throws it
constexpr std::uint32_t kThrowThrough = 2; // [i32] -> []: calls that, behind a call that returns
constexpr std::uint32_t kNothing = 3;
constexpr std::uint32_t kTailThrow = 4; // [i32] -> []: calls kThrowNumber in tail position

/// Block types by index.
constexpr std::uint32_t kPairType = 2;

/// "f": [i32] -> [i32], with a local of i32 and one of exnref.
Bytes module_running(const Bytes& body) {
    ModuleBuilder b;
    const auto main = b.type({kI32}, {kI32});
    const auto number = b.type({kI32}, {});
    const auto results = b.type({}, {kI32, kI64});
    const auto nothing = b.type({}, {});
    const auto pair = b.type({kI32, kI64}, {});
    if (results != kPairType) throw std::logic_error("the order of the types");
    for (const std::uint32_t tag : {nothing, number, pair, number})
        b.tag(tag);
    b.export_function("f", b.function(main, {{1, kI32}, {1, kExnRef}}, body));
    b.function(number, {}, code(Op::local_get, 0, Op::throw_, kNumber));
    b.function(number, {}, code(Op::call, kNothing, Op::local_get, 0, Op::call, kThrowNumber));
    b.function(nothing, {}, {});
    b.function(number, {}, code(Op::local_get, 0, Op::return_call, kThrowNumber));
    return b.build();
}

Bytes number(int value) { return code(Op::i32_const, value); }
Bytes throw_number(int value) { return code(number(value), Op::throw_, kNumber); }

/// The number that the clause brings to the end of a block, or what the body leaves.
Bytes catching(const std::vector<Bytes>& clauses, const Bytes& body) {
    return code(Op::block, kI32, try_table(clauses, body), number(-1), Op::end);
}

std::uint64_t run(const Bytes& body, std::uint32_t argument = 0) {
    const Outcome outcome = FullProgram(module_running(body)).call("f", {Value::i32(argument)});
    return outcome.ending == Ending::returned ? outcome.results.at(0) : 1000 + static_cast<std::uint64_t>(outcome.trap);
}

constexpr std::uint64_t trapped(TrapCode code) { return 1000 + static_cast<std::uint64_t>(code); }
constexpr std::uint64_t kUncaught = trapped(TrapCode::UncaughtException);
constexpr std::uint64_t kPassed = 0xFFFFFFFF;

} // namespace

TEST_CASE("exec-try_table: what throws nothing goes on behind the end", "[feature:exceptions]") {
    CHECK(run(catching({catch_(kNumber, 0)}, code(Op::nop))) == kPassed);
    CHECK(run(code(number(3), Op::try_table, std::uint8_t{0x7F}, 0U, number(4), Op::end, Op::i32_add)) == 7);
    // Parameters and results by type index; a branch out of the block.
    CHECK(run(code(Op::try_table, kPairType, 0U, number(4), Op::i64_const, 5, Op::end, Op::drop)) == 4);
    CHECK(run(code(Op::block, kI32, number(6), Op::try_table, kEmptyBlock, 0U, number(5), Op::br, 1U, Op::end,
                   Op::end)) == 5);
}

TEST_CASE("exec-throw, exec-try_table: a clause catches its tag and takes the payload to its label",
          "[feature:exceptions]") {
    CHECK(run(catching({catch_(kNumber, 0)}, throw_number(42))) == 42);
    // Of equal types, another tag.
    CHECK(run(catching({catch_(kSameAsNumber, 0)}, throw_number(42))) == kUncaught);
    // The first clause that matches, also among equal ones.
    const Bytes both =
        code(Op::block, kI32, Op::block, kI32,
             try_table({catch_(kSameAsNumber, 0), catch_(kNumber, 1), catch_(kNumber, 0)}, throw_number(42)),
             Op::unreachable, Op::end, Op::drop, number(7), Op::end);
    CHECK(run(both) == 42);
    // No payload, one of two words in order, one with a vector.
    CHECK(run(code(Op::block, kEmptyBlock, try_table({catch_(kEmpty, 0)}, code(Op::throw_, kEmpty)), Op::unreachable,
                   Op::end, number(3))) == 3);
    CHECK(run(code(Op::block, kPairType,
                   try_table({catch_(kPair, 0)}, code(number(50), Op::i64_const, 8, Op::throw_, kPair)),
                   Op::unreachable, Op::end, Op::i32_wrap_i64, Op::i32_sub)) == 42);
}

TEST_CASE("exec-throw: a vector is two words of the payload", "[feature:exceptions]") {
    ModuleBuilder b;
    const auto payload = b.type({kI32, kV128, kI32}, {});
    const auto results = b.type({}, {kI32, kV128, kI32});
    b.tag(payload);
    const Bytes thrown = code(Op::i32_const, 1, Op::v128_const, little_endian(20, 8), little_endian(300, 8),
                              Op::i32_const, 4000, Op::throw_, 0U);
    const Bytes body = code(Op::block, results, try_table({catch_(0, 0)}, thrown), Op::unreachable, Op::end,
                            Op::local_set, 0U, Op::local_set, 1U, Op::local_get, 1U, Op::i64x2_extract_lane,
                            std::uint8_t{0}, Op::i32_wrap_i64, Op::i32_add, Op::local_get, 1U, Op::i64x2_extract_lane,
                            std::uint8_t{1}, Op::i32_wrap_i64, Op::i32_add, Op::local_get, 0U, Op::i32_add);
    b.export_function("f", b.function(b.type({}, {kI32}), {{1, kI32}, {1, kV128}}, body));
    CHECK(FullProgram(b.build()).call("f", {}).results == std::vector<std::uint64_t>{4321});
}

TEST_CASE("exec-try_table: catch_all catches all and takes nothing", "[feature:exceptions]") {
    const auto caught = [](const Bytes& body) {
        return run(code(Op::block, kEmptyBlock, try_table({catch_all(0)}, body), Op::unreachable, Op::end, number(5)));
    };
    CHECK(caught(throw_number(42)) == 5);
    CHECK(caught(code(Op::throw_, kEmpty)) == 5);
    CHECK(caught(code(number(1), Op::call, kThrowThrough)) == 5);
}

TEST_CASE("exec-throw_ref: what was caught with its reference is thrown again", "[feature:exceptions]") {
    // Caught by the inner block with its reference, kept, and thrown again within the outer one.
    const Bytes keep = code(Op::block, kExnRef, try_table({catch_all_ref(0)}, throw_number(42)), Op::unreachable,
                            Op::end, Op::local_set, 2U);
    CHECK(run(code(keep, catching({catch_(kNumber, 0)}, code(Op::local_get, 2U, Op::throw_ref)))) == 42);
    CHECK(run(code(keep, catching({catch_(kSameAsNumber, 0)}, code(Op::local_get, 2U, Op::throw_ref)))) == kUncaught);
    // catch_ref: the payload, then the reference.
    ModuleBuilder b;
    const auto tag = b.type({kI32}, {});
    const auto caught = b.type({}, {kI32, kExnRef});
    b.tag(tag);
    const Bytes body =
        code(Op::block, caught, try_table({catch_ref(0, 0)}, code(Op::i32_const, 30, Op::throw_, 0U)), Op::unreachable,
             Op::end, Op::local_set, 0U, Op::drop, Op::block, kI32,
             try_table({catch_(0, 0)}, code(Op::local_get, 0U, Op::throw_ref)), Op::unreachable, Op::end);
    b.export_function("f", b.function(b.type({}, {kI32}), {{1, kExnRef}}, body));
    CHECK(FullProgram(b.build()).call("f", {}).results == std::vector<std::uint64_t>{30});
    CHECK(run(code(Op::ref_null, Abstract::exn, Op::throw_ref)) == trapped(TrapCode::NullReference));
}

TEST_CASE("exec-try_table: an exception is caught where it is thrown deeper, from the innermost block outwards",
          "[feature:exceptions]") {
    // Through one frame and two, also where the call is the last instruction of the block.
    CHECK(run(catching({catch_(kNumber, 0)}, code(number(42), Op::call, kThrowNumber))) == 42);
    CHECK(run(catching({catch_(kNumber, 0)}, code(number(42), Op::call, kThrowThrough))) == 42);
    CHECK(run(catching({catch_(kNumber, 0)}, code(number(42), Op::call, kThrowThrough, Op::nop))) == 42);
    CHECK(run(catching({catch_(kNumber, 0)}, code(number(42), Op::call, kTailThrow))) == 42);
    // Before and behind the block nothing catches.
    CHECK(run(code(number(1), Op::call, kThrowNumber, catching({catch_(kNumber, 0)}, code(Op::nop)))) == kUncaught);
    CHECK(run(code(catching({catch_(kNumber, 0)}, code(Op::nop)), Op::drop, number(1), Op::call, kThrowNumber,
                   number(2))) == kUncaught);
    // Nested: the inner block catches another tag, the outer one this; then both this.
    const auto nested = [](std::uint32_t inner_tag) {
        const Bytes inner = code(Op::block, kI32, try_table({catch_(inner_tag, 0)}, throw_number(10)), number(0),
                                 Op::end, number(5), Op::i32_add, Op::br, 1U);
        return run(code(Op::block, kI32, Op::try_table, kEmptyBlock, 1U, catch_(kNumber, 0), inner, Op::end, number(99),
                        Op::end));
    };
    CHECK(nested(kNumber) == 15);
    CHECK(nested(kSameAsNumber) == 10);
}

TEST_CASE("exec-try_table: a clause is outside its own block, so that what it leads to is not caught by it",
          "[feature:exceptions]") {
    // The handler throws again: behind the block, nothing catches.
    CHECK(run(code(Op::block, kI32, try_table({catch_(kNumber, 0)}, throw_number(1)), Op::unreachable, Op::end,
                   Op::throw_, kNumber)) == kUncaught);
    // A clause to a loop around it: counts down from the payload by throwing.
    const Bytes body = code(
        Op::local_get, 0, Op::loop, std::uint8_t{1}, Op::local_set, 0U, Op::local_get, 1U, Op::i32_const, 3,
        Op::i32_add, Op::local_set, 1U, Op::local_get, 0U, Op::if_, kEmptyBlock,
        try_table({catch_(kNumber, 1)}, code(Op::local_get, 0U, Op::i32_const, 1, Op::i32_sub, Op::throw_, kNumber)),
        Op::unreachable, Op::end, Op::end, Op::local_get, 1U);
    CHECK(run(body, 10) == 33);
}

TEST_CASE("exec-try_table: operands below the block are kept, those above it go", "[feature:exceptions]") {
    // 100 below the outer block; 20 below the try_table, dropped by the branch; 3 above it; 42 thrown.
    CHECK(run(code(number(100), Op::block, kI32, number(20), Op::try_table, kEmptyBlock, 1U, catch_(kNumber, 0),
                   number(3), throw_number(42), Op::end, Op::end, Op::i32_add)) == 142);
    // The same through a frame with operands of its own.
    CHECK(run(code(number(100), Op::block, kI32, number(20), Op::try_table, kEmptyBlock, 1U, catch_(kNumber, 0),
                   number(3), number(42), Op::call, kThrowThrough, Op::unreachable, Op::end, Op::end, Op::i32_add)) ==
          142);
    // Locals are what they were when it was thrown.
    CHECK(run(code(catching({catch_(kNumber, 0)}, code(number(8), Op::local_set, 1U, throw_number(42))), Op::local_get,
                   1U, Op::i32_sub)) == 34);
}

TEST_CASE("DET-14: traps are not exceptions", "[feature:exceptions]") {
    const auto within = [](const Bytes& body) {
        return run(code(Op::block, kEmptyBlock, try_table({catch_all(0)}, body), Op::end, number(5)));
    };
    CHECK(within(code(Op::nop)) == 5);
    CHECK(within(code(Op::unreachable)) == trapped(TrapCode::Unreachable));
    CHECK(within(code(number(1), number(0), Op::i32_div_u, Op::drop)) == trapped(TrapCode::IntegerDivideByZero));
    CHECK(within(code(Op::ref_null, Abstract::exn, Op::throw_ref)) == trapped(TrapCode::NullReference));
    // Calls itself within the block until there are too many frames.
    CHECK(within(code(number(0), Op::call, 0U, Op::drop)) == trapped(TrapCode::CallDepth));
}

TEST_CASE("DET-14: fuel and heap that are exhausted are not exceptions", "[feature:exceptions]") {
    const Bytes forever =
        code(Op::block, kEmptyBlock, try_table({catch_all(0)}, code(Op::loop, kEmptyBlock, Op::br, 0U, Op::end)),
             Op::end, number(5));
    CHECK(FullProgram(module_running(forever)).call("f", {Value::i32(0)}, 1000).ending == Ending::exhausted);
    // An exception of one word takes 24 bytes of 40, twice that at most is half the limit.
    const Bytes thrown = code(Op::block, kEmptyBlock, try_table({catch_all(0)}, code(number(1), Op::throw_, kNumber)),
                              Op::end, number(5));
    const LimitValues limits = LimitValues::of(Preset::contract);
    FullProgram enough(module_running(thrown), limits.with(Limit::heap_bytes, 24));
    CHECK(enough.call("f", {Value::i32(0)}).ending == Ending::returned);
    FullProgram too_little(module_running(thrown), limits.with(Limit::heap_bytes, 23));
    CHECK(too_little.call("f", {Value::i32(0)}).trap == TrapCode::HeapExhausted);
}

TEST_CASE("MET-4, MET-5: throwing costs its base and the words of the payload, unwinding nothing",
          "[feature:exceptions]") {
    // Frame: parameter, two locals and height 1 = 4 words: 1; entry 6. block 1; try_table 2 + one clause 1 = 3;
    // i32.const 1; throw 50 + ceil(1 / 2) = 51. Caught: nothing more.
    check_price(module_running(catching({catch_(kNumber, 0)}, throw_number(1))), {Value::i32(0)}, 6 + 1 + 3 + 1 + 51);
    // Height 2: entry 7. Two clauses, and two words: 1.
    const Bytes pair =
        code(Op::block, kPairType,
             try_table({catch_(kNumber, 1), catch_(kPair, 0)}, code(number(50), Op::i64_const, 8, Op::throw_, kPair)),
             Op::unreachable, Op::end, Op::drop);
    check_price(module_running(pair), {Value::i32(0)}, 7 + 1 + 4 + 2 + 51 + 1);
    // Without a payload, and nothing that catches it.
    check_price(module_running(code(Op::throw_, kEmpty)), {Value::i32(0)}, 6 + 50);
    // throw_ref of null: ref.null 1, throw_ref 50.
    check_price(module_running(code(Op::ref_null, Abstract::exn, Op::throw_ref)), {Value::i32(0)}, 6 + 1 + 50);
}

TEST_CASE("DET-14: a storm of exceptions through a thousand frames costs what was paid to get there",
          "[feature:exceptions]") {
    // "f": [i32] -> [i32]: fifty times, function 1 calls itself down to 0 and throws.
    const Bytes storm = code(Op::block, kEmptyBlock,
                             try_table({catch_all(0)}, code(Op::local_get, 0, Op::call, 1U, Op::drop)), Op::end);
    const Bytes down = code(Op::local_get, 0, Op::if_, kI32, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub, Op::call,
                            1U, Op::else_, Op::throw_, 0U, Op::end);
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    b.tag(b.type({}, {}));
    b.export_function("f", b.function(type, {}, code(repeated(50, storm), Op::local_get, 0)));
    b.function(type, {}, down);
    // Each storm: block 1, try_table 3, local.get 1, call 5 + frame of 1 + 2 = 3 words 1; for each level local.get 1,
    // if 2, local.get 1, i32.const 1, i32.sub 1, call 6; at the bottom local.get 1, if 2, throw 50. Entry 6, and
    // the last local.get 1.
    const std::uint64_t price = 6 + 50 * (1 + 3 + 1 + 6 + 1000 * 12 + 53) + 1;
    FullProgram program(b.build());
    const Outcome outcome = program.call("f", {Value::i32(1000)});
    CHECK(outcome.ending == Ending::returned);
    CHECK(outcome.used == price);
}

TEST_CASE("spec: a tag that is imported is the one that was exported", "[feature:exceptions]") {
    // The first module throws its tag; the second imports it, and has one of its own.
    ModuleBuilder first;
    const auto number_type = first.type({kI32}, {});
    first.export_tag("t", first.tag(number_type));
    first.export_function("throw", first.function(number_type, {}, code(Op::local_get, 0, Op::throw_, 0U)));
    FullProgram program(first.build());

    ModuleBuilder second;
    const auto type = second.type({kI32}, {});
    const auto thrower = second.import_function("", "throw", type);
    const auto imported = second.import_tag("", "t", type);
    const auto own = second.tag(type);
    const auto result = second.type({}, {kI32});
    const auto catching_tag = [&](std::uint32_t tag) {
        return code(Op::block, kI32, try_table({catch_(tag, 0)}, code(number(42), Op::call, thrower)), number(0),
                    Op::end);
    };
    second.export_function("imported", second.function(result, {}, catching_tag(imported)));
    second.export_function("own", second.function(result, {}, catching_tag(own)));
    const ExternVal imports[] = {{ExternKind::func, detent::number(program.function("throw"))},
                                 program.instance().find_export("t").value()};
    Execution made = must(Execution::instantiate(program.store(), compiled(second.build(), full_profile()), imports,
                                                 schedule(), Fuel::maximum(), Fuel::maximum()));
    REQUIRE(must(made.run()) == Ending::returned);
    const InstanceAddr instance = made.instance().value();
    const auto call = [&](std::string_view name) {
        const ExternVal f = program.store().instance(instance).find_export(name).value();
        Execution execution = must(
            Execution::invoke(program.store(), FuncAddr{f.address}, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
        const Ending ending = must(execution.run());
        return outcome_of(execution, ending);
    };
    CHECK(call("imported").results == std::vector<std::uint64_t>{42});
    CHECK(call("own").trap == TrapCode::UncaughtException);
}

namespace {

/// A host of one function, [] -> [], that does what a test says.
class OneFunction : public HostModule {
  public:
    std::function<HostOutcome(HostCall&)> on_call;
    std::function<HostOutcome(const EntryResult&)> on_leave;

    HostOutcome call(HostCall& call) noexcept override { return on_call(call); }
    HostOutcome leave(HostCall&, std::uint64_t, const EntryResult& result) noexcept override {
        return on_leave(result);
    }
};

} // namespace

TEST_CASE("DET-14: an exception ends at the entry that it was thrown in", "[feature:exceptions]") {
    // "f" calls the host within a block that catches all; the host enters "throw" of the same instance.
    ModuleBuilder b;
    const auto nothing = b.type({}, {});
    const auto host_function = b.import_function("host", "enter", nothing);
    b.tag(nothing);
    const Bytes body = code(Op::block, kEmptyBlock, try_table({catch_all(0)}, code(Op::call, host_function)),
                            Op::i32_const, 8, Op::return_, Op::end, Op::i32_const, 9);
    b.export_function("f", b.function(b.type({}, {kI32}), {}, body));
    b.export_function("throw", b.function(nothing, {}, code(Op::throw_, 0U)));

    OneFunction host;
    Store store(LimitValues::of(Preset::contract));
    const FuncAddr enter = must(store.add_host_function(host, 0, FuncType{}));
    const ExternVal imports[] = {{ExternKind::func, detent::number(enter)}};
    Execution made = must(Execution::instantiate(store, compiled(b.build(), full_profile()), imports, schedule(),
                                                 Fuel::maximum(), Fuel::maximum()));
    REQUIRE(must(made.run()) == Ending::returned);
    const Instance& instance = store.instance(made.instance().value());
    const FuncAddr thrower{instance.find_export("throw").value().address};
    host.on_call = [&](HostCall&) {
        EntryRequest request;
        request.function = thrower;
        return HostOutcome::enter(std::move(request));
    };
    std::optional<EntryResult> seen;
    host.on_leave = [&](const EntryResult& result) {
        seen = result;
        return HostOutcome::returned();
    };
    const FuncAddr f{instance.find_export("f").value().address};
    Execution call = must(Execution::invoke(store, f, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
    REQUIRE(must(call.run()) == Ending::returned);
    CHECK(call.result_words()[0] == 8);
    REQUIRE(seen.has_value());
    CHECK(seen->end == EntryResult::End::trapped);
    CHECK(seen->trap == Trap{TrapCode::UncaughtException, 0});
    // A host function that traps is not caught either.
    host.on_call = [](HostCall&) { return HostOutcome::trapped({TrapCode::Host, 5}); };
    Execution again = must(Execution::invoke(store, f, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
    CHECK(must(again.run()) == Ending::trapped);
    CHECK(again.trap() == Trap{TrapCode::Host, 5});
}
