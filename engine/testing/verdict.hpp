// What tests of decoding and validation say: a module, and why it is refused.
#pragma once

#include "engine/base/result.hpp"
#include "engine/code/code.hpp"
#include "engine/limits.hpp"
#include "engine/profile.hpp"
#include "engine/testing/module_builder.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>

namespace detent {

inline std::ostream& operator<<(std::ostream& out, const Error& error) {
    return out << to_text(kind_of(error.code)) << ": " << to_text(error.code) << " at " << error.offset << ", detail "
               << error.detail;
}

inline std::ostream& operator<<(std::ostream& out, const std::optional<Error>& error) {
    return error ? out << *error : out << "accepted";
}

} // namespace detent

namespace detent::testing {

inline const Profile& profile1() { return *Profile::published(1); }

/// Profile 1 with one feature more, or without one.
inline Profile with_feature(Feature feature) {
    Profile changed = profile1();
    changed.features = changed.features.with(feature);
    return changed;
}

/// Profile 1 with every feature on.
inline Profile all_features() {
    Profile changed = profile1();
    for (std::size_t i = 0; i < kFeatureCount; ++i)
        changed.features = changed.features.with(static_cast<Feature>(i));
    return changed;
}

inline Profile without_feature(Feature feature) {
    Profile changed = profile1();
    changed.features = FeatureSet();
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        const Feature one = static_cast<Feature>(i);
        if (one != feature && profile1().features.has(one)) changed.features = changed.features.with(one);
    }
    return changed;
}

/// Why a module is refused, or nothing.
inline std::optional<Error> refusal(const Bytes& module, const Profile& profile = profile1()) {
    const Result<std::shared_ptr<const Code>> code = compile(module, profile);
    if (code.has_value()) return std::nullopt;
    return code.assume_error();
}

/// Whether an error is of the text format: its cases are in engine/text, those of the others in engine/valid.
constexpr bool is_of_text(ErrorCode code) noexcept {
    const auto number = static_cast<int>(code);
    return (number >= 150 && number < 200) || code == ErrorCode::text_too_long;
}

/// Whether an error is of saved executions: its cases are in engine/exec.
constexpr bool is_of_state(ErrorCode code) noexcept { return static_cast<int>(code) >= 700; }

/// The error of one more than a limit allows.
inline Error beyond(Limit limit, std::uint64_t offset) {
    return {ErrorCode::limit_exceeded, offset, static_cast<std::uint32_t>(limit)};
}

inline Error needs(Feature feature, std::uint64_t offset) {
    return {ErrorCode::feature_off, offset, static_cast<std::uint32_t>(feature)};
}

/// A module that ends with a code section of one body, and where that body begins.
struct WithBody {
    Bytes bytes;
    /// The offset of the local declarations.
    std::uint64_t declarations = 0;
    /// The offset of the first instruction, where there are no local declarations.
    std::uint64_t code = 0;
};

/// `sections` are those before the code section. The body is `instructions` and a final `end`, behind no locals.
inline WithBody with_raw_body(const Bytes& sections, const Bytes& body) {
    const Bytes content = code(1U, sized(body));
    WithBody made;
    made.bytes = module_bytes(sections, section(10, content));
    made.declarations = made.bytes.size() - body.size();
    made.code = made.declarations + 1;
    return made;
}

inline WithBody with_body(const Bytes& sections, const Bytes& instructions) {
    return with_raw_body(sections, code(std::uint8_t{0}, instructions, Op::end));
}

/// Sections with one type, () -> (), and one function of it.
inline Bytes one_function() { return code(vector_section(1, {{0x60, 0, 0}}), vector_section(3, {{0}})); }

/// The same with a memory, and a table of functions.
inline Bytes function_table_and_memory() {
    return code(one_function(), vector_section(4, {{0x70, 0, 0}}), vector_section(5, {{0, 1}}));
}

} // namespace detent::testing
