// The encodings of types, tables, memories and tags that later features bring. Source: spec, Binary Format, Types.
#include "engine/binary/decode.hpp"
#include "engine/testing/typed_body.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;
using Abstract = HeapType::Abstract;

namespace {

Module decoded(const Bytes& bytes) {
    Result<Module> module = decode(bytes, all_features());
    REQUIRE(module.has_value());
    return std::move(module).assume_value();
}

/// A type section of one function type with one parameter, which is these bytes.
Bytes with_parameter(const Bytes& type) {
    return module_bytes(vector_section(1, {code(Bytes{0x60, 1}, type, Bytes{0})}));
}

Profile with_features(std::initializer_list<Feature> features) {
    Profile profile = profile1();
    for (const Feature one : features)
        profile.features = profile.features.with(one);
    return profile;
}

} // namespace

TEST_CASE("binary-reftype: the bytes of each type, short and in full", "[feature:gc]") {
    const std::pair<std::uint8_t, Abstract> bytes[] = {
        {0x74, Abstract::noexn}, {0x73, Abstract::nofunc},  {0x72, Abstract::noextern}, {0x71, Abstract::none},
        {0x70, Abstract::func},  {0x6F, Abstract::extern_}, {0x6E, Abstract::any},      {0x6D, Abstract::eq},
        {0x6C, Abstract::i31},   {0x6B, Abstract::struct_}, {0x6A, Abstract::array},    {0x69, Abstract::exn},
    };
    for (const auto& [byte, heap] : bytes) {
        INFO(to_text(heap));
        CHECK(decoded(with_parameter({byte})).type_pool[0] == nullable(heap));
        CHECK(decoded(with_parameter({0x63, byte})).type_pool[0] == nullable(heap));
        CHECK(decoded(with_parameter({0x64, byte})).type_pool[0] == non_null(heap));
    }
    CHECK(decoded(with_parameter({0x7B})).type_pool[0] == kV128);
    CHECK(decoded(with_parameter({0x64, 0x00})).type_pool[0] == ref_to(0));
    CHECK(decoded(with_parameter({0x63, 0xC0, 0x00})).type_pool[0] == ref_null_to(64));
}

