#include "conformance/wast_choices.hpp"

#include "conformance/wast_values.hpp"

#include <algorithm>

namespace detent::conformance {

namespace {

struct EitherRow {
    std::string_view instruction;
    std::size_t choice;
};

constexpr EitherRow kEithers[] = {
#define EITHER(instruction, choice) {instruction, choice},
#define NEGATIVE_NAN(file, invoked, lane)
#include "conformance/wast_choices.def"
#undef NEGATIVE_NAN
#undef EITHER
};

struct NegativeNan {
    std::string_view file;
    std::string_view invoked;
    unsigned lane;
};

constexpr NegativeNan kNegativeNans[] = {
#define EITHER(instruction, choice)
#define NEGATIVE_NAN(file, invoked, lane) {file, invoked, lane},
#include "conformance/wast_choices.def"
#undef NEGATIVE_NAN
#undef EITHER
};

/// Leaves one choice. False where it is not known which.
bool choose(text::Expected& expected, std::string_view invoked) {
    if (expected.choices.size() == 1) return true;
    const auto row = std::ranges::find(kEithers, invoked, &EitherRow::instruction);
    if (row == std::end(kEithers) || row->choice > expected.choices.size()) return false;
    const text::Value chosen = expected.choices[row->choice - 1];
    expected.choices = {chosen};
    return true;
}

/// Turns the sign of the f64 lanes that a row names.
void negate(text::Value& value, std::string_view file, std::string_view invoked) noexcept {
    for (const NegativeNan& row : kNegativeNans) {
        auto* const vector = std::get_if<text::Vector>(&value);
        if (vector != nullptr && file == row.file && invoked == row.invoked) vector->bytes[row.lane * 8 + 7] |= 0x80;
    }
}

} // namespace

std::optional<std::string> narrow(std::vector<text::Expected>& results, std::string_view file,
                                  std::string_view invoked) {
    for (text::Expected& expected : results) {
        if (!choose(expected, invoked)) {
            return "which of the results is the deterministic one is not known: " + shown(expected);
        }
        fix_nans(expected.choices.front());
        negate(expected.choices.front(), file, invoked);
    }
    return std::nullopt;
}

} // namespace detent::conformance
