// What `detent call` takes and shows: addresses and receipts; and what `detent resume` shows of transactions.
#pragma once

#include "cli/failure.hpp"
#include "cli/output.hpp"

#include "engine/exec/commitment.hpp"
#include "host_abi/receipt.hpp"
#include "host_abi/transaction.hpp"

#include <functional>
#include <span>
#include <string>

namespace detent::cli {

/// `0x` and up to 64 hexadecimal digits, a number with zeros in front; or a name of 1 to 32 letters, digits, `-` and
/// `_`, its characters with zeros behind. Wrong usage that names `what` where it is neither.
[[nodiscard]] Address parse_address(std::string_view text, const std::string& what);

/// The address in hexadecimal, and the name that it was made of where it can be one.
[[nodiscard]] std::string to_people(const Address& address);

/// What a person wants to know of a transaction that has settled.
struct Settled {
    const TransactionInput& input;
    const Receipt& receipt;
    std::span<const detent::Write> writes;
    /// Of the run, where they were asked for.
    const CommitmentChain* commitments = nullptr;
};

/// As an object, without commitments.
[[nodiscard]] Json to_json(const Settled& settled);

/// For people, or as an object. What the program leaves with.
ExitCode show(const Settled& settled, bool json);

[[nodiscard]] ExitCode exit_code_of(Outcome outcome) noexcept;

/// Says how far a transaction came that goes on, and where it was saved, if anywhere.
ExitCode show_pause(const Transaction& transaction, const std::string& saved, const CommitmentChain* commitments,
                    bool json);

/// The state that `read` reads; what is wrong with it is a failure that names the file.
[[nodiscard]] State state_from(const std::string& path, const std::function<State()>& read);
[[nodiscard]] State read_state(const std::string& path);

} // namespace detent::cli
