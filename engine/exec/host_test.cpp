// Host functions as the engine sees them: the four ways in which one ends, entries, and the floating-point environment.
#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

#include <cfenv>
#include <functional>
#include <set>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

using namespace detent;
using namespace detent::testing;

namespace {

/// A host of one function, [i32] -> [i32], that does what a test says.
class OneFunction : public HostModule {
  public:
    std::function<HostOutcome(HostCall&)> on_call;
    std::function<HostOutcome(HostCall&, std::uint64_t, const EntryResult&)> on_leave;

    HostOutcome call(HostCall& call) noexcept override { return on_call(call); }
    HostOutcome leave(HostCall& call, std::uint64_t token, const EntryResult& result) noexcept override {
        return on_leave(call, token, result);
    }
};

constexpr ValType kOneI32[] = {kI32};
constexpr FuncType kHostType{kOneI32, kOneI32};

/// "f": [i32] -> [i32] calls the host function and adds 1.
Bytes calling_module() {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    const auto host = b.import_function("host", "g", type);
    const auto f = b.function(type, {}, code(Op::local_get, 0, Op::call, host, Op::i32_const, 1, Op::i32_add));
    b.export_function("f", f);
    return b.build();
}

struct Hosted {
    OneFunction host;
    Store store{LimitValues::of(Preset::contract)};
    FuncAddr host_function{must(store.add_host_function(host, 7, kHostType))};
    std::shared_ptr<const Code> code = compiled(calling_module());
    FuncAddr f{};

    Hosted() {
        Execution made = must(Execution::instantiate(store, code, imports(), schedule(), Fuel(10000), Fuel(10000)));
        if (must(made.run()) != Ending::returned) throw std::runtime_error("no instance");
        f = FuncAddr{store.instance(*made.instance()).find_export("f").value().address};
    }

    std::array<ExternVal, 1> imports() const { return {ExternVal{ExternKind::func, number(host_function)}}; }

    Execution begin(std::uint32_t argument, std::uint64_t limit = 100000) {
        return must(
            Execution::invoke(store, f, std::vector{Value::i32(argument)}, schedule(), Fuel(limit), Fuel(limit)));
    }

    /// What `f` of a new instance of the same module is asked for.
    EntryRequest nested(std::uint32_t argument) const {
        EntryRequest request;
        request.code = code;
        if (!request.imports.copy_from(imports())) throw std::bad_alloc();
        request.new_function = FuncIdx{1};
        if (!request.arguments.push_back(argument)) throw std::bad_alloc();
        return request;
    }
};

// f: entry 5 + frame of 1 + 2 = 3 words 1; local.get 1; call 5; i32.const 1; i32.add 1.
constexpr std::uint64_t kPriceOfF = 14;
// base 2000, import 20, function 5, export 5.
constexpr std::uint64_t kPriceOfInstance = 2030;

} // namespace

TEST_CASE("ABI-6, MET-19: a host function that returns costs the call and what it charges") {
    Hosted h;
    h.host.on_call = [](HostCall& call) {
        CHECK(call.number == 7);
        CHECK(call.arguments[0] == 41);
        CHECK(call.meter.charge(Fuel(30)) == Charge::paid);
        call.results[0] = 0xFFFFFFFF00000000 | (call.arguments[0] * 2);
        return HostOutcome::returned();
    };
    Execution run = h.begin(41);
    CHECK(must(run.run()) == Ending::returned);
    CHECK(run.result(0) == Value::i32(83));
    CHECK(run.used() == Fuel(kPriceOfF + 30));
}

TEST_CASE("ABI-6: a host function that traps keeps what it charged") {
    Hosted h;
    h.host.on_call = [](HostCall& call) {
        static_cast<void>(call.meter.charge(Fuel(30)));
        return HostOutcome::trapped({TrapCode::Host, 31});
    };
    Execution run = h.begin(41);
    CHECK(must(run.run()) == Ending::trapped);
    CHECK(run.trap() == Trap{TrapCode::Host, 31});
    // Without i32.const and i32.add.
    CHECK(run.used() == Fuel(kPriceOfF - 2 + 30));
}

