// Failure: why a command ends without having done what it was asked. Thrown anywhere below a command, printed by main.
#pragma once

#include "engine/base/result.hpp"
#include "engine/limits.hpp"
#include "engine/syntax/module.hpp"

#include <optional>
#include <stdexcept>
#include <string>

namespace detent::cli {

/// What the program leaves with; every command's help says the same.
enum class ExitCode : int { done = 0, failed = 1, usage = 2, trapped = 3, exhausted = 4, fault = 5 };

/// `where` is a file, an argument or empty; what() says what is wrong. `error` is set where the engine refused.
class Failure : public std::runtime_error {
  public:
    Failure(ExitCode code, std::string where, const std::string& reason, std::optional<Error> error = std::nullopt)
        : std::runtime_error(reason), code_(code), where_(std::move(where)), error_(error) {}

    [[nodiscard]] ExitCode code() const noexcept { return code_; }
    [[nodiscard]] const std::string& where() const noexcept { return where_; }
    [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

  private:
    ExitCode code_;
    std::string where_;
    std::optional<Error> error_;
};

/// Wrong usage: nothing was done.
[[nodiscard]] Failure wrong_usage(std::string where, const std::string& reason);

/// The identifier of errors.def.
[[nodiscard]] std::string_view name_of(ErrorCode code) noexcept;

/// An error of the engine in words: its offset where it has one, its name, its text, and what its detail names.
[[nodiscard]] std::string describe(const Error& error);

/// The failure that an error of the engine is; `where` names the file.
[[nodiscard]] Failure failure_of(std::string where, const Error& error);

/// Takes the value out, or throws what the error is.
template <class T>
[[nodiscard]] T take(Result<T>&& result, const std::string& where) {
    if (result.has_error()) throw failure_of(where, result.assume_error());
    return std::move(result).assume_value();
}

void require_ok(const Status& status, const std::string& where);

} // namespace detent::cli
