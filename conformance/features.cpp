#include "conformance/features.hpp"

#include "conformance/clause_scanner.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace detent::conformance {

namespace {

/// What the files of a tree say of features.
struct Findings {
    std::array<std::set<std::string>, kFeatureCount> tests;
    std::set<std::string> problems;

    void add(const NamedTest& test) {
        for (const std::string& name : test.features) {
            if (const std::optional<Feature> feature = feature_named(name)) {
                tests[static_cast<std::size_t>(*feature)].insert(test.name);
            } else {
                problems.insert(test.name + ": " + name + " is no feature");
            }
        }
    }
};

std::string padded(std::string_view text, std::size_t width) {
    std::string line(text);
    line.resize(std::max(width, line.size()), ' ');
    return line;
}

constexpr std::size_t kFlagWidth = 24;
constexpr std::size_t kTitleWidth = 42;

std::string line_of(const CoveredFeature& covered) {
    const std::string count = std::to_string(covered.tests.size());
    const std::string first = covered.tests.empty() ? "" : "  " + covered.tests.front();
    return padded(to_text(covered.feature), kFlagWidth) + padded(row(covered.feature).proposal, kTitleWidth) +
           std::string(count.size() < 4 ? 4 - count.size() : 0, ' ') + count + first + "\n";
}

} // namespace

FeatureRegister read_features(const std::filesystem::path& source, const Profile& claimed) {
    Findings findings;
    for (const std::filesystem::path& file : source_files(source)) {
        for (const NamedTest& test : tests_in(file.lexically_relative(source).generic_string(), read_source(file)))
            findings.add(test);
    }
    FeatureRegister result;
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        const auto feature = static_cast<Feature>(i);
        const std::set<std::string>& tests = findings.tests[i];
        result.features.push_back({feature, {tests.begin(), tests.end()}});
        if (tests.empty() && claimed.features.has(feature))
            result.problems.push_back(std::string(to_text(feature)) + ": no test is tagged with it");
    }
    result.problems.insert(result.problems.end(), findings.problems.begin(), findings.problems.end());
    return result;
}

std::string to_text(const FeatureRegister& features, bool every_test) {
    std::string text;
    std::set<std::string> tests;
    for (const CoveredFeature& each : features.features) {
        text += line_of(each);
        tests.insert(each.tests.begin(), each.tests.end());
        for (std::size_t i = 1; every_test && i < each.tests.size(); ++i)
            text += std::string(kFlagWidth + kTitleWidth + 6, ' ') + each.tests[i] + "\n";
    }
    return text + std::to_string(features.features.size()) + " features, " + std::to_string(tests.size()) +
           " tests that are tagged with them\n";
}

} // namespace detent::conformance
