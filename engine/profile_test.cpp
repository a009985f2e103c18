// Profiles, features and presets. Source: profile.hpp.
#include "engine/profile.hpp"
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

namespace detent {

using namespace testing;

namespace {

Bytes canonical(const Profile& profile) {
    Buffer<std::uint8_t> out;
    REQUIRE(profile.append_canonical(out));
    return {out.begin(), out.end()};
}

Bytes name(std::string_view text) { return code(static_cast<std::uint8_t>(text.size()), text_bytes(text)); }

/// The canonical bytes of a profile with these features, the limits for contracts and the float rules of all profiles.
Bytes laid_out(std::uint32_t id, const std::vector<const char*>& features) {
    Bytes bytes =
        code(text_bytes("DTNTPROF"), little_endian(1, 4), little_endian(id, 4), little_endian(features.size(), 4));
    for (const char* feature : features)
        append(bytes, name(feature));
    append(bytes, code(name("contract"), little_endian(kLimitCount, 4)));
#define LIMIT(identifier, spec, contract, what) append(bytes, code(name(#identifier), little_endian(contract, 8)));
#include "engine/limits.def"
#undef LIMIT
    append(bytes, code(little_endian(2, 4), name("nan-canonical-positive"), name("relaxed-simd-deterministic")));
    return bytes;
}

/// A module that needs a feature, which the rest of profile 1 does not bring.
const std::map<Feature, Bytes>& needing() {
    const Bytes function = one_function();
    const Bytes zero = code(Op::i32_const, 0, Op::end);
    static const std::map<Feature, Bytes> all = {
        {Feature::mutable_global, module_bytes(vector_section(2, {{0, 0, 3, 0x7F, 1}}))},
        {Feature::sign_extension, with_body(function, code(Op::i32_const, 0, Op::i32_extend8_s, Op::drop)).bytes},
        {Feature::saturating_conversion,
         with_body(function, code(Op::f32_const, 0.0F, Op::i32_trunc_sat_f32_s, Op::drop)).bytes},
        {Feature::multi_value, module_bytes(vector_section(1, {{0x60, 0, 2, 0x7F, 0x7F}}))},
        {Feature::bulk_memory, module_bytes(vector_section(11, {{1, 0}}))},
        {Feature::reference_types, module_bytes(vector_section(4, {{0x70, 0, 0}, {0x70, 0, 0}}))},
    };
    return all;
}

/// Modules that need a feature that profile 1 does not have, and where.
std::vector<std::pair<Bytes, Error>> beyond_profile1() {
    const auto in_section = [](std::uint8_t id, const Bytes& content, Feature feature, std::uint64_t offset) {
        return std::pair(module_bytes(section(id, content)), needs(feature, offset));
    };
    const auto in_body = [](const Bytes& instructions, Feature feature, std::uint64_t after) {
        const WithBody made = with_body(function_table_and_memory(), instructions);
        return std::pair(made.bytes, needs(feature, made.code + after));
    };
    return {
        in_section(1, {1, 0x60, 1, 0x7B, 0}, Feature::simd, 13),
        in_section(1, {1, 0x60, 1, 0x6E, 0}, Feature::gc, 13),
        in_section(1, {1, 0x60, 1, 0x69, 0}, Feature::exceptions, 13),
        in_section(1, {1, 0x60, 1, 0x64, 0}, Feature::function_references, 13),
        in_section(1, {1, 0x4E, 0}, Feature::gc, 11),
        in_section(1, {1, 0x5F, 0}, Feature::gc, 11),
        in_section(2, {1, 0, 0, 4, 0, 0}, Feature::exceptions, 13),
        in_section(4, {1, 0x40, 0, 0x70, 0, 0, 0xD0, 0x70, 0x0B}, Feature::function_references, 11),
        in_section(4, {1, 0x70, 4, 0}, Feature::memory64, 12),
        in_section(5, {1, 4, 0}, Feature::memory64, 11),
        in_section(5, {2, 0, 0, 0, 0}, Feature::multi_memory, 13),
        in_section(6, {2, 0x7F, 0, 0x41, 0, 0x0B, 0x7F, 0, 0x23, 0, 0x0B}, Feature::gc, 18),
        in_section(6, {1, 0x7F, 0, 0x41, 0, 0x41, 0, 0x6A, 0x0B}, Feature::extended_const, 17),
        in_section(6, {1, 0x7F, 0, 0xFB, 0x1C}, Feature::gc, 13),
        in_section(13, {0}, Feature::exceptions, 8),
        in_body(code(Op::nop, Op::return_call, 0), Feature::tail_call, 1),
        in_body(code(Op::throw_, 0), Feature::exceptions, 0),
        in_body(code(Op::try_table, kEmptyBlock, 0, Op::end), Feature::exceptions, 0),
        in_body(code(Op::ref_null, kFuncRef, Op::ref_as_non_null), Feature::function_references, 2),
        in_body(code(Op::struct_new, 0), Feature::gc, 0),
        in_body(code(Op::i8x16_splat), Feature::simd, 0),
        in_body(code(Op::f32x4_relaxed_min), Feature::relaxed_simd, 0),
        in_body(code(Op::i64_add128), Feature::wide_arithmetic, 0),
        in_body(code(Op::ref_null, 0), Feature::function_references, 1),
        in_body(code(Op::i32_const, 0, Op::i32_load, 0x42U, 0, 0, Op::drop), Feature::multi_memory, 3),
        in_body(code(Op::block, kV128, Op::end), Feature::simd, 1),
    };
}

} // namespace

TEST_CASE("profile 1: WebAssembly 2.0 without vectors, under the limits for contracts") {
    const Profile& profile = profile1();
    CHECK(profile.id == 1);
    CHECK(profile.preset == Preset::contract);
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        const Feature feature = static_cast<Feature>(i);
        INFO(to_text(feature));
        CHECK(profile.features.has(feature) == (i <= static_cast<std::size_t>(Feature::reference_types)));
    }
}

