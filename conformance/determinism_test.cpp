// Clauses of DETERMINISM.md that are of no one room, shown from outside.
#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

#include <cfloat>

namespace detent {

using namespace testing;

namespace {

/// The bits of a + b + b, added from left to right.
std::uint64_t sum32(float a, float b) {
    Program program(
        module_of({}, {kF32}, code(Op::f32_const, a, Op::f32_const, b, Op::f32_add, Op::f32_const, b, Op::f32_add)));
    return program.call("f", {}).results.at(0);
}

std::uint64_t sum64(double a, double b) {
    Program program(
        module_of({}, {kF64}, code(Op::f64_const, a, Op::f64_const, b, Op::f64_add, Op::f64_const, b, Op::f64_add)));
    return program.call("f", {}).results.at(0);
}

/// A module whose function loads one byte from `base` plus a static offset.
Outcome load_at(std::uint32_t base, std::uint32_t offset) {
    ModuleBuilder b;
    b.memory(1);
    const Bytes body = code(Op::i32_const, static_cast<int>(base), Op::i32_load8_u, 0U, offset);
    b.export_function("f", b.function(b.type({}, {kI32}), {}, body));
    return Program(b.build()).call("f", {});
}

/// Fills `count` bytes from `base`.
Outcome fill_at(std::uint32_t base, std::uint32_t count) {
    ModuleBuilder b;
    b.memory(1);
    const Bytes body = code(Op::i32_const, static_cast<int>(base), Op::i32_const, 1, Op::i32_const,
                            static_cast<int>(count), Op::memory_fill, std::uint8_t{0});
    b.export_function("f", b.function(b.type({}, {}), {}, body));
    return Program(b.build()).call("f", {});
}

bool is_out_of_bounds(const Outcome& outcome) {
    return outcome.ending == Ending::trapped && outcome.trap == TrapCode::OutOfBoundsMemoryAccess;
}

/// A module with an export, and custom sections behind it.
Bytes module_with(const std::vector<std::pair<std::string, Bytes>>& customs) {
    ModuleBuilder b;
    b.export_function("f", b.function(b.type({}, {kI32}), {}, code(Op::i32_const, 42)));
    for (const auto& [name, content] : customs)
        b.custom(name, content);
    return b.build();
}

/// What instantiating a module with these imports ends with.
Error link_error(Store& store, const Bytes& bytes, std::span<const ExternVal> imports) {
    const auto made =
        Execution::instantiate(store, compiled(bytes), imports, schedule(), Fuel::maximum(), Fuel::maximum());
    REQUIRE(made.has_error());
    return made.error();
}

} // namespace

TEST_CASE("DET-3: each operation rounds to its own type") {
    static_assert(FLT_EVAL_METHOD == 0);
    // Half a unit in the last place is lost each time; with more precision two of them would make a whole one.
    CHECK(sum32(1.0F, 0x1p-24F) == 0x3F800000);
    CHECK(sum64(1.0, 0x1p-53) == 0x3FF0000000000000);
    CHECK(sum32(1.0F, 0x1p-23F) == 0x3F800002);
    CHECK(sum64(1.0, 0x1p-52) == 0x3FF0000000000002);
}

TEST_CASE("DET-18: of several imports that cannot be satisfied, the first as declared is reported") {
    ModuleBuilder b;
    const std::uint32_t type = b.type({}, {});
    b.import_function("zz", "zz", type);
    b.import_function("aa", "aa", type);
    const Bytes bytes = b.build();
    Store store(LimitValues::of(Preset::contract));
    const Error none = link_error(store, bytes, {});
    CHECK(none.code == ErrorCode::unknown_import);
    CHECK(none.detail == 0);
    const ExternVal wrong[] = {{ExternKind::memory, 0}, {ExternKind::memory, 0}};
    const Error both = link_error(store, bytes, wrong);
    CHECK(both.code == ErrorCode::incompatible_import);
    CHECK(both.detail == 0);
    CHECK(both.offset == none.offset);
}

TEST_CASE("DET-22: what a custom section holds changes neither acceptance nor execution") {
    const Outcome plain = Program(module_with({})).call("f", {});
    REQUIRE(plain.results == std::vector<std::uint64_t>{42});
    const Bytes broken = {0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00};
    for (const char* name : {"name", "producers", "", "target_features", "metadata.code.branch_hint"}) {
        INFO(name);
        for (const Bytes& content : {Bytes{}, broken, Bytes(1000, 0x80)}) {
            CHECK(Program(module_with({{name, content}})).call("f", {}) == plain);
        }
    }
    CHECK(Program(module_with({{"name", broken}, {"name", broken}})).call("f", {}) == plain);
}

TEST_CASE("DET-22: a custom section counts by its number, and needs a name in UTF-8") {
    const std::size_t most = static_cast<std::size_t>(LimitValues::of(Preset::contract)[Limit::custom_sections]);
    const std::vector<std::pair<std::string, Bytes>> full(most, {"x", {}});
    CHECK(compile(module_with(full), profile()).has_value());
    auto over = full;
    over.emplace_back("x", Bytes{});
    CHECK(compile(module_with(over), profile()).error().code == ErrorCode::limit_exceeded);
    CHECK(compile(module_with({{"\xff", {}}}), profile()).error().code == ErrorCode::malformed_utf8);
}

TEST_CASE("DET-30: the address of an access does not wrap, nor does the end of a range") {
    CHECK(load_at(65535, 0).ending == Ending::returned);
    CHECK(load_at(0, 65535).ending == Ending::returned);
    CHECK(is_out_of_bounds(load_at(1, 65535)));
    CHECK(is_out_of_bounds(load_at(1, 0xFFFFFFFF)));
    CHECK(is_out_of_bounds(load_at(0xFFFFFFFF, 1)));
    CHECK(is_out_of_bounds(load_at(0xFFFFFFFF, 0xFFFFFFFF)));
    CHECK(fill_at(65536, 0).ending == Ending::returned);
    CHECK(is_out_of_bounds(fill_at(2, 0xFFFFFFFF)));
    CHECK(is_out_of_bounds(fill_at(0xFFFFFFFF, 1)));
}

} // namespace detent
