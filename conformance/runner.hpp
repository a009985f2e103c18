// Runner: runs vectors through host_abi and compares every expected field.
#pragma once

#include "conformance/vector.hpp"
#include "engine/exec/execution.hpp"
#include "engine/exec/saved.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace detent::conformance {

/// An assertion that does not hold. `step` is empty for a field of the vector's head.
struct Mismatch {
    std::optional<std::size_t> step;
    std::string field;
    std::string expected;
    std::string got;
};

/// What running one vector showed.
struct Verdict {
    std::filesystem::path path;
    /// Suite and case, as in "token/transfer": of the file's path.
    std::string name;
    std::size_t assertions = 0;
    std::vector<Mismatch> mismatches;
    /// Why it could not be run to its end: a bad format, a Fault, a plan that makes no sense. Empty if it could.
    std::string error;
    /// The hash of each step's receipt, as it was found.
    std::vector<Hash> receipts;
    /// Of all its executions.
    TierCounts counts;
    /// How often its transactions have moved.
    std::uint64_t moves = 0;
    /// Of each step, where commitments are made: the last one, and how many there are.
    std::vector<std::pair<Digest, std::size_t>> commitments{};

    /// A vector that asserts nothing shows nothing, and has failed.
    [[nodiscard]] bool passed() const noexcept { return error.empty() && mismatches.empty() && assertions > 0; }
};

/// What executes; and whether transactions move: each is saved at random amounts of fuel, dropped, and goes on from its
/// bytes (SAVED.md). Nothing that is compared depends on either, and no commitment does.
struct RunMode {
    Tier tier = Tier::fast;
    Handover handover{};
    /// The seed of the amounts; nothing moves where there is none.
    std::optional<std::uint64_t> moves{};
    /// Units of fuel between commitments; none are made where there is none.
    std::optional<Fuel> commit_every{};
};

/// Runs one vector. Files of code start from `root`. Throws nothing but std::bad_alloc.
[[nodiscard]] Verdict run_vector(const Vector& vector, const std::filesystem::path& root, const RunMode& mode = {});

/// Runs a file `root/vectors/suite/case.json`.
[[nodiscard]] Verdict run_vector_file(const std::filesystem::path& path, const RunMode& mode = {});

/// What the steps of a vector did, whatever is expected of them.
struct Replay {
    std::vector<Expectation> steps;
    /// Why it ended before its last step; empty if it did not.
    std::string error;
};

/// Runs one vector under any schedule. Files of code start from `root`. Throws nothing but std::bad_alloc.
[[nodiscard]] Replay replay(const Vector& vector, const std::filesystem::path& root, const Schedule& schedule,
                            const RunMode& mode = {});

/// The schedule that a vector names, or null where none of that number is published.
[[nodiscard]] const Schedule* schedule_of(const Vector& vector) noexcept;

struct Report {
    /// One for each vector, in the order of their names.
    std::vector<Verdict> verdicts;
    /// Problems that are of no one vector: a path that cannot be read, a digest that is not the committed one.
    std::vector<std::string> problems;
    std::size_t suites = 0;
    std::size_t assertions = 0;
    /// Vectors that failed, and problems.
    std::size_t failed = 0;
    /// SHA-256 over the receipt hashes of all steps of all vectors but the controls, in order.
    Hash digest;
    TierCounts counts;
    std::uint64_t moves = 0;

    [[nodiscard]] std::size_t vectors() const noexcept { return verdicts.size(); }
};

/// Runs files, and folders with all that is below them. A folder that has vectors is a suite.
///
/// Suite `controls`, met below a folder, holds vectors with one wrong expectation, in the field that the file is named
/// for (`fuel_used.json`, `output-of-revert.json`): each of them passes if it fails in exactly that field. A control,
/// or their folder, that is named itself is run like any other vector, and fails.
///
/// Where a folder has a file `receipts.sha256`, the digest over it must be the one that stands there.
[[nodiscard]] Report run_paths(std::span<const std::filesystem::path> paths, const RunMode& mode = {});

/// One line for each mismatch, error and problem: vector, step, field, expected, got. Empty if there is none.
[[nodiscard]] std::string failures_text(const Report& report);

/// The vector files under the paths, each once, in the order of their names. `schema.json` is none. Throws FormatError
/// for a path that cannot be read.
[[nodiscard]] std::vector<std::filesystem::path> vector_files(std::span<const std::filesystem::path> paths);

/// Suite and case of a file.
[[nodiscard]] std::string case_name(const std::filesystem::path& path);

} // namespace detent::conformance
