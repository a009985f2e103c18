// TypedBody: one body, in a module that the test makes, with every feature on: whether its types agree.
#pragma once

#include "engine/testing/verdict.hpp"

#include <optional>
#include <vector>

namespace detent::testing {

inline ValType ref_to(std::uint32_t type) { return non_null(HeapType(TypeIdx{type})); }
inline ValType ref_null_to(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }
inline ValType some(HeapType::Abstract heap) { return non_null(heap); }

/// Reads each parameter in turn.
inline Bytes get_parameters(std::size_t count) {
    Bytes out;
    for (std::size_t i = 0; i < count; ++i)
        append(out, code(Op::local_get, i));
    return out;
}

/// A body behind its parameters, which are read first.
struct TypedBody {
    std::vector<ValType> parameters;
    Bytes instructions;
    std::vector<ValType> results;
    std::vector<Locals> locals = {};
};

/// Why the module is refused with this body as its last function, or nothing.
inline std::optional<Error> refusal_of(ModuleBuilder module, const TypedBody& body) {
    module.function(module.type(body.parameters, body.results), body.locals,
                    code(get_parameters(body.parameters.size()), body.instructions));
    return refusal(module.build(), all_features());
}

/// Whether it is accepted. What is wrong MUST be a matter of types.
inline bool agrees(const ModuleBuilder& module, const TypedBody& body) {
    const std::optional<Error> error = refusal_of(module, body);
    if (error && error->code != ErrorCode::type_mismatch) throw std::logic_error(std::string(to_text(error->code)));
    return !error;
}

} // namespace detent::testing
