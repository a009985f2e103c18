// fast_agreement FIRST COUNT: runs modules at random by the stepper and by lowered code, and compares outcome, fuel and
// the whole state at every pause and at the end. Module i is made from seed FIRST + i. Where the tiers differ, the
// module and both states are written to files agreement-SEED-*. The last line is `N passed, N failed`, counting
// modules.
#include "engine/testing/tiers.hpp"

#include <charconv>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>

namespace detent::testing {
namespace {

constexpr std::uint64_t kMostFuel = 100'000;
/// One module in so many is made for all instructions alike.
constexpr std::uint64_t kPlainShare = 4;
/// Of the modules, in hundredths: what must have returned for a run to be about something.
constexpr std::uint64_t kLeastReturned = 40;

struct Totals {
    std::uint64_t modules = 0;
    std::uint64_t failed = 0;
    std::uint64_t runs = 0;
    std::uint64_t returned = 0;
    std::uint64_t trapped = 0;
    TierCounts counts;
};

[[nodiscard]] Case module_of_seed(std::uint64_t seed) {
    return seed % kPlainShare == 0 ? case_of(seed) : edge_case_of(seed);
}

void write_file(std::uint64_t seed, const char* what, std::string_view text) {
    std::ofstream file("agreement-" + std::to_string(seed) + "-" + what, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

/// Every comparison of one module.
class Agreement {
  public:
    /// `at_once` is the same module, nothing of which is lowered yet.
    Agreement(const Compiled& test, const Compiled& at_once, std::uint64_t seed, Totals& totals)
        : test_(test), at_once_(at_once), seed_(seed), random_(seed + 2), totals_(totals) {}

    /// Why the tiers differ, or nothing.
    [[nodiscard]] std::string_view difference() {
        const Outcome whole = outcome_by(test_, kMostFuel, kByStepper);
        totals_.returned += whole.ending == Ending::returned;
        totals_.trapped += whole.ending == Ending::trapped;
        used_ = whole.used;
        const Way every{Tier::fast, {Handover::When::every, 0}};
        const Way random{Tier::fast, {Handover::When::random, random_.next()}};
        // First, since nothing is lowered yet.
        if (!agree({Tier::adaptive, {}}, kMostFuel)) return "lowering what has run for a while";
        if (!agree(kByLoweredCode, kMostFuel)) return "with plenty of fuel";
        if (!agree(Way{Tier::single, {}}, kMostFuel)) return "each instruction lowered alone";
        if (!agree_at_once()) return "all lowered at once";
        if (!agree(every, kMostFuel)) return "handing over at every check";
        if (!agree(random, kMostFuel)) return "handing over at random";
        for (const std::uint64_t limit : {used_ == 0 ? 0 : used_ - 1, used_, used_ + 1, below_used(), below_used()})
            if (!agree(kByLoweredCode, limit)) return "under a limit near what is used";
        if (!agree_in_window()) return "with one unit more each time";
        if (!agree_in_slices(kByLoweredCode, 1 + random_.below(600))) return "in slices";
        if (!agree_in_slices(random, 1 + random_.below(2000))) return "in slices, handing over at random";
        return {};
    }

  private:
    [[nodiscard]] std::uint64_t below_used() { return random_.next() % (used_ + 1); }

    [[nodiscard]] bool agree(Way way, std::uint64_t limit) {
        return agree(way, limit, [limit](std::uint64_t) { return limit; });
    }

    template <class Next>
    [[nodiscard]] bool agree(Way way, std::uint64_t limit, Next next) {
        return agree(test_, way, limit, next);
    }

    template <class Next>
    [[nodiscard]] bool agree(const Compiled& test, Way way, std::uint64_t limit, Next next) {
        Side stepper(test_, limit, kByStepper);
        Side other(test, limit, way);
        ++totals_.runs;
        const bool is_equal = stay_equal(stepper, other, limit, next);
        totals_.counts += other.counts();
        if (!is_equal) {
            write("stepper.txt", stepper.text());
            write("fast.txt", other.text());
        }
        return is_equal;
    }

    [[nodiscard]] bool agree_at_once() {
        must(lower_all(*at_once_.code, schedule()));
        return agree(at_once_, kByLoweredCode, kMostFuel, [](std::uint64_t) { return kMostFuel; });
    }

    /// From somewhere on, unit by unit, so that each check there finds every balance that it can find.
    [[nodiscard]] bool agree_in_window() {
        constexpr std::uint64_t kWindow = 24;
        const std::uint64_t first = below_used();
        const std::uint64_t end = first + kWindow;
        return agree(kByLoweredCode, kMostFuel, [first, end](std::uint64_t grant) {
            if (grant < first) return first;
            return grant < end ? grant + 1 : kMostFuel;
        });
    }

    /// No more than some dozens of pauses.
    [[nodiscard]] bool agree_in_slices(Way way, std::uint32_t most) {
        constexpr std::uint64_t kPauses = 30;
        const auto least = static_cast<std::uint64_t>(used_ / kPauses);
        return agree(way, kMostFuel,
                     [this, most, least](std::uint64_t grant) { return grant + least + 1 + random_.below(most); });
    }

    void write(const char* what, std::string_view text) const { write_file(seed_, what, text); }

    const Compiled& test_;
    const Compiled& at_once_;
    std::uint64_t seed_;
    Random random_;
    Totals& totals_;
    std::uint64_t used_ = 0;
};

void compare(std::uint64_t seed, Totals& totals) {
    const Case test = module_of_seed(seed);
    const std::string_view difference = Agreement(Compiled(test), Compiled(test), seed, totals).difference();
    ++totals.modules;
    if (difference.empty()) return;
    ++totals.failed;
    std::cout << "seed " << seed << ": the tiers differ " << difference << std::endl;
    write_file(seed, "module.wasm", {reinterpret_cast<const char*>(test.module.data()), test.module.size()});
}

[[nodiscard]] int report(const Totals& totals) {
    const bool is_about_something = totals.returned * 100 >= totals.modules * kLeastReturned;
    const std::uint64_t failed = totals.failed + (is_about_something ? 0 : 1);
    std::cout << totals.modules << " modules, of which " << totals.returned << " returned and " << totals.trapped
              << " trapped; " << totals.runs << " comparisons\n"
              << totals.counts.visits << " visits to lowered code, " << totals.counts.handovers << " hand-overs by it, "
              << totals.counts.called << " instructions called out of line\n";
    if (!is_about_something) std::cout << "too few modules returned\n";
    std::cout << totals.modules - totals.failed << " passed, " << failed << " failed\n";
    return failed == 0 && totals.modules != 0 ? 0 : 1;
}

[[nodiscard]] std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stopped == end ? std::optional(value) : std::nullopt;
}

[[nodiscard]] int run(int count, char** arguments) {
    const std::optional<std::uint64_t> first = count == 3 ? number_in(arguments[1]) : std::nullopt;
    const std::optional<std::uint64_t> modules = count == 3 ? number_in(arguments[2]) : std::nullopt;
    if (!first || !modules) {
        std::cerr << "usage: fast_agreement FIRST COUNT\n";
        return 2;
    }
    Totals totals;
    for (std::uint64_t i = 0; i < *modules; ++i)
        compare(*first + i, totals);
    return report(totals);
}

} // namespace
} // namespace detent::testing

int main(int count, char** arguments) { return detent::testing::run(count, arguments); }
