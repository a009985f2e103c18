// References: what they are of, by ref.test, ref.cast and the branches on casts; i31; conversions; references at the
// doors. What matches what is written down from the specification's subtyping, not asked of the engine.
#include "engine/testing/price.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace detent;
using namespace detent::testing;

namespace {

using Abstract = HeapType::Abstract;

HeapType indexed(std::uint32_t type) { return HeapType(TypeIdx{type}); }

// The types of the module below: C is of no relation to A, and D equals C except that it may be extended.
constexpr std::uint32_t kA = 1;
constexpr std::uint32_t kB = 2;
constexpr std::uint32_t kC = 3;
constexpr std::uint32_t kD = 4;
constexpr std::uint32_t kArray = 5;
constexpr std::uint32_t kUnary = 6;
constexpr std::uint32_t kTag = 7;

/// "f": [externref] -> [i32]; function 1 is [] -> [].
Bytes module_running(const Bytes& body, std::uint32_t results = 0) {
    ModuleBuilder b;
    b.type({kExternRef}, {results == 0 ? kI32 : kExternRef});
    b.type(open_type(structure_type({mutable_field(kI32)})));
    b.type(open_type(structure_type({mutable_field(kI32), mutable_field(kI32)}), kA));
    b.type(structure_type({mutable_field(kI64)}));
    b.type(open_type(structure_type({mutable_field(kI64)})));
    b.type(array_type(mutable_field(kI32)));
    b.type({kI32}, {kI32});
    b.type({}, {});
    b.tag(kTag);
    const std::vector<Locals> locals = {{1, kAnyRef}, {1, kEqRef}};
    b.export_function("f", b.function(0, locals, body));
    b.function(kTag, {}, {});
    b.declared_elements({0, 1});
    return b.build();
}

std::uint64_t run(const Bytes& body, Value argument = Value::ref(kExternRef, Ref::external(77))) {
    const Outcome outcome = FullProgram(module_running(body)).call("f", {argument});
    return outcome.ending == Ending::returned ? outcome.results.at(0) : 1000 + static_cast<std::uint64_t>(outcome.trap);
}

constexpr std::uint64_t kCastFails = 1000 + static_cast<std::uint64_t>(TrapCode::CastFailure);
constexpr std::uint64_t kIsNull = 1000 + static_cast<std::uint64_t>(TrapCode::NullReference);

/// A value, and which heap types of its hierarchy it is of, a letter each.
struct Specimen {
    const char* name;
    Bytes make;
    const char* of;
};

struct Hierarchy {
    ValType top;
    std::vector<HeapType> types;
    std::vector<Specimen> specimens;
};

std::vector<Hierarchy> hierarchies() {
    const Bytes i31 = code(Op::i32_const, 5, Op::ref_i31);
    const Bytes a = code(Op::struct_new_default, kA);
    const Bytes host = code(Op::local_get, 0, Op::any_convert_extern);
    const Bytes caught = code(Op::block, kExnRef, Op::try_table, kEmptyBlock, 1U, Bytes{3}, 0U, Op::throw_, 0U, Op::end,
                              Op::unreachable, Op::end);
    return {
        {kAnyRef,
         {Abstract::any, Abstract::eq, Abstract::i31, Abstract::struct_, Abstract::array, Abstract::none, indexed(kA),
          indexed(kB), indexed(kC), indexed(kD), indexed(kArray)},
         {{"null", code(Op::ref_null, Abstract::none), nullptr},
          {"i31", i31, "yyynnnnnnnn"},
          {"A", a, "yynynnynnnn"},
          {"B", code(Op::struct_new_default, kB), "yynynnyynnn"},
          {"C", code(Op::struct_new_default, kC), "yynynnnnynn"},
          {"D", code(Op::struct_new_default, kD), "yynynnnnnyn"},
          {"array", code(Op::i32_const, 3, Op::array_new_default, kArray), "yynnynnnnny"},
          {"host", host, "ynnnnnnnnnn"}}},
        {kExternRef,
         {Abstract::extern_, Abstract::noextern},
         {{"null", code(Op::ref_null, Abstract::noextern), nullptr},
          {"host", code(Op::local_get, 0), "yn"},
          {"i31 outside", code(i31, Op::extern_convert_any), "yn"},
          {"A outside", code(a, Op::extern_convert_any), "yn"}}},
        {kFuncRef,
         {Abstract::func, Abstract::nofunc, indexed(0), indexed(kUnary), indexed(kTag)},
         {{"null", code(Op::ref_null, Abstract::func), nullptr},
          {"f", code(Op::ref_func, 0U), "ynynn"},
          {"function 1", code(Op::ref_func, 1U), "ynnny"}}},
        {kExnRef,
         {Abstract::exn, Abstract::noexn},
         {{"null", code(Op::ref_null, Abstract::noexn), nullptr}, {"exception", caught, "yn"}}},
    };
}

/// All bodies that ask whether a value is of a type: by each instruction that can.
struct Questions {
    ValType top;
    Bytes make;
    HeapType heap;
    bool with_null;

