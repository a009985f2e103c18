// Writer: what a visit of a state (format.hpp) makes of it, as bytes. Internal to saving and committing.
#pragma once

#include "engine/base/archive.hpp"
#include "engine/exec/format.hpp"

namespace detent::format {

/// Writes memories too.
class Writer final : public ArchiveWriter {
  public:
    void begin(Part) noexcept {}

    void pieces(const MemoryState& memory) noexcept {
        std::span<const std::uint8_t> rest = memory.bytes.span();
        list(memory.pieces, 0, [&](std::uint32_t piece) {
            number(piece);
            const auto size = static_cast<std::size_t>(memory.bytes_of(piece));
            bytes(rest.first(size));
            rest = rest.subspan(size);
        });
    }
};

} // namespace detent::format
