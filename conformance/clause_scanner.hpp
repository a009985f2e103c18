// Where clauses are written down, mentioned and tested: how the register reads one file.
#pragma once

#include "conformance/clauses.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

inline constexpr const char* kClauseDocuments[] = {"metering/METERING.md",
                                                   "host_abi/HOST_ABI.md",
                                                   "conformance/DETERMINISM.md",
                                                   "engine/exec/STATE.md",
                                                   "engine/instrument/INSTRUMENT.md",
                                                   "host_abi/SAVED.md"};

/// A test, the clauses it names and the features it is tagged with; `problem` if it names clauses in a way that is no
/// way.
struct NamedTest {
    std::string name;
    std::vector<std::string> clauses;
    std::vector<std::string> features;
    std::string problem;
};

/// The clauses that a document states, without tests.
[[nodiscard]] std::vector<Clause> clauses_in(std::string_view document);

/// Everything of the form MET-5 in a text, in order, repeated as it is repeated.
[[nodiscard]] std::vector<std::string> mentions_in(std::string_view text);

/// The tests that a file holds and that name clauses or features. `file` is its path below the source tree, which says
/// what it is.
[[nodiscard]] std::vector<NamedTest> tests_in(const std::string& file, std::string_view text);

/// The text files of a source tree, sorted, without build directories.
[[nodiscard]] std::vector<std::filesystem::path> source_files(const std::filesystem::path& source);
[[nodiscard]] std::string read_source(const std::filesystem::path& file);

} // namespace detent::conformance