    [[nodiscard]] ValType type() const { return ValType(heap, with_null); }
    [[nodiscard]] Bytes test() const { return code(make, with_null ? Op::ref_test_null : Op::ref_test, heap); }
    [[nodiscard]] Bytes cast() const {
        return code(make, with_null ? Op::ref_cast_null : Op::ref_cast, heap, Op::drop, Op::i32_const, 1);
    }
    [[nodiscard]] Bytes branch() const {
        return code(Op::block, type(), make, Op::br_on_cast, flags(), 0U, top.heap(), heap, Op::drop, Op::i32_const, 0,
                    Op::return_, Op::end, Op::drop, Op::i32_const, 1);
    }
    [[nodiscard]] Bytes branch_on_failure() const {
        return code(Op::block, with_null ? top.as_non_null() : top, make, Op::br_on_cast_fail, flags(), 0U, top.heap(),
                    heap, Op::drop, Op::i32_const, 1, Op::return_, Op::end, Op::drop, Op::i32_const, 0);
    }

  private:
    [[nodiscard]] std::uint8_t flags() const { return with_null ? 3 : 1; }
};

} // namespace

TEST_CASE("exec-ref.test, exec-ref.cast, exec-br_on_cast, exec-br_on_cast_fail: a reference is of its type and those "
          "above",
          "[feature:gc]") {
    std::size_t asked = 0;
    for (const Hierarchy& hierarchy : hierarchies()) {
        for (const Specimen& one : hierarchy.specimens) {
            for (std::size_t i = 0; i < hierarchy.types.size(); ++i) {
                for (const bool with_null : {false, true}) {
                    const Questions ask{hierarchy.top, one.make, hierarchy.types[i], with_null};
                    const bool expected = one.of == nullptr ? with_null : one.of[i] == 'y';
                    CAPTURE(one.name, to_text(ask.type()).c_str());
                    CHECK(run(ask.test()) == (expected ? 1 : 0));
                    CHECK(run(ask.cast()) == (expected ? 1 : kCastFails));
                    CHECK(run(ask.branch()) == (expected ? 1 : 0));
                    CHECK(run(ask.branch_on_failure()) == (expected ? 1 : 0));
                    ++asked;
                }
            }
        }
    }
    CHECK(asked == 2 * (8 * 11 + 4 * 2 + 3 * 5 + 2 * 2));
}

TEST_CASE("exec-ref.eq: references are equal exactly if they are the same", "[feature:gc]") {
    const Bytes keep = code(Op::struct_new_default, kA, Op::local_set, 2U);
    const Bytes kept = code(Op::local_get, 2U);
    const Bytes null = code(Op::ref_null, Abstract::eq);
    const auto small = [](int value) { return code(Op::i32_const, value, Op::ref_i31); };
    const auto equal = [&keep](const Bytes& a, const Bytes& b) { return run(code(keep, a, b, Op::ref_eq)); };
    CHECK(equal(kept, kept) == 1);
    CHECK(equal(kept, code(Op::struct_new_default, kA)) == 0);
    CHECK(equal(kept, null) == 0);
    CHECK(equal(null, code(Op::ref_null, Abstract::i31)) == 1);
    CHECK(equal(small(5), small(5)) == 1);
    CHECK(equal(small(5), small(6)) == 0);
    CHECK(equal(small(0), null) == 0);
    // The upper bit is not part of an i31.
    CHECK(equal(small(-1), small(0x7FFFFFFF)) == 1);
}

