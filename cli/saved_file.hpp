// Saved files: an execution, or a transaction, in one file with all that it names, so that it can go on anywhere.
// Source: STATE.md, STA-21; SAVED.md, SAV-14.
#pragma once

#include "engine/exec/saved.hpp"
#include "engine/profile.hpp"
#include "host_abi/transaction.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace detent::cli {

/// What prices and judges.
struct Law {
    std::uint32_t schedule = 1;
    Profile profile;
};

/// What an execution was begun with.
struct Beginning {
    Law law;
    std::vector<std::shared_ptr<const Code>> codes;
};

/// Writes the file whole or not at all. The execution MUST be suspended, and rest on nothing else.
void write_saved(const std::string& path, const Beginning& beginning, const Execution& execution);

/// The same of a transaction that was begun on this state.
void write_saved(const std::string& path, const Law& law, const State& state, const Transaction& transaction);

/// An execution from a file, and what it was begun with.
struct Continued {
    Beginning beginning;
    Loaded loaded;
};

/// A transaction from a file, and the state that it was begun on.
struct ContinuedCall {
    Law law;
    std::unique_ptr<State> state;
    Transaction transaction;
};

/// Everything that is wrong is a failure that names the file, and the place in it.
[[nodiscard]] std::variant<Continued, ContinuedCall> read_saved(const std::string& path);

} // namespace detent::cli
