// Which tests show which feature. Source: features.hpp.
#include "conformance/features.hpp"
#include "conformance/testing/folder.hpp"

#include <catch2/catch.hpp>

namespace detent::conformance {

namespace {

// Tags are put together here, so that the register of this very tree does not meet them.
std::string tag(const std::string& feature) { return std::string("[") + "feature:" + feature + "]"; }

std::string test_case(const std::string& name, const std::string& tags) {
    return "TEST"
           "_CASE(\"" +
           name + "\", \"" + tags + "\") {}\n";
}

Profile claiming(Feature feature) { return {1, FeatureSet().with(feature), Preset::contract}; }

const CoveredFeature& covered(const FeatureRegister& features, Feature feature) {
    return features.features.at(static_cast<std::size_t>(feature));
}

} // namespace

TEST_CASE("a feature has the tests that are tagged with it, in C++ and in scripts") {
    const Folder folder;
    (void)folder.write("engine/b_test.cpp", test_case("second", "[slow]" + tag("simd") + tag("gc")));
    (void)folder.write("engine/a_test.cpp", test_case("ABI-1: first", tag("simd")) + test_case("none", "[slow]"));
    (void)folder.write("scripts/check_it.py", "\"\"\"" + tag("simd") + "\"\"\"\n");
    (void)folder.write("engine/code.cpp", test_case("not in a test", tag("simd")));
    const FeatureRegister features = read_features(folder.path(), claiming(Feature::simd));
    CHECK(features.problems.empty());
    CHECK(features.features.size() == kFeatureCount);
    CHECK(covered(features, Feature::simd).tests == std::vector<std::string>{"engine/a_test.cpp: ABI-1: first",
                                                                             "engine/b_test.cpp: second",
                                                                             "scripts/check_it.py"});
    CHECK(covered(features, Feature::gc).tests == std::vector<std::string>{"engine/b_test.cpp: second"});
    CHECK(covered(features, Feature::mvp).tests.empty());
    const std::string table = to_text(features);
    CHECK(table.find("Fixed-width SIMD") != std::string::npos);
    CHECK(table.find("check_it.py") == std::string::npos);
    CHECK(table.ends_with("18 features, 3 tests that are tagged with them\n"));
    CHECK(to_text(features, true).find("check_it.py") != std::string::npos);
}

TEST_CASE("a feature of the claimed profile without a test is a problem, one of a later profile is not") {
    const Folder folder;
    (void)folder.write("engine/a_test.cpp", test_case("hidden", "[.]" + tag("gc")));
    const std::vector<std::string> expected = {"gc: no test is tagged with it"};
    CHECK(read_features(folder.path(), claiming(Feature::gc)).problems == expected);
}

TEST_CASE("a tag that names no feature is a problem") {
    const Folder folder;
    (void)folder.write("engine/a_test.cpp", test_case("typo", tag("simdd") + tag("mvp")));
    const std::vector<std::string> expected = {"engine/a_test.cpp: typo: simdd is no feature"};
    CHECK(read_features(folder.path(), claiming(Feature::mvp)).problems == expected);
}

TEST_CASE("every feature of the default profile has a test in this tree") {
    const FeatureRegister features = read_features(".", *Profile::published(Profile::kDefault));
    CHECK(features.problems == std::vector<std::string>());
}

} // namespace detent::conformance
