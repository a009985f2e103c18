// Parameters and results as they are written in line. Source: spec, Text Format, Types; Type Uses.
#pragma once

#include "engine/text/value_types.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text {

/// A token in front of which a name may be annotated, and the index that the name is of.
struct NamePlace {
    std::uint32_t index;
    std::uint32_t token;
};

/// An identifier of a parameter or a local.
struct LocalId {
    std::uint32_t index;
    std::string_view id;
    std::uint32_t text_offset;
};

struct Signature {
    std::uint32_t param_count = 0;
    std::uint32_t result_count = 0;
    Writer params;
    Writer results;
    std::vector<LocalId> ids;
    std::vector<NamePlace> name_places;

    [[nodiscard]] bool is_empty() const noexcept { return param_count == 0 && result_count == 0; }
    /// What follows 0x60 in the binary format; equal keys are equal types.
    [[nodiscard]] std::string key() const;
};

/// Whether parameters may have identifiers: those of blocks and of call_indirect may not.
enum class Binding : std::uint8_t { forbidden, allowed };

/// `(param …)* (result …)*`
[[nodiscard]] Signature signature(Cursor& cursor, const IndexSpace& types, Binding binding);

} // namespace detent::text
