// DET-11 over random programs: the engine against a model in the test that knows nothing of words, slots or frames. The
// programs make pairs and arrays and move references between locals, a global, a table and an exception.
#include "engine/testing/generator.hpp"
#include "engine/testing/saving.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <set>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint32_t kPair = 0;
constexpr std::uint32_t kArray = 1;
constexpr int kLocals = 5;
/// Places that hold a reference to a pair or nothing: locals, then the global and the element of the table.
constexpr int kGlobal = kLocals;
constexpr int kTable = kLocals + 1;
constexpr int kPlaces = kLocals + 2;
constexpr std::uint64_t kLimit = 1600;

/// What one object is in the model.
struct Node {
    std::uint64_t bytes = 0;
    /// Where its references lead, or -1.
    std::vector<int> to;
};

/// DET-11 as it is written, with the prices of schedule 1.
class Model {
  public:
    std::vector<Node> nodes;
    std::vector<int> places = std::vector<int>(kPlaces, -1);
    std::uint64_t debt = 0;
    std::uint64_t reached = 0;
    std::uint64_t accountings = 0;
    std::uint64_t fuel = 0;
    bool is_exhausted = false;

    /// The number of the new object, whose operands are roots until it is there, or -1.
    int make(const Node& node, std::uint64_t base, std::uint64_t amount) {
        fuel += base;
        if (debt + node.bytes > kLimit) {
            if (node.bytes > kLimit / 2) return exhausted();
            fuel += amount;
            if (debt - reached + node.bytes <= kLimit / 2) fuel += (debt + 3) / 4;
            debt = reached = reachable(node.to);
            ++accountings;
            if (debt + node.bytes > kLimit / 2) return exhausted();
        } else {
            fuel += amount;
        }
        debt += node.bytes;
        nodes.push_back(node);
        return static_cast<int>(nodes.size()) - 1;
    }

  private:
    int exhausted() {
        is_exhausted = true;
        return -1;
    }

    [[nodiscard]] std::uint64_t reachable(std::vector<int> left) const {
        std::set<int> seen;
        std::uint64_t bytes = 0;
        left.insert(left.end(), places.begin(), places.end());
        while (!left.empty()) {
            const int node = left.back();
            left.pop_back();
            if (node < 0 || !seen.insert(node).second) continue;
            const Node& found = nodes[static_cast<std::size_t>(node)];
            bytes += found.bytes;
            left.insert(left.end(), found.to.begin(), found.to.end());
        }
        return bytes;
    }
};

/// Writes a program and lets the model live through it.
class Writer {
  public:
    explicit Writer(std::uint64_t seed) : random_(seed) {}

    Model model;
    Bytes body;

    void write(int steps) {
        for (int i = 0; i < steps && !model.is_exhausted; ++i)
            step();
    }

  private:
    void step() {
        switch (random_.below(8)) {
        case 0:
        case 1: return make_pair();
        case 2: return make_array();
        case 3: return link();
        case 4: return move();
        case 5: return forget();
        case 6: return wrap();
        case 7: return throw_and_catch();
        }
    }

    int any_place() { return static_cast<int>(random_.below(kPlaces)); }
    int& at(int place) { return model.places[static_cast<std::size_t>(place)]; }
    void emit(const Bytes& more) { append(body, more); }

    // Each leaves or takes a reference to a pair, at its price.
    void get(int place) {
        if (place < kLocals) emit(code(Op::local_get, place));
        if (place == kGlobal) emit(code(Op::global_get, 0U));
        if (place == kTable) emit(code(Op::i32_const, 0, Op::table_get, 0U));
        model.fuel += place < kLocals ? 1 : place == kGlobal ? 2 : 4;
    }
    /// A table takes its index first; `prepare` is called before the value.
    void prepare(int place) {
        if (place != kTable) return;
        emit(code(Op::i32_const, 0));
        model.fuel += 1;
    }
    void set(int place) {
        if (place < kLocals) emit(code(Op::local_set, place));
        if (place == kGlobal) emit(code(Op::global_set, 0U));
        if (place == kTable) emit(code(Op::table_set, 0U));
        model.fuel += place < kLocals ? 1 : place == kGlobal ? 2 : 3;
    }

