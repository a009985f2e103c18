// Types as all modules share them. Source: spec, Validation, Types, Rolling and Unrolling; Matching.
#include "engine/binary/decode.hpp"
#include "engine/syntax/type_space.hpp"
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <thread>

namespace detent {

using namespace testing;
using Abstract = HeapType::Abstract;

namespace {

Module decoded(const ModuleBuilder& b) {
    Result<Module> module = decode(b.build(), all_features());
    REQUIRE(module.has_value());
    return std::move(module).assume_value();
}

TypeSpace space_of(const Module& module) {
    TypeSpace space;
    for (const RecGroup& group : module.rec_groups)
        REQUIRE(space.add(module, group));
    return space;
}

ValType to(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }

/// A list of two types that name each other, `first` being the index of the first one.
std::vector<Bytes> list(std::uint32_t first) {
    return {open_type(structure_type({constant_field(to(first + 1))})), structure_type({mutable_field(to(first))})};
}

} // namespace

TEST_CASE("TypeSpace: equal groups of two modules are one, wherever they stand", "[feature:gc]") {
    ModuleBuilder a;
    a.group(list(0));
    a.type({kI32}, {});
    ModuleBuilder b;
    b.type({kI32}, {});
    b.type({kI64}, {});
    b.group(list(2));
    const Module module_a = decoded(a);
    const Module module_b = decoded(b);
    const TypeSpace of_a = space_of(module_a);
    const TypeSpace of_b = space_of(module_b);
    CHECK(&of_a[TypeIdx{0}] == &of_b[TypeIdx{2}]);
    CHECK(&of_a[TypeIdx{1}] == &of_b[TypeIdx{3}]);
    CHECK(&of_a[TypeIdx{0}] != &of_b[TypeIdx{3}]);
    CHECK(&of_a[TypeIdx{2}] == &of_b[TypeIdx{0}]);
    CHECK(&of_a[TypeIdx{2}] != &of_b[TypeIdx{1}]);
    CHECK(matches(to(0), of_a, to(2), of_b));
    CHECK_FALSE(matches(to(0), of_a, to(3), of_b));
}

TEST_CASE("TypeSpace: whatever differs makes another type", "[feature:gc]") {
    const Bytes point = structure_type({constant_field(kI32)});
    const std::vector<Bytes> different = {
        point,
        open_type(point),
        structure_type({mutable_field(kI32)}),
        structure_type({packed_field(8)}),
        structure_type({packed_field(16)}),
        structure_type({constant_field(kF32)}),
        structure_type({constant_field(kAnyRef)}),
        structure_type({constant_field(non_null(Abstract::any))}),
        structure_type({constant_field(kEqRef)}),
        structure_type({constant_field(kI32), constant_field(kI32)}),
        array_type(constant_field(kI32)),
        function_type({kI32}, {}),
        function_type({}, {kI32}),
        function_type({kI32, kI32}, {}),
        open_type(structure_type({constant_field(kI32)}), 1),
        final_type(structure_type({constant_field(kI32)}), 1),
    };
    ModuleBuilder b;
    for (const Bytes& one : different)
        b.type(one);
    const Module module = decoded(b);
    const TypeSpace space = space_of(module);
    for (std::uint32_t i = 0; i < different.size(); ++i) {
        for (std::uint32_t k = 0; k < i; ++k) {
            INFO(i << " and " << k);
            CHECK(&space[TypeIdx{i}] != &space[TypeIdx{k}]);
        }
    }
}

TEST_CASE("TypeSpace: subtypes are those that are declared, at any depth", "[feature:gc]") {
    ModuleBuilder b;
    b.type(open_type(structure_type({})));
    for (std::uint32_t i = 0; i < 20; ++i)
        b.type(open_type(structure_type({}), i));
    b.type(open_type(structure_type({}), 3));
    const Module module = decoded(b);
    const TypeSpace space = space_of(module);
    for (std::uint32_t i = 0; i <= 20; ++i) {
        for (std::uint32_t k = 0; k <= 20; ++k)
            CHECK(is_subtype(space[TypeIdx{i}], space[TypeIdx{k}]) == (i >= k));
        // The last one branches off at 3; its contents are those of 4, which makes it the same type.
        CHECK(is_subtype(space[TypeIdx{21}], space[TypeIdx{i}]) == (i <= 4));
    }
}

TEST_CASE("TypeSpace: where fields lie", "[feature:gc]") {
    ModuleBuilder b;
    b.type(structure_type({packed_field(8), mutable_field(kI64), packed_field(16), mutable_field(kV128),
                           mutable_field(kAnyRef), mutable_field(kF32)}));
    const Module module = decoded(b);
    const TypeSpace space = space_of(module);
    const CanonicalType& type = space[TypeIdx{0}];
    const std::uint32_t offsets[] = {0, 1, 9, 11, 27, 35};
    REQUIRE(type.fields.size() == std::size(offsets));
    for (std::size_t i = 0; i < std::size(offsets); ++i)
        CHECK(type.fields[i].offset == offsets[i]);
    CHECK(type.field_bytes == 39);
}

TEST_CASE("TypeSpace: a function type of the host is that of a module") {
    ModuleBuilder b;
    b.type({kI64}, {kI32});
    const Module module = decoded(b);
    const TypeSpace of_module = space_of(module);
    const ValType parameters[] = {kI64};
    const ValType results[] = {kI32};
    TypeSpace of_host;
    REQUIRE(of_host.add(FuncType{parameters, results}));
    REQUIRE(of_host.add(FuncType{results, parameters}));
    CHECK(&of_host[TypeIdx{0}] == &of_module[TypeIdx{0}]);
    CHECK(&of_host[TypeIdx{1}] != &of_module[TypeIdx{0}]);
}

TEST_CASE("TypeSpace: a space that goes leaves the others' types; a failed allocation changes nothing",
          "[feature:gc]") {
    ModuleBuilder b;
    b.group(list(0));
    b.type({kF64, kF64, kF64}, {});
    const Module module = decoded(b);
    std::uint64_t serial = 0;
    {
        const TypeSpace kept = space_of(module);
        serial = kept[TypeIdx{0}].serial;
        for (int i = 0; i < 3; ++i) {
            const TypeSpace other = space_of(module);
            CHECK(&other[TypeIdx{0}] == &kept[TypeIdx{0}]);
        }
        CHECK(kept[TypeIdx{1}].fields.size() == 1);
    }
    // Nobody holds it: it is made anew.
    CHECK(space_of(module)[TypeIdx{0}].serial > serial);
    for (std::uint64_t fail_at = 1; fail_at < 40; ++fail_at) {
        TypeSpace space;
        allocation_probe() = {0, fail_at};
        const bool is_added = space.add(module, module.rec_groups[0]);
        allocation_probe() = {};
        CHECK(space.size() == (is_added ? 2 : 0));
        CHECK((is_added || space.add(module, module.rec_groups[0])));
        CHECK(space[TypeIdx{1}].kind == CompositeKind::struct_);
    }
}

TEST_CASE("TypeSpace: threads share types", "[feature:gc]") {
    ModuleBuilder b;
    b.group(list(0));
    for (std::uint32_t i = 0; i < 50; ++i)
        b.type(structure_type(std::vector<FieldType>(i, constant_field(kI32))));
    const Module module = decoded(b);
    const TypeSpace kept = space_of(module);
    std::array<std::size_t, 4> different{};
    std::array<std::thread, 4> threads;
    for (std::size_t t = 0; t < threads.size(); ++t) {
        threads[t] = std::thread([&, t] {
            for (int round = 0; round < 20; ++round) {
                TypeSpace own;
                for (const RecGroup& group : module.rec_groups)
                    different[t] += own.add(module, group) ? 0U : 1U;
                for (std::uint32_t i = 0; i < own.size(); ++i)
                    different[t] += &own[TypeIdx{i}] == &kept[TypeIdx{i}] ? 0U : 1U;
            }
        });
    }
    for (std::thread& one : threads)
        one.join();
    CHECK(different == std::array<std::size_t, 4>{});
}

} // namespace detent
