// Instructions and what the table knows of them. Source: opcodes.def.
#pragma once

#include "engine/base/result.hpp"
#include "engine/features.hpp"
#include "metering/schedule.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace detent {

/// Every instruction, in opcode order, then the two delimiters.
enum class Op : std::uint16_t {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor) identifier,
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)
#define DELIMITER(code, identifier, mnemonic) identifier,
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
    /// No instruction has this opcode.
    illegal,
};

/// What follows an opcode in the binary format; the width of an access is part of its kind.
enum class Immediate : std::uint8_t {
    none,
    block_type,
    label,
    label_table,
    func,
    type,
    type_table,
    local,
    global,
    table,
    table_table,
    elem_table,
    elem,
    data,
    memory,
    memory_memory,
    data_memory,
    mem_8,
    mem_16,
    mem_32,
    mem_64,
    mem_128,
    mem_8_lane,
    mem_16_lane,
    mem_32_lane,
    mem_64_lane,
    lane_16,
    lane_8,
    lane_4,
    lane_2,
    lanes_16,
    i32,
    i64,
    f32,
    f64,
    v128,
    select_types,
    heap_type,
    cast,
    type_field,
    type_count,
    type_data,
    type_elem,
    type_type,
    tag,
    try_table,
};

/// One row of the table.
struct OpRow {
    std::uint8_t prefix;
    std::uint16_t code;
    std::string_view mnemonic;
    Immediate immediate;
    std::string_view type;
    Feature feature;
    WorkClass work_class;
    Unit unit;
    std::string_view anchor;
};

inline constexpr OpRow kOpRows[] = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    {prefix, code, mnemonic, Immediate::immediate, type, Feature::feature, WorkClass::work_class, Unit::unit, anchor},
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

/// Instructions in the table, delimiters not counted.
inline constexpr std::size_t kOpCount = std::size(kOpRows);

[[nodiscard]] constexpr bool is_instruction(Op op) noexcept { return static_cast<std::size_t>(op) < kOpCount; }

/// The row of an instruction; `op` MUST be one.
[[nodiscard]] constexpr const OpRow& row(Op op) noexcept { return kOpRows[static_cast<std::size_t>(op)]; }

/// For each byte the instruction or delimiter that it is alone, or Op::illegal.
inline constexpr auto kOneByteOps = [] {
    std::array<Op, 256> ops{};
    ops.fill(Op::illegal);
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    if constexpr ((prefix) == 0) ops[(code) & 0xFF] = Op::identifier;
#define DELIMITER(code, identifier, mnemonic) ops[code] = Op::identifier;
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
    return ops;
}();

/// The instruction or delimiter of an opcode (prefix 0 for one byte), or Op::illegal.
[[nodiscard]] Op op_from(std::uint8_t prefix, std::uint32_t code) noexcept;
/// The same of an opcode of one byte.
[[nodiscard]] constexpr Op op_from(std::uint8_t code) noexcept { return kOneByteOps[code]; }

/// Whether a byte begins an opcode of two parts.
[[nodiscard]] constexpr bool is_prefix(std::uint8_t byte) noexcept { return byte >= 0xFB && byte <= 0xFD; }

[[nodiscard]] std::string_view to_text(Op op) noexcept;

} // namespace detent
