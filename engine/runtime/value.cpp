#include "engine/runtime/value.hpp"

namespace detent {

std::string_view to_text(TrapCode code) noexcept {
    switch (code) {
#define TRAP(number, name, message)                                                                                    \
    case TrapCode::name: return #name;
#include "engine/traps.def"
#undef TRAP
    }
    return "Unknown";
}

std::string_view message(TrapCode code) noexcept {
    switch (code) {
#define TRAP(number, name, message)                                                                                    \
    case TrapCode::name: return message;
#include "engine/traps.def"
#undef TRAP
    }
    return "unknown";
}

} // namespace detent
