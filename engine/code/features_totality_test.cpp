// Compiling is total with every feature on, and takes linear time whatever one byte asks for.
#include "engine/code/operand_map.hpp"
#include "engine/testing/soundness.hpp"
#include "engine/testing/typed_body.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace detent {

using namespace testing;
using Abstract = HeapType::Abstract;

namespace {

constexpr std::uint32_t kNothing = 0; // () -> ()
constexpr std::uint32_t kUnary = 1;   // (i32) -> (i64)
constexpr std::uint32_t kNode = 2;    // struct { mut i32, mut (ref null kLeaf) }
constexpr std::uint32_t kLeaf = 3;    // the same and a mut i8, below kNode
constexpr std::uint32_t kBytes = 4;   // array of mut i8
constexpr std::uint32_t kRefs = 5;    // array of mut funcref
constexpr std::uint32_t kCaught = 6;  // () -> (i32 exnref)

void add_types(ModuleBuilder& b) {
    b.type({}, {});
    b.type({kI32}, {kI64});
    const std::vector<FieldType> node = {mutable_field(kI32), mutable_field(ref_null_to(kLeaf))};
    std::vector<FieldType> leaf = node;
    leaf.push_back(packed_field(8));
    b.group({open_type(structure_type(node)), final_type(structure_type(leaf), kNode)});
    b.type(array_type(packed_field(8)));
    b.type(array_type(mutable_field(kFuncRef)));
    b.type({}, {kI32, kExnRef});
}

/// Allocations, casts and branches on references.
Bytes of_references() {
    const Bytes leaf = code(Op::struct_new_default, kLeaf);
    const Bytes cast = code(Op::block, ref_to(kLeaf), Op::local_get, 1, Op::br_on_cast, 1, 0, Abstract::any,
                            HeapType(TypeIdx{kLeaf}), Op::drop, leaf, Op::end);
    const Bytes fails = code(Op::block, kAnyRef, Op::local_get, 1, Op::br_on_cast_fail, 3, 0, Abstract::any,
                             Abstract::i31, Op::drop, Op::ref_null, Abstract::none, Op::end);
    const Bytes nulls = code(Op::block, kEmptyBlock, Op::local_get, 1, Op::br_on_null, 0, Op::drop, Op::end, Op::block,
                             kAnyRef, Op::local_get, 1, Op::br_on_non_null, 0, Op::ref_null, Abstract::any, Op::end);
    return code(cast, Op::struct_get_s, kLeaf, 2, Op::drop, fails, Op::drop, nulls, Op::ref_test, Abstract::struct_,
                Op::drop, Op::ref_null, kRefs, Op::i32_const, 0, Op::ref_func, 0, Op::array_set, kRefs, Op::i32_const,
                7, Op::i32_const, 2, Op::array_new_fixed, kBytes, 1, Op::drop, Op::drop, Op::ref_func, 0, Op::local_set,
                3, Op::i32_const, 5, Op::local_get, 3, Op::call_ref, kUnary, Op::drop, Op::i32_const, 0, Op::i32_const,
                1, Op::array_new_data, kBytes, 0, Op::extern_convert_any, Op::any_convert_extern, Op::drop,
                Op::i32_const, 0, Op::i32_const, 1, Op::array_new_elem, kRefs, 0, Op::array_len, Op::drop);
}

/// Vectors, exceptions, 64-bit addresses, wide arithmetic.
Bytes of_the_rest() {
    const Bytes tried = code(Op::block, kCaught, Op::try_table, kEmptyBlock, 2, 1, 0, 0, 2, 1, Op::i32_const, 4,
                             Op::throw_, 0, Op::end, Op::unreachable, Op::end, Op::throw_ref);
    return code(Op::v128_const, Bytes(16), Op::local_tee, 2, Op::i8x16_extract_lane_s, 15, Op::drop, Op::local_get, 2,
                Op::local_get, 2, Op::i8x16_shuffle, Bytes(16), Op::drop, Op::i64_const, 0, Op::i64_load,
                Bytes{0x43, 1}, std::uint64_t{1} << 40, Op::i64_const, 3, Op::i64_mul_wide_s, Op::drop, Op::drop,
                Op::i32_const, 0, Op::i64_const, 0, Op::i32_const, 1, Op::memory_copy, 0, 1, Op::i64_const, 0,
                Op::table_get, 1, Op::drop, Op::block, kEmptyBlock, tried, Op::end, Op::i32_const, 0, Op::return_call,
                0);
}

Bytes rich_module() {
    ModuleBuilder b;
    add_types(b);
    const auto whole = b.type({kI32, kAnyRef}, {kI64});
    const auto thrown = b.type({kI32}, {});
    b.import_function("m", "f", kUnary);
    b.import_tag("m", "tag", thrown);
    b.import_global("m", "g", kI32);
    b.memory(MemType{{9, 0, false}, AddressType::i32, 0});
    b.memory(MemType{{1, 2, true}, AddressType::i64, 16});
    b.table(TableType{ref_to(kUnary), {2, 3, true}, AddressType::i32}, code(Op::ref_func, 0));
    b.table(TableType{kFuncRef, {0, 0, false}, AddressType::i64});
    b.tag(kNothing);
    b.global(ref_to(kBytes), false,
             code(Op::i32_const, 1, Op::global_get, 0, Op::i32_add, Op::array_new_default, kBytes));
    b.global(kAnyRef, true, code(Op::i32_const, 1, Op::ref_i31));
    b.export_tag("tag", 1);
    b.passive_elements({0, 0});
    b.active_elements(1, code(Op::i64_const, 0), some(Abstract::func), {code(Op::ref_func, 0)});
    b.passive_data(Bytes(10));
    b.function(whole, {{1, kV128}, {1, ref_to(kUnary)}, {3, kI64}}, code(of_references(), of_the_rest()));
    return b.build();
}

bool is_sound_with_all(const Bytes& bytes) { return is_sound(bytes, all_features()); }

Profile spec_limits() {
    Profile wide = all_features();
    wide.preset = Preset::spec;
    return wide;
}

/// So many times the same instructions in a body that reaches none of them.
Bytes unreached(ModuleBuilder b, std::size_t count, const Bytes& instructions) {
    b.function(b.type({}, {}), {}, code(Op::unreachable, repeated(count, instructions), Op::unreachable));
    return b.build();
}

} // namespace

