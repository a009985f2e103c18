// The heap in the canonical state: what is captured, in which order, under which numbers, and how it is dumped.
// Expected bytes and numbers are written down by hand from the order in state.hpp.
#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace detent;
using namespace detent::testing;

namespace {

ValType ref_null(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }

std::uint64_t object(std::uint64_t number) { return Ref::of(RefKind::object, number).word(); }
std::uint64_t exception(std::uint64_t number) { return Ref::of(RefKind::exception, number).word(); }

// Types of the module below.
constexpr std::uint32_t kNode = 0;
constexpr std::uint32_t kArray = 1;

/// "f" leaves a node in a global, which is in a cycle with an array, and one in a table; a segment has a third. Its
/// last two instructions drop a new node and an exception, which has the global's node in its payload.
Bytes module_of_all() {
    ModuleBuilder b;
    b.type(structure_type({packed_field(16), mutable_field(kAnyRef)}));
    b.type(array_type(mutable_field(kAnyRef)));
    const auto nothing = b.type({}, {});
    b.tag(nothing);
    b.tag(b.type({kI32, kAnyRef}, {}));
    b.global(kAnyRef, true, code(Op::ref_null, HeapType::Abstract::none));
    b.table(TableType{kAnyRef, {2, 0, false}});
    const Bytes null = code(Op::ref_null, HeapType::Abstract::none);
    b.passive_elements(kAnyRef, {code(Op::i32_const, 3, null, Op::struct_new, kNode)});
    const Bytes global =
        code(Op::i32_const, 1, Op::i32_const, 2, Op::array_new_default, kArray, Op::local_tee, 0U, Op::struct_new,
             kNode, Op::global_set, 0U, Op::local_get, 0U, Op::i32_const, 1, Op::global_get, 0U, Op::array_set, kArray);
    const Bytes table = code(Op::i32_const, 1, Op::i32_const, 0x1FFFE, Op::i32_const, 5, Op::ref_i31, Op::struct_new,
                             kNode, Op::table_set, 0U);
    const Bytes forget = code(null, Op::local_set, 0U);
    const Bytes caught = code(Op::block, kExnRef, Op::try_table, kEmptyBlock, 1U, Bytes{3}, 0U, Op::i32_const, 7,
                              Op::global_get, 0U, Op::throw_, 1U, Op::end, Op::unreachable, Op::end);
    const Bytes end = code(Op::struct_new_default, kNode, Op::drop, Op::drop);
    b.export_function("f", b.function(nothing, {{1, ref_null(kArray)}}, code(global, table, forget, caught, end)));
    return b.build();
}

/// Runs "f" of a new program to its last two instructions.
Execution run_to_the_drops(FullProgram& program) {
    FullProgram whole(module_of_all());
    Execution execution = program.begin("f", {}, Fuel::kMaximum, whole.call("f", {}).used - 2);
    if (must(execution.run()) != Ending::exhausted) throw std::runtime_error("it does not pause");
    return execution;
}

std::string dumped(const Execution& execution) {
    std::string text;
    const TextSink sink = [](void* to, std::string_view piece) { static_cast<std::string*>(to)->append(piece); };
    dump(execution, must(capture(execution)), sink, &text);
    return text;
}

} // namespace