TEST_CASE("ABI-6, MET-19: a host function that waits has charged nothing and starts anew") {
    Hosted h;
    int calls = 0;
    h.host.on_call = [&calls](HostCall& call) {
        static_cast<void>(call.meter.charge(Fuel(30)));
        if (++calls < 3) return HostOutcome::waiting();
        call.results[0] = call.arguments[0];
        return HostOutcome::returned();
    };
    Execution run = h.begin(5);
    CHECK(must(run.run()) == Ending::waiting);
    // Entry 6, local.get 1; the call has charged nothing.
    CHECK(run.used() == Fuel(7));
    const ExecutionState before = must(capture(run));
    CHECK(must(run.run()) == Ending::waiting);
    CHECK(before == must(capture(run)));
    CHECK(must(run.run()) == Ending::returned);
    CHECK(run.result(0) == Value::i32(6));
    CHECK(run.used() == Fuel(kPriceOfF + 30));
}

TEST_CASE("MET-19: a host function that cannot be paid starts anew at every amount of fuel") {
    for (std::uint64_t limit = 0; limit < kPriceOfF + 35; ++limit) {
        Hosted h;
        h.host.on_call = [](HostCall& call) {
            if (const Charge base = call.meter.charge(Fuel(30)); base != Charge::paid) return HostOutcome::unpaid(base);
            if (const Charge more = call.meter.charge(Fuel(5)); more != Charge::paid) return HostOutcome::unpaid(more);
            call.results[0] = call.arguments[0];
            return HostOutcome::returned();
        };
        Execution run = h.begin(5, limit);
        CHECK(must(run.run()) == Ending::exhausted);
        must(run.raise_limit(Fuel(1000)));
        must(run.refuel(Fuel(1000)));
        CHECK(must(run.run()) == Ending::returned);
        CHECK(run.used() == Fuel(kPriceOfF + 35));
    }
}

TEST_CASE("ABI-6: a fault of the host ends the execution without a verdict") {
    Hosted h;
    h.host.on_call = [](HostCall&) { return HostOutcome::failed(Error{ErrorCode::host_failed}); };
    Execution run = h.begin(5);
    CHECK(run.run().error().code == ErrorCode::host_failed);
}

TEST_CASE("ABI-6, MET-14: a host function enters guest code, which pays for its instance, and hears how it ended") {
    Hosted h;
    h.host.on_call = [&h](HostCall& call) {
        if (call.arguments[0] == 0) {
            call.results[0] = 100;
            return HostOutcome::returned();
        }
        EntryRequest request = h.nested(static_cast<std::uint32_t>(call.arguments[0]) - 1);
        request.token = call.arguments[0];
        return HostOutcome::enter(std::move(request));
    };
    h.host.on_leave = [&h](HostCall& call, std::uint64_t token, const EntryResult& result) {
        CHECK(result.end == EntryResult::End::returned);
        CHECK(h.store.instances().size() == 4 - token);
        call.results[0] = result.results[0];
        return HostOutcome::returned();
    };
    Execution run = h.begin(3);
    CHECK(must(run.run()) == Ending::returned);
    // Four frames of f add 1 each.
    CHECK(run.result(0) == Value::i32(104));
    CHECK(run.used() == Fuel(4 * kPriceOfF + 3 * kPriceOfInstance));
    CHECK(h.store.instances().size() == 1);
}