TEST_CASE("binary-module: random bytes get a verdict with every feature on") {
    CHECK(rc::check("bytes as a section", [](const Bytes& bytes) {
        const auto id = *rc::gen::inRange<std::uint8_t>(0, 14);
        RC_ASSERT(is_sound_with_all(module_bytes(section(id, bytes))));
    }));
    CHECK(rc::check("bytes as a body", [](const Bytes& bytes) {
        ModuleBuilder b;
        add_types(b);
        b.memory(1);
        b.raw_function(kNothing, code(0U, bytes));
        RC_ASSERT(is_sound_with_all(b.build()));
    }));
}

TEST_CASE("binary-module: a module of every feature, changed or cut off, gets a verdict") {
    const Bytes whole = rich_module();
    REQUIRE(refusal(whole, all_features()) == std::nullopt);
    CHECK(rc::check("changed", [&] {
        Bytes bytes = whole;
        const auto changes = *rc::gen::inRange(1, 5);
        for (int i = 0; i < changes; ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(8, bytes.size());
            bytes[at] = *rc::gen::arbitrary<std::uint8_t>();
        }
        RC_ASSERT(is_sound_with_all(bytes));
    }));
    const std::vector<std::size_t> ends = section_ends(whole);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO("cut off at " << size);
        const std::optional<Error> error =
            refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), all_features());
        const bool is_between = std::ranges::find(ends, size) != ends.end();
        REQUIRE((error.has_value() || is_between));
        if (error && !is_between) CHECK(kind_of(error->code) == ErrorKind::malformed);
    }
}

TEST_CASE("binary-module: each byte of a module of every feature, changed to each other one, gets a verdict") {
    const Bytes whole = rich_module();
    std::size_t unsound = 0;
    for (std::size_t at = 8; at < whole.size(); ++at) {
        Bytes bytes = whole;
        for (unsigned value = 0; value < 256; ++value) {
            bytes[at] = static_cast<std::uint8_t>(value);
            unsound += is_sound_with_all(bytes) ? 0U : 1U;
        }
    }
    CHECK(unsound == 0);
}

TEST_CASE("binary-module: what a profile leaves off is refused with the feature that would bring it") {
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        const auto feature = static_cast<Feature>(i);
        if (feature == Feature::mvp || feature == Feature::sign_extension) continue;
        Profile without = all_features();
        without.features = FeatureSet();
        for (std::size_t k = 0; k < kFeatureCount; ++k) {
            if (k != i) without.features = without.features.with(static_cast<Feature>(k));
        }
        INFO(to_text(feature));
        const std::optional<Error> error = refusal(rich_module(), without);
        const bool is_unused = feature == Feature::saturating_conversion || feature == Feature::mutable_global ||
                               feature == Feature::relaxed_simd;
        if (is_unused) {
            CHECK(error == std::nullopt);
        } else if (feature == Feature::multi_memory) {
            // Its encodings are those of 1.0 with other bytes in it.
            CHECK(error.has_value());
        } else {
            REQUIRE(error.has_value());
            CHECK(error->code == ErrorCode::feature_off);
            CHECK(error->detail == i);
        }
    }
}

