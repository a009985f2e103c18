// The sections of a module. Source: spec, Binary Format, Sections.
#pragma once

#include <cstdint>

namespace detent {

enum class SectionId : std::uint8_t {
    custom = 0,
    type = 1,
    import = 2,
    function = 3,
    table = 4,
    memory = 5,
    global = 6,
    export_ = 7,
    start = 8,
    element = 9,
    code = 10,
    data = 11,
    data_count = 12,
    tag = 13,
};

inline constexpr std::uint8_t kLastSectionId = 13;

/// The place of a section in a module; custom sections have none.
[[nodiscard]] constexpr unsigned place_of(SectionId id) noexcept {
    switch (id) {
    case SectionId::custom: return 0;
    case SectionId::type: return 1;
    case SectionId::import: return 2;
    case SectionId::function: return 3;
    case SectionId::table: return 4;
    case SectionId::memory: return 5;
    case SectionId::tag: return 6;
    case SectionId::global: return 7;
    case SectionId::export_: return 8;
    case SectionId::start: return 9;
    case SectionId::element: return 10;
    case SectionId::data_count: return 11;
    case SectionId::code: return 12;
    case SectionId::data: return 13;
    }
    return 0;
}

} // namespace detent
