// Saved executions on stores of several instances, with a host: linking, everything that a store can hold, entries that
// host functions make, and calls that wait.
#include "engine/exec/format.hpp"
#include "engine/exec/machine.hpp"
#include "engine/testing/saved_cases.hpp"
#include "engine/testing/saved_soundness.hpp"
#include "engine/testing/saving.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <functional>

using namespace detent;
using namespace detent::testing;

namespace {

/// A host of one function, [i32] -> [i32].
class OneFunction : public HostModule {
  public:
    std::function<HostOutcome(HostCall&)> on_call = [](HostCall&) { return HostOutcome::returned(); };
    std::function<HostOutcome(HostCall&, const EntryResult&)> on_leave = [](HostCall&, const EntryResult&) {
        return HostOutcome::returned();
    };

    HostOutcome call(HostCall& call) noexcept override { return on_call(call); }
    HostOutcome leave(HostCall& call, std::uint64_t, const EntryResult& result) noexcept override {
        return on_leave(call, result);
    }
};

struct World {
    OneFunction host;
    std::vector<std::shared_ptr<const Code>> codes;
    TestSurroundings surroundings;

    explicit World(const std::vector<Bytes>& modules)
        : codes(compile_all(modules)), surroundings(codes, {{&host, kHostNumber, kHostType}}) {}

