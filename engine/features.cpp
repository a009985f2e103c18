#include "engine/features.hpp"

namespace detent {

namespace {

constexpr FeatureRow kRows[] = {
#define FEATURE(identifier, name, proposal, edition, since, suite, what) {name, proposal, edition, since, suite, what},
#include "engine/features.def"
#undef FEATURE
};

} // namespace

const FeatureRow& row(Feature feature) noexcept { return kRows[static_cast<std::size_t>(feature)]; }

std::string_view to_text(Feature feature) noexcept { return row(feature).name; }

std::optional<Feature> feature_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        if (kRows[i].name == name) return static_cast<Feature>(i);
    }
    return std::nullopt;
}

} // namespace detent
