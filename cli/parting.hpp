// Where two sides part: the place where both stand before it, and what differs behind it, of executions and of
// transactions.
#pragma once

#include "cli/side.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace detent::cli {

/// The contract call that runs, and how many there are around it.
struct RunningContract {
    std::string address;
    std::size_t depth = 0;
};

/// Where a saved execution, or transaction, stands.
struct Place {
    /// Of a transaction.
    std::optional<RunningContract> contract;
    /// Nothing where the code of a contract call is to be entered.
    std::optional<std::string> function;
    std::uint32_t position = 0;
    /// The lines of the module's text around the position.
    std::vector<std::string> text;
    std::vector<std::string> locals;
    std::vector<std::string> operands;
};

/// Of a saved file; nothing where nothing has been entered.
[[nodiscard]] std::optional<Place> place_of(const std::string& file);

/// `0x2a in function 3 of contract 0x…`, or `where contract 0x… is entered`.
[[nodiscard]] std::string where_text(const Place& place);

struct Difference {
    std::string what;
    std::string first;
    std::string second;
};

/// What differs between two moments, by its name. `scratch` is a file that may be written.
[[nodiscard]] std::vector<Difference> differences(const Moment& first, const Moment& second,
                                                  const std::string& scratch);

} // namespace detent::cli
