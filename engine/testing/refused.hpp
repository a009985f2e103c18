// Modules in which a byte of a proposal that is refused stands in its place.
#pragma once

#include "engine/refused.hpp"
#include "engine/testing/module_builder.hpp"

#include <cstdint>
#include <vector>

namespace detent::testing {

struct ModuleToRefuse {
    Bytes bytes;
    /// Where the byte is.
    std::uint64_t offset;
};

/// Every way in which the byte of a row can stand in a module.
inline std::vector<ModuleToRefuse> modules_with(const RefusedByte& row) {
    constexpr std::uint64_t kEntry = 11;
    std::vector<ModuleToRefuse> all;
    const auto add = [&](std::uint8_t id, const Bytes& before, std::uint8_t byte, const Bytes& behind) {
        all.push_back({module_bytes(vector_section(id, {code(before, byte, behind)})), kEntry + before.size()});
    };
    const Bytes structure = {0, 0x5F, 0};
    switch (row.place) {
    case RefusedPlace::limits_flags:
        // Beside a maximum, 64-bit addresses and, of a memory, a page size.
        for (std::uint8_t others = 0; others < 16; ++others) {
            const auto flags = static_cast<std::uint8_t>(row.byte | others);
            if ((row.byte & others) != 0) continue;
            add(2, {0, 0, 2}, flags, {1, 1, 0});
            add(5, {}, flags, {1, 1, 0});
            if (others < 8) add(4, {0x70}, flags, {1, 1});
        }
        break;
    case RefusedPlace::extern_kind:
        add(2, {0, 0}, row.byte, {0});
        add(7, {0}, row.byte, {0});
        break;
    case RefusedPlace::type_form:
        add(1, {}, row.byte, structure);
        add(1, {0x50, 0}, row.byte, structure);
        add(1, {0x4E, 1}, row.byte, structure);
        break;
    case RefusedPlace::heap_type:
        add(1, {0x60, 1, 0x63}, row.byte, {0, 0});
        add(1, {0x60, 1, 0x64}, row.byte, {0, 0});
        add(4, {0x64}, row.byte, {0, 0, 0});
        break;
    }
    return all;
}

} // namespace detent::testing
