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

    /// Every how many units; wrong usage where that is none.
    [[nodiscard]] Fuel every() const;
    /// Has a chain that begins here go on behind what the file has; `used` is what has been used already, of which it
    /// has the commitments. A failure where it has not.
    void go_on(CommitmentChain& chain, Fuel used);

    /// Writes the file whole, if one is named.
    void write(const CommitmentChain& chain) const;

    /// A list of what the file has a line of.
    [[nodiscard]] static Json to_json(const CommitmentChain& chain);
    /// How many there are, and the last one, for people.
    [[nodiscard]] static std::string to_people(const CommitmentChain& chain);
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
