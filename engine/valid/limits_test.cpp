// Every limit of profile 1 that a module can reach: N passes, and N + 1 is refused with that limit. The numbers are
// those of limits.def; a row without a case must say where else it is tested.
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>

namespace detent {

using namespace testing;

namespace {

/// Makes a module that has so many of what a limit counts.
using Maker = std::function<Bytes(std::size_t)>;

/// A module with one function of type () -> () that has this body.
Bytes body_of(const std::vector<Locals>& locals, const Bytes& instructions) {
    ModuleBuilder b;
    b.function(b.type({}, {}), locals, instructions);
    return b.build();
}

/// Repeats a step with the module's builder.
Maker repeating(const std::function<void(ModuleBuilder&, std::size_t)>& step) {
    return [step](std::size_t count) {
        ModuleBuilder b;
        b.type({}, {});
        for (std::size_t i = 0; i < count; ++i)
            step(b, i);
        return b.build();
    };
}

/// A section of so many equal entries.
Maker entries(std::uint8_t id, const Bytes& entry) {
    return [=](std::size_t count) { return module_bytes(vector_section(id, std::vector<Bytes>(count, entry))); };
}

Bytes module_of_size(std::size_t size) {
    const Bytes head = module_bytes(std::uint8_t{0});
    // Four bytes of size, one of an empty name.
    const std::size_t content = size - head.size() - 4;
    Bytes bytes = code(head, content, Bytes(content));
    REQUIRE(bytes.size() == size);
    return bytes;
}

Bytes with_body_of_size(std::size_t size) {
    // A count of local runs before, an `end` behind.
    return body_of({}, repeated(size - 2, {0x01}));
}

/// Types of 1,000 parameters each, and one of the rest.
Bytes with_type_words(std::size_t words) {
    ModuleBuilder b;
    for (; words >= 1000; words -= 1000)
        b.type(std::vector<ValType>(1000, kI32), {});
    b.type({}, std::vector<ValType>(words, kI64));
    return b.build();
}

/// Functions of 9,999 locals and a parameter each, and one of the rest.
Bytes with_module_locals(std::size_t locals) {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {});
    for (; locals >= 10000; locals -= 10000)
        b.function(type, {{9999, kI64}}, {});
    if (locals > 0) b.function(type, {{static_cast<std::uint32_t>(locals - 1), kI64}}, {});
    return b.build();
}

Bytes with_locals(std::size_t locals) {
    ModuleBuilder b;
    b.function(b.type({kI32, kI32}, {}), {{1, kF32}, {static_cast<std::uint32_t>(locals - 3), kI64}}, {});
    return b.build();
}

Bytes with_table_of(std::size_t elements) {
    ModuleBuilder b;
    b.table(kFuncRef, elements);
    return b.build();
}

Bytes with_branch_targets(std::size_t targets) {
    return body_of({}, code(Op::i32_const, 0, Op::br_table, targets, Bytes(targets), 0));
}

/// The body counts as one of the blocks that are open.
Bytes with_block_depth(std::size_t depth) {
    return body_of({}, code(repeated(depth - 1, {0x02, kEmptyBlock}), repeated(depth - 1, {0x0B})));
}

Bytes with_constant_instructions(std::size_t count) {
    ModuleBuilder b;
    b.global(kI32, false, repeated(count, {0x41, 0x00}));
    return b.build();
}

Bytes named(std::size_t bytes) {
    ModuleBuilder b;
    b.memory(0);
    b.export_memory(std::string(bytes, 'n'), 0);
    return b.build();
}

const Bytes kEmptyBlockBody = {0x02, kEmptyBlock, 0x0B};

const std::map<Limit, Maker> kMakers = {
    {Limit::module_bytes, module_of_size},
    {Limit::types, entries(1, {0x60, 0, 0})},
    {Limit::functions, repeating([](ModuleBuilder& b, std::size_t) { b.function(0, {}, {}); })},
    {Limit::imports, entries(2, {0, 0, 3, 0x7F, 0})},
    {Limit::exports,
     [](std::size_t count) {
         ModuleBuilder b;
         b.memory(0);
         for (std::size_t i = 0; i < count; ++i)
             b.export_memory(std::to_string(i), 0);
         return b.build();
     }},
    {Limit::globals, entries(6, {0x7F, 0, 0x41, 0, 0x0B})},
    {Limit::tables, entries(4, {0x70, 0, 0})},
    {Limit::table_elements, with_table_of},
    {Limit::element_segments, entries(9, {1, 0, 0})},
    {Limit::element_segment_entries,
     [](std::size_t count) {
         ModuleBuilder b;
         b.function(b.type({}, {}), {}, {});
         b.passive_elements(std::vector<std::uint32_t>(count, 0));
         return b.build();
     }},
    {Limit::data_segments, entries(11, {1, 0})},
    {Limit::parameters,
     [](std::size_t count) {
         ModuleBuilder b;
         b.type(std::vector<ValType>(count, kI32), {});
         return b.build();
     }},
    {Limit::results,
     [](std::size_t count) {
         ModuleBuilder b;
         b.type({}, std::vector<ValType>(count, kI32));
         return b.build();
     }},
    {Limit::type_words, with_type_words},
    {Limit::body_bytes, with_body_of_size},
    {Limit::locals, with_locals},
    {Limit::module_locals, with_module_locals},
    {Limit::operand_words,
     [](std::size_t count) { return body_of({}, code(repeated(count, {0x41, 0x00}), Op::return_)); }},
    {Limit::block_depth, with_block_depth},
    {Limit::blocks, [](std::size_t count) { return body_of({}, repeated(count, kEmptyBlockBody)); }},
    {Limit::branch_targets, with_branch_targets},
    {Limit::name_bytes, named},
    {Limit::constant_instructions, with_constant_instructions},
    {Limit::custom_sections, [](std::size_t count) { return module_bytes(repeated(count, {0, 1, 0})); }},
    {Limit::rec_groups, entries(1, {0x4E, 0})},
    {Limit::rec_group_types,
     [](std::size_t count) {
         ModuleBuilder b;
         b.group(std::vector<Bytes>(count, function_type({}, {})));
         return b.build();
     }},
    {Limit::subtype_depth,
     [](std::size_t depth) {
         ModuleBuilder b;
         b.type(open_type(structure_type({})));
         for (std::size_t i = 0; i < depth; ++i)
             b.type(open_type(structure_type({}), static_cast<std::uint32_t>(i)));
         return b.build();
     }},
    {Limit::struct_fields,
     [](std::size_t count) {
         ModuleBuilder b;
         b.type(structure_type(std::vector<FieldType>(count, packed_field(8))));
         return b.build();
     }},
    {Limit::tags, repeating([](ModuleBuilder& b, std::size_t) { b.tag(0); })},
    {Limit::memories, entries(5, {0, 0})},
    {Limit::catch_clauses,
     [](std::size_t count) {
         return body_of({}, code(Op::try_table, kEmptyBlock, count, repeated(count, {2, 0}), Op::end));
     }},
    {Limit::array_new_fixed,
     [](std::size_t count) {
         ModuleBuilder b;
         const auto array = b.type(array_type(packed_field(8)));
         b.function(b.type({}, {}), {}, code(Op::unreachable, Op::array_new_fixed, array, count, Op::drop));
         return b.build();
     }},
};

/// Limits of things that features of profile 2 bring.
const std::set<Limit>& of_later_features() {
    static const std::set<Limit> all = {
        Limit::rec_groups, Limit::rec_group_types, Limit::subtype_depth, Limit::struct_fields,
        Limit::tags,       Limit::memories,        Limit::catch_clauses, Limit::array_new_fixed};
    return all;
}

/// Limits of what happens when code runs.
const std::set<Limit>& elsewhere() {
    static const std::set<Limit> all = {
        Limit::store_table_elements, Limit::store_memory_bytes, Limit::call_depth, Limit::stack_words,
        Limit::heap_bytes,           Limit::array_bytes,        Limit::instances,
    };
    return all;
}

bool is_beyond(const std::optional<Error>& error, Limit limit) {
    return error && error->code == ErrorCode::limit_exceeded && error->detail == static_cast<std::uint32_t>(limit);
}

} // namespace

