// The register of clauses: every numbered clause with the tests that name it, read from the source tree.
//
// A clause stands in metering/METERING.md, host_abi/HOST_ABI.md, conformance/DETERMINISM.md, engine/exec/STATE.md,
// engine/instrument/INSTRUMENT.md or host_abi/SAVED.md as `**MET-5.**` at the beginning of a line. A test names it
//   in C++     at the beginning of its name:  TEST_CASE("MET-5, DET-15: a bulk operation is paid before it begins")
//   in a vector  in its list `clauses`
//   in a script  in brackets, as in `[MET-8]`, in a file whose name begins with test_ or check, or ends in _test.py
// Every other mention, in code or prose, is an anchor: it must name a clause that exists.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace detent::conformance {

struct Clause {
    /// "MET-5"
    std::string id;
    /// The first words of its text.
    std::string title;
    /// The tests that name it, sorted, each as "file: name" or as the name of a vector.
    std::vector<std::string> tests;
};

struct ClauseRegister {
    /// In the order of the documents.
    std::vector<Clause> clauses;
    /// Clauses without a test, tests and anchors that name no clause, clauses that stand twice.
    std::vector<std::string> problems;
    /// Mentions that were looked up, those of tests among them.
    std::size_t mentions = 0;

    [[nodiscard]] bool passed() const noexcept { return problems.empty() && !clauses.empty(); }
};

/// Throws std::runtime_error if the tree cannot be read.
[[nodiscard]] ClauseRegister read_clauses(const std::filesystem::path& source);

/// The table for people: clause, title, how many tests, the first of them; all of them if `every_test`.
[[nodiscard]] std::string to_text(const ClauseRegister& clauses, bool every_test = false);

/// The folder of the source tree that `start` is in: the nearest with the documents. `start` itself if there is none.
[[nodiscard]] std::filesystem::path find_source(const std::filesystem::path& start);

} // namespace detent::conformance
