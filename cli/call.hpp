// What `detent call` takes and shows: addresses and receipts.
#pragma once

#include "cli/failure.hpp"
#include "cli/output.hpp"

#include "host_abi/receipt.hpp"
#include "host_abi/transaction.hpp"

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
    std::span<const Write> writes;
};

void print_people(const Settled& settled);
[[nodiscard]] Json to_json(const Settled& settled);

[[nodiscard]] ExitCode exit_code_of(Outcome outcome) noexcept;

} // namespace detent::cli