TEST_CASE("MET-14: an allowance that ends fails the callee only, and the rest stays with the caller") {
    // Each allowance under the callee's need: the instance, then its entry, then each instruction.
    for (std::uint64_t allowance = 0; allowance < kPriceOfInstance + kPriceOfF; ++allowance) {
        if (allowance > 3 && allowance < kPriceOfInstance - 3) continue;
        Hosted h;
        h.host.on_call = [&h, allowance](HostCall& call) {
            if (call.arguments[0] == 0) {
                call.results[0] = 100;
                return HostOutcome::returned();
            }
            EntryRequest request = h.nested(0);
            request.allowance = Fuel(allowance);
            return HostOutcome::enter(std::move(request));
        };
        h.host.on_leave = [](HostCall& call, std::uint64_t, const EntryResult& result) {
            call.results[0] = result.end == EntryResult::End::out_of_fuel ? 50 : 60;
            return HostOutcome::returned();
        };
        Execution run = h.begin(1);
        CHECK(must(run.run()) == Ending::returned);
        CHECK(run.result(0) == Value::i32(51));
        CHECK(run.used() <= Fuel(kPriceOfF + allowance));
        CHECK(run.used() >= Fuel(kPriceOfF));
    }
}

namespace {

/// f(1) of one instance enters f(0) of another under an allowance, if any, and is paused in there. Then the limit is
/// raised from `limit` to `raised`.
Execution raised_in_nested_call(Hosted& h, std::optional<Fuel> allowance, std::uint64_t limit, std::uint64_t raised) {
    h.host.on_call = [&h, allowance](HostCall& call) {
        if (call.arguments[0] == 0) {
            call.results[0] = 100;
            return HostOutcome::returned();
        }
        EntryRequest request = h.nested(0);
        request.allowance = allowance;
        return HostOutcome::enter(std::move(request));
    };
    h.host.on_leave = [](HostCall& call, std::uint64_t, const EntryResult& result) {
        call.results[0] = result.end == EntryResult::End::out_of_fuel ? 50 : result.results[0];
        return HostOutcome::returned();
    };
    // Entry 6, local.get 1, call 5, the instance: the nested entry comes next.
    const Fuel grant(12 + kPriceOfInstance);
    Execution run = must(Execution::invoke(h.store, h.f, std::vector{Value::i32(1)}, schedule(), Fuel(limit),
                                           std::min(grant, Fuel(limit))));
    CHECK(must(run.run()) == Ending::exhausted);
    CHECK(run.used() == grant);
    CHECK(run.limit() == Fuel(limit));
    CHECK(run.raise_limit(Fuel(limit - 1)).error().code == ErrorCode::fuel_would_fall);
    must(run.raise_limit(Fuel(raised)));
    CHECK(run.limit() == Fuel(raised));
    must(run.refuel(Fuel(raised)));
    return run;
}

} // namespace

TEST_CASE("MET-13: a limit that is raised in a nested call is the outermost one's, and an allowance keeps its bound") {
    // The allowance is one short of what the callee needs: all but its last instruction is done.
    constexpr std::uint64_t kEnough = 100000;
    Hosted asked;
    Execution run = raised_in_nested_call(asked, Fuel(kPriceOfInstance + kPriceOfF - 1), kEnough, 2 * kEnough);
    CHECK(must(run.run()) == Ending::returned);
    CHECK(run.result(0) == Value::i32(51));
    CHECK(run.used() == Fuel(kPriceOfF + kPriceOfInstance + kPriceOfF - 1));

    // What was left of the limit is less than what was asked for, and so is the bound: 5 of the entry's 6.
    Hosted cut;
    Execution second = raised_in_nested_call(cut, Fuel(kEnough), 12 + kPriceOfInstance + 5, kEnough);
    CHECK(must(second.run()) == Ending::returned);
    CHECK(second.result(0) == Value::i32(51));
    CHECK(second.used() == Fuel(kPriceOfF + kPriceOfInstance));
}

TEST_CASE("MET-13: a nested call without an allowance has no bound but the limit, before and after it is raised") {
    const std::uint64_t whole = 2 * kPriceOfF + kPriceOfInstance;
    Hosted free;
    Execution run = raised_in_nested_call(free, std::nullopt, 12 + kPriceOfInstance + 5, whole);
    CHECK(must(run.run()) == Ending::returned);
    CHECK(run.result(0) == Value::i32(102));
    CHECK(run.used() == Fuel(whole));
}

