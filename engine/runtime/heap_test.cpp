// The heap by itself: abstract sizes, tracing, freeing and taking back. Sizes are counted by hand from DET-11; what can
// be reached, by a model of its own.
#include "engine/runtime/heap.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <set>
#include <stdexcept>
#include <vector>

using namespace detent;

namespace {

void must(bool done) {
    if (!done) throw std::runtime_error("there is no memory");
}

FieldType field(ValType type) { return {{type}, true}; }
FieldType packed(std::uint8_t bits) { return {{kI32, bits}, true}; }

/// Types of structures and arrays, each in a group of its own.
class Types {
  public:
    std::uint32_t structure(const std::vector<FieldType>& fields) { return add(CompositeKind::struct_, fields); }
    std::uint32_t array(FieldType element) { return add(CompositeKind::array, {element}); }

    const CanonicalType& operator[](std::uint32_t index) const { return space_[TypeIdx{index}]; }

  private:
    std::uint32_t add(CompositeKind kind, const std::vector<FieldType>& fields) {
        SubType type;
        type.kind = kind;
        type.begin = static_cast<std::uint32_t>(module_.field_pool.size());
        type.fields = static_cast<std::uint32_t>(fields.size());
        must(module_.field_pool.append(std::span(fields)));
        const auto index = static_cast<std::uint32_t>(module_.types.size());
        must(module_.types.push_back(type));
        must(space_.add(module_, RecGroup{index, 1, 0}));
        return index;
    }

    Module module_;
    TypeSpace space_;
};

void set_reference(HeapObject& object, std::uint32_t field, Ref to) {
    write_little_endian(object.field(field), to.word());
}

/// An accounting from these references and what is held.
void account(Heap& heap, const std::vector<Ref>& roots) {
    HeapTrace trace(heap);
    must(trace.prepare().has_value());
    for (const Ref root : roots)
        trace.reach(root);
    trace.finish();
}

/// Pairs of references: 16 + 16 bytes.
struct Pairs {
    Types types;
    std::uint32_t pair = types.structure({field(kAnyRef), field(kAnyRef)});
    Heap heap;

    HeapObject& make() {
        HeapObject* const made = heap.make_structure(types[pair]);
        must(made != nullptr);
        return *made;
    }
    HeapObject& make(Ref first, Ref second) {
        HeapObject& made = make();
        set_reference(made, 0, first);
        set_reference(made, 1, second);
        return made;
    }
};

} // namespace

TEST_CASE("DET-11: abstract bytes are 16 and the fields, in multiples of 8", "[feature:gc]") {
    Types types;
    const auto bytes_of = [&types](const std::vector<FieldType>& fields) {
        return structure_bytes(types[types.structure(fields)]);
    };
    CHECK(bytes_of({}) == 16);
    CHECK(bytes_of({packed(8)}) == 24);
    CHECK(bytes_of({packed(8), packed(16), field(kI32)}) == 24);
    CHECK(bytes_of({packed(8), packed(16), field(kI32), packed(16)}) == 32);
    CHECK(bytes_of({field(kF32), field(kF64), field(kI64)}) == 40);
    CHECK(bytes_of({field(kV128), field(kFuncRef)}) == 40);
}

