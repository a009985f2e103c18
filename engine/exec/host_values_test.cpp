// Host functions with values of every type, called in every way, and what is checked of references at the doors.
// Source: MET-10, MET-19, ABI-6; spec, Execution, Host Functions.
#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace detent;
using namespace detent::testing;

namespace {

/// A host of one function that does what a test says.
class OneFunction : public HostModule {
  public:
    std::function<HostOutcome(HostCall&)> on_call;
    std::function<HostOutcome(HostCall&, const EntryResult&)> on_leave;

    HostOutcome call(HostCall& call) noexcept override { return on_call(call); }
    HostOutcome leave(HostCall& call, std::uint64_t, const EntryResult& result) noexcept override {
        return on_leave(call, result);
    }
};

constexpr ValType kOneI32[] = {kI32};
constexpr FuncType kI32ToI32{kOneI32, kOneI32};

/// A module that imports the host function, number 0, in a store with it.
struct Hosted {
    OneFunction host;
    Store store;
    FuncAddr host_function;
    std::shared_ptr<const Code> code;
    InstanceAddr instance{};

    Hosted(const FuncType& type, const ModuleBuilder& b, const LimitValues& limits = LimitValues::of(Preset::contract))
        : store(limits), host_function(must(store.add_host_function(host, 0, type))),
          code(compiled(b.build(), full_profile())) {
        Execution made =
            must(Execution::instantiate(store, code, imports(), schedule(), Fuel::maximum(), Fuel::maximum()));
        if (must(made.run()) != Ending::returned) throw std::runtime_error("no instance");
        instance = *made.instance();
    }

    std::array<ExternVal, 1> imports() const { return {ExternVal{ExternKind::func, number(host_function)}}; }

    FuncAddr function(std::string_view name) {
        return FuncAddr{store.instance(instance).find_export(name).value().address};
    }

    Execution begin(const std::vector<Value>& arguments, std::uint64_t limit = 1'000'000) {
        return must(Execution::invoke(store, function("f"), arguments, schedule(), Fuel(limit), Fuel(limit)));
    }
};

/// "f": [i32] -> [i32] gives its argument and a 5 below it to "g", which calls the host function in tail position, and
/// adds 1 to what comes back. "leaf" gives 7.
ModuleBuilder tail_calling(const Bytes& call = code(Op::return_call, 0U)) {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    b.import_function("", "", type);
    const auto g = b.function(type, {{2, kI64}}, code(Op::i64_const, 5, Op::local_get, 0, call));
    b.export_function("f", b.function(type, {}, code(Op::local_get, 0, Op::call, g, Op::i32_const, 1, Op::i32_add)));
    b.export_function("leaf", b.function(type, {}, code(Op::i32_const, 7)));
    b.table(kFuncRef, 1);
    b.active_elements(code(Op::i32_const, 0), {0});
    return b;
}

// f: entry 5 + frame of 1 + 2 words, 1; local.get 1; call 5 + frame of 1 + 2 + 2 words, 2; in g i64.const 1, local.get
// 1, return_call 5; in f i32.const 1, i32.add 1.
constexpr std::uint64_t kPrice = 23;

} // namespace

TEST_CASE("MET-19: a host function that is called in tail position returns from the frame", "[feature:tail-call]") {
    const std::vector<Bytes> calls = {code(Op::return_call, 0U),
                                      code(Op::i32_const, 0, Op::return_call_indirect, 0U, 0U),
                                      code(Op::ref_func, 0U, Op::return_call_ref, 0U)};
    const std::vector<std::uint64_t> more = {0, 1 + 3, 1 + 2};
    for (std::size_t i = 0; i < calls.size(); ++i) {
        Hosted h(kI32ToI32, tail_calling(calls[i]));
        h.host.on_call = [](HostCall& call) {
            CHECK(call.caller.has_value());
            CHECK(call.meter.charge(Fuel(30)) == Charge::paid);
            call.results[0] = call.arguments[0] * 2;
            return HostOutcome::returned();
        };
        Execution run = h.begin({Value::i32(41)});
        CHECK(must(run.run()) == Ending::returned);
        CHECK(run.result(0) == Value::i32(83));
        CHECK(run.used() == Fuel(kPrice + more[i] + 30));
    }
}