    static std::vector<std::shared_ptr<const Code>> compile_all(const std::vector<Bytes>& modules) {
        std::vector<std::shared_ptr<const Code>> codes;
        for (const Bytes& module : modules)
            codes.push_back(compiled(module, full_profile()));
        return codes;
    }
};

/// A store with an instance of the first module, and the second one with "f" about to be made, linked to it.
std::unique_ptr<Moving> begin_linked(World& world, std::uint32_t argument, std::uint64_t limit) {
    auto store = std::make_unique<Store>(LimitValues::of(Preset::contract));
    const FuncAddr host = must(store->add_host_function(world.host, kHostNumber, kHostType));
    Execution made =
        must(Execution::instantiate(*store, world.codes[0], {}, schedule(), Fuel::maximum(), Fuel::maximum()));
    if (must(made.run()) != Ending::returned) throw std::runtime_error("no instance");
    const Instance& things = store->instance(*made.instance());
    EntryRequest request;
    request.code = world.codes[1];
    for (const char* name : {"memory", "table", "mutable", "constant", "tag", "throws"}) {
        if (!request.imports.push_back(things.find_export(name).value())) throw std::bad_alloc();
    }
    if (!request.imports.push_back({ExternKind::func, number(host)})) throw std::bad_alloc();
    request.new_function = FuncIdx{world.codes[1]->module().find_export("f")->index};
    if (!request.arguments.push_back(argument)) throw std::bad_alloc();
    Execution begun = must(Execution::enter(*store, std::move(request), schedule(), Fuel(limit), Fuel()));
    return std::make_unique<Moving>(std::move(store), std::move(begun), world.surroundings);
}

/// Every second call waits.
void wait_every_other_call(OneFunction& host) {
    host.on_call = [calls = 0](HostCall& call) mutable {
        if (++calls % 2 == 1) return HostOutcome::waiting();
        call.results[0] = call.arguments[0] * 3;
        return HostOutcome::returned();
    };
}

Outcome in_one_go(Moving& one, std::uint64_t limit) {
    must(one.execution().refuel(Fuel(limit)));
    Ending ending = must(one.execution().run());
    while (ending == Ending::waiting)
        ending = must(one.execution().run());
    return outcome_of(one.execution(), ending);
}

std::unique_ptr<Moving> begin_calling(World& world, std::uint32_t argument, std::uint64_t limit) {
    auto store = std::make_unique<Store>(LimitValues::of(Preset::contract));
    EntryRequest request;
    request.code = world.codes[0];
    const FuncAddr host = must(store->add_host_function(world.host, kHostNumber, kHostType));
    const bool filled =
        request.imports.push_back({ExternKind::func, number(host)}) && request.arguments.push_back(argument);
    if (!filled) throw std::bad_alloc();
    request.new_function = FuncIdx{1};
    Execution begun = must(Execution::enter(*store, std::move(request), schedule(), Fuel(limit), Fuel()));
    return std::make_unique<Moving>(std::move(store), std::move(begun), world.surroundings);
}

/// Each call with more than 0 enters a new instance with one less, under an allowance if that is odd.
void enter_nested(World& world) {
    world.host.on_call = [&world](HostCall& call) {
        const std::uint64_t argument = call.arguments[0];
        if (argument == 0) return HostOutcome::trapped({TrapCode::Host, 3});
        EntryRequest request;
        request.code = world.codes[0];
        const bool filled =
            request.imports.push_back({ExternKind::func, 0}) && request.arguments.push_back(argument - 1);
        if (!filled) return HostOutcome::failed(kOutOfMemory);
        request.new_function = FuncIdx{1};
        request.prelude = Fuel(11);
        request.token = 100 + argument;
        if (argument % 2 == 1) request.allowance = Fuel(300'000);
        return HostOutcome::enter(std::move(request));
    };
    world.host.on_leave = [](HostCall& call, const EntryResult& result) {
        call.results[0] = result.end == EntryResult::End::returned ? result.results[0] : 50;
        return HostOutcome::returned();
    };
}

} // namespace

TEST_CASE("STA-1, STA-2, STA-6: linked instances, and all that a store can hold, move at every suspension",
          "[feature:gc][feature:exceptions][feature:tail-call][feature:simd]") {
    const std::uint64_t limit = 1'000'000;
    World world({module_of_things(), module_of_doings()});
    wait_every_other_call(world.host);
    const auto whole = begin_linked(world, 2, limit);
    const Outcome expected = in_one_go(*whole, limit);
    CHECK(expected.ending == Ending::returned);
    for (const Tier tier : {Tier::stepper, Tier::fast}) {
        wait_every_other_call(world.host);
        const auto moving = begin_linked(world, 2, limit);
        const Ending ending = moving->run([] { return std::uint64_t{1}; }, tier);
        CHECK(outcome_of(moving->execution(), ending) == expected);
        CHECK(must(capture(moving->execution())) == must(capture(whole->execution())));
        CHECK(moving->moves() > 100);
    }
}

TEST_CASE("STA-2, STA-10, STA-19: entries of the host in each other move at every suspension") {
    const std::uint64_t limit = 2'000'000;
    World world({calling_module()});
    enter_nested(world);
    const auto whole = begin_calling(world, 4, limit);
    const Outcome expected = in_one_go(*whole, limit);
    CHECK(expected.ending == Ending::returned);
    CHECK(expected.results == std::vector<std::uint64_t>{54});
    for (const Tier tier : {Tier::stepper, Tier::fast}) {
        const auto moving = begin_calling(world, 4, limit);
        const Ending ending = moving->run([] { return std::uint64_t{7}; }, tier);
        CHECK(outcome_of(moving->execution(), ending) == expected);
        CHECK(must(capture(moving->execution())) == must(capture(whole->execution())));
        CHECK(moving->moves() > 15);
    }
}

TEST_CASE("STA-2, STA-10: a raised limit reaches a loaded entry as it reaches one that stayed") {
    World world({calling_module()});
    enter_nested(world);
    const auto free = begin_calling(world, 3, 2'000'000);
    const std::uint64_t used = in_one_go(*free, 2'000'000).used;
    // Too little for all of it, so that what the raised limit reaches shows.
    const std::uint64_t limit = used - used / 4;
    for (const std::uint64_t grant : {used / 9, used / 3, used / 2}) {
        const auto end_of = [&](bool moves) {
            const auto one = begin_calling(world, 3, limit);
            must(one->execution().refuel(Fuel(grant)));
            REQUIRE(must(one->execution().run()) == Ending::exhausted);
            if (moves) one->move();
            must(one->execution().raise_limit(Fuel(used - 3)));
            return in_one_go(*one, used - 3);
        };
        CHECK(end_of(true) == end_of(false));
    }
}

TEST_CASE("STA-1: a call that waits is the state before it, and is asked for again") {
    World world({calling_module()});
    int calls = 0;
    world.host.on_call = [&calls](HostCall& call) {
        ++calls;
        call.results[0] = 9;
        return calls < 3 ? HostOutcome::waiting() : HostOutcome::returned();
    };
    const auto one = begin_calling(world, 4, 2'000'000);
    must(one->execution().refuel(Fuel(2'000'000)));
    CHECK(must(one->execution().run()) == Ending::waiting);
    one->move();
    const Bytes first = one->bytes();
    must(one->execution().refuel(Fuel(2'000'000)));
    CHECK(must(one->execution().run()) == Ending::waiting);
    one->move();
    CHECK(one->bytes() == first);
    CHECK(in_one_go(*one, 2'000'000).results == std::vector<std::uint64_t>{10});
    CHECK(calls == 3);
}

TEST_CASE("STA-2, STA-8: what the embedder holds is held again, in order and without gaps", "[feature:gc]") {
    World world({module_of_things(), module_of_doings()});
    wait_every_other_call(world.host);
    const auto one = begin_linked(world, 1, 1'000'000);
    must(one->execution().refuel(Fuel(1'000'000)));
    CHECK(must(one->execution().run()) == Ending::waiting);
    Heap& heap = one->store().heap();
    const HeldRef first = heap.hold(Ref::external(5)).value();
    const Ref pair(one->store().global(GlobalAddr{2}).low);
    static_cast<void>(heap.hold(pair));
    static_cast<void>(heap.hold(Ref::func(FuncAddr{1})));
    heap.release(first);
    one->move();
    const std::span<const std::optional<Ref>> held = one->store().heap().all_held();
    REQUIRE(held.size() == 2);
    CHECK(held[0] == Ref(one->store().global(GlobalAddr{2}).low));
    CHECK(held[1] == Ref::func(FuncAddr{1}));
}

TEST_CASE("STA-3: what a state cannot name is not saved, nor an execution that has ended") {
    Program program(module_of({}, {}, code(Op::nop)));
    Execution ended = program.begin("f", {});
    CHECK(save(ended, test_digest).has_value());
    REQUIRE(must(ended.run()) == Ending::returned);
    CHECK(save(ended, test_digest).error().code == ErrorCode::not_suspended);

    const auto error_with = [](const std::function<void(Store&)>& add) {
        Program with(module_of({}, {}, code(Op::nop)));
        add(with.store());
        const Execution begun = with.begin("f", {});
        const Result<Buffer<std::uint8_t>> bytes = save(begun, test_digest);
        return bytes.has_error() ? std::optional(bytes.error().code) : std::nullopt;
    };
    OneFunction host;
    OneFunction other;
    CHECK(error_with([](Store& store) { must(store.add_memory({})); }) == ErrorCode::not_savable);
    CHECK(error_with([](Store& store) { must(store.add_table({}, Ref())); }) == ErrorCode::not_savable);
    CHECK(error_with([](Store& store) { must(store.add_global({kI32, true}, Value::i32(1))); }) ==
          ErrorCode::not_savable);
    CHECK(error_with([](Store& store) { must(store.add_tag({})); }) == ErrorCode::not_savable);
    CHECK(error_with([&](Store& store) { must(store.add_host_function(host, 1, kHostType)); }) == std::nullopt);
    CHECK(error_with([&](Store& store) {
              must(store.add_host_function(host, 1, kHostType));
              must(store.add_host_function(other, 1, kHostType));
          }) == ErrorCode::not_savable);
}

namespace {

/// "f" calls the host; a table of functions and a global lie beside it, or are imported.
Bytes module_with_references(bool imports_table) {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    const auto host = b.import_function("host", "h", type);
    if (imports_table) b.import_table("a", "table", kFuncRef, 2);
    if (!imports_table) b.table(kFuncRef, 2);
    const auto pair = b.type(structure_type({mutable_field(kI32), mutable_field(kAnyRef)}));
    b.global(kAnyRef, true, code(Op::i32_const, 2, Op::ref_null, HeapType::Abstract::none, Op::struct_new, pair));
    b.export_function("f", b.function(type, {{1, kFuncRef}}, code(Op::local_get, 0, Op::call, host)));
    return b.build();
}

/// "f" of one instance waits in "f" of another one that the host has entered and that ends with its entry.
std::unique_ptr<Moving> begin_nested_references(World& world, bool shares_table) {
    world.host.on_call = [&world, shares_table](HostCall& call) {
        if (call.arguments[0] == 0) return HostOutcome::waiting();
        EntryRequest request;
        request.code = world.codes[shares_table ? 1 : 0];
        bool filled = request.imports.push_back({ExternKind::func, 0}) && request.arguments.push_back(0);
        if (shares_table) filled = filled && request.imports.push_back({ExternKind::table, 0});
        if (!filled) return HostOutcome::failed(kOutOfMemory);
        request.new_function = FuncIdx{1};
        return HostOutcome::enter(std::move(request));
    };
    auto one = begin_calling(world, 1, 1'000'000);
    must(one->execution().refuel(Fuel(1'000'000)));
    if (must(one->execution().run()) != Ending::waiting) throw std::runtime_error("it does not wait");
    return one;
}

} // namespace

TEST_CASE("STA-19: what ends with an entry and what stays do not lead to each other", "[feature:gc]") {
    World world({module_with_references(false)});
    const auto one = begin_nested_references(world, false);
    using Change = std::function<void(ExecutionState&)>;
    const auto error_of = [&](const Change& change) {
        format::Saved saved = must(format::describe(one->execution(), test_digest));
        change(saved.state);
        const Buffer<std::uint8_t> bytes = must(format::write(saved));
        const Result<Loaded> loaded = world.surroundings.load({bytes.begin(), bytes.end()});
        return loaded.has_error() ? std::optional(loaded.error().code) : std::nullopt;
    };
    const auto function_of = [](std::uint64_t instance) { return Ref::of(RefKind::func, instance << 32 | 1).word(); };
    CHECK(error_of([](ExecutionState&) {}) == std::nullopt);
    // Within the instance each may.
    CHECK(error_of([&](ExecutionState& s) { s.tables[0][0] = function_of(0); }) == std::nullopt);
    CHECK(error_of([&](ExecutionState& s) { s.frames[1].locals[1] = function_of(1); }) == std::nullopt);
    const ErrorCode outlived = ErrorCode::state_outlived;
    CHECK(error_of([&](ExecutionState& s) { s.tables[0][0] = function_of(1); }) == outlived);
    CHECK(error_of([&](ExecutionState& s) { s.tables[1][0] = function_of(0); }) == outlived);
    CHECK(error_of([&](ExecutionState& s) { s.frames[0].locals[1] = function_of(1); }) == outlived);
    CHECK(error_of([&](ExecutionState& s) { s.frames[1].locals[1] = function_of(0); }) == outlived);
    CHECK(error_of([&](ExecutionState& s) { REQUIRE(s.held.push_back(function_of(1))); }) == outlived);
    // One object of both.
    CHECK(error_of([&](ExecutionState& s) {
              s.globals[2] = s.globals[0];
              s.objects.truncate(1);
          }) == outlived);
    CHECK(error_of([&](ExecutionState& s) { s.objects[0].bytes[4] = static_cast<std::uint8_t>(1 << 3 | 5); }) ==
          outlived);
    // A frame of what ends with the entry, below it.
    CHECK(error_of([&](ExecutionState& s) { s.frames[0].instance = 1; }) == outlived);

    const ErrorCode bad_entry = ErrorCode::state_bad_entry;
    CHECK(error_of([](ExecutionState& s) { s.entries[1].releases_instance = 0; }) == bad_entry);
    CHECK(error_of([](ExecutionState& s) { s.entries[1].host_function = 0; }) == bad_entry);
    CHECK(error_of([&](ExecutionState& s) { s.entries[1].host_function = function_of(0); }) == bad_entry);
    CHECK(error_of([](ExecutionState& s) { s.entries[1].caller = 2; }) == bad_entry);
    CHECK(error_of([](ExecutionState& s) { s.entries[1].first_frame = 3; }) == bad_entry);
    CHECK(error_of([](ExecutionState& s) { s.entries[1].first_frame = 2; }) == bad_entry);
    CHECK(error_of([](ExecutionState& s) { s.entries[1].instances_before = 2; }) == bad_entry);
    CHECK(error_of([](ExecutionState& s) { s.entries[1].functions_before = 3; }) == bad_entry);
    CHECK(error_of([](ExecutionState& s) { s.entries[0].instance = 2; }) == bad_entry);
    CHECK(error_of([](ExecutionState& s) { --s.entries[1].limit; }) == ErrorCode::state_bad_sum);
    CHECK(error_of([](ExecutionState& s) {
              s.entries[1].has_allowance = 1;
              --s.entries[1].limit;
          }) == std::nullopt);
    CHECK(error_of([](ExecutionState& s) {
              s.entries[1].has_allowance = 1;
              ++s.entries[1].limit;
          }) == ErrorCode::state_bad_sum);
}

TEST_CASE("STA-19: an instance that ends with its entry and shares a table with one that stays is not loaded",
          "[feature:gc]") {
    World world({module_with_references(false), module_with_references(true)});
    const auto one = begin_nested_references(world, true);
    const Result<Loaded> loaded = world.surroundings.load(saved(one->execution()));
    REQUIRE(loaded.has_error());
    CHECK(loaded.error().code == ErrorCode::state_outlived);
    // Before it is made, too.
    const auto early = begin_calling(world, 1, 1'000'000);
    std::uint64_t grant = 0;
    while (early->execution().machine().entries().size() < 2) {
        must(early->execution().refuel(Fuel(++grant)));
        REQUIRE(must(early->execution().run()) == Ending::exhausted);
    }
    const Result<Loaded> before = world.surroundings.load(saved(early->execution()));
    REQUIRE(before.has_error());
    CHECK(before.error().code == ErrorCode::state_outlived);
}

TEST_CASE("STA-19: an entry that is to instantiate is the newest of the store", "[feature:gc]") {
    World world({module_of_things(), module_of_doings()});
    const auto one = begin_linked(world, 2, 1000);
    const auto error_of = [&](std::uint32_t instances, std::uint32_t functions, std::uint32_t module) {
        format::Saved saved = must(format::describe(one->execution(), test_digest));
        EntryState& entry = saved.state.entries[0];
        REQUIRE((entry.instances_before == 1 && entry.functions_before == 3 && entry.module == 2));
        entry.instances_before = instances;
        entry.functions_before = functions;
        entry.module = module;
        const Buffer<std::uint8_t> bytes = must(format::write(saved));
        const Result<Loaded> loaded = world.surroundings.load({bytes.begin(), bytes.end()});
        return loaded.has_error() ? std::optional(loaded.error().code) : std::nullopt;
    };
    CHECK(error_of(1, 3, 2) == std::nullopt);
    CHECK(error_of(0, 1, 2) == ErrorCode::state_bad_entry);
    CHECK(error_of(1, 3, 3) == ErrorCode::state_bad_entry);
    // A module without such a function.
    CHECK(error_of(1, 3, 1) == ErrorCode::state_bad_entry);
}

TEST_CASE("STA-19, STA-20: flipped states of entries in each other end soundly, and what ends with them is gone",
          "[feature:gc]") {
    static World world({module_with_references(false)});
    static const Bytes waiting = saved(begin_nested_references(world, false)->execution());
    // From here on the host returns, so that all entries end.
    world.host.on_call = [](HostCall& call) {
        call.results[0] = 5;
        return HostOutcome::returned();
    };
    world.host.on_leave = [](HostCall& call, const EntryResult& result) {
        call.results[0] = result.results.empty() ? 6 : result.results[0];
        return HostOutcome::returned();
    };
    static std::uint64_t loaded = 0;
    CHECK(rc::check("flips in a state of two entries", [](std::uint64_t seed) {
        Random random(seed);
        for (int i = 0; i < 60; ++i) {
            const Bytes changed = flipped(waiting, waiting.size() - 140, random);
            loaded += world.surroundings.load(changed).has_value() ? 1U : 0U;
            RC_ASSERT(is_sound(world.surroundings, changed));
        }
    }));
    CHECK(loaded > 100);
}

TEST_CASE("STA-20: flipped states of linked instances go on soundly",
          "[feature:gc][feature:exceptions][feature:tail-call][feature:simd]") {
    static World world({module_of_things(), module_of_doings()});
    world.host.on_call = [](HostCall& call) {
        call.results[0] = call.arguments[0] * 3;
        return HostOutcome::returned();
    };
    static std::uint64_t loaded = 0;
    CHECK(rc::check("flips in states of linked instances", [](std::uint64_t seed) {
        Random random(seed);
        const auto one = begin_linked(world, 2, 1'000'000);
        must(one->execution().refuel(Fuel(9000 + random.below(1500))));
        const Ending ending = must(one->execution().run());
        if (ending != Ending::exhausted) return;
        const Bytes bytes = saved(one->execution());
        for (int i = 0; i < 20; ++i) {
            const Bytes changed = flipped(bytes, 1 + random.below(900), random);
            loaded += world.surroundings.load(changed).has_value() ? 1U : 0U;
            RC_ASSERT(is_sound(world.surroundings, changed));
        }
    }));
    CHECK(loaded > 100);
}
