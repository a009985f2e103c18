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

/// A place in a file of text, counted from 1, and its line with a caret under it: two lines, each ended by LF.
struct TextPlace {
    std::size_t line = 1;
    std::size_t column = 1;
    std::string excerpt;
};

/// `where` is a file, an argument or empty; what() says what is wrong. `error` is set where the engine refused, and
/// `place` where the file is text.
class Failure : public std::runtime_error {
  public:
    Failure(ExitCode code, std::string where, const std::string& reason, std::optional<Error> error = std::nullopt,
            std::optional<TextPlace> place = std::nullopt)
        : std::runtime_error(reason), code_(code), where_(std::move(where)), error_(error), place_(std::move(place)) {}

    [[nodiscard]] ExitCode code() const noexcept { return code_; }
    [[nodiscard]] const std::string& where() const noexcept { return where_; }
    [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
    [[nodiscard]] const std::optional<TextPlace>& place() const noexcept { return place_; }

  private:
    ExitCode code_;
    std::string where_;
    std::optional<Error> error_;
    std::optional<TextPlace> place_;
};

/// Wrong usage: nothing was done.
[[nodiscard]] Failure wrong_usage(std::string where, const std::string& reason);

/// The identifier of errors.def.
[[nodiscard]] std::string_view name_of(ErrorCode code) noexcept;

/// An error of the engine in words: its name, its text, and what its detail names.
[[nodiscard]] std::string reason_of(const Error& error);

/// The same behind its offset in the module, where it has one.
[[nodiscard]] std::string describe(const Error& error);

/// What the program leaves with for an error of the kind.
[[nodiscard]] ExitCode exit_code_of(ErrorKind kind) noexcept;

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
