// Programs and modules made to cost a node more than they pay. Each is bounded by fuel or refused by a limit, and all
// of them together end in seconds: what would be quadratic or unpaid takes minutes here.
#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint64_t kBudget = 3'000'000;
constexpr std::uint8_t kZero = 0;

const Profile& spec_profile() {
    static const Profile profile_of_spec{1, profile().features, Preset::spec};
    return profile_of_spec;
}

/// Generous, for sanitizers and emulation; a release build needs a hundredth.
class Stopwatch {
  public:
    ~Stopwatch() { CHECK(std::chrono::steady_clock::now() - begin_ < std::chrono::seconds(60)); }

  private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

Bytes forever(const Bytes& body) { return code(Op::loop, kEmptyBlock, body, Op::br, 0U, Op::end); }

/// "f": [] -> [] with one memory of a page and one table.
Bytes module_running(const Bytes& body, const std::vector<Locals>& locals = {}) {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    const auto f = b.function(type, locals, body);
    b.function(type, {{10000, kI64}}, {});
    b.table(kFuncRef, 2);
    b.memory(1);
    b.export_function("f", f);
    b.active_elements(code(Op::i32_const, 0), {1, 1});
    b.passive_data({1, 2, 3});
    return b.build();
}

/// Runs until the budget is used, to a few units.
void check_burns(const Bytes& body) {
    const Stopwatch watch;
    const Outcome outcome = Program(module_running(body)).call("f", {}, kBudget);
    CHECK(outcome.ending == Ending::exhausted);
    CHECK(outcome.used > kBudget - 10000);
}

Bytes bulk(int a, int b, int c) { return code(Op::i32_const, a, Op::i32_const, b, Op::i32_const, c); }

Result<std::shared_ptr<const Code>> compiled_under_spec(const Bytes& bytes) { return compile(bytes, spec_profile()); }

} // namespace

TEST_CASE("MET-2, MET-6: loops of cheap, empty, large and dropped work are all paid") {
    check_burns(forever({}));
    check_burns(forever(code(bulk(0, 0, 0), Op::memory_fill, kZero)));
    check_burns(forever(code(bulk(1, 0, 65535), Op::memory_copy, kZero, kZero)));
    check_burns(forever(code(Op::data_drop, 0U)));
    check_burns(forever(code(Op::f64_const, 2.0, Op::f64_sqrt, Op::drop)));
    check_burns(forever(code(Op::i64_const, 7, Op::i64_const, 3, Op::i64_rem_s, Op::drop)));
}

TEST_CASE("MET-7, MET-8: a large frame that returns at once is paid for, directly and through a table") {
    check_burns(forever(code(Op::call, 1U)));
    check_burns(forever(code(Op::i32_const, 1, Op::call_indirect, 0U, 0U)));
}

TEST_CASE("MET-8: a high operand stack around a call is paid for") {
    const auto high = code(repeated(1000, code(Op::i32_const, 1)), Op::call, 1U, repeated(1000, code(Op::drop)));
    check_burns(forever(high));
}

TEST_CASE("MET-10: recursion ends at the limit of frames or of words") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    b.export_function("f", b.function(type, {}, code(Op::call, 0U)));
    b.export_function("g", b.function(type, {{9000, kI64}}, code(Op::call, 1U)));
    Program program(b.build());
    CHECK(program.call("f", {}).trap == TrapCode::CallDepth);
    CHECK(program.call("g", {}).trap == TrapCode::StackExhausted);
}

TEST_CASE("DET-10: growth one page or one element at a time is linear") {
    const Stopwatch watch;
    const auto grow = [](const Bytes& one) {
        return forever(code(one, Op::i32_const, -1, Op::i32_eq, Op::if_, kEmptyBlock, Op::return_, Op::end));
    };
    const auto memory = grow(code(Op::i32_const, 1, Op::memory_grow, kZero));
    const auto table = grow(code(Op::ref_null, kFuncRef, Op::i32_const, 1, Op::table_grow, 0U));
    CHECK(Program(module_running(memory)).call("f", {}).ending == Ending::returned);
    CHECK(Program(module_running(table)).call("f", {}).ending == Ending::returned);
}

TEST_CASE("MET-9: a start function that burns is stopped by its limit") {
    ModuleBuilder b;
    b.start(b.function(b.type({}, {}), {}, forever({})));
    Store store(LimitValues::of(Preset::contract));
    Execution made =
        must(Execution::instantiate(store, compiled(b.build()), {}, schedule(), Fuel(kBudget), Fuel(kBudget)));
    CHECK(must(made.run()) == Ending::exhausted);
    CHECK(made.used() > Fuel(kBudget - 10));
}

TEST_CASE("DET-21: blocks nested 100,000 deep pass under spec, run, and are refused under contract") {
    const Stopwatch watch;
    const std::size_t depth = 100000;
    const auto body = code(repeated(depth, code(Op::block, kEmptyBlock)), repeated(depth, code(Op::end)));
    const Bytes bytes = module_of({}, {}, body);
    CHECK(compiled_under_spec(bytes).has_value());
    const auto refused = compile(bytes, profile());
    CHECK(refused.error().code == ErrorCode::limit_exceeded);
}

TEST_CASE("DET-21: a br_table with a million entries passes under spec and is refused under contract") {
    const Stopwatch watch;
    const auto body = code(Op::i32_const, 0, Op::br_table, 1000000U, repeated(1000001, code(0U)));
    const Bytes bytes = module_of({}, {}, body);
    const auto passed = compiled_under_spec(bytes);
    REQUIRE(passed.has_value());
    CHECK(passed.assume_value()->counts().branch_targets == 1000001);
    CHECK(compile(bytes, profile()).error().code == ErrorCode::limit_exceeded);
}

TEST_CASE("DET-21: many functions of many parameters, and 200,000 empty segments, take linear time") {
    const Stopwatch watch;
    ModuleBuilder b;
    const auto type = b.type(std::vector<ValType>(64, kI64), {});
    for (int i = 0; i < 10000; ++i)
        b.function(type, {}, {});
    CHECK(compiled_under_spec(b.build()).has_value());

    ModuleBuilder segments;
    segments.table(kFuncRef, 1);
    for (int i = 0; i < 200000; ++i)
        segments.passive_elements({});
    const Bytes bytes = segments.build();
    const auto passed = compiled_under_spec(bytes);
    REQUIRE(passed.has_value());
    // Each empty segment is paid: 50 to activate, 20 to instantiate.
    CHECK(passed.assume_value()->activation_price(schedule()) > Fuel(200000 * 50));
    CHECK(passed.assume_value()->instantiation_price(schedule()) > Fuel(200000 * 20));
    CHECK(compile(bytes, profile()).error().code == ErrorCode::limit_exceeded);
}
