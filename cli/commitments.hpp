// Commitments on the command line: the options, and the file that they are kept in. Source: STATE.md, COM-1, COM-8.
#pragma once

#include "cli/command.hpp"
#include "cli/output.hpp"

#include "engine/exec/commitment.hpp"

#include <optional>
#include <string>
#include <vector>

namespace detent::cli {

/// What `--commit-every` and `--commitments` ask for.
class CommitmentChoice {
  public:
    void add_to(CLI::App& command);

    [[nodiscard]] bool is_wanted() const { return !every_.empty(); }

    /// A committer for executions of the store; `used` is what the execution has used already, of which the file has
    /// the commitments. Throws where it has not.
    [[nodiscard]] Committer begin(Store& store, const Schedule& schedule, Fuel used);

    /// Writes the file whole, if one is named.
    void write(const Committer& committer) const;

    /// A list of what the file has a line of.
    [[nodiscard]] static Json to_json(const Committer& committer);
    /// One of that list. What is none is a failure that names `where`.
    [[nodiscard]] static Commitment from_json(const Json& line, const std::string& where);

    /// Whether a file begins as one of commitments does.
    [[nodiscard]] static bool is_file_of_commitments(const std::string& path);
    /// All that such a file has, which MUST be every so many units; else it is a failure.
    [[nodiscard]] static std::vector<Commitment> read(const std::string& path, Fuel every);

  private:
    std::string every_;
    std::string file_;
    /// The text that the file had.
    std::string before_;
};

} // namespace detent::cli
