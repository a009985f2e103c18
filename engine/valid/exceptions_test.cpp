// The typing rules of exceptions. Source: spec, Validation, Instructions: throw, throw_ref, try_table.
#include "engine/testing/typed_body.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;
using Abstract = HeapType::Abstract;

namespace {

constexpr std::uint32_t kPlain = 0;  // a tag of ()
constexpr std::uint32_t kPair = 1;   // a tag of (i32 i64)
constexpr std::uint32_t kObject = 2; // a tag of (anyref)

constexpr std::uint8_t kCatch = 0;
constexpr std::uint8_t kCatchRef = 1;
constexpr std::uint8_t kCatchAll = 2;
constexpr std::uint8_t kCatchAllRef = 3;

ModuleBuilder surroundings() {
    ModuleBuilder b;
    const auto plain = b.type({}, {});
    const auto pair = b.type({kI32, kI64}, {});
    const auto object = b.type({kAnyRef}, {});
    b.import_tag("m", "plain", plain);
    b.tag(pair);
    b.tag(object);
    return b;
}

bool is_valid(const TypedBody& body) { return agrees(surroundings(), body); }

/// A try_table with one clause to the label of the function, around `unreachable`.
Bytes tried(const Bytes& clause) {
    return code(Op::try_table, kEmptyBlock, 1, clause, Op::unreachable, Op::end, Op::unreachable);
}

} // namespace

TEST_CASE("valid-throw: takes the tag's parameters, and goes on nowhere", "[feature:exceptions]") {
    CHECK(is_valid({{kI32, kI64}, code(Op::throw_, kPair), {kF32}}));
    CHECK(is_valid({{kF64, kI32, kI64}, code(Op::throw_, kPair, Op::i32_add, Op::drop), {}}));
    CHECK_FALSE(is_valid({{kI64, kI32}, code(Op::throw_, kPair), {}}));
    CHECK_FALSE(is_valid({{kI64}, code(Op::throw_, kPair), {}}));
    CHECK(is_valid({{kI31Ref}, code(Op::throw_, kObject), {}}));
    CHECK(is_valid({{kExnRef}, code(Op::throw_ref), {kI32}}));
    CHECK(is_valid({{some(Abstract::exn)}, code(Op::throw_ref), {kI32}}));
    CHECK(is_valid({{nullable(Abstract::noexn)}, code(Op::throw_ref, Op::f32_add, Op::drop), {}}));
    CHECK_FALSE(is_valid({{kAnyRef}, code(Op::throw_ref), {kI32}}));
}

TEST_CASE("valid-try_table: a block like any other", "[feature:exceptions]") {
    const auto try_of = [](const Bytes& type, const Bytes& body) {
        return code(Op::try_table, type, 0, body, Op::end);
    };
    CHECK(is_valid({{}, try_of({0x7F}, code(Op::i32_const, 1)), {kI32}}));
    CHECK(is_valid({{}, try_of({0x7F}, code(Op::i32_const, 1, Op::br, 0)), {kI32}}));
    CHECK_FALSE(is_valid({{}, try_of({0x7F}, {}), {kI32}}));
    CHECK_FALSE(is_valid({{}, try_of({0x7F}, code(Op::i64_const, 1)), {kI32}}));
    CHECK(is_valid({{kI32, kI64}, try_of({1}, code(Op::drop, Op::drop)), {}}));
    CHECK_FALSE(is_valid({{kI32, kI32}, try_of({1}, code(Op::drop, Op::drop)), {}}));
    CHECK_FALSE(is_valid({{kI32}, try_of({kEmptyBlock}, code(Op::drop)), {}}));
}

