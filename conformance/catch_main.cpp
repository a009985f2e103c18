// The main of every Catch2 test. A run that asserts nothing is a failure, and the last line is `N passed, N failed`, so
// that scripts/test can add up what ran.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <iostream>

namespace {

struct Tally : Catch::TestEventListenerBase {
    using TestEventListenerBase::TestEventListenerBase;

    void testRunEnded(const Catch::TestRunStats& stats) override {
        const Catch::Counts& cases = stats.totals.testCases;
        ran += cases.passed + cases.failed + cases.failedButOk;
        std::cout << cases.passed + cases.failedButOk << " passed, " << cases.failed << " failed" << std::endl;
    }

    static inline std::size_t ran = 0;
};

CATCH_REGISTER_LISTENER(Tally)

} // namespace

int main(int count, char** arguments) {
    Catch::Session session;
    session.configData().warnings = Catch::WarnAbout::NoAssertions;
    if (const int refused = session.applyCommandLine(count, arguments); refused != 0) return refused;
    const auto& config = session.configData();
    const bool lists = config.listTests || config.listTags || config.listReporters || config.showHelp;
    const int failed = session.run();
    return failed == 0 && Tally::ran == 0 && !lists ? 2 : failed;
}
