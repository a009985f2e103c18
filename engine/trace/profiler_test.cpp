// Profiles, compared with a second account of the same run that knows neither observers nor the stepper: lowered code
// is given one unit of fuel after the other, and wherever it pauses the canonical state says whose instruction is next.
#include "engine/trace/profiler.hpp"

#include "engine/exec/machine.hpp"
#include "engine/testing/tiers.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <functional>
#include <map>
#include <set>

using namespace detent;
using namespace detent::testing;
using namespace detent::trace;

namespace {

using Stack = std::vector<std::uint32_t>;

struct Account {
    Fuel outside;
    std::map<std::uint32_t, Fuel> self;
    std::map<std::uint32_t, Fuel> inclusive;
    std::map<Stack, Fuel> paths;
    std::map<std::uint32_t, Fuel> sites;

    void add(const ExecutionState& state, Fuel cost) {
        if (cost == Fuel()) return;
        Stack stack;
        for (const FrameState& frame : state.frames)
            stack.push_back(frame.function);
        if (stack.empty()) {
            outside = outside + cost;
            return;
        }
        const auto more = [cost](Fuel& sum) { sum = sum + cost; };
        more(self[stack.back()]);
        more(paths[stack]);
        more(sites[state.frames.back().position]);
        for (const std::uint32_t function : std::set(stack.begin(), stack.end()))
            more(inclusive[function]);
    }

    friend bool operator==(const Account&, const Account&) = default;
};

/// What is used from one pause to the next belongs to the instruction at the first.
Account account_of_pauses(const Compiled& test, std::uint64_t limit) {
    Program program(test.code);
    Execution execution = program.begin("f", test.arguments, limit, 0);
    Account account;
    Ending ending = must(execution.run());
    while (ending == Ending::exhausted && !execution.at_limit()) {
        const ExecutionState state = must(capture(execution));
        const Fuel before = execution.used();
        while (ending == Ending::exhausted && !execution.at_limit() && execution.used() == before) {
            must(execution.refuel(execution.grant() + Fuel(1)));
            ending = must(execution.run());
        }
        account.add(state, execution.used() - before);
    }
    return account;
}

Stack stack_of(const Profiler& profiler, std::size_t path) {
    Stack stack;
    for (; path != 0; path = profiler.paths()[path].parent)
        stack.insert(stack.begin(), number(profiler.functions()[profiler.paths()[path].function].function));
    return stack;
}

Account account_of(const Profiler& profiler, const Code& code) {
    Account account;
    account.outside = profiler.outside().entries + profiler.outside().instantiation;
    for (const FunctionProfile& each : profiler.functions()) {
        if (each.self != Fuel()) account.self[number(each.function)] = each.self;
        if (each.inclusive != Fuel()) account.inclusive[number(each.function)] = each.inclusive;
    }
    for (std::size_t i = 0; i < profiler.paths().size(); ++i) {
        const PathProfile& path = profiler.paths()[i];
        if (path.self != Fuel() && path.function < PathProfile::kRoot) account.paths[stack_of(profiler, i)] = path.self;
    }
    for (std::uint32_t i = 0; i < profiler.sites(code).size(); ++i) {
        if (profiler.sites(code)[i].fuel != Fuel()) account.sites[i] = profiler.sites(code)[i].fuel;
    }
    return account;
}

template <class Range, class Value>
Fuel sum(const Range& range, Value value) {
    Fuel all;
    for (const auto& each : range)
        all = all + value(each);
    return all;
}

bool adds_up(const Profiler& profiler, const std::vector<const Code*>& codes, Fuel used) {
    const Fuel outside = profiler.outside().entries + profiler.outside().instantiation;
    Fuel sites = outside;
    for (const Code* const code : codes)
        sites = sites + sum(profiler.sites(*code), [](const SiteProfile& each) { return each.fuel; });
    const auto self = [](const auto& each) { return each.self; };
    return profiler.total() == used && outside + sum(profiler.functions(), self) == used &&
           sum(profiler.paths(), self) == used && sites == used;
}

/// One run of "f", profiled.
struct Profiled {
    explicit Profiled(const Compiled& test, std::uint64_t limit, std::size_t most_paths = Profiler::kMostPaths)
        : profiler(most_paths), program(test.code), execution(program.begin("f", test.arguments, limit, limit)) {
        execution.observe(profiler);
        static_cast<void>(must(execution.run()));
        profiler.finish();
    }