TEST_CASE("exec-ref.i31, exec-i31.get: 31 bits, by sign or not", "[feature:gc]") {
    const auto get = [](int value, Op how) { return run(code(Op::i32_const, value, Op::ref_i31, how)); };
    CHECK(get(0x3FFFFFFF, Op::i31_get_s) == 0x3FFFFFFF);
    CHECK(get(0x40000000, Op::i31_get_s) == 0xC0000000);
    CHECK(get(-1, Op::i31_get_s) == 0xFFFFFFFF);
    CHECK(get(-0x7FFFFFFF - 1, Op::i31_get_s) == 0);
    CHECK(get(0x40000000, Op::i31_get_u) == 0x40000000);
    CHECK(get(-1, Op::i31_get_u) == 0x7FFFFFFF);
    CHECK(get(-0x7FFFFFFF - 1, Op::i31_get_u) == 0);
    CHECK(run(code(Op::ref_null, Abstract::i31, Op::i31_get_s)) == kIsNull);
    CHECK(run(code(Op::ref_null, Abstract::i31, Op::i31_get_u)) == kIsNull);
}

TEST_CASE("exec-any.convert_extern, exec-extern.convert_any: a reference stays what it is", "[feature:gc]") {
    // There and back: an i31, an object, a value of the host, null.
    const Bytes back = code(Op::extern_convert_any, Op::any_convert_extern);
    CHECK(run(code(Op::i32_const, 9, Op::ref_i31, back, Op::ref_cast, Abstract::i31, Op::i31_get_u)) == 9);
    CHECK(run(code(Op::struct_new_default, kA, Op::local_tee, 2U, back, Op::ref_cast, Abstract::eq, Op::local_get, 2U,
                   Op::ref_eq)) == 1);
    CHECK(run(code(Op::ref_null, Abstract::none, back, Op::ref_is_null)) == 1);
    const Bytes host = module_running(code(Op::local_get, 0, Op::any_convert_extern, Op::extern_convert_any), 1);
    const Value value = Value::ref(kExternRef, Ref::external(12345));
    CHECK(FullProgram(host).call("f", {value}).results == std::vector<std::uint64_t>{value.low});
}

TEST_CASE("exec-ref.as_non_null, exec-br_on_null, exec-br_on_non_null: null or not", "[feature:function-references]") {
    const Bytes null = code(Op::ref_null, Abstract::any);
    const Bytes some = code(Op::i32_const, 5, Op::ref_i31);
    const Bytes to_number = code(Op::ref_cast, Abstract::i31, Op::i31_get_u);
    CHECK(run(code(some, Op::ref_as_non_null, to_number)) == 5);
    CHECK(run(code(null, Op::ref_as_non_null, Op::drop, Op::i32_const, 0)) == kIsNull);
    const auto on_null = [&to_number](const Bytes& value) {
        return run(code(Op::block, kEmptyBlock, value, Op::br_on_null, 0U, to_number, Op::return_, Op::end,
                        Op::i32_const, 99));
    };
    CHECK(on_null(some) == 5);
    CHECK(on_null(null) == 99);
    const auto on_non_null = [&to_number](const Bytes& value) {
        return run(code(Op::block, non_null(Abstract::any), value, Op::br_on_non_null, 0U, Op::i32_const, 99,
                        Op::return_, Op::end, to_number));
    };
    CHECK(on_non_null(some) == 5);
    CHECK(on_non_null(null) == 99);
}

