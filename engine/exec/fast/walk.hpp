// Walk: from instruction to instruction of a valid body, with no look at types.
#pragma once

#include "engine/opcodes.hpp"
#include "engine/syntax/module.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace detent::fast {

/// The kinds of immediates alone: rows of the table are long.
inline constexpr auto kImmediates = [] {
    std::array<Immediate, kOpCount> immediates{};
    for (std::size_t i = 0; i < kOpCount; ++i)
        immediates[i] = kOpRows[i].immediate;
    return immediates;
}();
[[nodiscard]] constexpr Immediate immediate_of(Op op) noexcept { return kImmediates[static_cast<std::size_t>(op)]; }

/// Whether a block opens.
[[nodiscard]] constexpr bool is_opening(Op op) noexcept {
    return (op >= Op::block && op <= Op::if_) || op == Op::try_table;
}

/// What an access says of its memory.
struct Accessed {
    std::uint32_t memory = 0;
    std::uint64_t offset = 0;
};

/// Reads a body that MUST be valid: nothing is checked, and nothing has to be.
class Walk {
  public:
    Walk(const Module& module, std::uint32_t position) noexcept
        : module_(module.bytes.data()), at_(module_ + position) {}

    /// Of what comes next, in the module.
    [[nodiscard]] std::uint32_t position() const noexcept { return static_cast<std::uint32_t>(at_ - module_); }

    /// The next instruction or delimiter.
    [[nodiscard]] Op op() noexcept {
        const std::uint8_t first = *at_++;
        const Op found = op_from(first);
        return found != Op::illegal ? found : op_from(first, u32());
    }

    [[nodiscard]] std::uint8_t byte() noexcept { return *at_++; }
    [[nodiscard]] std::uint8_t peek() const noexcept { return *at_; }

    [[nodiscard]] std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(u64()); }
    [[nodiscard]] std::uint64_t u64() noexcept {
        if (*at_ < 0x80) return *at_++;
        const Number read = number_of(at_);
        at_ = read.end;
        return read.value;
    }
    /// Of 32 or of 64 bits; of the former, the lower ones count.
    [[nodiscard]] std::uint64_t signed_number() noexcept {
        const std::uint8_t* const begin = at_;
        const Number read = *begin < 0x80 ? Number{*begin, begin + 1} : number_of(begin);
        at_ = read.end;
        const std::ptrdiff_t bits = 7 * (read.end - begin);
        const std::ptrdiff_t unused = bits < 64 ? 64 - bits : 0;
        return static_cast<std::uint64_t>(static_cast<std::int64_t>(read.value << unused) >> unused);
    }
    /// So many bytes, the lowest first.
    [[nodiscard]] std::uint64_t little_endian(unsigned size) noexcept {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < size; ++i)
            value |= std::uint64_t{*at_++} << (8 * i);
        return value;
    }
    /// Bit 6 of the alignment says that a memory index follows.
    [[nodiscard]] Accessed memarg() noexcept {
        const bool names_memory = (u32() & 0x40U) != 0;
        const std::uint32_t memory = names_memory ? u32() : 0;
        return {memory, u64()};
    }

    void pass_number() noexcept {
        while (*at_++ >= 0x80) {
        }
    }

    /// Passes what follows the opcode.
    void pass_immediate(Immediate kind) noexcept {
        switch (kind) {
        case Immediate::none: return;
        case Immediate::block_type: return pass_type();
        case Immediate::label:
        case Immediate::func:
        case Immediate::type:
        case Immediate::local:
        case Immediate::global:
        case Immediate::table:
        case Immediate::elem:
        case Immediate::data:
        case Immediate::memory:
        case Immediate::tag:
        case Immediate::heap_type:
        case Immediate::i32:
        case Immediate::i64: return pass_number();
        case Immediate::type_table:
        case Immediate::table_table:
        case Immediate::elem_table:
        case Immediate::memory_memory:
        case Immediate::data_memory:
        case Immediate::type_field:
        case Immediate::type_count:
        case Immediate::type_data:
        case Immediate::type_elem:
        case Immediate::type_type: return pass_numbers(2);
        case Immediate::label_table: return pass_numbers(std::uint64_t{u32()} + 1);
        case Immediate::mem_8:
        case Immediate::mem_16:
        case Immediate::mem_32:
        case Immediate::mem_64:
        case Immediate::mem_128: return pass_memarg();
        case Immediate::mem_8_lane:
        case Immediate::mem_16_lane:
        case Immediate::mem_32_lane:
        case Immediate::mem_64_lane: pass_memarg(); return pass(1);
        case Immediate::lane_16:
        case Immediate::lane_8:
        case Immediate::lane_4:
        case Immediate::lane_2: return pass(1);
        case Immediate::f32: return pass(4);
        case Immediate::f64: return pass(8);
        case Immediate::lanes_16:
        case Immediate::v128: return pass(16);
        case Immediate::select_types: return pass_types(u32());
        case Immediate::cast: pass(1); return pass_numbers(3);
        case Immediate::try_table: pass_type(); return pass_clauses(u32());
        }
    }

  private:
    struct Number {
        std::uint64_t value = 0;
        const std::uint8_t* end = nullptr;
    };

    /// Of more than one byte. Not inlined, and not about this object, so that it can be in registers.
    [[nodiscard, gnu::noinline]] static Number number_of(const std::uint8_t* at) noexcept {
        std::uint64_t value = 0;
        unsigned bits = 0;
        do {
            value |= (*at & std::uint64_t{0x7F}) << bits;
            bits += 7;
        } while (*at++ >= 0x80);
        return {value, at};
    }

    void pass(std::uint32_t bytes) noexcept { at_ += bytes; }

    void pass_numbers(std::uint64_t count) noexcept {
        for (std::uint64_t i = 0; i < count; ++i)
            pass_number();
    }

    void pass_memarg() noexcept { static_cast<void>(memarg()); }

    /// A value type or a type index: a number, behind one of the two prefixes of a reference type that is written in
    /// full.
    void pass_type() noexcept {
        const bool is_full = *at_ == 0x63 || *at_ == 0x64;
        pass_numbers(is_full ? 2 : 1);
    }
    void pass_types(std::uint32_t count) noexcept {
        for (std::uint32_t i = 0; i < count; ++i)
            pass_type();
    }

    /// Two of the four kinds name a tag.
    void pass_clauses(std::uint32_t count) noexcept {
        for (std::uint32_t i = 0; i < count; ++i) {
            const bool has_tag = *at_++ < 2;
            pass_numbers(has_tag ? 2 : 1);
        }
    }

    const std::uint8_t* module_;
    const std::uint8_t* at_;
};

} // namespace detent::fast
