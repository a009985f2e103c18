#include "engine/text/printer_input.hpp"

#include "engine/binary/utf8.hpp"

namespace detent::text::printer {

// spec: binary-utf8
std::string_view Input::name() {
    Input inside = sized();
    const std::uint32_t begin = inside.position();
    const std::span<const std::uint8_t> bytes = inside.rest();
    if (const auto wrong = find_malformed_utf8(bytes)) refuse(ErrorCode::malformed_utf8, begin + *wrong);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace detent::text::printer
