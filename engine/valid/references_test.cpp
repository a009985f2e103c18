// The typing rules of references: subtyping, nulls, casts, typed calls, locals that begin without a value. Source:
// spec, Validation, Instructions, and Validation, Types, Matching.
#include "engine/testing/typed_body.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <functional>
#include <set>

namespace detent {

using namespace testing;
using Abstract = HeapType::Abstract;

namespace {

constexpr std::uint32_t kNothing = 0;    // () -> ()
constexpr std::uint32_t kUnary = 1;      // (i32) -> (i64)
constexpr std::uint32_t kEmpty = 2;      // struct {}
constexpr std::uint32_t kPoint = 3;      // struct { i32 }, below kEmpty
constexpr std::uint32_t kByteArray = 4;  // array of i8
constexpr std::uint32_t kMakesEmpty = 5; // () -> (ref kEmpty)
constexpr std::uint32_t kMakesPoint = 6; // () -> (ref kPoint)

/// Function 0 is of type kUnary, function 1 of type kMakesPoint, both declared; table 0 of funcref, table 1 of
/// references to kUnary, table 2 of externref.
ModuleBuilder surroundings() {
    ModuleBuilder b;
    b.type({}, {});
    b.type({kI32}, {kI64});
    b.type(open_type(structure_type({})));
    b.type(open_type(structure_type({constant_field(kI32)}), kEmpty));
    b.type(array_type(packed_field(8)));
    b.type({}, {ref_to(kEmpty)});
    b.type({}, {ref_to(kPoint)});
    b.import_function("m", "unary", kUnary);
    b.import_function("m", "point", kMakesPoint);
    b.table(kFuncRef, 1);
    b.table(ref_null_to(kUnary), 1);
    b.table(kExternRef, 1);
    b.declared_elements({0, 1});
    return b;
}

bool is_valid(const TypedBody& body) { return agrees(surroundings(), body); }

/// Whether a value of one type is taken where another is expected.
bool is_below(ValType type, ValType other) { return is_valid({{type}, {}, {other}}); }

/// The hierarchies as the specification draws them: each heap type and those directly above it.
const std::vector<std::pair<Abstract, Abstract>> kDirectlyBelow = {
    {Abstract::eq, Abstract::any},     {Abstract::i31, Abstract::eq},      {Abstract::struct_, Abstract::eq},
    {Abstract::array, Abstract::eq},   {Abstract::none, Abstract::i31},    {Abstract::none, Abstract::struct_},
    {Abstract::none, Abstract::array}, {Abstract::nofunc, Abstract::func}, {Abstract::noextern, Abstract::extern_},
    {Abstract::noexn, Abstract::exn},
};

const Abstract kAll[] = {Abstract::func,  Abstract::nofunc, Abstract::extern_, Abstract::noextern,
                         Abstract::any,   Abstract::eq,     Abstract::i31,     Abstract::struct_,
                         Abstract::array, Abstract::none,   Abstract::exn,     Abstract::noexn};

/// The reflexive and transitive closure of the drawing.
std::set<std::pair<Abstract, Abstract>> closure() {
    std::set<std::pair<Abstract, Abstract>> all(kDirectlyBelow.begin(), kDirectlyBelow.end());
    for (const Abstract heap : kAll)
        all.insert({heap, heap});
    for (std::size_t before = 0; before != all.size();) {
        before = all.size();
        for (const auto& [a, b] : std::set(all)) {
            for (const auto& [c, d] : std::set(all)) {
                if (b == c) all.insert({a, d});
            }
        }
    }
    return all;
}

Bytes block(const std::vector<ValType>& result, const Bytes& body) {
    return result.empty() ? code(Op::block, kEmptyBlock, body, Op::end) : code(Op::block, result[0], body, Op::end);
}

} // namespace

TEST_CASE("match-heaptype: abstract heap types match as the specification draws them", "[feature:gc]") {
    const auto below = closure();
    for (const Abstract a : kAll) {
        for (const Abstract b : kAll) {
            INFO(to_text(a) << " and " << to_text(b));
            CHECK(is_below(nullable(a), nullable(b)) == below.contains({a, b}));
        }
    }
}

TEST_CASE("match-reftype: what is never null is below what may be, not the other way round",
          "[feature:function-references]") {
    for (const Abstract heap : kAll) {
        INFO(to_text(heap));
        CHECK(is_below(non_null(heap), nullable(heap)));
        CHECK_FALSE(is_below(nullable(heap), non_null(heap)));
    }
    CHECK(is_below(ref_to(kUnary), ref_null_to(kUnary)));
    CHECK_FALSE(is_below(ref_null_to(kUnary), ref_to(kUnary)));
    CHECK_FALSE(is_below(kI32, kAnyRef));
    CHECK_FALSE(is_below(kAnyRef, kI32));
}

TEST_CASE("match-heaptype: a type of the module is below its kind and its declared supertypes", "[feature:gc]") {
    CHECK(is_below(ref_to(kPoint), ref_to(kEmpty)));
    CHECK_FALSE(is_below(ref_to(kEmpty), ref_to(kPoint)));
    for (const ValType type : {kStructRef, kEqRef, kAnyRef})
        CHECK(is_below(ref_to(kPoint), type));
    for (const ValType type : {kArrayRef, kI31Ref, kFuncRef, kExternRef, nullable(Abstract::none)})
        CHECK_FALSE(is_below(ref_to(kPoint), type));
    CHECK(is_below(ref_to(kByteArray), kArrayRef));
    CHECK_FALSE(is_below(ref_to(kByteArray), kStructRef));
    CHECK(is_below(ref_to(kUnary), kFuncRef));
    CHECK_FALSE(is_below(ref_to(kUnary), kAnyRef));
    // The lowest types of a hierarchy are below its types, and below no other's.
    CHECK(is_below(nullable(Abstract::none), ref_null_to(kPoint)));
    CHECK(is_below(nullable(Abstract::nofunc), ref_null_to(kUnary)));
    CHECK_FALSE(is_below(nullable(Abstract::none), ref_null_to(kUnary)));
    CHECK_FALSE(is_below(nullable(Abstract::nofunc), ref_null_to(kPoint)));
    // Types that are not declared so are not below one another, whatever they hold.
    CHECK_FALSE(is_below(ref_to(kNothing), ref_to(kUnary)));
    CHECK_FALSE(is_below(ref_to(kMakesPoint), ref_to(kMakesEmpty)));
}

TEST_CASE("valid-ref.null: null has the type that is written; valid-ref.func: a function has its own",
          "[feature:function-references]") {
    CHECK(is_valid({{}, code(Op::ref_null, kUnary), {ref_null_to(kUnary)}}));
    CHECK_FALSE(is_valid({{}, code(Op::ref_null, kUnary), {ref_to(kUnary)}}));
    CHECK_FALSE(is_valid({{}, code(Op::ref_null, kUnary), {ref_null_to(kNothing)}}));
    CHECK(refusal_of(surroundings(), {{}, code(Op::ref_null, 99, Op::drop), {}}).value().code ==
          ErrorCode::unknown_type);
    for (const ValType type : {ref_to(kUnary), ref_null_to(kUnary), some(Abstract::func), kFuncRef})
        CHECK(is_valid({{}, code(Op::ref_func, 0), {type}}));
    CHECK_FALSE(is_valid({{}, code(Op::ref_func, 0), {ref_to(kNothing)}}));
}

TEST_CASE("valid-ref.as_non_null: any reference, never null behind it", "[feature:function-references]") {
    CHECK(is_valid({{kExternRef}, code(Op::ref_as_non_null), {some(Abstract::extern_)}}));
    CHECK(is_valid({{ref_null_to(kPoint)}, code(Op::ref_as_non_null), {ref_to(kPoint)}}));
    CHECK(is_valid({{ref_to(kPoint)}, code(Op::ref_as_non_null), {ref_to(kPoint)}}));
    CHECK_FALSE(is_valid({{kI32}, code(Op::ref_as_non_null, Op::drop), {}}));
    // Where nothing is reached, it is below every reference, and no number.
    CHECK(is_valid({{}, code(Op::unreachable, Op::ref_as_non_null), {ref_to(kPoint)}}));
    CHECK(is_valid({{}, code(Op::unreachable, Op::ref_as_non_null), {some(Abstract::exn)}}));
    CHECK_FALSE(is_valid({{}, code(Op::unreachable, Op::ref_as_non_null), {kI32}}));
    CHECK(is_valid({{kExnRef}, code(Op::ref_is_null), {kI32}}));
}

TEST_CASE("valid-br_on_null: the label gets what is below the reference, what goes on gets it non-null",
          "[feature:function-references]") {
    CHECK(is_valid({{ref_null_to(kPoint)}, code(Op::br_on_null, 0, Op::drop), {}}));
    const auto going_on = [](ValType type) {
        const Bytes blocked = code(Op::br_on_null, 0, Op::return_);
        return TypedBody{{}, code(block({}, code(Op::ref_null, kPoint, blocked)), Op::unreachable), {type}};
    };
    CHECK(is_valid(going_on(ref_to(kPoint))));
    CHECK_FALSE(is_valid(going_on(ref_to(kByteArray))));
    const auto to_label_of_i32 = [](const Bytes& below) {
        return TypedBody{
            {kAnyRef},
            code(Op::local_set, 0, block({kI32}, code(below, Op::local_get, 0, Op::br_on_null, 0, Op::drop))),
            {kI32}};
    };
    CHECK(is_valid(to_label_of_i32(code(Op::i32_const, 1))));
    CHECK_FALSE(is_valid(to_label_of_i32(code(Op::i64_const, 1))));
    CHECK_FALSE(is_valid(to_label_of_i32({})));
    CHECK_FALSE(is_valid({{kI32}, code(Op::br_on_null, 0, Op::drop), {}}));
}

TEST_CASE("valid-br_on_non_null: the reference goes along as the last of the label's types",
          "[feature:function-references]") {
    const auto leaving = [](ValType from, ValType label) {
        return TypedBody{
            {from},
            code(Op::local_set, 0, block({label}, code(Op::local_get, 0, Op::br_on_non_null, 0, Op::unreachable))),
            {label}};
    };
    CHECK(is_valid(leaving(ref_null_to(kPoint), ref_to(kPoint))));
    CHECK(is_valid(leaving(ref_null_to(kPoint), kAnyRef)));
    CHECK_FALSE(is_valid(leaving(ref_null_to(kPoint), ref_to(kByteArray))));
    CHECK_FALSE(is_valid(leaving(ref_null_to(kPoint), kI32)));
    CHECK_FALSE(is_valid({{kAnyRef}, code(Op::br_on_non_null, 0), {}}));
    CHECK_FALSE(is_valid({{}, code(Op::unreachable, Op::br_on_non_null, 0), {kI32}}));
}

TEST_CASE("valid-br_on_cast: the label gets what the cast gives, what goes on what is left", "[feature:gc]") {
    const auto cast = [](Op op, std::uint8_t flags, HeapType from, HeapType to) {
        return code(op, flags, 0, from, to);
    };
    /// A cast to a label of one type, behind which another is left.
    const auto casts = [](const Bytes& instruction, ValType operand, ValType label, ValType left) {
        return TypedBody{{operand},
                         code(Op::local_set, 0,
                              block({label}, code(Op::local_get, 0, instruction, Op::local_set, 1, Op::unreachable))),
                         {label},
                         {{1, left}}};
    };
    const HeapType any = Abstract::any;
    const HeapType point{TypeIdx{kPoint}};
    const Bytes to_point = cast(Op::br_on_cast, 1, any, point);
    CHECK(is_valid(casts(to_point, kAnyRef, ref_to(kPoint), kAnyRef)));
    CHECK(is_valid(casts(to_point, kEqRef, kAnyRef, kAnyRef)));
    CHECK_FALSE(is_valid(casts(to_point, kAnyRef, ref_to(kByteArray), kAnyRef)));
    CHECK_FALSE(is_valid(casts(to_point, kAnyRef, ref_to(kPoint), some(Abstract::any))));
    CHECK_FALSE(is_valid(casts(to_point, kExternRef, ref_to(kPoint), kAnyRef)));
    // A cast that takes null leaves none.
    const Bytes to_null_point = cast(Op::br_on_cast, 3, any, point);
    CHECK(is_valid(casts(to_null_point, kAnyRef, ref_null_to(kPoint), some(Abstract::any))));
    CHECK_FALSE(is_valid(casts(to_null_point, kAnyRef, ref_to(kPoint), kAnyRef)));
    // The other way round.
    const Bytes fails = cast(Op::br_on_cast_fail, 1, any, point);
    CHECK(is_valid(casts(fails, kAnyRef, kAnyRef, ref_null_to(kPoint))));
    CHECK_FALSE(is_valid(casts(fails, kAnyRef, some(Abstract::any), ref_null_to(kPoint))));
    const Bytes fails_null = cast(Op::br_on_cast_fail, 3, any, point);
    CHECK(is_valid(casts(fails_null, kAnyRef, some(Abstract::any), ref_null_to(kPoint))));
    // What is asked for lies below what is there.
    CHECK_FALSE(is_valid(casts(cast(Op::br_on_cast, 1, point, any), kAnyRef, kAnyRef, kAnyRef)));
    CHECK_FALSE(is_valid(casts(cast(Op::br_on_cast, 2, any, point), some(Abstract::any), kAnyRef, kAnyRef)));
    CHECK_FALSE(is_valid({{kAnyRef}, code(to_point, Op::drop), {}}));
}

TEST_CASE("valid-ref.test, valid-ref.cast: within one hierarchy", "[feature:gc]") {
    const auto tests = [](ValType operand, HeapType heap) {
        const bool is_tested = is_valid({{operand}, code(Op::ref_test, heap), {kI32}});
        CHECK(is_valid({{operand}, code(Op::ref_test_null, heap), {kI32}}) == is_tested);
        CHECK(is_valid({{operand}, code(Op::ref_cast, heap), {non_null(heap)}}) == is_tested);
        CHECK(is_valid({{operand}, code(Op::ref_cast_null, heap), {nullable(heap)}}) == is_tested);
        CHECK_FALSE(is_valid({{operand}, code(Op::ref_cast_null, heap), {non_null(heap)}}));
        return is_tested;
    };
    CHECK(tests(kAnyRef, HeapType(TypeIdx{kPoint})));
    // A cast upwards is allowed, and one that can never succeed.
    CHECK(tests(ref_to(kPoint), Abstract::any));
    CHECK(tests(ref_to(kPoint), Abstract::array));
    CHECK(tests(kFuncRef, HeapType(TypeIdx{kUnary})));
    CHECK(tests(kExternRef, Abstract::noextern));
    CHECK(tests(kExnRef, Abstract::noexn));
    CHECK_FALSE(tests(kFuncRef, Abstract::any));
    CHECK_FALSE(tests(kAnyRef, HeapType(TypeIdx{kUnary})));
    CHECK_FALSE(tests(kExternRef, Abstract::any));
    CHECK_FALSE(tests(kI32, Abstract::any));
}

TEST_CASE("valid-ref.eq: what can be compared", "[feature:gc]") {
    for (const ValType type : {kEqRef, kI31Ref, kStructRef, kArrayRef, nullable(Abstract::none), ref_to(kPoint)})
        CHECK(is_valid({{type, kEqRef}, code(Op::ref_eq), {kI32}}));
    for (const ValType type : {kAnyRef, kFuncRef, kExternRef, kExnRef, ref_to(kUnary), kI32}) {
        CHECK_FALSE(is_valid({{type, kEqRef}, code(Op::ref_eq), {kI32}}));
        CHECK_FALSE(is_valid({{kEqRef, type}, code(Op::ref_eq), {kI32}}));
    }
}

TEST_CASE("valid-any.convert_extern: conversions keep whether null is possible; valid-ref.i31", "[feature:gc]") {
    CHECK(is_valid({{kExternRef}, code(Op::any_convert_extern), {kAnyRef}}));
    CHECK_FALSE(is_valid({{kExternRef}, code(Op::any_convert_extern), {some(Abstract::any)}}));
    CHECK(is_valid({{some(Abstract::extern_)}, code(Op::any_convert_extern), {some(Abstract::any)}}));
    CHECK_FALSE(is_valid({{kAnyRef}, code(Op::any_convert_extern), {kAnyRef}}));
    CHECK(is_valid({{ref_to(kPoint)}, code(Op::extern_convert_any), {some(Abstract::extern_)}}));
    CHECK(is_valid({{kI31Ref}, code(Op::extern_convert_any), {kExternRef}}));
    CHECK_FALSE(is_valid({{kFuncRef}, code(Op::extern_convert_any), {kExternRef}}));
    CHECK(is_valid({{kI32}, code(Op::ref_i31), {some(Abstract::i31)}}));
    for (const Op op : {Op::i31_get_s, Op::i31_get_u}) {
        CHECK(is_valid({{kI31Ref}, code(op), {kI32}}));
        CHECK(is_valid({{nullable(Abstract::none)}, code(op), {kI32}}));
        CHECK_FALSE(is_valid({{kEqRef}, code(op), {kI32}}));
    }
}

TEST_CASE("valid-call_ref: the reference is of the type that is written, or below", "[feature:function-references]") {
    CHECK(is_valid({{kI32, ref_null_to(kUnary)}, code(Op::call_ref, kUnary), {kI64}}));
    CHECK(is_valid({{kI32, ref_to(kUnary)}, code(Op::call_ref, kUnary), {kI64}}));
    CHECK_FALSE(is_valid({{kI32, kFuncRef}, code(Op::call_ref, kUnary), {kI64}}));
    CHECK_FALSE(is_valid({{kI64, ref_to(kUnary)}, code(Op::call_ref, kUnary), {kI64}}));
    CHECK_FALSE(is_valid({{kI32, ref_to(kUnary)}, code(Op::call_ref, kUnary), {kI32}}));
    CHECK_FALSE(is_valid({{ref_to(kPoint)}, code(Op::call_ref, kPoint), {}}));
    CHECK(is_valid({{kI32, kI32}, code(Op::call_indirect, kUnary, 1), {kI64}}));
    CHECK_FALSE(is_valid({{kI32, kI32}, code(Op::call_indirect, kUnary, 2), {kI64}}));
}

TEST_CASE("valid-return_call: the results are those of the caller, or below, and nothing behind is reached",
          "[feature:tail-call]") {
    CHECK(is_valid({{kI32}, code(Op::return_call, 0), {kI64}}));
    CHECK(is_valid({{kI32}, code(Op::return_call, 0, Op::i32_add, Op::drop), {kI64}}));
    CHECK_FALSE(is_valid({{kI32}, code(Op::return_call, 0), {kI32}}));
    CHECK_FALSE(is_valid({{kI32}, code(Op::return_call, 0), {}}));
    CHECK_FALSE(is_valid({{kI64}, code(Op::return_call, 0), {kI64}}));
    CHECK(is_valid({{}, code(Op::return_call, 1), {ref_to(kEmpty)}}));
    CHECK(is_valid({{kI32, kI32}, code(Op::return_call_indirect, kUnary, 0), {kI64}}));
    CHECK_FALSE(is_valid({{kI32, kI64}, code(Op::return_call_indirect, kUnary, 0), {kI64}}));
    CHECK_FALSE(is_valid({{kI32, kI32}, code(Op::return_call_indirect, kUnary, 0), {kI32}}));
    CHECK(is_valid({{kI32, ref_to(kUnary)}, code(Op::return_call_ref, kUnary), {kI64}}));
    CHECK_FALSE(is_valid({{kI32, ref_to(kUnary)}, code(Op::return_call_ref, kUnary), {kF32}}));
    // In a block, the results are still those of the function.
    CHECK(is_valid({{}, code(block({kI32}, code(Op::return_call, 1)), Op::drop, Op::unreachable), {ref_to(kPoint)}}));
}

TEST_CASE("valid-instrs: operands may be below what is asked for, in each place that asks", "[feature:gc]") {
    const Bytes point = code(Op::ref_null, kPoint, Op::ref_as_non_null);
    CHECK(is_valid({{}, block({kAnyRef}, point), {kAnyRef}}));
    CHECK(is_valid({{}, block({kAnyRef}, code(point, Op::br, 0)), {kAnyRef}}));
    CHECK(is_valid({{}, code(point, Op::return_), {ref_null_to(kEmpty)}}));
    CHECK(
        is_valid({{kI32}, code(Op::if_, kAnyRef, point, Op::else_, Op::ref_null, Abstract::none, Op::end), {kAnyRef}}));
    const Bytes table = code(point, Op::local_get, 0, Op::br_table, 1, 0, 0);
    CHECK(is_valid({{kI32}, code(Op::drop, block({kAnyRef}, table)), {kAnyRef}}));
    // Behind a br_if the operands have the types of the label, no longer their own.
    const Bytes branch = code(point, Op::local_get, 0, Op::br_if, 0);
    CHECK(is_valid({{kI32}, code(Op::drop, block({kAnyRef}, branch)), {kAnyRef}}));
    CHECK_FALSE(is_valid({{kI32},
                          code(Op::drop, block({kAnyRef}, code(branch, Op::struct_get, kPoint, 0, Op::drop, point))),
                          {kAnyRef}}));
    CHECK(is_valid({{kI32},
                    code(point, point, Op::local_get, 0, Op::select_t, 1, kAnyRef, Op::local_set, 1, Op::drop),
                    {},
                    {{1, kAnyRef}}}));
    CHECK_FALSE(is_valid({{kI32}, code(Op::drop, point, point, Op::local_get, 0, Op::select), {kAnyRef}}));
}

TEST_CASE("valid-br_table: it is valid exactly if it is with each of its targets alone", "[feature:gc]") {
    ModuleBuilder b = surroundings();
    const ValType point = ref_to(kPoint);
    const std::vector<std::vector<ValType>> lists = {{kAnyRef, kAnyRef}, {ref_to(kEmpty), kAnyRef}, {kAnyRef, kI31Ref}};
    std::vector<std::uint32_t> types;
    for (const std::vector<ValType>& list : lists)
        types.push_back(b.type({}, list));
    const std::vector<std::vector<ValType>> operands = {{point, point}, {point, kI31Ref}, {kI31Ref, kI31Ref}};
    constexpr std::uint32_t kLabels = 3;
    const auto each_three = [](const auto& visit) {
        for (std::uint32_t i = 0; i < kLabels * kLabels * kLabels; ++i)
            visit(std::array{i / (kLabels * kLabels), i / kLabels % kLabels, i % kLabels});
    };
    // Three blocks in one another, of any of the types; in the innermost, the table and nothing that is reached.
    const auto takes = [&](const std::array<std::uint32_t, 3>& labels, const std::vector<ValType>& given,
                           const Bytes& table) {
        const Bytes left = code(Op::unreachable, Op::end);
        const Bytes inner =
            code(Op::block, types[labels[2]], Op::local_get, 0, Op::local_get, 1, Op::i32_const, 0, table, left);
        const Bytes blocks =
            code(Op::block, types[labels[0]], Op::block, types[labels[1]], inner, left, left, Op::unreachable);
        return agrees(b, {given, blocks, {}});
    };
    std::size_t valid = 0;
    std::size_t wrong = 0;
    for (const std::vector<ValType>& given : operands) {
        each_three([&](const std::array<std::uint32_t, 3>& labels) {
            bool alone[kLabels];
            for (std::uint32_t i = 0; i < kLabels; ++i)
                alone[i] = takes(labels, given, code(Op::br_table, 0, i));
            each_three([&](const std::array<std::uint32_t, 3>& targets) {
                const bool each = alone[targets[0]] && alone[targets[1]] && alone[targets[2]];
                const Bytes table = code(Op::br_table, 2, targets[0], targets[1], targets[2]);
                valid += each ? 1U : 0U;
                wrong += takes(labels, given, table) == each ? 0U : 1U;
            });
        });
    }
    CHECK(wrong == 0);
    // With k labels that fit, k^3 tables are valid. All lists fit the second operands, two of three the others.
    CHECK(valid == 27 * 27 + 2 * (6 * 1 + 12 * 8 + 8 * 27));
}

TEST_CASE("valid-br_table: what one table found of a label is not taken for the next", "[feature:gc]") {
    ModuleBuilder b = surroundings();
    const auto pair = b.type({}, {kAnyRef, kAnyRef});
    const Bytes table = code(Op::i32_const, 0, Op::br_table, 1, 0, 0);
    const auto takes = [&](std::uint32_t last) {
        const Bytes tables =
            code(Op::local_get, 0, Op::local_get, 0, table, Op::local_get, 0, Op::local_get, last, table);
        return agrees(b, {{kAnyRef, kFuncRef}, code(Op::block, pair, tables, Op::end, Op::unreachable), {}});
    };
    CHECK(takes(0));
    CHECK_FALSE(takes(1));
}

TEST_CASE("valid-if: without a second arm, the parameters may be below the results", "[feature:gc]") {
    ModuleBuilder b = surroundings();
    const auto narrows = b.type({kAnyRef}, {ref_to(kPoint)});
    const auto widens = b.type({ref_to(kPoint)}, {kAnyRef});
    const auto without_else = [](std::uint32_t type, const Bytes& arm) {
        return code(Op::i32_const, 1, Op::if_, type, arm, Op::end);
    };
    CHECK(agrees(b, {{ref_to(kPoint)}, without_else(widens, {}), {kAnyRef}}));
    CHECK_FALSE(agrees(b, {{kAnyRef}, without_else(narrows, code(Op::unreachable)), {ref_to(kPoint)}}));
}

TEST_CASE("valid-local.get: a local that begins without a value is set before it is read",
          "[feature:function-references]") {
    const ValType type = ref_to(kUnary);
    const Bytes set = code(Op::ref_func, 0, Op::local_set, 0);
    const Bytes use = code(Op::local_get, 0, Op::drop);
    const auto reads = [&](const Bytes& instructions) {
        const std::optional<Error> error = refusal_of(surroundings(), {{}, instructions, {}, {{1, type}, {9, kI32}}});
        if (error) CHECK(error->code == ErrorCode::uninitialized_local);
        return !error;
    };
    CHECK_FALSE(reads(use));
    CHECK(reads(code(set, use)));
    CHECK(reads(code(Op::ref_func, 0, Op::local_tee, 0, Op::drop, use)));
    CHECK(reads(code(Op::local_get, 5, Op::drop)));
    // What is set before a block is set in it; what is set in it is not behind it.
    CHECK(reads(code(set, block({}, use), use)));
    CHECK(reads(block({}, code(set, use))));
    CHECK_FALSE(reads(code(block({}, set), use)));
    CHECK_FALSE(reads(code(Op::loop, kEmptyBlock, set, Op::end, use)));
    CHECK_FALSE(reads(code(Op::try_table, kEmptyBlock, 0, set, Op::end, use)));
    CHECK(reads(code(block({}, block({}, set)), set, block({}, code(block({}, set), use)), use)));
    // Each arm begins as the block did, and what both set is not set behind them.
    const Bytes condition = code(Op::i32_const, 1, Op::if_, kEmptyBlock);
    CHECK_FALSE(reads(code(condition, set, Op::else_, use, Op::end)));
    CHECK_FALSE(reads(code(condition, set, Op::else_, set, Op::end, use)));
    CHECK(reads(code(condition, set, use, Op::else_, set, use, Op::end)));
    // Not even where nothing is reached.
    CHECK_FALSE(reads(code(Op::unreachable, use)));
    // A parameter begins with a value, and can be set.
    CHECK(is_valid({{type}, code(Op::local_set, 0, Op::local_get, 0), {type}}));
}

TEST_CASE("valid-local.get: each function begins with its own locals unset", "[feature:function-references]") {
    ModuleBuilder b = surroundings();
    const Bytes set = code(Op::ref_func, 0, Op::local_set, 7, Op::local_get, 7, Op::drop);
    b.function(kNothing, {{8, ref_to(kUnary)}}, set);
    b.function(kNothing, {{8, ref_to(kUnary)}}, code(Op::local_get, 7, Op::drop));
    CHECK(refusal(b.build(), all_features()).value().code == ErrorCode::uninitialized_local);
}

TEST_CASE("valid-table: an element has its table's type, or one below; what is never null needs an initializer",
          "[feature:function-references]") {
    const auto judged = [](const std::function<void(ModuleBuilder&)>& add) {
        ModuleBuilder b = surroundings();
        add(b);
        const std::optional<Error> error = refusal(b.build(), all_features());
        return error ? error->code : ErrorCode{};
    };
    constexpr ErrorCode kAccepted{};
    const TableType typed{ref_to(kUnary), Limits{1, 0, false}, AddressType::i32};
    const Bytes first = code(Op::ref_func, 0);
    CHECK(judged([&](ModuleBuilder& b) { b.table(typed, first); }) == kAccepted);
    CHECK(judged([&](ModuleBuilder& b) { b.table(typed); }) == ErrorCode::type_mismatch);
    CHECK(judged([&](ModuleBuilder& b) { b.table(typed, code(Op::ref_func, 1)); }) == ErrorCode::type_mismatch);
    CHECK(judged([&](ModuleBuilder& b) { b.table(typed, code(Op::ref_null, kUnary)); }) == ErrorCode::type_mismatch);
    const auto elements = [](std::uint32_t table, ValType type, const Bytes& entry) {
        return [=](ModuleBuilder& b) { b.active_elements(table, code(Op::i32_const, 0), type, {entry}); };
    };
    CHECK(judged(elements(0, ref_to(kUnary), first)) == kAccepted);
    CHECK(judged(elements(1, ref_to(kUnary), first)) == kAccepted);
    CHECK(judged(elements(1, kFuncRef, first)) == ErrorCode::type_mismatch);
    CHECK(judged(elements(0, ref_to(kNothing), first)) == ErrorCode::type_mismatch);
    // Functions that are named by index are references that are never null.
    const TableType never_null{some(Abstract::func), Limits{1, 0, false}, AddressType::i32};
    CHECK(judged([&](ModuleBuilder& b) {
              b.active_elements(b.table(never_null, first), code(Op::i32_const, 0), std::vector<std::uint32_t>{0});
          }) == kAccepted);
    CHECK(judged([&](ModuleBuilder& b) {
              b.active_elements(b.table(never_null, first), code(Op::i32_const, 0), kFuncRef, {first});
          }) == ErrorCode::type_mismatch);
    const Bytes three = code(Op::i32_const, 0, Op::i32_const, 0, Op::i32_const, 0);
    CHECK(is_valid({{}, code(three, Op::table_copy, 0, 1), {}}));
    CHECK_FALSE(is_valid({{}, code(three, Op::table_copy, 1, 0), {}}));
    CHECK(is_valid({{}, code(three, Op::table_init, 0, 0), {}}));
    CHECK_FALSE(is_valid({{}, code(three, Op::table_init, 0, 1), {}}));
    CHECK(is_valid({{kI32}, code(Op::table_get, 1), {ref_null_to(kUnary)}}));
}

} // namespace detent
