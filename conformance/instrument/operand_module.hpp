// A module that executes every instruction on numbers and vectors without immediates, on operands with NaNs of every
// kind, and keeps what they give in its memory, where every engine can be asked for the bits.
#pragma once

#include "engine/testing/module_builder.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

/// Positive and negative, quiet and signalling NaNs with a payload, an infinity, and numbers; as f64s the pairs of
/// lanes are NaNs and others as well. In memory order.
inline constexpr std::array<std::array<std::uint64_t, 2>, 6> kOperands = {{
    {0x7FC0'0001'FFA0'0003, 0x3F80'0000'7F80'0000},
    {0xFFF4'0000'0000'0009, 0x7FF0'0000'0000'0000},
    {0x7FF8'0000'0000'0001, 0xFFF0'0000'0000'0000},
    {0xFFC1'2345'4048'F5C3, 0x8000'0000'7FBF'FFFF},
    {0x4009'21FB'5444'2D18, 0xBFF0'0000'0000'0000},
    {0x8080'8080'8080'8080, 0x7F7F'8080'0001'FF80},
}};

namespace operand_module {

using testing::code;

inline std::optional<ValType> type_named(std::string_view word) {
    if (word == "i32") return kI32;
    if (word == "i64") return kI64;
    if (word == "f32") return kF32;
    if (word == "f64") return kF64;
    return word == "v128" ? std::optional(kV128) : std::nullopt;
}

/// Nothing where a type is another.
inline std::optional<std::vector<ValType>> types_in(std::string_view words) {
    std::vector<ValType> types;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        const std::optional<ValType> type = type_named(words.substr(0, end));
        if (!type) return std::nullopt;
        types.push_back(*type);
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return types;
}

inline testing::Bytes constant(ValType type, std::size_t which) {
    const auto& [low, high] = kOperands[which % kOperands.size()];
    if (type == kI32) return code(Op::i32_const, static_cast<std::int32_t>(low));
    if (type == kI64) return code(Op::i64_const, static_cast<std::int64_t>(low));
    if (type == kF32) return code(Op::f32_const, testing::little_endian(low, 4));
    if (type == kF64) return code(Op::f64_const, testing::little_endian(low, 8));
    return code(Op::v128_const, testing::little_endian(low, 8), testing::little_endian(high, 8));
}

inline Op store_of(ValType type) {
    if (type == kI32) return Op::i32_store;
    if (type == kI64) return Op::i64_store;
    if (type == kF32) return Op::f32_store;
    return type == kF64 ? Op::f64_store : Op::v128_store;
}

/// Every pair of first and second operands; a third goes round.
inline testing::Bytes body_of(Op op, const std::vector<ValType>& operands, ValType result) {
    testing::Bytes body;
    const std::size_t rounds = kOperands.size() * (operands.size() == 1 ? 1 : kOperands.size());
    for (std::size_t i = 0; i < rounds; ++i) {
        testing::append(body, code(Op::i32_const, static_cast<int>(16 * i)));
        for (std::size_t place = 0; place < operands.size(); ++place) {
            const std::size_t which = place == 0 ? i % kOperands.size() : i / kOperands.size() * place;
            testing::append(body, constant(operands[place], which));
        }
        testing::append(body, code(op, store_of(result), 0U, 0U));
    }
    return body;
}

} // namespace operand_module

/// One function for each instruction, exported as its mnemonic and number.
inline testing::Bytes module_of_operands() {
    testing::ModuleBuilder b;
    const std::uint32_t type = b.type({}, {});
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const OpRow& facts = kOpRows[i];
        const std::size_t arrow = facts.type.find(" -> ");
        if (facts.immediate != Immediate::none || arrow == facts.type.npos) continue;
        const auto operands = operand_module::types_in(facts.type.substr(0, arrow));
        const auto results = operand_module::types_in(facts.type.substr(arrow + 4));
        if (!operands || operands->empty() || !results || results->size() != 1) continue;
        const testing::Bytes body = operand_module::body_of(static_cast<Op>(i), *operands, results->front());
        b.export_function(std::string(facts.mnemonic) + " " + std::to_string(i), b.function(type, {}, body));
    }
    b.memory(1);
    b.export_memory("memory", 0);
    return b.build();
}

} // namespace detent::conformance
