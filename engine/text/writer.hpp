// Bytes of a module as they are written, with the places that they came from.
#pragma once

#include "engine/binary/writer.hpp"
#include "engine/text/wat.hpp"

#include <cstdint>
#include <vector>

namespace detent::text {

/// Bytes with the places in the text that they came from, both counted from the beginning of the bytes.
struct Chunk {
    Writer bytes;
    std::vector<SourceMap::Entry> places;

    /// What is written next came from here.
    void came_from(std::uint32_t text_offset) {
        places.push_back({static_cast<std::uint32_t>(bytes.size()), text_offset});
    }

    void append(const Chunk& other) {
        const auto base = static_cast<std::uint32_t>(bytes.size());
        for (const SourceMap::Entry& entry : other.places)
            places.push_back({base + entry.module_offset, entry.text_offset});
        bytes.append(other.bytes.bytes());
    }
};

/// The content of a section: a vector of definitions.
struct Section {
    std::uint32_t count = 0;
    Chunk content;

    /// Begins the next definition.
    Writer& next(std::uint32_t text_offset) {
        ++count;
        content.came_from(text_offset);
        return content.bytes;
    }
};

} // namespace detent::text