    /// place := pair(first, second): 16 + 16 bytes.
    void make_pair() {
        const int place = any_place();
        const int first = any_place();
        const int second = any_place();
        prepare(place);
        get(first);
        get(second);
        emit(code(Op::struct_new, kPair));
        const int made = model.make({32, {at(first), at(second)}}, 15, 8);
        if (model.is_exhausted) return;
        set(place);
        at(place) = made;
    }

    /// An array of pairs, all the same, dropped at once or not made.
    void make_array() {
        const int from = any_place();
        const auto length = random_.below(random_.one_in(8) ? 400 : 40);
        get(from);
        emit(code(Op::i32_const, static_cast<int>(length), Op::array_new, kArray));
        model.fuel += 1;
        const std::uint64_t bytes = 16 + std::uint64_t{8} * length;
        model.make({bytes, std::vector<int>(length + std::size_t{1}, at(from))}, 15, bytes / 4);
        if (model.is_exhausted) return;
        emit(code(Op::drop));
        model.fuel += 1;
    }

    /// A field of what a place leads to := what another leads to; cycles come by themselves.
    void link() {
        const int place = any_place();
        if (at(place) < 0) return;
        const int from = any_place();
        const std::uint32_t field = random_.below(2);
        get(place);
        get(from);
        emit(code(Op::struct_set, kPair, field));
        model.fuel += 3;
        model.nodes[static_cast<std::size_t>(at(place))].to[field] = at(from);
    }

    void move() {
        const int to = any_place();
        const int from = any_place();
        prepare(to);
        get(from);
        set(to);
        at(to) = at(from);
    }

    void forget() {
        const int place = any_place();
        prepare(place);
        emit(code(Op::ref_null, HeapType(TypeIdx{kPair})));
        model.fuel += 1;
        set(place);
        at(place) = -1;
    }

    /// place := the first field of what it leads to.
    void wrap() {
        const int place = any_place();
        if (at(place) < 0) return;
        prepare(place);
        get(place);
        emit(code(Op::struct_get, kPair, 0U));
        model.fuel += 3;
        set(place);
        at(place) = model.nodes[static_cast<std::size_t>(at(place))].to[0];
    }

    /// A local := what another place leads to, by way of an exception of 24 bytes.
    void throw_and_catch() {
        const int to = static_cast<int>(random_.below(kLocals));
        const int from = any_place();
        emit(code(Op::block, nullable(HeapType(TypeIdx{kPair})), Op::try_table, kEmptyBlock, 1U, Bytes{0}, 0U, 0U));
        model.fuel += 1 + 3;
        get(from);
        emit(code(Op::throw_, 0U, Op::end, Op::unreachable, Op::end));
        model.make({24, {at(from)}}, 50, 1);
        if (model.is_exhausted) {
            emit(code(Op::drop));
            return;
        }
        set(to);
        at(to) = at(from);
    }

    Random random_;
};

struct Case {
    Model model;
    Bytes module;
    std::uint64_t entry = 0;
};

Case case_of(std::uint64_t seed) {
    Writer writer(seed);
    writer.write(300);
    // A step may have ended in the middle, where the operands would not fit.
    const Bytes body = writer.model.is_exhausted ? code(writer.body, Op::unreachable) : writer.body;
    ModuleBuilder b;
    const ValType pair = nullable(HeapType(TypeIdx{kPair}));
    b.type(structure_type({mutable_field(pair), mutable_field(pair)}));
    b.type(array_type(mutable_field(pair)));
    b.tag(b.type({pair}, {}));
    b.global(pair, true, code(Op::ref_null, HeapType(TypeIdx{kPair})));
    b.table(TableType{pair, {1, 0, false}});
    b.export_function("f", b.function(b.type({}, {}), {{kLocals, pair}}, body));
    const Bytes module = b.build();
    // Each accounting validates the body again: one declaration of a count and a type of two bytes.
    writer.model.fuel += writer.model.accountings * 20 * (4 + body.size() + 1);
    const std::uint32_t frame = compiled(module, full_profile())->function(FuncIdx{0}).frame_words;
    return {std::move(writer.model), module, 5 + (frame + std::uint64_t{3}) / 4};
}