TEST_CASE("DET-11: objects are numbered as they are reached: globals, tables, segments, stack, then from each other",
          "[feature:gc][feature:exceptions]") {
    FullProgram program(module_of_all());
    const ExecutionState state = must(capture(run_to_the_drops(program)));
    CHECK(state.globals[0] == object(0));
    CHECK(state.tables[0][0] == 0);
    CHECK(state.tables[0][1] == object(1));
    CHECK(state.instances[0].elements[0][0] == object(2));
    REQUIRE(state.frames.size() == 1);
    REQUIRE(state.frames[0].operands.size() == 2);
    CHECK(state.frames[0].operands[0] == exception(3));
    CHECK(state.frames[0].operands[1] == object(4));
    REQUIRE(state.objects.size() == 6);

    const auto bytes_of = [&state](std::size_t number) {
        const Buffer<std::uint8_t>& bytes = state.objects[number].bytes;
        return Bytes(bytes.begin(), bytes.end());
    };
    const auto node = [](std::uint64_t number, std::uint64_t reference) {
        return code(little_endian(number, 2), little_endian(reference, 8));
    };
    // The global's node leads to the array, which is reached last, and leads back.
    CHECK(bytes_of(0) == node(1, object(5)));
    CHECK(bytes_of(1) == node(0xFFFE, Ref::i31(5).word()));
    CHECK(bytes_of(2) == node(3, 0));
    CHECK(bytes_of(3) == code(little_endian(7, 8), little_endian(object(0), 8)));
    CHECK(bytes_of(4) == node(0, 0));
    CHECK(bytes_of(5) == code(little_endian(0, 8), little_endian(object(0), 8)));
    for (std::size_t number = 0; number < 6; ++number) {
        CHECK(state.objects[number].is_exception == (number == 3));
        CHECK(state.objects[number].instance == 0);
        // The array's type, and the exception's tag.
        CHECK(state.objects[number].type == (number == 5 || number == 3 ? 1 : 0));
    }
}

TEST_CASE("DET-11: the debt is part of the state, and what the embedder holds", "[feature:gc]") {
    FullProgram program(module_of_all());
    Execution execution = program.begin("f", {});
    const ExecutionState fresh = must(capture(execution));
    // The segment's node: 16 + 10 bytes, rounded up.
    CHECK(fresh.heap_debt == 32);
    CHECK(fresh.objects.size() == 1);
    REQUIRE(must(execution.run()) == Ending::returned);
    // Three more nodes, the array 16 + 16, the exception 16 + 16; two of them garbage.
    const ExecutionState after = must(capture(execution));
    CHECK(after.heap_debt == 32 + 3 * 32 + 32 + 32);
    CHECK(after.objects.size() == 4);
    CHECK(after.held.empty());

    const Ref global(program.store().globals()[0].low);
    REQUIRE(program.store().heap().hold(global).has_value());
    const ExecutionState held = must(capture(execution));
    CHECK(held.objects == after.objects);
    REQUIRE(held.held.size() == 1);
    CHECK(held.held[0] == object(0));
    CHECK_FALSE(held == after);
}

TEST_CASE("DET-11: states differ where references lead to one object or to two that are alike", "[feature:gc]") {
    // "f": [i32] -> []: puts two nodes into the table, the same one or equal ones.
    ModuleBuilder b;
    b.type(structure_type({mutable_field(kI32), mutable_field(kAnyRef)}));
    b.table(TableType{ref_null(kNode), {2, 0, false}});
    const Bytes body = code(Op::struct_new_default, kNode, Op::local_set, 1U, Op::i32_const, 0, Op::local_get, 1U,
                            Op::table_set, 0U, Op::i32_const, 1, Op::local_get, 0, Op::if_, ref_null(kNode),
                            Op::local_get, 1U, Op::else_, Op::struct_new_default, kNode, Op::end, Op::table_set, 0U);
    b.export_function("f", b.function(b.type({kI32}, {}), {{1, ref_null(kNode)}}, body));
    const auto end_of = [module = b.build()](std::uint32_t is_shared) {
        FullProgram program(module);
        Execution execution = program.begin("f", {Value::i32(is_shared)});
        REQUIRE(must(execution.run()) == Ending::returned);
        return must(capture(execution));
    };
    const ExecutionState shared = end_of(1);
    const ExecutionState alike = end_of(0);
    CHECK(shared == end_of(1));
    CHECK(shared.tables[0][1] == object(0));
    CHECK(alike.tables[0][1] == object(1));
}

