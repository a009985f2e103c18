// DET-11 in programs: what accountings reach, when they come, what they cost, and that nothing else can be seen of the
// heap. Fuel and bytes are counted by hand from schedule 1 and DET-11.
#include "engine/testing/price.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace detent;
using namespace detent::testing;

namespace {

using Abstract = HeapType::Abstract;

ValType ref_null(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }

LimitValues heap_of(std::uint64_t bytes) { return LimitValues::of(Preset::contract).with(Limit::heap_bytes, bytes); }

std::uint64_t debt(Program& program) { return program.store().heap().debt(); }
std::uint64_t reached(Program& program) { return program.store().heap().reached(); }
std::uint64_t accountings(Program& program) { return program.store().heap().accountings(); }

/// What an accounting costs for a body with a frame: `locals` are the bytes of its declarations, their number included.
std::uint64_t price_of_body(std::size_t locals, const Bytes& body) { return 20 * (locals + body.size() + 1); }

/// Runs `body` as often as the parameter 0 of the function says, which is at least once, at a price of 6 beyond its own
/// each time.
Bytes times(const Bytes& body) {
    return code(Op::loop, kEmptyBlock, body, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub, Op::local_tee, 0,
                Op::br_if, 0U, Op::end);
}

} // namespace

TEST_CASE("DET-11: garbage of a hundred times the limit, in cycles, costs its allocation and no more", "[feature:gc]") {
    // A node is a reference and an i64: 32 bytes. Each time two are made that lead to each other, 64 bytes; an array of
    // 10 references, 96 bytes, keeps the ten last pairs: 736 bytes of 64,000 in all.
    ModuleBuilder b;
    const auto node = b.type(structure_type({mutable_field(ref_null(0)), mutable_field(kI64)}));
    const auto nodes = b.type(array_type(mutable_field(ref_null(node))));
    const Bytes pair = code(Op::struct_new_default, node, Op::local_set, 1U, Op::local_get, 1U, Op::local_get, 1U,
                            Op::i64_const, 7, Op::struct_new, node, Op::struct_set, node, 0U);
    const Bytes keep = code(Op::local_get, 2U, Op::local_get, 0, Op::i32_const, 10, Op::i32_rem_u, Op::local_get, 1U,
                            Op::array_set, nodes);
    const Bytes body =
        code(Op::i32_const, 10, Op::array_new_default, nodes, Op::local_set, 2U, times(code(pair, keep)));
    b.export_function("f", b.function(b.type({kI32}, {}), {{1, ref_null(node)}, {1, ref_null(nodes)}}, body));
    FullProgram program(b.build(), heap_of(64000));
    const Outcome outcome = program.call("f", {Value::i32(100'000)});
    CHECK(outcome.ending == Ending::returned);
    // Frame: 3 and height 3 = 6 words: 2; entry 7. i32.const 1, array.new_default 15 + 96 / 4 = 39, local.set 1,
    // loop 1. Each time: both nodes 15 + 32 / 4 = 23; local.set, two local.get, i64.const 1 each; struct.set 3. Then
    // two local.get, i32.const 1 each, i32.rem_u 8, local.get 1, array.set 4. And 6.
    const std::uint64_t made = 7 + 42 + 100'000 * (2 * 23 + 4 + 3 + 3 + 8 + 1 + 4 + 6);
    // Two declarations of a count and a type of two bytes.
    CHECK(outcome.used == made + accountings(program) * price_of_body(7, body));
    // At least half the limit is made between two.
    CHECK(accountings(program) >= 100);
    CHECK(accountings(program) <= 200);
    CHECK(debt(program) <= 64000);
    CHECK(program.store().heap().objects() <= 2000);
}

namespace {

/// "f": [i32 i32] -> []: a list of as many nodes of 32 bytes as the second parameter says, at least one, which local 2
/// holds; then as many nodes of garbage as the first.
Bytes list_body() {
    const std::uint32_t node = 0;
    const Bytes list =
        code(Op::loop, kEmptyBlock, Op::local_get, 2U, Op::i64_const, 7, Op::struct_new, node, Op::local_set, 2U,
             Op::local_get, 1U, Op::i32_const, 1, Op::i32_sub, Op::local_tee, 1U, Op::br_if, 0U, Op::end);
    return code(list, times(code(Op::struct_new_default, node, Op::drop)));
}

Bytes list_and_garbage() {
    ModuleBuilder b;
    const auto node = b.type(structure_type({mutable_field(ref_null(0)), mutable_field(kI64)}));
    b.export_function("f", b.function(b.type({kI32, kI32}, {}), {{1, ref_null(node)}}, list_body()));
    return b.build();
}

/// Frame: 3 and height 2 = 5 words: 2; entry 7; two loops 2. A node of the list: 2, struct.new 23, 1 and 6; one of
/// garbage: 23, 1 and 6.
std::uint64_t price_of_list(std::uint64_t nodes, std::uint64_t garbage, std::uint64_t accountings) {
    return 9 + nodes * 32 + garbage * 30 + accountings * price_of_body(4, list_body());
}

} // namespace

TEST_CASE("DET-11: holding half the limit does not make each allocation an accounting", "[feature:gc]") {
    // 999 nodes of 32 bytes and one more are half of 64,000.
    FullProgram program(list_and_garbage(), heap_of(64000));
    const Outcome outcome = program.call("f", {Value::i32(200'000), Value::i32(999)});
    CHECK(outcome.ending == Ending::returned);
    // Of 200,999 nodes the 2,001st needs the first accounting, which leaves 999 nodes and lets 1,001 more be made; and
    // so on.
    CHECK(accountings(program) == 1 + (200'999 - 2'001) / 1'001);
    CHECK(outcome.used == price_of_list(999, 200'000, 199));
    CHECK(reached(program) == 999 * 32);
}

TEST_CASE("DET-11: the limit is exact, and above half of it an accounting finds the heap exhausted", "[feature:gc]") {
    // 2,000 nodes are the limit; so 1,000 live ones and 1,000 of garbage fit without an accounting.
    FullProgram fits(list_and_garbage(), heap_of(64000));
    CHECK(fits.call("f", {Value::i32(1000), Value::i32(1000)}).ending == Ending::returned);
    CHECK(accountings(fits) == 0);
    CHECK(debt(fits) == 64000);
    // One more: 1,000 live ones and a new one are more than half. It has been paid, but it is not dropped.
    FullProgram exhausted(list_and_garbage(), heap_of(64000));
    const Outcome outcome = exhausted.call("f", {Value::i32(1001), Value::i32(1000)});
    CHECK(outcome.trap == TrapCode::HeapExhausted);
    CHECK(outcome.used == price_of_list(1000, 1000, 1) + 23);
    CHECK(debt(exhausted) == 32000);
    // One less: an accounting, and room.
    FullProgram room(list_and_garbage(), heap_of(64000));
    CHECK(room.call("f", {Value::i32(1002), Value::i32(999)}).ending == Ending::returned);
    CHECK(accountings(room) == 1);
    CHECK(debt(room) == 999 * 32 + 32);
    // Nine tenths, live: nothing is wrong until more is wanted.
    FullProgram full(list_and_garbage(), heap_of(64000));
    CHECK(full.call("f", {Value::i32(200), Value::i32(1800)}).ending == Ending::returned);
    FullProgram too_full(list_and_garbage(), heap_of(64000));
    CHECK(too_full.call("f", {Value::i32(201), Value::i32(1800)}).trap == TrapCode::HeapExhausted);
}

TEST_CASE("DET-11, MET-5: an object of more than half the limit is refused at once where it has no room",
          "[feature:gc]") {
    // An array of i64: 16 + 8 n. The limit is 1,000 bytes.
    ModuleBuilder b;
    const auto longs = b.type(array_type(mutable_field(kI64)));
    const Bytes make = code(Op::local_get, 0, Op::array_new_default, longs, Op::drop);
    b.export_function("f", b.function(b.type({kI32}, {}), {}, code(make)));
    b.export_function("twice", b.function(b.type({kI32}, {}), {}, code(make, make)));
    // 1,000 bytes fit, 1,008 do not: entry 5 + 1, local.get 1, array.new_default 15, and 250, drop 1.
    check_price(b.build(), {Value::i32(123)}, 6 + 1 + 15 + 250 + 1, heap_of(1000));
    check_price(b.build(), {Value::i32(124)}, 6 + 1 + 15, heap_of(1000));
    FullProgram large(b.build(), heap_of(1000));
    CHECK(large.call("twice", {Value::i32(61)}).trap == TrapCode::HeapExhausted);
    CHECK(accountings(large) == 0);
    CHECK(debt(large) == 504);
    // 496 bytes twice fit; thrice they need an accounting, and have half the limit then.
    FullProgram small(b.build(), heap_of(1000));
    CHECK(small.call("twice", {Value::i32(60)}).ending == Ending::returned);
    CHECK(small.call("twice", {Value::i32(60)}).ending == Ending::returned);
    CHECK(accountings(small) == 1);
    CHECK(debt(small) == 992);
}

TEST_CASE("DET-11, MET-5: an accounting that allocation has not paid for is paid with the object", "[feature:gc]") {
    // "hold" puts an array of 100 i64, 816 bytes, into a global; "f" wants 32 bytes. The limit is 840 bytes.
    ModuleBuilder b;
    const auto longs = b.type(array_type(mutable_field(kI64)));
    b.global(ref_null(longs), true, code(Op::ref_null, HeapType(TypeIdx{longs})));
    const auto nothing = b.type({}, {});
    const Bytes hold = code(Op::i32_const, 100, Op::array_new_default, longs, Op::global_set, 0U);
    b.export_function("hold", b.function(nothing, {}, hold));
    b.export_function("release",
                      b.function(nothing, {}, code(Op::ref_null, HeapType(TypeIdx{longs}), Op::global_set, 0U)));
    b.export_function("f", b.function(nothing, {}, code(Op::i32_const, 2, Op::array_new_default, longs, Op::drop)));
    FullProgram program(b.build(), heap_of(840));
    CHECK(program.call("hold", {}).ending == Ending::returned);
    // Frame of one word: entry 6; i32.const 1; array.new_default 15 + 32 / 4 = 23, and for the accounting 20 for each
    // of the 8 bytes of the body. The first accounting is paid by the 816 bytes that were made otherwise.
    constexpr std::uint64_t kPrice = 6 + 1 + 23 + 160;
    const Outcome first = program.call("f", {});
    CHECK(first.trap == TrapCode::HeapExhausted);
    CHECK(first.used == kPrice);
    CHECK(accountings(program) == 1);
    // Since then nothing was made, so that the next one costs 816 / 4 more: at one less nothing happens.
    const Outcome paused = program.call("f", {}, kPrice + 203);
    CHECK(paused.ending == Ending::exhausted);
    CHECK(paused.used == 7);
    CHECK(accountings(program) == 1);
    const Outcome second = program.call("f", {}, kPrice + 204);
    CHECK(second.trap == TrapCode::HeapExhausted);
    CHECK(second.used == kPrice + 204);
    CHECK(accountings(program) == 2);
    // And so does the one that finds the room that there is now; drop 1.
    CHECK(program.call("release", {}).ending == Ending::returned);
    const Outcome third = program.call("f", {});
    CHECK(third.ending == Ending::returned);
    CHECK(third.used == kPrice + 204 + 1);
    CHECK(debt(program) == 32);
}

TEST_CASE("DET-11, MET-5: an accounting pays for each body that has a frame, once", "[feature:gc]") {
    // Function 1 calls itself as often as its parameter says, and "f" at the bottom; "f" makes 3 arrays of 416 bytes
    // under a limit of 1,000: one accounting.
    ModuleBuilder b;
    const auto bytes = b.type(array_type(packed_field(8)));
    const auto type = b.type({kI32}, {});
    const Bytes make = code(Op::i32_const, 400, Op::array_new_default, bytes, Op::drop);
    const Bytes bottom = repeated(3, make);
    b.function(type, {}, bottom);
    const Bytes down = code(Op::local_get, 0, Op::if_, kEmptyBlock, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub,
                            Op::call, 1U, Op::else_, Op::i32_const, 0, Op::call, 0U, Op::end);
    b.export_function("f", b.function(type, {}, down));
    // Function 0: frame of 2 words 1, three times 1, 15 + 104 and 1. Function 1: frame of 3 words 1, so that the entry
    // and each call cost 6; local.get 1 and if 2; then local.get, i32.const, i32.sub 1 each; or i32.const 1.
    const auto price = [&](std::uint64_t depth) {
        const std::uint64_t bodies = price_of_body(1, bottom) + price_of_body(1, down);
        return 6 + depth * (3 + 3 + 6) + 3 + 1 + 6 + 3 * 121 + bodies;
    };
    check_price(b.build(), {Value::i32(0)}, price(0), heap_of(1000));
    check_price(b.build(), {Value::i32(100)}, price(100), heap_of(1000));
}

TEST_CASE("DET-21: the bytes of an array have a limit of their own", "[feature:gc]") {
    ModuleBuilder b;
    const auto bytes = b.type(array_type(packed_field(8)));
    b.export_function(
        "f", b.function(b.type({kI32}, {}), {}, code(Op::local_get, 0, Op::array_new_default, bytes, Op::drop)));
    const LimitValues limits = LimitValues::of(Preset::contract).with(Limit::array_bytes, 1000);
    CHECK(FullProgram(b.build(), limits).call("f", {Value::i32(984)}).ending == Ending::returned);
    CHECK(FullProgram(b.build(), limits).call("f", {Value::i32(985)}).trap == TrapCode::HeapExhausted);
}

namespace {

// The module of the roots: type 0 is an array of i8, a root; each case makes one, and calls function 0, "churn", which
// makes garbage until there has been an accounting.
constexpr std::uint32_t kRoot = 0;
constexpr std::uint32_t kChurn = 0;

struct RootModule {
    ModuleBuilder b;
    std::uint32_t nothing = 0;

    RootModule() {
        b.type(array_type(packed_field(8)));
        nothing = b.type({}, {});
        // 40 arrays of 100 bytes, 120 abstract ones, under a limit of 4,000.
        const Bytes one = code(Op::i32_const, 100, Op::array_new_default, kRoot, Op::drop);
        b.function(nothing, {}, repeated(40, one));
    }
    /// `count` bytes: 16 + count of them.
    static Bytes make(int count) { return code(Op::i32_const, count, Op::array_new_default, kRoot); }

    Bytes with(const Bytes& body, const std::vector<Locals>& locals = {}) {
        b.export_function("f", b.function(nothing, locals, body));
        return b.build();
    }
};

/// What the one accounting of "f" reached.
std::uint64_t reached_by(const Bytes& module) {
    FullProgram program(module, heap_of(4000));
    CHECK(program.call("f", {}).ending == Ending::returned);
    CHECK(accountings(program) == 1);
    return reached(program);
}

constexpr std::uint32_t kLocal = 0;

} // namespace

TEST_CASE("DET-11: locals and operands of all frames are roots, used again or not", "[feature:gc]") {
    const Bytes call = code(Op::call, kChurn);
    CHECK(reached_by(RootModule().with(code(RootModule::make(200), Op::drop, call))) == 0);
    CHECK(reached_by(RootModule().with(code(RootModule::make(200), Op::local_set, kLocal, call),
                                       {{1, ref_null(kRoot)}})) == 216);
    CHECK(reached_by(RootModule().with(code(RootModule::make(200), call, Op::drop))) == 216);
    // Between other operands, and below them.
    CHECK(reached_by(RootModule().with(code(Op::i64_const, 9, RootModule::make(200), Op::v128_const, Bytes(16),
                                            RootModule::make(300), Op::f32_const, 1.0F, call, Op::drop, Op::drop,
                                            Op::drop, Op::drop, Op::drop))) == 216 + 320);
    // A parameter of the callee, whose caller has it no more.
    RootModule parameter;
    const auto type = parameter.b.type({kI64, kV128, ref_null(kRoot)}, {});
    const auto callee = parameter.b.function(type, {}, call);
    CHECK(reached_by(parameter.with(
              code(Op::i64_const, 9, Op::v128_const, Bytes(16), RootModule::make(200), Op::call, callee))) == 216);
    // Behind locals of two words.
    CHECK(reached_by(RootModule().with(code(RootModule::make(200), Op::local_set, 3U, call),
                                       {{2, kV128}, {1, kI64}, {1, ref_null(kRoot)}})) == 216);
    // Behind a parameter of two words.
    RootModule behind;
    const auto wide = behind.b.type({kV128}, {});
    const auto holder =
        behind.b.function(wide, {{1, ref_null(kRoot)}}, code(RootModule::make(200), Op::local_set, 1U, call));
    CHECK(reached_by(behind.with(code(Op::v128_const, Bytes(16), Op::call, holder))) == 216);
    // The same object twice counts once.
    CHECK(reached_by(RootModule().with(code(RootModule::make(200), Op::local_tee, kLocal, call, Op::drop),
                                       {{1, ref_null(kRoot)}})) == 216);
}

TEST_CASE("DET-11: the operands of the allocating instruction itself are roots", "[feature:gc]") {
    // Under a limit of 380: a structure of a number and a reference to an array of which nothing else knows. 168, 136
    // and 56 bytes were made before, so that its own 32 have no room without an accounting.
    RootModule module;
    const auto both = module.b.type(structure_type({mutable_field(kI64), mutable_field(ref_null(kRoot))}));
    const Bytes body = code(RootModule::make(150), Op::drop, Op::i64_const, 9, RootModule::make(120),
                            RootModule::make(40), Op::drop, Op::struct_new, both, Op::drop);
    FullProgram program(module.with(body), heap_of(380));
    CHECK(program.call("f", {}).ending == Ending::returned);
    CHECK(accountings(program) == 1);
    CHECK(reached(program) == 136);
}

TEST_CASE("DET-11: what the module keeps are roots: globals, tables, segments that were not dropped", "[feature:gc]") {
    RootModule global;
    global.b.global(ref_null(kRoot), true, code(RootModule::make(200)));
    CHECK(reached_by(global.with(code(Op::call, kChurn))) == 216);

    RootModule table;
    table.b.table(TableType{ref_null(kRoot), {5, 0, false}}, code(RootModule::make(200)));
    CHECK(reached_by(table.with(code(Op::call, kChurn))) == 216);

    const std::vector<Bytes> entries = {RootModule::make(200), RootModule::make(300)};
    RootModule segment;
    segment.b.passive_elements(ref_null(kRoot), entries);
    CHECK(reached_by(segment.with(code(Op::call, kChurn))) == 216 + 320);
    RootModule dropped;
    dropped.b.passive_elements(ref_null(kRoot), entries);
    CHECK(reached_by(dropped.with(code(Op::elem_drop, 0U, Op::call, kChurn))) == 0);
    // Active ones are dropped, and what they were copied to keeps their elements.
    RootModule active;
    active.b.table(TableType{ref_null(kRoot), {5, 0, false}});
    active.b.active_elements(0, code(Op::i32_const, 1), ref_null(kRoot), entries);
    CHECK(reached_by(active.with(code(Op::i32_const, 1, Op::ref_null, HeapType(TypeIdx{kRoot}), Op::table_set, 0U,
                                      Op::call, kChurn))) == 320);
}

TEST_CASE("DET-11: an exception is reached with its payload, also while it is caught", "[feature:exceptions]") {
    RootModule module;
    const auto tag = module.b.type({kI32, ref_null(kRoot), kI64}, {});
    module.b.tag(tag);
    const Bytes thrown = code(Op::i32_const, 1, RootModule::make(200), Op::i64_const, 2, Op::throw_, 0U);
    const Bytes body = code(Op::block, kExnRef, Op::try_table, kEmptyBlock, 1U, Bytes{3}, 0U, thrown, Op::end,
                            Op::unreachable, Op::end, Op::call, kChurn, Op::drop);
    // The exception 16 + 3 * 8.
    CHECK(reached_by(module.with(body)) == 216 + 40);
}

TEST_CASE("DET-11: a number that equals the word of a reference is none", "[feature:gc]") {
    RootModule module;
    const auto type = module.b.type({kI64}, {});
    const Bytes body = code(Op::local_get, 0, Op::call, kChurn, Op::drop);
    module.b.export_function("g",
                             module.b.function(type, {{1, kI64}}, code(Op::local_get, 0, Op::local_set, 1U, body)));
    FullProgram program(module.with(code(RootModule::make(200), Op::drop)), heap_of(4000));
    CHECK(program.call("f", {}).ending == Ending::returned);
    CHECK(program.call("g", {Value::i64(Ref::of(RefKind::object, 0).word())}).ending == Ending::returned);
    CHECK(accountings(program) == 1);
    CHECK(reached(program) == 0);
}

TEST_CASE("DET-11: what the embedder holds is a root, what it only has is not", "[feature:gc]") {
    RootModule module;
    const auto type = module.b.type({}, {ref_null(kRoot)});
    module.b.export_function("make", module.b.function(type, {}, RootModule::make(200)));
    const Bytes bytes = module.with(code(Op::call, kChurn));
    for (const bool is_held : {false, true}) {
        FullProgram program(bytes, heap_of(4000));
        const Ref made(program.call("make", {}).results.at(0));
        const std::optional<HeldRef> held = is_held ? program.store().heap().hold(made) : std::nullopt;
        CHECK(program.call("f", {}).ending == Ending::returned);
        CHECK(reached(program) == (is_held ? 216 : 0));
        if (held) CHECK(program.store().heap().object(program.store().heap().held(*held)).length == 200);
    }
}

TEST_CASE("DET-11: an execution that waits for fuel keeps its objects while another one runs", "[feature:gc]") {
    RootModule module;
    const auto type = module.b.type({}, {kI32});
    const Bytes body = code(RootModule::make(200), Op::local_tee, kLocal, Op::array_len);
    module.b.export_function("g", module.b.function(type, {{1, ref_null(kRoot)}}, body));
    FullProgram program(module.with(code(Op::call, kChurn)), heap_of(4000));
    // Entry 6, i32.const 1, array.new_default 15 + 54: it pauses at local.tee.
    Execution paused = program.begin("g", {}, Fuel::kMaximum, 76);
    REQUIRE(must(paused.run()) == Ending::exhausted);
    const ExecutionState before = must(capture(paused));
    CHECK(before.objects.size() == 1);
    CHECK(program.call("f", {}).ending == Ending::returned);
    CHECK(reached(program) == 216);
    ExecutionState after = must(capture(paused));
    CHECK(after.objects == before.objects);
    CHECK(after.frames == before.frames);
    must(paused.refuel(Fuel::maximum()));
    REQUIRE(must(paused.run()) == Ending::returned);
    CHECK(paused.result_words()[0] == 200);
    // It has ended, so its objects are no roots any more.
    FullProgram fresh(module.b.build(), heap_of(4000));
    Execution ended = fresh.begin("g", {});
    REQUIRE(must(ended.run()) == Ending::returned);
    CHECK(fresh.call("f", {}).ending == Ending::returned);
    CHECK(reached(fresh) == 0);
}

namespace {

/// A host of one function, [] -> [], that does what a test says.
class OneFunction : public HostModule {
  public:
    std::function<HostOutcome(HostCall&)> on_call;

    HostOutcome call(HostCall& call) noexcept override { return on_call(call); }
    HostOutcome leave(HostCall&, std::uint64_t, const EntryResult&) noexcept override {
        return HostOutcome::returned();
    }
};

} // namespace

TEST_CASE("DET-11: arguments that wait at an entry are roots, as is what lies below it", "[feature:gc]") {
    // "f" calls the host with an operand below; the host enters a new instance, whose start function makes garbage,
    // with an argument that only the entry has.
    OneFunction host;
    Store store(heap_of(4000));
    const FuncAddr enter = must(store.add_host_function(host, 0, FuncType{}));
    const ExternVal imports[] = {{ExternKind::func, number(enter)}};
    const auto started = [&store](const Bytes& bytes, std::span<const ExternVal> given) {
        Execution made = must(Execution::instantiate(store, compiled(bytes, full_profile()), given, schedule(),
                                                     Fuel::maximum(), Fuel::maximum()));
        if (must(made.run()) != Ending::returned) throw std::runtime_error("no instance");
        return made.instance().value();
    };

    ModuleBuilder outer;
    const auto root = outer.type(array_type(packed_field(8)));
    const auto nothing = outer.type({}, {});
    const auto call = outer.import_function("host", "enter", nothing);
    outer.export_function("f", outer.function(nothing, {}, code(RootModule::make(200), Op::call, call, Op::drop)));
    const Bytes make = RootModule::make(300);
    outer.export_function("make", outer.function(outer.type({}, {ref_null(root)}), {}, make));
    const Instance& instance = store.instance(started(outer.build(), imports));
    const FuncAddr maker{instance.find_export("make").value().address};
    const FuncAddr f{instance.find_export("f").value().address};

    RootModule inner;
    const auto type = inner.b.type({ref_null(kRoot)}, {});
    const auto entered = inner.b.function(type, {}, {});
    inner.b.start(kChurn);
    const std::shared_ptr<const Code> inner_code = compiled(inner.b.build(), full_profile());

    const auto ref_from = [&store](FuncAddr function) {
        Execution run = must(Execution::invoke(store, function, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
        REQUIRE(must(run.run()) == Ending::returned);
        return run.result_words()[0];
    };
    const std::uint64_t argument = ref_from(maker);
    host.on_call = [&](HostCall&) {
        EntryRequest request;
        request.code = inner_code;
        request.new_function = FuncIdx{entered};
        if (!request.arguments.push_back(argument)) throw std::bad_alloc();
        return HostOutcome::enter(std::move(request));
    };
    Execution run = must(Execution::invoke(store, f, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
    REQUIRE(must(run.run()) == Ending::returned);
    CHECK(store.heap().accountings() == 1);
    CHECK(store.heap().reached() == 216 + 320);
}
