// The register of features: every feature with the tests that are tagged with its name, read from the source tree.
//
// A test names a feature by a tag: in C++ among the tags of its TEST_CASE, as in `[feature:simd]`; in a script anywhere
// in its text. What a script is, clauses.hpp says.
#pragma once

#include "engine/profile.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace detent::conformance {

struct CoveredFeature {
    Feature feature;
    /// The tests that are tagged with it, sorted, each as "file: name" or as a file.
    std::vector<std::string> tests;
};

struct FeatureRegister {
    /// In the order of features.def.
    std::vector<CoveredFeature> features;
    /// Features of the claimed profile without a test, and tags that name no feature.
    std::vector<std::string> problems;
};

/// Which features must have a test is decided by the profile that is claimed: one that is published but not yet the
/// default may be ahead of its tests. Throws std::runtime_error if the tree cannot be read.
[[nodiscard]] FeatureRegister read_features(const std::filesystem::path& source, const Profile& claimed);

/// The table for people: flag, title, how many tests, the first of them; all of them if `every_test`.
[[nodiscard]] std::string to_text(const FeatureRegister& features, bool every_test = false);

} // namespace detent::conformance
