#include "conformance/comparison.hpp"

#include "conformance/json_field.hpp"

#include <utility>

namespace detent::conformance {

std::string field_text(const Expectation& expectation, std::string_view field) {
    if (field == "status") return std::string(to_text(expectation.status));
    if (field == "output") return hex(expectation.output);
    if (field == "events") return to_text(expectation.events);
    if (field == "writes") return to_text(expectation.writes);
    if (field == "fuel_used") return std::to_string(expectation.fuel_used.units());
    if (field == "receipt_hash") return hex(expectation.receipt_hash.view());
    return hex(expectation.post_root.view());
}

void assert_same(Verdict& verdict, Mismatch comparison) {
    ++verdict.assertions;
    if (comparison.expected != comparison.got) verdict.mismatches.push_back(std::move(comparison));
}

void compare(Verdict& verdict, std::size_t step, const Expectation& expected, const Expectation& found,
             std::span<const std::string_view> fields) {
    for (const std::string_view field : fields) {
        assert_same(verdict, {step, std::string(field), field_text(expected, field), field_text(found, field)});
    }
}

std::string failures_text(const Verdict& verdict) {
    std::string text;
    for (const Mismatch& mismatch : verdict.mismatches) {
        const std::string step = mismatch.step ? " step " + std::to_string(*mismatch.step) : "";
        text += verdict.name + step + " " + mismatch.field + ": expected " + mismatch.expected + ", got " +
                mismatch.got + "\n";
    }
    const std::string file = verdict.path.empty() ? verdict.name : verdict.path.string();
    if (!verdict.error.empty()) text += file + ": " + verdict.error + "\n";
    return text;
}

} // namespace detent::conformance