struct End {
    Outcome outcome;
    ExecutionState state;

    friend bool operator==(const End&, const End&) = default;
};

/// Runs in slices of as much as `next` says, and calls `look` at each pause.
template <class Next, class Look>
End run(FullProgram& program, Next next, Look look) {
    Execution execution = program.begin("f", {}, Fuel::kMaximum, 0);
    Ending ending = must(execution.run());
    while (ending == Ending::exhausted) {
        look(execution);
        must(execution.refuel(Fuel(execution.grant().units() + next())));
        ending = must(execution.run());
    }
    return {outcome_of(execution, ending), must(capture(execution))};
}

bool holds(const char* what, const std::function<void(std::uint64_t)>& property) {
    return rc::check(what, [&property](std::uint64_t seed) { property(seed); });
}

} // namespace

TEST_CASE("DET-11: debt, accountings, fuel and exhaustion are those of the model", "[feature:gc]") {
    std::uint64_t exhausted = 0;
    std::uint64_t accountings = 0;
    CHECK(holds("engine = model", [&](std::uint64_t seed) {
        const Case test = case_of(seed);
        FullProgram program(test.module, LimitValues::of(Preset::contract).with(Limit::heap_bytes, kLimit));
        const Outcome outcome = program.call("f", {});
        const Heap& heap = program.store().heap();
        RC_ASSERT(outcome.used == test.entry + test.model.fuel);
        RC_ASSERT(heap.debt() == test.model.debt);
        RC_ASSERT(heap.reached() == test.model.reached);
        RC_ASSERT(heap.accountings() == test.model.accountings);
        RC_ASSERT((outcome.ending == Ending::trapped) == test.model.is_exhausted);
        if (test.model.is_exhausted) RC_ASSERT(outcome.trap == TrapCode::HeapExhausted);
        exhausted += test.model.is_exhausted ? 1U : 0U;
        accountings += test.model.accountings;
    }));
    // The programs do what they are for.
    CHECK(exhausted > 5);
    CHECK(accountings > 100);
}

TEST_CASE("MET-15, DET-11: slices end in the same state, with the same debt, and a pause never shows an accounting",
          "[feature:gc]") {
    CHECK(holds("slices = one go", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        const LimitValues limits = LimitValues::of(Preset::contract).with(Limit::heap_bytes, kLimit);
        FullProgram whole(test.module, limits);
        const End expected = run(whole, [] { return Fuel::kMaximum / 2; }, [](const Execution&) {});
        FullProgram sliced(test.module, limits);
        Random random(seed + 1);
        const End end = run(sliced, [&random] { return random.below(60); }, [](const Execution&) {});
        RC_ASSERT(end == expected);
        RC_ASSERT(sliced.store().heap().accountings() == whole.store().heap().accountings());
    }));
}

TEST_CASE("STA-2, STA-9: objects move with an execution, whether they are shared, in cycles or held by frames only",
          "[feature:gc]") {
    std::uint64_t moves = 0;
    CHECK(holds("moves = one go", [&moves](std::uint64_t seed) {
        const Case test = case_of(seed);
        const LimitValues limits = LimitValues::of(Preset::contract).with(Limit::heap_bytes, kLimit);
        const std::shared_ptr<const Code> code = compiled(test.module, full_profile());
        TestSurroundings surroundings({code}, {}, limits);
        const auto whole = begin_moving(code, {}, Fuel::kMaximum, surroundings, limits);
        must(whole->execution().refuel(Fuel::maximum()));
        const Ending end = must(whole->execution().run());
        const auto moving = begin_moving(code, {}, Fuel::kMaximum, surroundings, limits);
        Random random(seed + 1);
        const auto slice = [&random] { return 1 + random.below(400); };
        RC_ASSERT(moving->run(slice, random.one_in(2) ? Tier::fast : Tier::stepper) == end);
        RC_ASSERT(outcome_of(moving->execution(), end) == outcome_of(whole->execution(), end));
        RC_ASSERT(must(capture(moving->execution())) == must(capture(whole->execution())));
        moves += moving->moves();
    }));
    CHECK(moves > 1000);
}

