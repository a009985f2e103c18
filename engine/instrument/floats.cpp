#include "engine/instrument/floats.hpp"

#include <array>

namespace detent::instrument {

namespace {

constexpr std::uint32_t kNan32 = 0x7FC0'0000;
constexpr std::uint64_t kNan64 = 0x7FF8'0000'0000'0000;

bool is_float_class(WorkClass work_class) noexcept {
    return work_class == WorkClass::float_arithmetic || work_class == WorkClass::float_round ||
           work_class == WorkClass::float_divide || work_class == WorkClass::float_root;
}

bool is_vector_float_class(WorkClass work_class) noexcept {
    return work_class == WorkClass::vector_float_arithmetic || work_class == WorkClass::vector_float_round ||
           work_class == WorkClass::vector_float_divide || work_class == WorkClass::vector_float_root;
}

/// An instruction that has the same result in every engine, for each relaxed one that needs no more.
struct Same {
    Op relaxed;
    Op determined;
};

constexpr Same kSame[] = {
    {Op::i8x16_relaxed_swizzle, Op::i8x16_swizzle},
    {Op::i32x4_relaxed_trunc_f32x4_s, Op::i32x4_trunc_sat_f32x4_s},
    {Op::i32x4_relaxed_trunc_f32x4_u, Op::i32x4_trunc_sat_f32x4_u},
    {Op::i32x4_relaxed_trunc_f64x2_s_zero, Op::i32x4_trunc_sat_f64x2_s_zero},
    {Op::i32x4_relaxed_trunc_f64x2_u_zero, Op::i32x4_trunc_sat_f64x2_u_zero},
    {Op::i8x16_relaxed_laneselect, Op::v128_bitselect},
    {Op::i16x8_relaxed_laneselect, Op::v128_bitselect},
    {Op::i32x4_relaxed_laneselect, Op::v128_bitselect},
    {Op::i64x2_relaxed_laneselect, Op::v128_bitselect},
    {Op::f32x4_relaxed_min, Op::f32x4_min},
    {Op::f32x4_relaxed_max, Op::f32x4_max},
    {Op::f64x2_relaxed_min, Op::f64x2_min},
    {Op::f64x2_relaxed_max, Op::f64x2_max},
    {Op::i16x8_relaxed_q15mulr_s, Op::i16x8_q15mulr_sat_s},
};

/// a * b + c, or -a * b + c, in two roundings; the sum waits in a local.
struct Multiply {
    Op relaxed;
    bool is_negative;
    Op negate;
    Op multiply;
    Op add;
};

constexpr Multiply kMultiplies[] = {
    {Op::f32x4_relaxed_madd, false, Op::f32x4_neg, Op::f32x4_mul, Op::f32x4_add},
    {Op::f32x4_relaxed_nmadd, true, Op::f32x4_neg, Op::f32x4_mul, Op::f32x4_add},
    {Op::f64x2_relaxed_madd, false, Op::f64x2_neg, Op::f64x2_mul, Op::f64x2_add},
    {Op::f64x2_relaxed_nmadd, true, Op::f64x2_neg, Op::f64x2_mul, Op::f64x2_add},
};

void write_multiply(Emitter& out, const Multiply& one, std::uint32_t first, std::uint32_t second) {
    out.op(Op::local_set, first);
    if (one.is_negative) {
        out.op(Op::local_set, second);
        out.op(one.negate);
        out.op(Op::local_get, second);
    }
    out.op(one.multiply);
    out.op(Op::local_get, first);
    out.op(one.add);
}

/// The products of bytes at even places and those at odd ones, of two vectors of products.
void write_shuffle(Emitter& out, std::uint8_t first_lane) {
    out.op(Op::i8x16_shuffle);
    for (std::uint8_t lane = 0; lane < 8; ++lane) {
        const auto byte = static_cast<std::uint8_t>(2 * (2 * lane + first_lane));
        out.byte(byte);
        out.byte(static_cast<std::uint8_t>(byte + 1));
    }
}

/// Sums of two products of bytes each, that saturate.
void write_dot(Emitter& out, std::uint32_t first, std::uint32_t second) {
    out.op(Op::local_set, second);
    out.op(Op::local_tee, first);
    out.op(Op::local_get, second);
    out.op(Op::i16x8_extmul_low_i8x16_s);
    out.op(Op::local_get, first);
    out.op(Op::local_get, second);
    out.op(Op::i16x8_extmul_high_i8x16_s);
    out.op(Op::local_set, second);
    out.op(Op::local_tee, first);
    out.op(Op::local_get, second);
    write_shuffle(out, 0);
    out.op(Op::local_get, first);
    out.op(Op::local_get, second);
    write_shuffle(out, 1);
    out.op(Op::i16x8_add_sat_s);
}

void write_constant_nan(Emitter& out, NanShape shape) {
    switch (shape) {
    case NanShape::f32: out.op(Op::f32_const); return out.little_endian(kNan32, 4);
    case NanShape::f64: out.op(Op::f64_const); return out.little_endian(kNan64, 8);
    case NanShape::f32x4:
        out.op(Op::v128_const);
        for (int i = 0; i < 4; ++i)
            out.little_endian(kNan32, 4);
        return;
    case NanShape::f64x2:
        out.op(Op::v128_const);
        for (int i = 0; i < 2; ++i)
            out.little_endian(kNan64, 8);
        return;
    }
}

} // namespace

std::optional<NanShape> made_nans(Op op) noexcept {
    if (op == Op::f32_demote_f64) return NanShape::f32;
    if (op == Op::f64_promote_f32) return NanShape::f64;
    if (op == Op::f32x4_demote_f64x2_zero) return NanShape::f32x4;
    if (op == Op::f64x2_promote_low_f32x4) return NanShape::f64x2;
    const OpRow& facts = row(op);
    const bool is_single = facts.mnemonic.starts_with("f32");
    if (is_float_class(facts.work_class)) return is_single ? NanShape::f32 : NanShape::f64;
    if (is_vector_float_class(facts.work_class)) return is_single ? NanShape::f32x4 : NanShape::f64x2;
    return std::nullopt;
}

ValType type_of(NanShape shape) noexcept {
    if (shape == NanShape::f32) return kF32;
    return shape == NanShape::f64 ? kF64 : kV128;
}

/// A value that does not equal itself is a NaN.
void write_canonical_nan(Emitter& out, NanShape shape, std::uint32_t scratch) {
    static constexpr std::array kEqual = {Op::f32_eq, Op::f64_eq, Op::f32x4_eq, Op::f64x2_eq};
    out.op(Op::local_tee, scratch);
    write_constant_nan(out, shape);
    out.op(Op::local_get, scratch);
    out.op(Op::local_get, scratch);
    out.op(kEqual[static_cast<std::size_t>(shape)]);
    out.op(type_of(shape) == kV128 ? Op::v128_bitselect : Op::select);
}

bool is_relaxed(Op op) noexcept { return row(op).feature == Feature::relaxed_simd; }

void write_determined(Emitter& out, Op op, std::uint32_t scratch) {
    for (const Same& one : kSame) {
        if (one.relaxed == op) return out.op(one.determined);
    }
    for (const Multiply& one : kMultiplies) {
        if (one.relaxed == op) return write_multiply(out, one, scratch, scratch + 1);
    }
    if (op == Op::i16x8_relaxed_dot_i8x16_i7x16_s) return write_dot(out, scratch, scratch + 1);
    out.op(Op::local_set, scratch + 2);
    write_dot(out, scratch, scratch + 1);
    out.op(Op::i32x4_extadd_pairwise_i16x8_s);
    out.op(Op::local_get, scratch + 2);
    out.op(Op::i32x4_add);
}

} // namespace detent::instrument
