#include "engine/text/wat.hpp"

#include <algorithm>

namespace detent::text {

Place place_at(std::string_view source, std::size_t offset) noexcept {
    Place place;
    place.offset = std::min(offset, source.size());
    for (std::size_t i = 0; i < place.offset; ++i) {
        const bool is_cr_of_crlf = source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n';
        const bool continues_character = (static_cast<unsigned char>(source[i]) & 0xC0U) == 0x80;
        if (source[i] == '\n' || (source[i] == '\r' && !is_cr_of_crlf)) {
            ++place.line;
            place.column = 1;
        } else if (!continues_character) {
            ++place.column;
        }
    }
    return place;
}

std::optional<std::size_t> SourceMap::find(std::uint64_t module_offset) const noexcept {
    const auto after = std::upper_bound(
        entries_.begin(), entries_.end(), module_offset,
        [](std::uint64_t wanted, const Entry& entry) noexcept { return wanted < entry.module_offset; });
    if (after == entries_.begin()) return std::nullopt;
    return std::prev(after)->text_offset;
}

} // namespace detent::text