TEST_CASE("DET-21: each limit that a module can reach passes N and refuses N + 1") {
    for (const auto& [limit, make] : kMakers) {
        const std::uint64_t most = profile1().limits()[limit];
        INFO(to_text(limit) << " " << most);
        const Profile profile = of_later_features().contains(limit) ? all_features() : profile1();
        const std::optional<Error> at = refusal(make(most), profile);
        // A second constant instruction has nowhere to put its value; it is invalid before the limit is reached.
        if (limit == Limit::constant_instructions) {
            CHECK(at.value().code == ErrorCode::type_mismatch);
        } else {
            CHECK(at == std::nullopt);
        }
        CHECK(is_beyond(refusal(make(most + 1), profile), limit));
    }
}

TEST_CASE("DET-21: types, and parameters, results and fields together, are limited however they are grouped") {
    const auto with_types = [](std::size_t count) {
        ModuleBuilder b;
        for (std::size_t i = 0; i < count; i += 1000)
            b.group(std::vector<Bytes>(std::min<std::size_t>(1000, count - i), function_type({}, {})));
        return b.build();
    };
    const std::size_t types = profile1().limits()[Limit::types];
    CHECK(refusal(with_types(types), all_features()) == std::nullopt);
    CHECK(is_beyond(refusal(with_types(types + 1), all_features()), Limit::types));

    const auto with_words = [](std::size_t words) {
        ModuleBuilder b;
        for (; words >= 2000; words -= 2000)
            b.type(structure_type(std::vector<FieldType>(2000, packed_field(16))));
        for (; words > 0; --words)
            b.type(array_type(packed_field(8)));
        return b.build();
    };
    const std::size_t words = profile1().limits()[Limit::type_words];
    CHECK(refusal(with_words(words), all_features()) == std::nullopt);
    CHECK(is_beyond(refusal(with_words(words + 1), all_features()), Limit::type_words));
}