TEST_CASE("profile 2: every feature, under the limits for contracts") {
    const Profile& profile = *Profile::published(2);
    CHECK(profile.id == 2);
    CHECK(profile.preset == Preset::contract);
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        INFO(to_text(static_cast<Feature>(i)));
        CHECK(profile.features.has(static_cast<Feature>(i)));
    }
}

TEST_CASE("profiles: no other number is published") {
    CHECK(Profile::published(0) == nullptr);
    CHECK(Profile::published(3) == nullptr);
    CHECK(Profile::published(0xFFFF'FFFF) == nullptr);
}

TEST_CASE("profiles: the canonical bytes are laid out as profile.hpp says") {
    CHECK(canonical(profile1()) == laid_out(1, {"mvp", "mutable-global", "sign-extension", "saturating-conversion",
                                                "multi-value", "bulk-memory", "reference-types"}));
    CHECK(canonical(*Profile::published(2)) ==
          laid_out(2, {"mvp", "mutable-global", "sign-extension", "saturating-conversion", "multi-value", "bulk-memory",
                       "reference-types", "simd", "relaxed-simd", "tail-call", "extended-const", "function-references",
                       "gc", "exceptions", "multi-memory", "memory64", "custom-page-sizes", "wide-arithmetic"}));
    const Profile unpublished{9, FeatureSet(), Preset::contract};
    const Bytes bytes = canonical(unpublished);
    CHECK(Bytes(bytes.end() - 4, bytes.end()) == Bytes(4, 0));
}

TEST_CASE("profile: without memory there are no canonical bytes, and no end of the process") {
    Buffer<std::uint8_t> out;
    allocation_probe() = {0, 3};
    CHECK(!profile1().append_canonical(out));
    allocation_probe() = {};
}

TEST_CASE("features: each feature of profile 1 is needed by a module that is refused without it",
          "[feature:mutable-global][feature:sign-extension][feature:saturating-conversion][feature:multi-value]"
          "[feature:bulk-memory][feature:reference-types]") {
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        const Feature feature = static_cast<Feature>(i);
        if (!profile1().features.has(feature) || feature == Feature::mvp) continue;
        INFO(to_text(feature));
        REQUIRE(needing().contains(feature));
        CHECK(refusal(needing().at(feature)) == std::nullopt);
        const std::optional<Error> error = refusal(needing().at(feature), without_feature(feature));
        REQUIRE(error.has_value());
        CHECK(error->code == ErrorCode::feature_off);
        CHECK(error->detail == static_cast<std::uint32_t>(feature));
    }
}

TEST_CASE("features: a module of a later feature is told apart from a malformed one") {
    for (const auto& [bytes, expected] : beyond_profile1()) {
        INFO(to_text(static_cast<Feature>(expected.detail)));
        CHECK(refusal(bytes) == expected);
    }
}

TEST_CASE("presets: by name, and with a limit changed") {
    CHECK(preset_named("spec") == Preset::spec);
    CHECK(preset_named("contract") == Preset::contract);
    CHECK(preset_named("") == std::nullopt);
    const LimitValues& contract = LimitValues::of(Preset::contract);
    CHECK(contract[Limit::module_bytes] == 4194304);
    CHECK(LimitValues::of(Preset::spec)[Limit::module_bytes] == 1073741824);
    CHECK(contract.with(Limit::types, 3)[Limit::types] == 3);
    CHECK(contract.with(Limit::types, 3)[Limit::functions] == contract[Limit::functions]);
    CHECK(to_text(Limit::call_depth) == "call_depth");
    CHECK(!description(Limit::call_depth).empty());
}

} // namespace detent
