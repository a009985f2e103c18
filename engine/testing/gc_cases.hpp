// Cases of instructions on structures and arrays, for tests.
#pragma once

#include "engine/testing/program.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace detent::testing {

/// A body of a module, what it is called with, and what it gives or why it traps.
struct BodyCase {
    const char* name;
    std::set<Op> shows;
    Bytes body;
    std::uint32_t parameter;
    std::uint64_t result;
    std::optional<TrapCode> trap = {};
};

/// Runs all cases, which together MUST show exactly the instructions 0xFB from `first` on and before `end`.
template <class MakeModule>
void check_cases(const std::vector<BodyCase>& cases, std::uint16_t first, std::uint16_t end, MakeModule module) {
    std::set<Op> shown;
    for (const BodyCase& one : cases) {
        CAPTURE(one.name);
        const Outcome outcome = FullProgram(module(one.body)).call("f", {Value::i32(one.parameter)});
        CHECK(outcome.ending == (one.trap ? Ending::trapped : Ending::returned));
        if (one.trap) CHECK(outcome.trap == *one.trap);
        if (!one.trap) CHECK(outcome.results == std::vector<std::uint64_t>{one.result});
        shown.insert(one.shows.begin(), one.shows.end());
    }
    for (std::size_t number = 0; number < kOpCount; ++number) {
        const Op op = static_cast<Op>(number);
        CAPTURE(to_text(op));
        CHECK(shown.contains(op) == (row(op).prefix == 0xFB && row(op).code >= first && row(op).code < end));
    }
}

constexpr std::uint64_t minus(std::uint64_t value) { return 0 - value; }

inline ValType ref_null(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }
/// The number of the i31 on top, as an i64.
inline Bytes i31_of_top() { return code(Op::ref_cast, HeapType::Abstract::i31, Op::i31_get_s, Op::i64_extend_i32_s); }

} // namespace detent::testing