TEST_CASE("ABI-6: 64 nested entries use constant native stack") {
    Hosted h;
    std::set<std::uintptr_t> depths;
    h.host.on_call = [&h, &depths](HostCall& call) {
        depths.insert(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
        if (call.arguments[0] == 0) return HostOutcome::trapped({TrapCode::Host, 1});
        return HostOutcome::enter(h.nested(static_cast<std::uint32_t>(call.arguments[0]) - 1));
    };
    int ended = 0;
    h.host.on_leave = [&ended, &depths](HostCall&, std::uint64_t, const EntryResult& result) {
        depths.insert(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
        ++ended;
        CHECK(result.end == EntryResult::End::trapped);
        return HostOutcome::trapped(result.trap);
    };
    Execution run = h.begin(64, 1000000);
    CHECK(must(run.run()) == Ending::trapped);
    CHECK(ended == 64);
    CHECK(*depths.rbegin() - *depths.begin() < 2048);
    CHECK(h.store.instances().size() == 1);
}

TEST_CASE("ABI-6: more instances than the store's limit trap LimitExceeded") {
    Hosted h;
    h.host.on_call = [&h](HostCall& call) {
        return HostOutcome::enter(h.nested(static_cast<std::uint32_t>(call.arguments[0]) + 1));
    };
    Trap innermost;
    bool first = true;
    h.host.on_leave = [&](HostCall&, std::uint64_t, const EntryResult& result) {
        if (first) innermost = result.trap;
        first = false;
        return HostOutcome::trapped(result.trap);
    };
    Execution run = h.begin(0, 10000000);
    CHECK(must(run.run()) == Ending::trapped);
    CHECK(innermost == Trap{TrapCode::LimitExceeded, 0});
}

TEST_CASE("DET-4: a hostile rounding mode, flushing and exceptions of the caller or the host change nothing") {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    const auto host = b.import_function("host", "g", type);
    // 5 / 3, which rounds down to nearest and up upwards; the host; 5 / 3 again; a denormal, halved.
    const auto quotient = code(Op::f32_const, 5.0F, Op::f32_const, 3.0F, Op::f32_div, Op::i32_reinterpret_f32);
    const auto denormal = code(Op::f32_const, 0x1p-148F, Op::f32_const, 0.5F, Op::f32_mul, Op::i32_reinterpret_f32);
    const auto body =
        code(quotient, Op::local_get, 0, Op::call, host, Op::drop, quotient, Op::i32_add, denormal, Op::i32_add);
    b.export_function("f", b.function(type, {}, body));

    OneFunction evil;
    const auto set_hostile = [] {
        std::fesetround(FE_UPWARD);
#if defined(__SSE2__)
        _mm_setcsr(_mm_getcsr() | 0x8040U); // FTZ and DAZ
#endif
    };
    evil.on_call = [&set_hostile](HostCall& call) {
        CHECK(std::fegetround() == FE_TONEAREST);
        set_hostile();
        call.results[0] = 0;
        return HostOutcome::returned();
    };
    Store store(LimitValues::of(Preset::contract));
    const std::array imports{ExternVal{ExternKind::func, number(must(store.add_host_function(evil, 0, kHostType)))}};
    set_hostile();
    Execution made =
        must(Execution::instantiate(store, compiled(b.build()), imports, schedule(), Fuel(10000), Fuel(10000)));
    CHECK(must(made.run()) == Ending::returned);
    const FuncAddr f{store.instance(*made.instance()).find_export("f").value().address};
    Execution run = must(Execution::invoke(store, f, std::vector{Value::i32(0)}, schedule(), Fuel(1000), Fuel(1000)));
    CHECK(must(run.run()) == Ending::returned);
    CHECK(std::fegetround() == FE_UPWARD);
    std::fesetenv(FE_DFL_ENV);
    // 5 / 3 is 0x3FD55555 to nearest, 0x3FD55556 upwards; the least denormal is 1, flushed 0.
    CHECK(run.result(0) == Value::i32(2 * 0x3FD55555U + 1));
}
