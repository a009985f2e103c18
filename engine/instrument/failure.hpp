// How this room fails inside: a Failure is thrown where the error is found, and the door makes a Result of it.
#pragma once

#include "engine/base/result.hpp"

namespace detent::instrument {

struct Failure {
    Error error;
};

} // namespace detent::instrument