TEST_CASE("binary-heaptype: an index is a number of 33 bits that is not negative; other bytes are malformed",
          "[feature:function-references]") {
    const auto refused = [](const Bytes& type) { return refusal(with_parameter(type), all_features()).value(); };
    // The parameter begins at 13, its heap type one behind.
    CHECK(refused({0x64, 0x40}) == Error{ErrorCode::malformed_reference_type, 14});
    CHECK(refused({0x64, 0x7F}) == Error{ErrorCode::malformed_reference_type, 14});
    CHECK(refused({0x64, 0x64, 0x70}) == Error{ErrorCode::malformed_reference_type, 14});
    CHECK(refused({0x64, 0xF0, 0x7F}) == Error{ErrorCode::malformed_reference_type, 14});
    CHECK(refused({0x64, 0x80, 0x80, 0x80, 0x80, 0x02}) == Error{ErrorCode::unknown_type, 14});
    CHECK(refused({0x64, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == Error{ErrorCode::unknown_type, 14});
    CHECK(refused({0x64, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F}) == Error{ErrorCode::integer_too_large, 18});
    CHECK(refused({0x78}) == Error{ErrorCode::malformed_value_type, 13});
}

TEST_CASE("binary-rectype: groups, subtypes, structures and arrays are decoded as they stand", "[feature:gc]") {
    ModuleBuilder b;
    b.group({open_type(structure_type({packed_field(16), constant_field(ref_null_to(1))})),
             final_type(structure_type({packed_field(16), constant_field(ref_to(1)), mutable_field(kF64)}), 0)});
    b.type(array_type(packed_field(8)));
    b.group({});
    b.type({kI32}, {kI64, kF32});
    const Module m = decoded(b.build());
    REQUIRE(m.rec_groups.size() == 4);
    CHECK(m.rec_groups[0].count == 2);
    CHECK(m.rec_groups[2].count == 0);
    CHECK(m.rec_groups[3].first == 3);
    REQUIRE(m.types.size() == 4);
    CHECK(m.types[0].kind == CompositeKind::struct_);
    CHECK_FALSE(m.types[0].is_final);
    CHECK_FALSE(m.types[0].supertype);
    CHECK(m.types[1].is_final);
    CHECK(m.types[1].supertype == TypeIdx{0});
    CHECK(m.types[1].depth == 1);
    CHECK_FALSE(m.types[1].has_defaults);
    CHECK(m.types[0].has_defaults);
    REQUIRE(m.fields(TypeIdx{1}).size() == 3);
    CHECK(m.fields(TypeIdx{1})[0] == packed_field(16));
    CHECK(m.fields(TypeIdx{1})[2] == mutable_field(kF64));
    CHECK(m.unpacked_fields(TypeIdx{1})[0] == kI32);
    CHECK(m.unpacked_fields(TypeIdx{1})[1] == ref_to(1));
    CHECK(m.types[2].kind == CompositeKind::array);
    CHECK(m.fields(TypeIdx{2})[0] == packed_field(8));
    CHECK(m.func_type(TypeIdx{3}).results.size() == 2);
    // A subtype within a subtype, a group within a group.
    const auto refused = [](const Bytes& type) {
        return refusal(module_bytes(vector_section(1, {type})), all_features()).value();
    };
    CHECK(refused({0x50, 0, 0x50, 0, 0x60, 0, 0}) == Error{ErrorCode::malformed_type_form, 13});
    CHECK(refused({0x4E, 1, 0x4E, 0}) == Error{ErrorCode::malformed_type_form, 13});
    CHECK(refused({0x5F, 1, 0x78, 2}) == Error{ErrorCode::malformed_mutability, 14});
    CHECK(refused({0x4E, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == Error{ErrorCode::length_out_of_bounds, 12});
    CHECK(refused({0x5F, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == Error{ErrorCode::length_out_of_bounds, 12});
    CHECK(refused({0x50, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}) == Error{ErrorCode::length_out_of_bounds, 12});
}

TEST_CASE("binary-limits: address types and page sizes", "[feature:memory64]") {
    ModuleBuilder b;
    b.memory(MemType{{1, 2, true}, AddressType::i64, 16});
    b.memory(MemType{{3, 0, false}, AddressType::i64, 0});
    b.table(TableType{kExternRef, {4, 5, true}, AddressType::i64});
    const Module m = decoded(b.build());
    CHECK(m.memories[0].address == AddressType::i64);
    CHECK(m.memories[0].limits == Limits{1, 2, true});
    CHECK(m.memories[0].page_log == 16);
    CHECK(m.memories[1].page_log == 0);
    CHECK(m.tables[0].address == AddressType::i64);
    CHECK(m.tables[0].limits == Limits{4, 5, true});
    // Sizes are numbers of 64 bits then, however they are written.
    const auto memory = [](const Bytes& bytes) { return module_bytes(vector_section(5, {bytes})); };
    CHECK(refusal(memory({0, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00}), all_features()) == std::nullopt);
    CHECK(refusal(memory({0, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00})).value().code == ErrorCode::integer_too_long);
    for (const std::uint8_t flags : Bytes{0x10, 0x14, 0x81})
        CHECK(refusal(memory({flags, 0, 0}), all_features()) == Error{ErrorCode::malformed_limits_flags, 11});
}

TEST_CASE("binary-tablesec: a table with an initializer; binary-tagsec: tags between memories and globals",
          "[feature:exceptions]") {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {});
    b.import_tag("m", "t", type);
    b.table(kFuncRef, 1);
    b.table(TableType{kFuncRef, {2, 0, false}, AddressType::i32}, code(Op::ref_null, Abstract::func));
    b.memory(1);
    b.tag(type);
    b.global(kI32, false, code(Op::i32_const, 0));
    b.export_tag("t", 1);
    const Module m = decoded(b.build());
    REQUIRE(m.table_initializers.size() == 2);
    CHECK_FALSE(m.table_initializers[0].has_value());
    REQUIRE(m.table_initializers[1].has_value());
    CHECK(m.slice(m.table_initializers[1]->bytes).size() == 3);
    CHECK(m.tags.size() == 2);
    CHECK(m.imported_tags == 1);
    CHECK(m.imports[0].kind == ExternKind::tag);
    CHECK(m.find_export("t")->kind == ExternKind::tag);
    CHECK(m.tag_type(TagIdx{1}).parameters.size() == 1);
    const Bytes late = module_bytes(section(6, {0}), section(13, {0}));
    CHECK(refusal(late, all_features()) == Error{ErrorCode::unexpected_content, 11});
    const Bytes early = module_bytes(section(13, {0}), section(5, {0}));
    CHECK(refusal(early, all_features()) == Error{ErrorCode::unexpected_content, 11});
    // An imported table has no initializer.
    const Bytes imported = module_bytes(vector_section(2, {{0, 0, 1, 0x40, 0, 0x70, 0, 0}}));
    CHECK(refusal(imported, all_features()) == Error{ErrorCode::malformed_reference_type, 14});
}

TEST_CASE("binary-module: each encoding of a feature that is off is refused with it") {
    const auto type = [](const Bytes& bytes) { return module_bytes(vector_section(1, {bytes})); };
    for (const std::uint8_t form : Bytes{0x4E, 0x4F, 0x50, 0x5E, 0x5F})
        CHECK(refusal(type({form, 0, 0x60, 0, 0})) == needs(Feature::gc, 11));
    CHECK(refusal(with_parameter({0x7B})) == needs(Feature::simd, 13));
    for (const std::uint8_t byte : Bytes{0x6E, 0x6D, 0x6C, 0x6B, 0x6A, 0x71, 0x72, 0x73})
        CHECK(refusal(with_parameter({byte})) == needs(Feature::gc, 13));
    for (const std::uint8_t byte : Bytes{0x69, 0x74})
        CHECK(refusal(with_parameter({byte})) == needs(Feature::exceptions, 13));
    for (const std::uint8_t byte : Bytes{0x63, 0x64})
        CHECK(refusal(with_parameter({byte, 0x70})) == needs(Feature::function_references, 13));
    // In full, each heap type still needs the feature that brings it.
    const Profile functions = with_features({Feature::function_references});
    CHECK(refusal(with_parameter({0x64, 0x70}), functions) == std::nullopt);
    CHECK(refusal(with_parameter({0x64, 0x6E}), functions) == needs(Feature::gc, 14));
    CHECK(refusal(with_parameter({0x64, 0x69}), functions) == needs(Feature::exceptions, 14));
    CHECK(refusal(module_bytes(section(13, {0}))) == needs(Feature::exceptions, 8));
    CHECK(refusal(module_bytes(section(2, {1, 0, 0, 4, 0, 0}))) == needs(Feature::exceptions, 13));
    CHECK(refusal(module_bytes(section(7, {1, 0, 4, 0}))) == needs(Feature::exceptions, 12));
    CHECK(refusal(module_bytes(section(4, {1, 0x40, 0, 0x70, 0, 0}))) == needs(Feature::function_references, 11));
    CHECK(refusal(module_bytes(section(4, {1, 0x70, 4, 0}))) == needs(Feature::memory64, 12));
    CHECK(refusal(module_bytes(section(5, {1, 4, 0}))) == needs(Feature::memory64, 11));
    CHECK(refusal(module_bytes(section(5, {1, 8, 0, 0}))) == needs(Feature::custom_page_sizes, 11));
    CHECK(refusal(module_bytes(section(5, {2, 0, 0, 0, 0}))) == needs(Feature::multi_memory, 13));
    const WithBody load = with_body(function_table_and_memory(), code(Op::i32_const, 0, Op::i32_load, 0x42U, 0, 0));
    CHECK(refusal(load.bytes) == needs(Feature::multi_memory, load.code + 3));
    const WithBody null = with_body(one_function(), code(Op::ref_null, 0, Op::drop));
    CHECK(refusal(null.bytes) == needs(Feature::function_references, null.code + 1));
    const WithBody block = with_body(one_function(), code(Op::block, Bytes{0x6E}, Op::unreachable, Op::end, Op::drop));
    CHECK(refusal(block.bytes) == needs(Feature::gc, block.code + 1));
}

TEST_CASE("binary-instr: each instruction of a feature that is off is refused with it") {
    std::size_t tested = 0;
    for (std::size_t i = 0; i < kOpCount; ++i) {
        if (profile1().features.has(kOpRows[i].feature)) continue;
        ++tested;
        INFO(kOpRows[i].mnemonic);
        const WithBody made = with_body(one_function(), code(Op::nop, static_cast<Op>(i), Bytes(20)));
        CHECK(refusal(made.bytes) == needs(kOpRows[i].feature, made.code + 1));
    }
    CHECK(tested > 300);
}

} // namespace detent