    Profiler profiler;
    Program program;
    Execution execution;
};

bool agrees(const Case& test, std::uint64_t limit) {
    const Compiled compiled(test);
    const Profiled run(compiled, limit);
    return adds_up(run.profiler, {compiled.code.get()}, run.execution.used()) &&
           account_of(run.profiler, *compiled.code) == account_of_pauses(compiled, limit);
}

const FunctionProfile& function(const Profiler& profiler, std::uint32_t index) { return profiler.functions()[index]; }

} // namespace

TEST_CASE("a profile is the account of the pauses: of functions, paths and instructions") {
    const auto both_agree = [](std::uint64_t seed) {
        return agrees(case_of(seed), 1500) && agrees(edge_case_of(seed), 1500);
    };
    CHECK(rc::check("modules at random", both_agree));
}

namespace {

bool adds_up_in(const Compiled& test, std::size_t most_paths) {
    const Profiled run(test, 100'000, most_paths);
    return adds_up(run.profiler, {test.code.get()}, run.execution.used()) &&
           run.profiler.instructions() == run.execution.counts().steps && run.profiler.paths().size() <= most_paths;
}

bool adds_up_in_any(const Case& test) {
    const Compiled compiled(test);
    return adds_up_in(compiled, 1) && adds_up_in(compiled, 3) && adds_up_in(compiled, Profiler::kMostPaths);
}

} // namespace

TEST_CASE("a profile adds up to what is used, to any end, in however few paths") {
    const auto both_add_up = [](std::uint64_t seed) {
        return adds_up_in_any(case_of(seed)) && adds_up_in_any(edge_case_of(seed));
    };
    CHECK(rc::check("modules at random", both_add_up));
}

TEST_CASE("recursion counts once") {
    // f(n): if n == 0 return; f(n - 1). By hand: local.get 1, if 2 and else 0; local.get 1, i32.const 1, i32.sub 1,
    // call 5 + frame of 1 + 2 words 1. So each of the first n frames uses 12 and the last 3; the entry is 6.
    ModuleBuilder b;
    const auto f = b.function(b.type({kI32}, {}), {},
                              code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::local_get, 0, Op::i32_const, 1,
                                   Op::i32_sub, Op::call, 0, Op::end));
    b.export_function("f", f);
    const Profiled run(Compiled({b.build(), {Value::i32(10)}}), 100'000);
    const FunctionProfile& profile = function(run.profiler, 0);
    CHECK(profile.calls == 11);
    CHECK(profile.instructions == 10 * 6 + 2);
    CHECK(profile.self == Fuel(10 * 12 + 3));
    CHECK(profile.inclusive == profile.self);
    CHECK(run.profiler.total() == Fuel(6 + 123));
    CHECK(run.profiler.outside().entries == Fuel(6));
    // The root, the entry's own price, and eleven frames.
    CHECK(run.profiler.paths().size() == 13);
}

TEST_CASE("a tail call ends the caller's part, also where a function calls itself") {
    // f: i32.const 1, return_call g: 5 + 1. g(n): local.get 1, if 2, [i32.const 0, return_call g: 1 + 6], end.
    ModuleBuilder b;
    const auto f = b.function(b.type({kI32}, {}), {}, code(Op::i32_const, 1, Op::return_call, 1));
    b.function(b.type({kI32}, {}), {},
               code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::i32_const, 0, Op::return_call, 1, Op::end));
    b.export_function("f", f);
    const Profiled run(Compiled({b.build(), {Value::i32(0)}}), 100'000);
    CHECK(function(run.profiler, 0).self == Fuel(7));
    CHECK(function(run.profiler, 0).inclusive == Fuel(7));
    CHECK(function(run.profiler, 1).calls == 2);
    CHECK(function(run.profiler, 1).self == Fuel(3 + 7 + 3));
    CHECK(function(run.profiler, 1).inclusive == Fuel(13));
    // The root, the entry, f, and g in the place of f.
    REQUIRE(run.profiler.paths().size() == 4);
    CHECK(run.profiler.paths()[3].parent == 0);
}

TEST_CASE("an instance and its start function are told apart, though one step begins both") {
    ModuleBuilder b;
    const auto start = b.function(b.type({}, {}), {}, code(Op::nop, Op::nop));
    b.start(start);
    const std::shared_ptr<const Code> made = compiled(b.build());
    Store store(LimitValues::of(Preset::contract));
    Execution execution = must(Execution::instantiate(store, made, {}, schedule(), Fuel(10000), Fuel(10000)));
    Profiler profiler;
    execution.observe(profiler);
    CHECK(must(execution.run()) == Ending::returned);
    profiler.finish();
    // By hand: 2000 and a function 5; the call 5; two instructions.
    CHECK(profiler.outside().instantiation == Fuel(2005));
    CHECK(profiler.outside().entries == Fuel(5));
    CHECK(function(profiler, 0).self == Fuel(2));
    CHECK(adds_up(profiler, {made.get()}, execution.used()));
}

TEST_CASE("a function of no instruction is called") {
    ModuleBuilder b;
    const auto f = b.function(b.type({}, {}), {}, code(Op::call, 1, Op::call, 1));
    b.function(b.type({}, {}), {}, {});
    b.export_function("f", f);
    const Profiled run(Compiled({b.build(), {}}), 100'000);
    CHECK(function(run.profiler, 1).calls == 2);
    CHECK(function(run.profiler, 1).inclusive == Fuel());
    CHECK(function(run.profiler, 0).self == Fuel(10));
}

namespace {

/// Charges 30 for a call and 7 when what it entered has ended.
class Entering final : public HostModule {
  public:
    std::function<EntryRequest()> request;

    HostOutcome call(HostCall& call) noexcept override {
        if (const Charge paid = call.meter.charge(Fuel(30)); paid != Charge::paid) return HostOutcome::unpaid(paid);
        return HostOutcome::enter(request());
    }
    HostOutcome leave(HostCall& call, std::uint64_t, const EntryResult&) noexcept override {
        static_cast<void>(call.meter.charge(Fuel(7)));
        return HostOutcome::returned();
    }
};

/// "f" calls the host, which has "inner" of a new instance of another module run, once, trapping or not.
void run_hosted(const Bytes& inner_body, std::optional<Fuel> allowance) {
    ModuleBuilder inner;
    inner.export_function("inner", inner.function(inner.type({}, {}), {}, inner_body));
    const std::shared_ptr<const Code> inner_code = compiled(inner.build());
    ModuleBuilder outer;
    const auto type = outer.type({}, {});
    const auto host = outer.import_function("host", "g", type);
    outer.export_function("f", outer.function(type, {}, code(Op::nop, Op::call, host, Op::nop)));
    const std::shared_ptr<const Code> outer_code = compiled(outer.build());

    Entering entering;
    entering.request = [&] {
        EntryRequest request;
        request.code = inner_code;
        request.new_function = FuncIdx{0};
        request.release_instance = true;
        request.prelude = Fuel(11);
        request.allowance = allowance;
        return request;
    };
    Store store(LimitValues::of(Preset::contract));
    const FuncAddr imported = must(store.add_host_function(entering, 0, FuncType{}));
    const ExternVal imports[] = {{ExternKind::func, number(imported)}};
    Profiler profiler;
    Execution made = must(Execution::instantiate(store, outer_code, imports, schedule(), Fuel(10000), Fuel(10000)));
    made.observe(profiler);
    CHECK(must(made.run()) == Ending::returned);
    const FuncAddr f{store.instance(*made.instance()).find_export("f").value().address};
    Execution run = must(Execution::invoke(store, f, {}, schedule(), Fuel(10000), Fuel(10000)));
    run.observe(profiler);
    CHECK(must(run.run()) == Ending::returned);
    profiler.finish();
    CHECK(adds_up(profiler, {outer_code.get(), inner_code.get()}, made.used() + run.used()));
    // nop 1, call 5 and the host's 30, nop 1; what the host charges as it leaves is the step's that ended its entry.
    const Fuel own = function(profiler, 0).self;
    CHECK((own == Fuel(37) || own == Fuel(37 + 7)));
    CHECK(function(profiler, 0).inclusive == run.used() - Fuel(5));
}

} // namespace

TEST_CASE("what a host charges and enters adds up too") {
    run_hosted(code(Op::nop), std::nullopt);
    run_hosted(code(Op::unreachable), std::nullopt);
    // Less than instantiation takes; and enough for that, but not for the loop.
    run_hosted(code(Op::nop), Fuel(100));
    run_hosted(code(Op::loop, kEmptyBlock, Op::br, 0, Op::end), Fuel(3000));
}