TEST_CASE("DET-11: an array has 16 bytes and its elements, whatever its length", "[feature:gc]") {
    Types types;
    const CanonicalType& bytes = types[types.array(packed(8))];
    CHECK(array_bytes(bytes, 0) == 16);
    CHECK(array_bytes(bytes, 1) == 24);
    CHECK(array_bytes(bytes, 8) == 24);
    CHECK(array_bytes(bytes, 9) == 32);
    CHECK(array_bytes(types[types.array(field(kEqRef))], 3) == 40);
    // 16 + 16 * (2^32 - 1).
    CHECK(array_bytes(types[types.array(field(kV128))], 0xFFFF'FFFF) == 68719476736);
}

TEST_CASE("DET-11: an exception has 16 bytes and 8 for each word of its payload", "[feature:exceptions]") {
    CHECK(exception_bytes(0) == 16);
    CHECK(exception_bytes(3) == 40);
    Heap heap;
    const ValType payload[] = {kI32, kV128, kExternRef};
    must(heap.make_exception(TagAddr{0}, payload) != nullptr);
    CHECK(heap.debt() == 16 + 8 * 4);
}

TEST_CASE("DET-11: the debt counts what is made; an accounting leaves what can be reached", "[feature:gc]") {
    Pairs p;
    const Ref inner = p.make().ref();
    const Ref outer = p.make(inner, inner).ref();
    p.make(outer, outer);
    CHECK(p.heap.debt() == 96);
    CHECK(p.heap.reached() == 0);
    account(p.heap, {outer, outer, Ref(), Ref::i31(5), Ref::external(7), Ref::func(FuncAddr{0})});
    CHECK(p.heap.debt() == 64);
    CHECK(p.heap.reached() == 64);
    CHECK(p.heap.objects() == 2);
    account(p.heap, {inner});
    CHECK(p.heap.debt() == 32);
    account(p.heap, {});
    CHECK(p.heap.debt() == 0);
    CHECK(p.heap.objects() == 0);
    CHECK(p.heap.accountings() == 3);
}

TEST_CASE("DET-11: a cycle that nothing reaches is freed, one that something reaches stays", "[feature:gc]") {
    Pairs p;
    HeapObject& first = p.make();
    const Ref second = p.make(first.ref(), first.ref()).ref();
    set_reference(first, 1, second);
    HeapObject& self = p.make();
    set_reference(self, 0, self.ref());
    account(p.heap, {second});
    CHECK(p.heap.debt() == 64);
    account(p.heap, {});
    CHECK(p.heap.objects() == 0);
}

TEST_CASE("DET-11: arrays and exceptions keep what they refer to, and numbers that look like it do not",
          "[feature:gc]") {
    Pairs p;
    const Ref kept = p.make().ref();
    HeapObject* const array = p.heap.make_array(p.types[p.types.array(field(kAnyRef))], 3);
    must(array != nullptr);
    write_little_endian(array->element(2), kept.word());
    HeapObject* const numbers = p.heap.make_array(p.types[p.types.array(field(kI64))], 3);
    must(numbers != nullptr);
    const Ref not_kept = p.make().ref();
    write_little_endian(numbers->element(1), not_kept.word());
    const ValType payload[] = {kI64, kV128, kAnyRef};
    HeapObject* const exception = p.heap.make_exception(TagAddr{0}, payload);
    must(exception != nullptr);
    write_little_endian(exception->bytes(), not_kept.word());
    write_little_endian(exception->bytes() + 8, not_kept.word());
    write_little_endian(exception->bytes() + 24, array->ref().word());
    account(p.heap, {exception->ref(), numbers->ref()});
    // Exception 16 + 4 * 8, arrays 40 each, the pair 32.
    CHECK(p.heap.debt() == 48 + 40 + 40 + 32);
    CHECK(p.heap.has(kept));
    CHECK_FALSE(p.heap.has(not_kept));
}

TEST_CASE("DET-11: what the embedder holds stays until it is released", "[feature:gc]") {
    Pairs p;
    const Ref a = p.make().ref();
    const Ref b = p.make(a, Ref()).ref();
    const HeldRef held_a = p.heap.hold(a).value();
    const HeldRef held_b = p.heap.hold(b).value();
    CHECK(held_a != held_b);
    CHECK(p.heap.held(held_b) == b);
    p.heap.release(held_a);
    account(p.heap, {});
    CHECK(p.heap.objects() == 2);
    p.heap.release(held_b);
    CHECK(p.heap.hold(Ref()).value() == held_a);
    CHECK(p.heap.hold(Ref::i31(1)).value() == held_b);
    account(p.heap, {});
    CHECK(p.heap.objects() == 0);
}

TEST_CASE("a word from outside is a reference only to what is there, of its own kind", "[feature:gc]") {
    Pairs p;
    const Ref pair = p.make().ref();
    const ValType payload[] = {kI32};
    HeapObject* const exception = p.heap.make_exception(TagAddr{0}, payload);
    must(exception != nullptr);
    CHECK(p.heap.has(pair));
    CHECK(p.heap.has(exception->ref()));
    CHECK_FALSE(p.heap.has(Ref::of(RefKind::exception, pair.payload())));
    CHECK_FALSE(p.heap.has(Ref::of(RefKind::object, exception->ref().payload())));
    CHECK_FALSE(p.heap.has(Ref::of(RefKind::object, 2)));
    CHECK_FALSE(p.heap.has(Ref::of(RefKind::object, Ref::kExternLimit - 1)));
    CHECK_FALSE(p.heap.has(Ref()));
    account(p.heap, {});
    CHECK_FALSE(p.heap.has(pair));
}

TEST_CASE("MET-18: what was made since a mark is taken back, with the debt", "[feature:gc]") {
    Pairs p;
    const Ref before = p.make().ref();
    const Ref garbage = p.make().ref();
    const Heap::Mark mark = p.heap.mark();
    p.make(before, before);
    p.make(before, before);
    account(p.heap, {before});
    CHECK(p.heap.debt() == 32);
    const Ref after = p.make(before, before).ref();
    p.heap.release(mark);
    CHECK(p.heap.allocations() == mark.serial);
    CHECK(p.heap.debt() == 64);
    CHECK(p.heap.reached() == 0);
    CHECK(p.heap.objects() == 1);
    CHECK(p.heap.has(before));
    // Freed by the accounting: nothing can tell.
    CHECK_FALSE(p.heap.has(garbage));
    CHECK_FALSE(p.heap.has(after));
}

TEST_CASE("DET-7, DET-8: fields lie little-endian at the sums of the bytes before them", "[feature:gc]") {
    Types types;
    Heap heap;
    const auto type = types.structure({packed(8), field(kI64), packed(16)});
    HeapObject* const made = heap.make_structure(types[type]);
    must(made != nullptr);
    write_little_endian(made->field(1), std::uint64_t{0x0807060504030201});
    write_little_endian(made->field(2), std::uint16_t{0x0A09});
    const std::vector<std::uint8_t> bytes(made->bytes(), made->bytes() + made->byte_count());
    CHECK(bytes == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
}

TEST_CASE("DET-11: a list of 500,000 objects is traced without recursion", "[feature:gc]") {
    Pairs p;
    Ref last;
    for (int i = 0; i < 500'000; ++i)
        last = p.make(Ref(), last).ref();
    account(p.heap, {last});
    CHECK(p.heap.debt() == 16'000'000);
    account(p.heap, {});
    CHECK(p.heap.objects() == 0);
}

TEST_CASE("DET-11: each allocation that fails makes nothing and changes nothing", "[feature:gc]") {
    Pairs p;
    const std::uint64_t before = allocation_probe().allocations;
    p.make();
    const std::uint64_t count = allocation_probe().allocations - before;
    // The object, and the first slots.
    CHECK(count == 2);
    for (std::uint64_t failing = 1; failing <= count; ++failing) {
        Pairs fresh;
        AllocationProbe& probe = allocation_probe();
        probe.fail_at = probe.allocations + failing;
        CHECK(fresh.heap.make_structure(fresh.types[fresh.pair]) == nullptr);
        CHECK(fresh.heap.debt() == 0);
        CHECK(fresh.heap.objects() == 0);
        fresh.make();
        CHECK(fresh.heap.debt() == 32);
    }
    Pairs fresh;
    allocation_probe().fail_at = allocation_probe().allocations + 1;
    CHECK_FALSE(fresh.heap.hold(Ref::i31(1)).has_value());
    CHECK(fresh.heap.all_held().empty());
}

namespace {

/// A graph in words of the test: for each node where its two fields lead, or -1.
struct Graph {
    std::vector<std::pair<int, int>> nodes;
    std::vector<int> roots;

    [[nodiscard]] std::set<int> reachable() const {
        std::set<int> seen;
        std::vector<int> left = roots;
        while (!left.empty()) {
            const int node = left.back();
            left.pop_back();
            if (node < 0 || !seen.insert(node).second) continue;
            left.push_back(nodes[static_cast<std::size_t>(node)].first);
            left.push_back(nodes[static_cast<std::size_t>(node)].second);
        }
        return seen;
    }
};

Graph any_graph() {
    const int count = *rc::gen::inRange(0, 60);
    const auto any_node = rc::gen::inRange(-1, std::max(count, 1) - (count == 0 ? 1 : 0));
    Graph graph;
    graph.nodes = *rc::gen::container<std::vector<std::pair<int, int>>>(static_cast<std::size_t>(count),
                                                                        rc::gen::pair(any_node, any_node));
    graph.roots = *rc::gen::container<std::vector<int>>(3, any_node);
    return graph;
}

} // namespace

TEST_CASE("DET-11: an accounting reaches what a model says, over graphs of all shapes", "[feature:gc]") {
    CHECK(rc::check("debt, and who is left, in two rounds", [] {
        Pairs p;
        for (int round = 0; round < 2; ++round) {
            const Graph graph = any_graph();
            std::vector<Ref> refs;
            for (std::size_t i = 0; i < graph.nodes.size(); ++i)
                refs.push_back(p.make().ref());
            const auto ref = [&refs](int node) { return node < 0 ? Ref() : refs[static_cast<std::size_t>(node)]; };
            for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
                set_reference(p.heap.object(refs[i]), 0, ref(graph.nodes[i].first));
                set_reference(p.heap.object(refs[i]), 1, ref(graph.nodes[i].second));
            }
            account(p.heap, {ref(graph.roots[0]), ref(graph.roots[1]), ref(graph.roots[2])});
            const std::set<int> expected = graph.reachable();
            RC_ASSERT(p.heap.debt() == 32 * expected.size());
            for (std::size_t i = 0; i < refs.size(); ++i)
                RC_ASSERT(p.heap.has(refs[i]) == expected.contains(static_cast<int>(i)));
        }
    }));
}
