#include "engine/features.hpp"

namespace detent {

std::string_view to_text(Feature feature) noexcept {
    switch (feature) {
#define FEATURE(identifier, name, what)                                                                                \
    case Feature::identifier: return name;
#include "engine/features.def"
#undef FEATURE
    }
    return "unknown";
}

} // namespace detent
