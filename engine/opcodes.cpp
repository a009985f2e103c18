#include "engine/opcodes.hpp"

#include <span>

namespace detent {

namespace {

constexpr std::size_t codes_behind(std::uint8_t prefix) noexcept {
    std::size_t count = 0;
    for (const OpRow& one : kOpRows) {
        if (one.prefix == prefix && one.code >= count) count = one.code + std::size_t{1};
    }
    return count;
}

template <std::uint8_t Prefix>
constexpr std::array<Op, codes_behind(Prefix)> table_behind() noexcept {
    std::array<Op, codes_behind(Prefix)> table{};
    for (Op& entry : table)
        entry = Op::illegal;
    for (std::size_t i = 0; i < kOpCount; ++i) {
        if (kOpRows[i].prefix == Prefix) table[kOpRows[i].code] = static_cast<Op>(i);
    }
    return table;
}

constexpr auto kBehindFB = table_behind<0xFB>();
constexpr auto kBehindFC = table_behind<0xFC>();
constexpr auto kBehindFD = table_behind<0xFD>();

constexpr bool in_opcode_order() noexcept {
    for (std::size_t i = 1; i < kOpCount; ++i) {
        const OpRow& a = kOpRows[i - 1];
        const OpRow& b = kOpRows[i];
        if (a.prefix > b.prefix || (a.prefix == b.prefix && a.code >= b.code)) return false;
    }
    return true;
}
static_assert(in_opcode_order(), "the rows of opcodes.def stand in opcode order, and no opcode has two rows");

std::span<const Op> table_of(std::uint8_t prefix) noexcept {
    switch (prefix) {
    case 0x00: return kOneByteOps;
    case 0xFB: return kBehindFB;
    case 0xFC: return kBehindFC;
    case 0xFD: return kBehindFD;
    default: return {};
    }
}

} // namespace

Op op_from(std::uint8_t prefix, std::uint32_t code) noexcept {
    const std::span<const Op> table = table_of(prefix);
    return code < table.size() ? table[code] : Op::illegal;
}

std::string_view to_text(Op op) noexcept {
    if (is_instruction(op)) return row(op).mnemonic;
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)
#define DELIMITER(code, identifier, mnemonic)                                                                          \
    if (op == Op::identifier) return mnemonic;
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
    return "illegal";
}

} // namespace detent