TEST_CASE("DET-11: where objects lie in the heap shows in no state", "[feature:gc]") {
    CHECK(holds("the same states over another free list", [](std::uint64_t seed) {
        const Case test = case_of(seed);
        const LimitValues limits = LimitValues::of(Preset::contract).with(Limit::heap_bytes, kLimit);
        FullProgram plain(test.module, limits);
        std::vector<ExecutionState> states;
        const auto slice = [] { return std::uint64_t{200}; };
        const End expected =
            run(plain, slice, [&states](const Execution& execution) { states.push_back(must(capture(execution))); });
        // Objects that are made and taken back leave free slots in another order.
        FullProgram shuffled(test.module, limits);
        Heap& heap = shuffled.store().heap();
        for (int i = 0; i < 40; ++i) {
            if (heap.make_structure(shuffled.code().types()[TypeIdx{kPair}]) == nullptr) throw std::bad_alloc();
        }
        heap.release(Heap::Mark{});
        std::size_t index = 0;
        const End end = run(shuffled, slice, [&](const Execution& execution) {
            RC_ASSERT(index < states.size());
            RC_ASSERT(must(capture(execution)) == states[index]);
            ++index;
        });
        RC_ASSERT(end == expected);
        RC_ASSERT(index == states.size());
    }));
}

TEST_CASE("DET-11: each allocation of the host that fails is a fault, and none a verdict", "[feature:gc]") {
    // A program with accountings; each of its allocations fails once.
    std::uint64_t seed = 1;
    while (case_of(seed).model.accountings < 2)
        ++seed;
    const Case test = case_of(seed);
    const LimitValues limits = LimitValues::of(Preset::contract).with(Limit::heap_bytes, kLimit);
    const auto attempt = [&](std::uint64_t failing) {
        FullProgram program(test.module, limits);
        Execution execution = program.begin("f", {});
        AllocationProbe& probe = allocation_probe();
        const std::uint64_t before = probe.allocations;
        probe.fail_at = failing == 0 ? 0 : before + failing;
        const Result<Ending> ending = execution.run();
        probe.fail_at = 0;
        const std::uint64_t count = probe.allocations - before;
        if (failing == 0) REQUIRE(ending.has_value());
        if (failing != 0) {
            REQUIRE(ending.has_error());
            CHECK(ending.error() == kOutOfMemory);
        }
        return count;
    };
    const std::uint64_t count = attempt(0);
    CHECK(count > 50);
    for (std::uint64_t failing = 1; failing <= count; ++failing)
        attempt(failing);
}

TEST_CASE("DET-11: a long list is captured in the order in which it is reached", "[feature:gc]") {
    // A list of 100,000 pairs, the last one made first.
    ModuleBuilder b;
    const ValType pair = nullable(HeapType(TypeIdx{kPair}));
    b.type(structure_type({mutable_field(pair), mutable_field(pair)}));
    b.global(pair, true, code(Op::ref_null, HeapType(TypeIdx{kPair})));
    const Bytes body = code(Op::loop, kEmptyBlock, Op::global_get, 0U, Op::ref_null, HeapType(TypeIdx{kPair}),
                            Op::struct_new, kPair, Op::global_set, 0U, Op::local_get, 0, Op::i32_const, 1, Op::i32_sub,
                            Op::local_tee, 0, Op::br_if, 0U, Op::end);
    b.export_function("f", b.function(b.type({kI32}, {}), {}, body));
    FullProgram program(b.build());
    Execution execution = program.begin("f", {Value::i32(100'000)});
    REQUIRE(must(execution.run()) == Ending::returned);
    const ExecutionState state = must(capture(execution));
    REQUIRE(state.objects.size() == 100'000);
    CHECK(state.heap_debt == 3'200'000);
    CHECK(state.globals[0] == Ref::of(RefKind::object, 0).word());
    const auto next = [&state](std::size_t object) {
        return read_little_endian<std::uint64_t>(state.objects[object].bytes.data());
    };
    CHECK(next(0) == Ref::of(RefKind::object, 1).word());
    CHECK(next(99'998) == Ref::of(RefKind::object, 99'999).word());
    CHECK(next(99'999) == 0);
}
