// Constant expressions, as far as decoding goes: where one ends, and that nothing but constants is in it.
#include "engine/binary/decoder.hpp"
#include "engine/binary/immediates.hpp"

namespace detent {

namespace {

/// Arithmetic that is constant with extended-const.
bool is_extended_constant(Op op) noexcept {
    return op == Op::i32_add || op == Op::i32_sub || op == Op::i32_mul || op == Op::i64_add || op == Op::i64_sub ||
           op == Op::i64_mul;
}

} // namespace

Result<ConstExpr> Decoder::constant_expression(Reader& in) noexcept {
    const std::uint32_t expression = in.position();
    for (std::uint64_t instructions = 1;; ++instructions) {
        const std::uint32_t begin = in.position();
        DETENT_TRY(const Op op, in.op());
        if (op == Op::end) return ConstExpr{{expression, in.position()}};
        DETENT_CHECK(within(Limit::constant_instructions, instructions, begin));
        DETENT_CHECK(constant_instruction(in, op, begin));
    }
}

// spec: valid-constant
Status Decoder::constant_instruction(Reader& in, Op op, std::uint32_t begin) noexcept {
    if (!is_instruction(op)) return Error{ErrorCode::constant_expression_required, begin};
    DETENT_CHECK(require(features_, row(op).feature, begin));
    if (is_extended_constant(op)) return require(features_, Feature::extended_const, begin);
    // Not every instruction is listed, on purpose: what is not constant is an error, whatever it is.
    if (op == Op::i32_const) return status_of(in.s32());
    if (op == Op::i64_const) return status_of(in.s64());
    if (op == Op::f32_const) return in.skip(4);
    if (op == Op::f64_const) return in.skip(8);
    if (op == Op::v128_const) return in.skip(16);
    if (op == Op::ref_null) return status_of(read_heap_type(in, features_));
    if (op == Op::ref_func || op == Op::global_get) return status_of(in.u32());
    if (op == Op::ref_i31 || op == Op::any_convert_extern || op == Op::extern_convert_any) return ok();
    return constant_allocation(in, op, begin);
}

Status Decoder::constant_allocation(Reader& in, Op op, std::uint32_t begin) noexcept {
    const bool is_of_type = op == Op::struct_new || op == Op::struct_new_default || op == Op::array_new ||
                            op == Op::array_new_default || op == Op::array_new_fixed;
    if (!is_of_type) return Error{ErrorCode::constant_expression_required, begin};
    DETENT_CHECK(in.u32());
    return op == Op::array_new_fixed ? status_of(in.u32()) : ok();
}

} // namespace detent
