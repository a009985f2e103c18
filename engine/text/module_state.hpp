// What is known of a module while its text is parsed.
#pragma once

#include "engine/text/annotations.hpp"
#include "engine/text/cursor.hpp"
#include "engine/text/names.hpp"
#include "engine/text/space.hpp"
#include "engine/text/types.hpp"
#include "engine/text/wat.hpp"
#include "engine/text/writer.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace detent::text {

struct BranchHint {
    /// Of the instruction, from the beginning of the function's body.
    std::uint32_t offset;
    bool is_likely;
};

struct FunctionHints {
    std::uint32_t func;
    std::vector<BranchHint> hints;
};

/// What has been written: the sections, except that of the types.
struct Output {
    Section imports;
    Section functions;
    Section tables;
    Section memories;
    Section tags;
    Section globals;
    Section exports;
    Section elems;
    Section code;
    Section datas;
    std::optional<std::uint32_t> start;
    std::uint32_t start_offset = 0;
    /// Whether an instruction of a body names a data segment, so that decoding it needs their number in front.
    bool needs_data_count = false;
    std::vector<CustomSection> customs;
    std::vector<FunctionHints> hints;
    /// The index that comes next, by space.
    std::array<std::uint32_t, kSpaceCount> next_index{};
    /// The first thing that was defined and not imported, behind which no import may stand.
    std::optional<Space> first_definition;

    [[nodiscard]] std::uint32_t take_index(Space space) { return next_index[static_cast<std::size_t>(space)]++; }
};

struct ModuleState {
    ModuleState(const Tokens& tokens, std::uint32_t first, std::uint32_t last, const ParseOptions& parse_options)
        : cursor(tokens, first), annotations(tokens, first, last), options(parse_options) {}

    /// A name that an annotation gives the definition whose identifier was just passed.
    void take_name(Space space, std::uint32_t index) {
        if (const auto name = annotations.take_name(cursor.at())) names.set(space, index, *name);
    }

    Cursor cursor;
    Annotations annotations;
    ParseOptions options;
    Types types;
    IndexSpace funcs{Space::func};
    IndexSpace tables{Space::table};
    IndexSpace memories{Space::memory};
    IndexSpace tags{Space::tag};
    IndexSpace globals{Space::global};
    IndexSpace elems{Space::elem};
    IndexSpace datas{Space::data};
    Names names;
    Output out;
};

} // namespace detent::text
