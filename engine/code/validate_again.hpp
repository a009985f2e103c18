// Validating a body once more, for what validation knows of it and nobody has kept.
#pragma once

#include "engine/code/code.hpp"
#include "engine/valid/body.hpp"

namespace detent {

/// Tells the sink all of a function that the module defines, behind `prepare`, which is given the validator. Known to
/// be valid, it fails only by what these two do.
template <BodySink Sink, class Prepare>
[[nodiscard]] Status validate_again(const Code& code, FuncIdx function, Sink& sink, Prepare prepare) noexcept {
    Context context(code.module(), code.types(), code.profile());
    context.knows_declared = true;
    BodyValidator<Sink> validator(context, sink);
    DETENT_CHECK(prepare(validator));
    return validator.body(function);
}

template <BodySink Sink>
[[nodiscard]] Status validate_again(const Code& code, FuncIdx function, Sink& sink) noexcept {
    return validate_again(code, function, sink, [](const BodyValidator<Sink>&) { return ok(); });
}

} // namespace detent
