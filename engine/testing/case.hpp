// Case: a generated module and the arguments of its function "f".
#pragma once

#include "engine/testing/edge_generator.hpp"

#include <vector>

namespace detent::testing {

struct Case {
    Bytes module;
    std::vector<Value> arguments;
};

inline std::vector<Value> arguments_of(std::uint64_t seed) {
    Random random(seed + 1);
    const Value first = Value::i32(static_cast<std::uint32_t>(random.next()));
    return {first, Value::i64(random.next())};
}

inline Case case_of(std::uint64_t seed) { return {Generator(seed).module(), arguments_of(seed)}; }

/// Of what lowered code does in its own way; every feature is used.
inline Case edge_case_of(std::uint64_t seed) { return {EdgeGenerator(seed).module(), arguments_of(seed)}; }

} // namespace detent::testing