TEST_CASE("DET-11: arguments that wait at an entry are part of the state", "[feature:gc]") {
    ModuleBuilder b;
    b.type(structure_type({packed_field(16), mutable_field(kAnyRef)}));
    const auto make = b.type({}, {ref_null(kNode)});
    b.export_function("make", b.function(make, {}, code(Op::struct_new_default, kNode)));
    b.export_function("f", b.function(b.type({kI64, ref_null(kNode)}, {}), {}, {}));
    FullProgram program(b.build());
    Execution made = program.begin("make", {});
    REQUIRE(must(made.run()) == Ending::returned);
    Execution waiting = program.begin("f", {Value::i64(9), made.result(0)}, Fuel::kMaximum, 0);
    REQUIRE(must(waiting.run()) == Ending::exhausted);
    const ExecutionState state = must(capture(waiting));
    REQUIRE(state.entries.size() == 1);
    REQUIRE(state.entries[0].arguments.size() == 2);
    CHECK(state.entries[0].arguments[0] == 9);
    CHECK(state.entries[0].arguments[1] == object(0));
    CHECK(state.objects.size() == 1);
}

TEST_CASE("a dump shows objects by number, with their bytes", "[feature:gc]") {
    FullProgram program(module_of_all());
    // 32 bytes each: four nodes, the array and the exception.
    const std::string expected = "heap: 6 objects, debt 192 bytes\n"
                                 "  object 0: instance 0 type 0\n"
                                 "    00000000 01002d00000000000000\n"
                                 "  object 1: instance 0 type 0\n"
                                 "    00000000 feff2c00000000000000\n"
                                 "  object 2: instance 0 type 0\n"
                                 "    00000000 03000000000000000000\n"
                                 "  exception 3: tag 1\n"
                                 "    00000000 07000000000000000500000000000000\n"
                                 "  object 4: instance 0 type 0\n"
                                 "  object 5: instance 0 type 1\n"
                                 "    00000000 00000000000000000500000000000000\n";
    CHECK_THAT(dumped(run_to_the_drops(program)), Catch::EndsWith(expected));
    // What has no heap shows none.
    Program plain(module_of({}, {}, code(Op::nop)));
    CHECK(dumped(plain.begin("f", {})).find("heap") == std::string::npos);
}

namespace {

/// A host of one function, [] -> [], that does what a test says.
class OneFunction : public HostModule {
  public:
    std::function<void()> on_call;

    HostOutcome call(HostCall&) noexcept override {
        on_call();
        return HostOutcome::returned();
    }
    HostOutcome leave(HostCall&, std::uint64_t, const EntryResult&) noexcept override {
        return HostOutcome::returned();
    }
};

} // namespace

TEST_CASE(
    "DET-11: a host function that runs another execution on its store gets a fault where that needs an accounting",
    "[feature:gc]") {
    // "f" calls the host, which runs "g" on the same store: three times 416 bytes, under a limit of 1,000.
    ModuleBuilder b;
    const auto bytes = b.type(array_type(packed_field(8)));
    const auto nothing = b.type({}, {});
    const auto call = b.import_function("host", "run", nothing);
    b.export_function("f", b.function(nothing, {}, code(Op::call, call)));
    const Bytes make = code(Op::i32_const, 400, Op::array_new_default, bytes, Op::drop);
    b.export_function("g", b.function(nothing, {}, repeated(3, make)));
    OneFunction host;
    Store store(LimitValues::of(Preset::contract).with(Limit::heap_bytes, 1000));
    const ExternVal imports[] = {{ExternKind::func, number(must(store.add_host_function(host, 0, FuncType{})))}};
    Execution made = must(Execution::instantiate(store, compiled(b.build(), full_profile()), imports, schedule(),
                                                 Fuel::maximum(), Fuel::maximum()));
    REQUIRE(must(made.run()) == Ending::returned);
    const Instance& instance = store.instance(made.instance().value());
    const auto begin = [&](std::string_view name) {
        const FuncAddr function{instance.find_export(name).value().address};
        return must(Execution::invoke(store, function, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
    };
    std::optional<Error> seen;
    host.on_call = [&] {
        Execution inner = begin("g");
        const Result<Ending> ending = inner.run();
        if (ending.has_error()) seen = ending.error();
    };
    Execution outer = begin("f");
    CHECK(must(outer.run()) == Ending::returned);
    REQUIRE(seen.has_value());
    CHECK(seen->code == ErrorCode::host_failed);
    // Outside of any step it can: for the first array, with two of the host's there, and for the third.
    Execution alone = begin("g");
    CHECK(must(alone.run()) == Ending::returned);
    CHECK(store.heap().accountings() == 2);
}