TEST_CASE("DET-21: where addresses may have 64 bits, a table is limited when it is made") {
    const std::uint64_t beyond_limit = profile1().limits()[Limit::table_elements] + 1;
    ModuleBuilder b;
    b.table(kFuncRef, beyond_limit);
    CHECK(is_beyond(refusal(b.build()), Limit::table_elements));
    CHECK(refusal(b.build(), with_feature(Feature::memory64)) == std::nullopt);
}

TEST_CASE("DET-21: imported memories and tags count towards the limits of their index spaces") {
    ModuleBuilder memories;
    for (std::uint64_t i = 0; i < profile1().limits()[Limit::memories]; ++i)
        memories.import_memory("m", "m", 0);
    CHECK(refusal(memories.build(), all_features()) == std::nullopt);
    memories.memory(0);
    CHECK(is_beyond(refusal(memories.build(), all_features()), Limit::memories));

    ModuleBuilder tags;
    const auto type = tags.type({}, {});
    tags.import_tag("m", "t", type);
    for (std::uint64_t i = 0; i < profile1().limits()[Limit::tags]; ++i)
        tags.tag(type);
    CHECK(is_beyond(refusal(tags.build(), all_features()), Limit::tags));
}

TEST_CASE("DET-21: each limit has a case, or its place elsewhere") {
    for (std::size_t i = 0; i < kLimitCount; ++i) {
        const Limit limit = static_cast<Limit>(i);
        INFO(to_text(limit));
        CHECK(kMakers.contains(limit) != elsewhere().contains(limit));
    }
}

TEST_CASE("DET-21: imports count towards the limits of their index spaces") {
    ModuleBuilder b;
    const std::uint64_t most = profile1().limits()[Limit::tables];
    for (std::uint64_t i = 0; i < most; ++i)
        b.import_table("m", "t", kFuncRef, 0);
    CHECK(refusal(b.build()) == std::nullopt);
    b.table(kFuncRef, 0);
    CHECK(is_beyond(refusal(b.build()), Limit::tables));

    ModuleBuilder imports;
    for (std::uint64_t i = 0; i <= most; ++i)
        imports.import_table("m", "t", kFuncRef, 0);
    CHECK(is_beyond(refusal(imports.build()), Limit::tables));

    ModuleBuilder globals;
    globals.import_global("m", "g", kI32);
    for (std::uint64_t i = 0; i < profile1().limits()[Limit::globals]; ++i) {
        globals.global(kI32, false, code(Op::i32_const, 0));
    }
    CHECK(is_beyond(refusal(globals.build()), Limit::globals));
}

TEST_CASE("DET-21: the minimum of an imported table is no limit, for nothing is allocated for it") {
    ModuleBuilder b;
    b.import_table("m", "t", kFuncRef, profile1().limits()[Limit::table_elements] + 1);
    CHECK(refusal(b.build()) == std::nullopt);
}

TEST_CASE("DET-21: operands that are never reached count towards the operand limit too") {
    const std::size_t most = profile1().limits()[Limit::operand_words];
    const auto dead = [](std::size_t count) {
        return body_of({}, code(Op::unreachable, repeated(count, {0x41, 0x00}), Op::unreachable));
    };
    CHECK(refusal(dead(most)) == std::nullopt);
    CHECK(is_beyond(refusal(dead(most + 1)), Limit::operand_words));
}

TEST_CASE("DET-21: a size is refused for being out of bounds before it is refused for being large") {
    const Bytes claims_much = module_bytes(vector_section(10, {code(524'289U, 0U)}));
    CHECK(refusal(claims_much)->code == ErrorCode::function_code_mismatch);
    const Bytes body = module_bytes(one_function(), section(10, code(1U, 524'289U, 0U)));
    CHECK(refusal(body)->code == ErrorCode::length_out_of_bounds);
}

} // namespace detent