TEST_CASE("MET-19: in tail position too a host function that waits or is not paid has changed nothing",
          "[feature:tail-call]") {
    for (std::uint64_t limit = 0; limit < kPrice + 30; ++limit) {
        Hosted h(kI32ToI32, tail_calling());
        bool waits = true;
        h.host.on_call = [&waits](HostCall& call) {
            const Charge charged = call.meter.charge(Fuel(30));
            if (charged != Charge::paid) return HostOutcome::unpaid(charged);
            if (std::exchange(waits, false)) return HostOutcome::waiting();
            call.results[0] = call.arguments[0];
            return HostOutcome::returned();
        };
        Execution run = h.begin({Value::i32(5)}, limit);
        Ending ending = must(run.run());
        if (ending == Ending::waiting) {
            // All but the call itself, i32.const and i32.add.
            CHECK(run.used() == Fuel(kPrice - 7));
            const ExecutionState before = must(capture(run));
            waits = true;
            CHECK(must(run.run()) == Ending::waiting);
            CHECK(before == must(capture(run)));
            ending = must(run.run());
        }
        CHECK(ending == Ending::exhausted);
        must(run.raise_limit(Fuel(1000)));
        must(run.refuel(Fuel(1000)));
        ending = must(run.run());
        if (ending == Ending::waiting) ending = must(run.run());
        CHECK(ending == Ending::returned);
        CHECK(run.result(0) == Value::i32(6));
        CHECK(run.used() == Fuel(kPrice + 30));
    }
}

TEST_CASE("MET-10: a host function in tail position that enters guest code has no frame below it",
          "[feature:tail-call]") {
    // The frames of f and of what is entered, and that of g where it is still there.
    const auto ends_with = [](const Bytes& how, std::uint64_t frames) {
        Hosted h(kI32ToI32, tail_calling(how), LimitValues::of(Preset::contract).with(Limit::call_depth, frames));
        h.host.on_call = [&h](HostCall& call) {
            EntryRequest request;
            request.function = h.function("leaf");
            if (!request.arguments.push_back(call.arguments[0])) throw std::bad_alloc();
            return HostOutcome::enter(std::move(request));
        };
        h.host.on_leave = [](HostCall& call, const EntryResult& result) {
            if (result.end == EntryResult::End::trapped) return HostOutcome::trapped(result.trap);
            call.results[0] = result.results[0];
            return HostOutcome::returned();
        };
        Execution run = h.begin({Value::i32(1)});
        const Ending ending = must(run.run());
        if (ending == Ending::trapped) CHECK(run.trap().code == TrapCode::CallDepth);
        if (ending == Ending::returned) CHECK(run.result(0) == Value::i32(8));
        return ending;
    };
    CHECK(ends_with(code(Op::return_call, 0U), 2) == Ending::returned);
    CHECK(ends_with(code(Op::call, 0U, Op::return_), 2) == Ending::trapped);
    CHECK(ends_with(code(Op::call, 0U, Op::return_), 3) == Ending::returned);
}

TEST_CASE("ABI-6: vectors go to a host function and come back", "[feature:simd]") {
    static constexpr ValType kParameters[] = {kI32, kV128};
    static constexpr ValType kResults[] = {kV128, kI32};
    ModuleBuilder b;
    const auto type = b.type({kI32, kV128}, {kV128, kI32});
    b.import_function("", "", type);
    b.export_function("f", b.function(type, {}, code(Op::local_get, 0, Op::local_get, 1, Op::call, 0U)));
    Hosted h({kParameters, kResults}, b);
    h.host.on_call = [](HostCall& call) {
        CHECK(call.arguments.size() == 3);
        call.results[0] = call.arguments[2];
        call.results[1] = call.arguments[1];
        call.results[2] = 0xFFFF'FFFF'0000'0000 | call.arguments[0];
        return HostOutcome::returned();
    };
    Execution run = h.begin({Value::i32(7), Value{kV128, 8, 9}});
    CHECK(must(run.run()) == Ending::returned);
    CHECK(run.result(0) == Value{kV128, 9, 8});
    CHECK(run.result(1) == Value::i32(7));
}

TEST_CASE("ABI-6: a host that gives a reference of another type, or to nothing, has failed", "[feature:gc]") {
    static constexpr ValType kResults[] = {non_null(HeapType::Abstract::i31)};
    ModuleBuilder b;
    const auto type = b.type({}, {non_null(HeapType::Abstract::i31)});
    b.import_function("", "", type);
    b.export_function("f", b.function(b.type({}, {kI32}), {}, code(Op::call, 0U, Op::i31_get_u)));
    Hosted h({{}, kResults}, b);
    Ref given;
    h.host.on_call = [&given](HostCall& call) {
        call.results[0] = given.word();
        return HostOutcome::returned();
    };
    given = Ref::i31(12);
    Execution good = h.begin({});
    CHECK(must(good.run()) == Ending::returned);
    CHECK(good.result(0) == Value::i32(12));
    for (const Ref bad :
         {Ref(), Ref::external(1), Ref::func(FuncAddr{0}), Ref::of(RefKind::object, 0), Ref(7), Ref(1)}) {
        INFO(bad.word());
        given = bad;
        Execution failing = h.begin({});
        CHECK(failing.run().error().code == ErrorCode::host_failed);
    }
}
