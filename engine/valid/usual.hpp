// Usual instructions: those that nearly all code consists of, and all that validation asks of them, in tables made from
// opcodes.def. Each has an opcode of one byte, and its operands and result are as a rule of number types.
#pragma once

#include "engine/valid/signature.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

/// How an instruction is usual; `no` is for the others.
enum class Usual : std::uint8_t {
    no,
    plain,
    drop,
    select,
    access,
    local_get,
    local_set,
    local_tee,
    global_get,
    global_set,
    number,
    bytes,
    // Blocks without parameters and results, and what goes to them; calls of short types.
    end,
    block,
    if_,
    br,
    br_if,
    call
};

struct UsualOp {
    /// The bits of the uppermost operand's type and of that below it, and which bits of that count: all, or none where
    /// there is one operand. An address is an i32.
    std::uint32_t upper = 0;
    std::uint32_t lower = 0;
    std::uint32_t lower_compared = 0;
    std::uint32_t parameter_count = 0;
    std::uint32_t result_count = 0;
    ValType result;
    Op op = Op::illegal;
    Usual how = Usual::no;
    Feature feature = Feature::mvp;
    /// Of an access the greatest alignment, as a logarithm; of a constant the bytes of a float.
    std::uint8_t size = 0;
};

[[nodiscard]] constexpr bool is_short(const Signature& signature) noexcept {
    const auto is_number = [](Slot slot) { return slot <= Slot::f64 || slot == Slot::address; };
    return signature.is_plain && signature.result_count <= 1 && signature.parameter_count <= 2 &&
           std::ranges::all_of(signature.parameters(), is_number) &&
           std::ranges::all_of(signature.results(), is_number);
}

/// A type as one number.
[[nodiscard]] constexpr std::uint32_t bits_of(ValType type) noexcept { return std::bit_cast<std::uint32_t>(type); }

/// Those whose signature does not say all.
[[nodiscard]] constexpr Usual usual_by_name(Op op) noexcept {
    if (op == Op::drop) return Usual::drop;
    if (op == Op::select) return Usual::select;
    if (op == Op::local_get) return Usual::local_get;
    if (op == Op::local_set) return Usual::local_set;
    if (op == Op::local_tee) return Usual::local_tee;
    if (op == Op::global_get) return Usual::global_get;
    if (op == Op::global_set) return Usual::global_set;
    if (op == Op::end) return Usual::end;
    if (op == Op::block || op == Op::loop) return Usual::block;
    if (op == Op::if_) return Usual::if_;
    if (op == Op::br) return Usual::br;
    if (op == Op::br_if) return Usual::br_if;
    return op == Op::call ? Usual::call : Usual::no;
}

/// Says how an instruction with a short signature is usual, and of which size.
constexpr void classify(UsualOp& one, Immediate immediate) noexcept {
    const auto become = [&one](bool is_so, Usual how, std::uint8_t size) {
        if (is_so) one.how = how;
        one.size = size;
    };
    const bool pops = one.parameter_count != 0;
    // Not every immediate is listed, on purpose: an instruction with another one is not usual.
    if (immediate == Immediate::none) become(pops, Usual::plain, 0);
    if (immediate == Immediate::mem_8) become(pops, Usual::access, 0);
    if (immediate == Immediate::mem_16) become(pops, Usual::access, 1);
    if (immediate == Immediate::mem_32) become(pops, Usual::access, 2);
    if (immediate == Immediate::mem_64) become(pops, Usual::access, 3);
    if (immediate == Immediate::i32 || immediate == Immediate::i64) become(true, Usual::number, 0);
    if (immediate == Immediate::f32) become(true, Usual::bytes, 4);
    if (immediate == Immediate::f64) become(true, Usual::bytes, 8);
}

[[nodiscard]] constexpr UsualOp usual_from(Op op) noexcept {
    UsualOp one;
    one.op = op;
    one.how = usual_by_name(op);
    if (!is_instruction(op)) return one;
    const Signature& from = signature(op);
    one.feature = row(op).feature;
    if (!is_short(from)) return one;
    one.parameter_count = from.parameter_count;
    one.result_count = from.result_count;
    classify(one, row(op).immediate);
    if (one.result_count != 0) one.result = type_of(from.results().front(), {});
    if (one.parameter_count == 0) return one;
    one.upper = bits_of(type_of(from.parameters().back(), {}));
    one.lower = bits_of(type_of(from.parameters().front(), {}));
    one.lower_compared = one.parameter_count == 2 ? ~0U : 0U;
    return one;
}

/// What a byte needs that is no opcode by itself: no set of features has it.
inline constexpr auto kNoFeature = static_cast<Feature>(kFeatureCount);
static_assert(kFeatureCount < 32);

/// By the first byte of an opcode. Of those that are not usual, `op` and `feature` count.
inline constexpr auto kUsualOps = [] {
    std::array<UsualOp, kOneByteOps.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = usual_from(kOneByteOps[i]);
        if (kOneByteOps[i] == Op::illegal) all[i].feature = kNoFeature;
    }
    return all;
}();

} // namespace detent
