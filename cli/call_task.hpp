// Call tasks: a transaction and the state that it is carried out on. What `call` and `trace call` have in common.
#pragma once

#include "cli/failure.hpp"

#include "engine/profile.hpp"
#include "host_abi/transaction.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace detent::cli {

/// What is to be done, as the command line says it. Numbers as they were typed; they are read when all options are
/// there, so that a wrong one is reported like any other.
struct CallTask {
    std::string state;
    std::string target;
    std::string code;
    std::string from;
    std::string input;
    std::string salt = "0";
    std::string value = "0";
    std::string fuel = "100000000";
    std::string height = "1";
    std::string time = "0";
    std::string chain_id = "1";
    std::uint32_t schedule = 1;
    std::uint32_t profile = Profile::kDefault;

    void add_to(CLI::App& command);
    [[nodiscard]] bool deploys() const { return target == "deploy"; }
};

/// The same, with everything read that it names, which transactions look at and which MUST outlive them.
struct PreparedCall {
    const Profile& profile;
    const Schedule& schedule;
    std::vector<std::uint8_t> input_bytes{};
    std::vector<std::uint8_t> code_bytes{};
    TransactionInput input{};
    Block block{};
    State state{};

    /// On the state, which it may change when it settles. `cache` may be null.
    [[nodiscard]] Transaction begin(Fuel grant, CodeCache* cache = nullptr);
};

/// A failure where anything is wrong.
[[nodiscard]] PreparedCall prepare(const CallTask& task);

} // namespace detent::cli