TEST_CASE("DET-10: wherever an allocation fails, compiling with every feature on ends with out_of_memory") {
    const Bytes bytes = rich_module();
    std::uint64_t allocations = 0;
    {
        const Probing none(0);
        REQUIRE(refusal(bytes, all_features()) == std::nullopt);
        allocations = allocation_probe().allocations;
    }
    REQUIRE(allocations > 20);
    for (std::uint64_t i = 1; i <= allocations; ++i) {
        INFO("allocation " << i << " of " << allocations);
        const Probing failing(i);
        CHECK(refusal(bytes, all_features()) == Error{ErrorCode::out_of_memory});
    }
}

TEST_CASE("valid-struct.new: a million of ten thousand fields, or of ten thousand operands, take linear time") {
    ModuleBuilder b;
    const auto large = b.type(structure_type(std::vector<FieldType>(10'000, constant_field(kAnyRef))));
    const auto array = b.type(array_type(packed_field(8)));
    for (const Bytes& instructions :
         {code(Op::struct_new, large, Op::drop), code(Op::struct_new_default, large, Op::drop),
          code(Op::array_new_fixed, array, 10'000U, Op::drop)})
        CHECK(refusal(unreached(b, 1'000'000, instructions), spec_limits()) == std::nullopt);
}

TEST_CASE("valid-br_table: a million targets of one or two labels of a thousand higher types take linear time") {
    constexpr std::size_t kTargets = 1'000'000;
    ModuleBuilder b;
    const auto lists = {std::vector<ValType>(1000, kAnyRef), std::vector<ValType>(1000, kEqRef)};
    const auto nothing = b.type({}, {});
    const auto given = b.type({}, std::vector<ValType>(1000, some(Abstract::none)));
    Bytes blocks;
    for (const std::vector<ValType>& list : lists)
        append(blocks, code(Op::block, b.type({}, list)));
    const Bytes left = code(Op::unreachable, Op::end);
    b.function(given, {}, code(Op::unreachable));
    for (const Bytes& targets : {Bytes(kTargets), repeated(kTargets / 2, {0, 1})})
        b.function(nothing, {},
                   code(blocks, Op::call, 0, Op::i32_const, 0, Op::br_table, kTargets, targets, 0, left, left,
                        Op::unreachable));
    const auto compiled = compile(b.build(), spec_limits());
    REQUIRE(compiled.has_value());
    CHECK(compiled.assume_value()->counts().branch_targets == 2 * (kTargets + 1));
}

TEST_CASE("valid-local.get: a million blocks that set locals take linear time, however many locals there are") {
    ModuleBuilder b;
    const auto nothing = b.type({}, {});
    const Bytes block = code(Op::block, kEmptyBlock, Op::ref_func, 0, Op::local_set, 49'999U, Op::end);
    b.declared_elements({0});
    const std::vector<Locals> locals = {{50'000, some(Abstract::func)}};
    b.function(nothing, locals, repeated(700'000, block));
    for (int i = 0; i < 1900; ++i)
        b.function(nothing, locals, {});
    CHECK(refusal(b.build(), spec_limits()) == std::nullopt);
}

TEST_CASE("valid-try_table: blocks nested as deeply as they may be are left as fast as they are entered") {
    const std::size_t depth = 900'000;
    const Bytes open = code(Op::try_table, kEmptyBlock, 1, 2, 0);
    ModuleBuilder b;
    b.function(b.type({}, {}), {}, code(repeated(depth, open), repeated(depth, {0x0B})));
    const auto compiled = compile(b.build(), spec_limits());
    REQUIRE(compiled.has_value());
    const FunctionCode& function = compiled.assume_value()->function(FuncIdx{0});
    CHECK(function.try_block_count == depth);
    CHECK(function.try_mark_count == 2 * depth);
}

TEST_CASE("valid-rectype: a million types in chains as long as they may be take linear time") {
    std::vector<Bytes> types;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        const bool is_first = i % 64 == 0;
        types.push_back(is_first ? open_type(structure_type({})) : open_type(structure_type({}), i - 1));
    }
    ModuleBuilder b;
    b.group(types);
    CHECK(refusal(b.build(), spec_limits()) == std::nullopt);
}

TEST_CASE("OperandMap: each instruction of a body that runs can be asked for") {
    const auto made = compile(rich_module(), all_features());
    REQUIRE(made.has_value());
    const Code& code = *made.assume_value();
    const FuncIdx function{1};
    const ByteRange body = code.module().body(function).expression;
    std::vector<std::uint32_t> positions;
    for (const Branch& one : code.branches(code.function(function)))
        positions.push_back(one.position);
    // Every branch of this body is reached; what goes along, and what is dropped, is there, but for a payload.
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    const Result<OperandMap> map = map_operands(code, function, positions);
    REQUIRE(map.has_value());
    for (std::size_t i = 0; i < positions.size(); ++i) {
        INFO("at " << positions[i] - body.begin);
        CHECK(map.assume_value().at(i).size() + code.function(function).local_words <=
              code.function(function).frame_words);
    }
}

} // namespace detent
