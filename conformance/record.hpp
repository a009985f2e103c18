// Between the formats and host_abi: a state from accounts and back, and a call that was run as a self-contained vector.
#pragma once

#include "conformance/vector.hpp"
#include "host_abi/transaction.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace detent::conformance {

/// Code in place, by the name that accounts use.
using Codes = std::map<std::string, ByteString>;

/// A state with these accounts and codes. Throws std::runtime_error on a Fault. Every code that an account names MUST
/// be there.
[[nodiscard]] State make_state(const Accounts& accounts, const Codes& codes);

/// The codes of a state, each under a name that is made of its hash; and its accounts, which use those names.
[[nodiscard]] std::string code_name(const Hash& hash);
[[nodiscard]] Codes codes_of(const State& state);
[[nodiscard]] Accounts accounts_of(const State& state);

/// What was found at the end of a step, in the form in which it is expected. Throws std::runtime_error on a Fault.
[[nodiscard]] Expectation expectation_of(const Receipt& receipt, std::span<const Write> writes);

/// A call that was run. `before` is the state that it was begun on (a copy of a State is a snapshot).
struct RecordedCall {
    const State& before;
    const Block& block;
    const TransactionInput& input;
    const Schedule& schedule;
    const Profile& profile;
    const Receipt& receipt;
    std::span<const Write> writes;
    std::vector<Refuel> resume;
};

/// The call as a vector with all code in place. `name` is its suite and case, as in "token/transfer". Throws
/// std::runtime_error on a Fault, FormatError if the name is none.
[[nodiscard]] Vector record(const RecordedCall& call, const std::string& name);

/// A name for a vector that is written to this path: its folder and stem, without what a name may not have.
[[nodiscard]] std::string vector_name_for(const std::filesystem::path& path);

} // namespace detent::conformance
