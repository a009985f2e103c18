#include "engine/instrument/prices.hpp"

#include "engine/binary/reader.hpp"
#include "engine/runtime/heap.hpp"

#include <algorithm>
#include <iterator>

namespace detent::instrument {

namespace {

bool is_trapping_conversion(Op op) noexcept {
    return (op >= Op::i32_trunc_f32_s && op <= Op::i32_trunc_f64_u) ||
           (op >= Op::i64_trunc_f32_s && op <= Op::i64_trunc_f64_u);
}

/// Whether all of a work class is pure, but for instructions that `is_pure` knows by name.
bool is_mostly_pure(WorkClass work_class) noexcept {
    // Not every class is listed, on purpose: paying for one instruction alone is never wrong.
    static constexpr WorkClass kPure[] = {
        WorkClass::parametric,
        WorkClass::variable,
        WorkClass::constant,
        WorkClass::int_simple,
        WorkClass::int_multiply,
        WorkClass::int_wide,
        WorkClass::float_simple,
        WorkClass::float_arithmetic,
        WorkClass::float_round,
        WorkClass::float_divide,
        WorkClass::float_root,
        WorkClass::float_convert,
        WorkClass::memory_size,
        WorkClass::table_size,
        WorkClass::reference,
        WorkClass::struct_new,
        WorkClass::vector_constant,
        WorkClass::vector_lane,
        WorkClass::vector_shuffle,
        WorkClass::vector_bitwise,
        WorkClass::vector_integer,
        WorkClass::vector_multiply,
        WorkClass::vector_float_simple,
        WorkClass::vector_float_arithmetic,
        WorkClass::vector_float_round,
        WorkClass::vector_float_divide,
        WorkClass::vector_float_root,
        WorkClass::vector_convert,
        WorkClass::try_table,
    };
    return std::ranges::find(kPure, work_class) != std::end(kPure);
}

/// The n of the instruction's unit (MET-4); 0 where the operands say it, or the callee.
std::uint64_t amount_of(const Instruction& instruction, const Code& code, FuncIdx function) noexcept {
    const Module& module = code.module();
    Reader in(module.bytes.span(), instruction.position, static_cast<std::uint32_t>(module.bytes.size()));
    const Op op = in.op().assume_value();
    // Not every instruction is listed, on purpose: a unit that others have is that of a branch, or told by operands.
    if (op == Op::return_) return words_of(module.function_type(function).results);
    if (op == Op::throw_) return words_of(module.tag_type(TagIdx{in.u32().assume_value()}).parameters);
    if (op == Op::struct_new || op == Op::struct_new_default) {
        return structure_bytes(code.types()[TypeIdx{in.u32().assume_value()}]);
    }
    if (op == Op::array_new_fixed) {
        const CanonicalType& type = code.types()[TypeIdx{in.u32().assume_value()}];
        return array_bytes(type, in.u32().assume_value());
    }
    return instruction.units;
}

} // namespace

bool is_pure(Op op) noexcept {
    if (op == Op::nop || op == Op::block || op == Op::global_get || op == Op::array_new_fixed) return true;
    if (op == Op::ref_test || op == Op::ref_test_null) return true;
    if (op == Op::ref_as_non_null || op == Op::i31_get_s || op == Op::i31_get_u) return false;
    return is_mostly_pure(row(op).work_class) && !is_trapping_conversion(op);
}

bool is_priced_by_operand(Op op) noexcept {
    static constexpr Unit kByOperand[] = {
        Unit::memory_grow_byte,   Unit::memory_fill_byte,   Unit::memory_copy_byte, Unit::table_grow_element,
        Unit::table_fill_element, Unit::table_copy_element, Unit::array_bulk_byte,
    };
    if (row(op).work_class == WorkClass::array_new) return op != Op::array_new_fixed;
    return std::ranges::find(kByOperand, row(op).unit) != std::end(kByOperand);
}

Fuel price_of(const Instruction& instruction, const Code& code, FuncIdx function, const Schedule& schedule) noexcept {
    const OpRow& facts = row(instruction.op);
    const std::uint64_t n = is_priced_by_operand(instruction.op) ? 0 : amount_of(instruction, code, function);
    return schedule.base(facts.work_class) + schedule.amount(facts.unit, n);
}

} // namespace detent::instrument
