// How this room fails inside: a Failure is thrown where the error is found, and `guarded`, at each door, makes a Result
// of it.
#pragma once

#include "engine/base/result.hpp"

#include <cstddef>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace detent::text {

struct Failure {
    Error error;
};

[[noreturn]] inline void fail(ErrorCode code, std::size_t offset, std::uint32_t detail = 0) {
    throw Failure{Error{code, offset, detail}};
}

template <class Work>
[[nodiscard]] Result<std::invoke_result_t<Work>> guarded(Work&& work) noexcept {
    try {
        return std::forward<Work>(work)();
    } catch (const Failure& failure) {
        return failure.error;
    } catch (const std::bad_alloc&) {
        return kOutOfMemory;
    } catch (const std::length_error&) {
        return kOutOfMemory;
    }
}

} // namespace detent::text
