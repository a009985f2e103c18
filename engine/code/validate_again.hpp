// Validating a body once more, for what validation knows of it and nobody has kept.
#pragma once

#include "engine/code/code.hpp"
#include "engine/valid/body.hpp"

namespace detent {

/// Tells the sink all of a function that the module defines. Known to be valid, it fails only by what the sink does.
template <BodySink Sink>
[[nodiscard]] Status validate_again(const Code& code, FuncIdx function, Sink& sink) noexcept {
    Context context(code.module(), code.types(), code.profile());
    context.knows_declared = true;
    BodyValidator<Sink> validator(context, sink);
    return validator.body(function);
}

} // namespace detent