TEST_CASE("valid-catch: a clause brings the tag's parameters, and the exception where it says so",
          "[feature:exceptions]") {
    const ValType exn = some(Abstract::exn);
    CHECK(is_valid({{}, tried(code(kCatch, kPlain, 0)), {}}));
    CHECK(is_valid({{}, tried(code(kCatch, kPair, 0)), {kI32, kI64}}));
    CHECK_FALSE(is_valid({{}, tried(code(kCatch, kPair, 0)), {kI32}}));
    CHECK_FALSE(is_valid({{}, tried(code(kCatch, kPair, 0)), {kI64, kI32}}));
    CHECK_FALSE(is_valid({{}, tried(code(kCatch, kPlain, 0)), {kI32}}));
    CHECK_FALSE(is_valid({{}, tried(code(kCatch, kPlain, 0)), {kExnRef}}));
    for (const ValType reference : {exn, kExnRef}) {
        CHECK(is_valid({{}, tried(code(kCatchRef, kPair, 0)), {kI32, kI64, reference}}));
        CHECK(is_valid({{}, tried(code(kCatchAllRef, 0)), {reference}}));
    }
    CHECK_FALSE(is_valid({{}, tried(code(kCatchRef, kPair, 0)), {kI32, kI64}}));
    CHECK_FALSE(is_valid({{}, tried(code(kCatchRef, kPlain, 0)), {}}));
    CHECK_FALSE(is_valid({{}, tried(code(kCatchAllRef, 0)), {}}));
    CHECK_FALSE(is_valid({{}, tried(code(kCatchAllRef, 0)), {kAnyRef}}));
    CHECK(is_valid({{}, tried(code(kCatchAll, 0)), {}}));
    CHECK_FALSE(is_valid({{}, tried(code(kCatchAll, 0)), {kExnRef}}));
    // What the clause brings may be below what the label has, not above.
    CHECK_FALSE(is_valid({{}, tried(code(kCatch, kObject, 0)), {kEqRef}}));
    CHECK(is_valid({{}, tried(code(kCatch, kObject, 0)), {kAnyRef}}));
}

TEST_CASE("valid-catch: labels are counted from outside of the try_table", "[feature:exceptions]") {
    // The try_table itself has results that the clause does not bring.
    const Bytes of_f32 = code(Op::try_table, kF32, 1, kCatchAll, 0, Op::unreachable, Op::end, Op::drop);
    CHECK(is_valid({{}, of_f32, {}}));
    const Bytes inner = code(Op::block, kI32, Op::try_table, kF32, 1, kCatchAll, 0, Op::unreachable, Op::end, Op::drop,
                             Op::unreachable, Op::end);
    CHECK_FALSE(is_valid({{}, inner, {kI32}}));
    const Bytes too_far = code(Op::try_table, kEmptyBlock, 1, kCatchAll, 1, Op::end);
    CHECK(refusal_of(surroundings(), {{}, too_far, {}}).value().code == ErrorCode::unknown_label);
    // To a loop, an exception brings the loop's parameters.
    const Bytes loop =
        code(Op::loop, 1, Op::try_table, kEmptyBlock, 1, kCatch, kPair, 0, Op::end, Op::drop, Op::drop, Op::end);
    CHECK(is_valid({{kI32, kI64}, loop, {}}));
}

TEST_CASE("valid-tag: a tag has a function type without results, imported or not", "[feature:exceptions]") {
    const auto with = [](const Bytes& type, bool is_imported) {
        ModuleBuilder b;
        b.type(type);
        if (is_imported) {
            b.import_tag("m", "t", 0);
        } else {
            b.tag(0);
        }
        const std::optional<Error> error = refusal(b.build(), all_features());
        return error ? error->code : ErrorCode{};
    };
    for (const bool is_imported : {true, false}) {
        CHECK(with(function_type({kI32, kExnRef}, {}), is_imported) == ErrorCode{});
        CHECK(with(function_type({}, {kI32}), is_imported) == ErrorCode::nonempty_tag_results);
        CHECK(with(structure_type({}), is_imported) == ErrorCode::unknown_type);
    }
}

} // namespace detent
