// Rewriting the body of one function. Source: INSTRUMENT.md.
#pragma once

#include "engine/instrument/additions.hpp"
#include "engine/instrument/instrument.hpp"

namespace detent::instrument {

/// The body behind its size: local declarations and expression. Throws a Failure.
[[nodiscard]] Emitter rewrite_body(Additions& additions, FuncIdx function, const Options& options);

} // namespace detent::instrument
