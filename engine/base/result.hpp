// Result<T>: what a door returns. Errors are codes with an offset; text is for people and is never hashed.
#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/try.hpp>
#include <boost/version.hpp>

#include <cstdint>
#include <string_view>

namespace detent {

enum class ErrorKind : std::uint8_t { malformed, invalid, unsupported, limit, link, usage, fault };

enum class ErrorCode : std::uint16_t {
#define ERROR(number, identifier, kind, text) identifier = number,
#include "engine/base/errors.def"
#undef ERROR
};

/// Why a door refused. `offset` is a byte offset in the module, 0 where there is none. `detail` says which limit
/// (Limit) or feature (Feature) or import (index) the code speaks of, 0 where it speaks of none.
struct Error {
    ErrorCode code;
    std::uint64_t offset = 0;
    std::uint32_t detail = 0;

    friend constexpr bool operator==(const Error&, const Error&) = default;
};

[[nodiscard]] std::string_view to_text(ErrorCode code) noexcept;
[[nodiscard]] ErrorKind kind_of(ErrorCode code) noexcept;
[[nodiscard]] std::string_view to_text(ErrorKind kind) noexcept;

namespace outcome = BOOST_OUTCOME_V2_NAMESPACE;

template <class T>
using Result = outcome::basic_result<T, Error, outcome::policy::terminate>;
using Status = Result<void>;

[[nodiscard]] inline Status ok() noexcept { return outcome::success(); }

/// Whether there is a value, without it.
template <class T>
[[nodiscard]] Status status_of(const Result<T>& result) noexcept {
    if (result.has_value()) return ok();
    return result.assume_error();
}

/// The one fault of allocation, so that every failed `Buffer` operation reads alike at its caller.
inline constexpr Error kOutOfMemory{ErrorCode::out_of_memory};

} // namespace detent

/// `DETENT_TRY(declaration, expression)` initialises the declaration with the value of the expression, or returns its
/// error. Boost spells this differently from one release to the next; this is the one place that knows.
#if BOOST_VERSION < 107600
#define DETENT_TRY(declaration, ...)                                                                                   \
    BOOST_OUTCOME_TRY2_SUCCESS_LIKELY(BOOST_OUTCOME_TRY_UNIQUE_NAME, declaration, __VA_ARGS__)
#else
#define DETENT_TRY(declaration, ...) BOOST_OUTCOME_TRY(declaration, __VA_ARGS__)
#endif

/// `DETENT_CHECK(expression)` returns the error of the expression, if it is one. A statement: it may stand behind an
/// `if`.
#define DETENT_CHECK(...)                                                                                              \
    do {                                                                                                               \
        const auto& detent_checked = (__VA_ARGS__);                                                                    \
        if (!detent_checked.has_value()) [[unlikely]]                                                                  \
            return detent_checked.assume_error();                                                                      \
    } while (false)