TEST_CASE("exec-ref.test: equal types of two modules are one, and so are their objects", "[feature:gc]") {
    // The first module gives an object of its type 0; the second has the equal type as its type 1.
    ModuleBuilder first;
    const auto pair = first.type(open_type(structure_type({mutable_field(kI32), mutable_field(kI32)})));
    first.export_function("f", first.function(first.type({}, {kAnyRef}), {}, code(Op::struct_new_default, pair)));
    FullProgram program(first.build());

    ModuleBuilder second;
    const auto make = second.type({}, {kAnyRef});
    const auto equal = second.type(open_type(structure_type({mutable_field(kI32), mutable_field(kI32)})));
    const auto other = second.type(structure_type({mutable_field(kI32), mutable_field(kI32)}));
    const auto f = second.import_function("", "f", make);
    const auto body = code(Op::call, f, Op::ref_test, indexed(equal), Op::i32_const, 2, Op::i32_mul, Op::call, f,
                           Op::ref_test, indexed(other), Op::i32_add);
    second.export_function("g", second.function(second.type({}, {kI32}), {}, body));
    const ExternVal import[] = {{ExternKind::func, number(program.function("f"))}};
    Execution made = must(Execution::instantiate(program.store(), compiled(second.build(), full_profile()), import,
                                                 schedule(), Fuel::maximum(), Fuel::maximum()));
    REQUIRE(must(made.run()) == Ending::returned);
    const ExternVal g = program.store().instance(made.instance().value()).find_export("g").value();
    Execution call =
        must(Execution::invoke(program.store(), FuncAddr{g.address}, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
    REQUIRE(must(call.run()) == Ending::returned);
    CHECK(call.result_words()[0] == 2);
}

TEST_CASE("MET-3, MET-4: a cast costs its base, a branch on one its words too, taken or not", "[feature:gc]") {
    const Value host = Value::ref(kExternRef, Ref::external(1));
    // Frame: parameter, two locals, height 1 = 4 words: 1; entry 6; i32.const 1, ref.i31 1, ref.test 5.
    check_price(module_running(code(Op::i32_const, 1, Op::ref_i31, Op::ref_test, Abstract::i31)), {host}, 13);
    // The same with ref.cast 5, and i31.get_u 1.
    const Bytes cast = code(Op::i32_const, 1, Op::ref_i31, Op::ref_cast, Abstract::i31, Op::i31_get_u);
    check_price(module_running(cast), {host}, 14);
    // Trapped: ref.null 1, ref.cast 5.
    check_price(module_running(code(Op::ref_null, Abstract::i31, Op::ref_cast, Abstract::i31, Op::i31_get_u)), {host},
                12);
    // block 1; i32.const 1; ref.i31 1; br_on_cast 6 + ceil(1 / 2) = 7; then drop 1 and i32.const 1. Taken or not; not
    // taken, one more drop and i32.const: what stands behind the branch.
    const auto branch = [](HeapType to) {
        return code(Op::block, nullable(Abstract::any), Op::i32_const, 1, Op::ref_i31, Op::br_on_cast, std::uint8_t{3},
                    0U, Abstract::any, to, Op::end, Op::drop, Op::i32_const, 1);
    };
    check_price(module_running(branch(Abstract::i31)), {host}, 6 + 10 + 2);
    check_price(module_running(branch(Abstract::struct_)), {host}, 6 + 10 + 2);
}

TEST_CASE("DET-11: a reference comes in by the door only if it exists and is of the type", "[feature:gc]") {
    ModuleBuilder b;
    const auto a = b.type(open_type(structure_type({mutable_field(kI32)})));
    const auto unrelated = b.type(structure_type({mutable_field(kI64)}));
    const ValType ref_a = nullable(indexed(a));
    b.export_function("make", b.function(b.type({}, {ref_a}), {}, code(Op::i32_const, 41, Op::struct_new, a)));
    const auto other = b.function(b.type({}, {kAnyRef}), {}, code(Op::struct_new_default, unrelated));
    b.export_function("other", other);
    b.export_function("get", b.function(b.type({ref_a}, {kI32}), {}, code(Op::local_get, 0, Op::struct_get, a, 0U)));
    FullProgram program(b.build());

    Execution make = program.begin("make", {});
    REQUIRE(must(make.run()) == Ending::returned);
    const Value made = make.result(0);
    CHECK(program.call("get", {made}).results == std::vector<std::uint64_t>{41});

    const auto refused = [&program](Ref ref) {
        const Value value = Value::ref(kAnyRef, ref);
        const Value arguments[] = {value};
        const Result<Execution> begun = Execution::invoke(program.store(), program.function("get"), arguments,
                                                          schedule(), Fuel::maximum(), Fuel::maximum());
        return begun.has_error() && begun.error().code == ErrorCode::wrong_arguments;
    };
    CHECK_FALSE(refused(Ref(made.low)));
    CHECK_FALSE(refused(Ref()));
    CHECK(refused(Ref(program.call("other", {}).results.at(0))));
    CHECK(refused(Ref::of(RefKind::object, 99)));
    CHECK(refused(Ref::of(RefKind::exception, Ref(made.low).payload())));
    CHECK(refused(Ref::i31(3)));
    CHECK(refused(Ref::external(3)));
    CHECK(refused(Ref::func(program.function("make"))));
    CHECK(refused(Ref(1)));
}

TEST_CASE("DET-20: every instruction on references has been executed above", "[feature:gc]") {
    const std::set<Op> shown = {Op::ref_test,   Op::ref_test_null,   Op::ref_cast,           Op::ref_cast_null,
                                Op::br_on_cast, Op::br_on_cast_fail, Op::any_convert_extern, Op::extern_convert_any,
                                Op::ref_i31,    Op::i31_get_s,       Op::i31_get_u,          Op::ref_eq};
    for (std::size_t number = 0; number < kOpCount; ++number) {
        const Op op = static_cast<Op>(number);
        CAPTURE(to_text(op));
        const bool on_objects = row(op).prefix == 0xFB && row(op).code < 0x14;
        CHECK(shown.contains(op) == (row(op).feature == Feature::gc && !on_objects));
    }
}
