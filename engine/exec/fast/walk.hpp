// Walk: from instruction to instruction of a valid body, with no look at types.
#pragma once

#include "engine/opcodes.hpp"

#include <cstdint>

namespace detent::fast {

/// Reads a body that MUST be valid: nothing is checked, and nothing has to be.
class Walk {
  public:
    explicit Walk(const std::uint8_t* at) noexcept : at_(at) {}

    /// The next instruction or delimiter.
    [[nodiscard]] Op op() noexcept {
        const std::uint8_t first = *at_++;
        const Op found = op_from(first);
        return found != Op::illegal ? found : op_from(first, u32());
    }

    [[nodiscard]] std::uint32_t u32() noexcept {
        std::uint32_t value = *at_ & 0x7FU;
        for (unsigned shift = 7; *at_++ >= 0x80; shift += 7)
            value |= (*at_ & 0x7FU) << shift;
        return value;
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
    void pass(std::uint32_t bytes) noexcept { at_ += bytes; }

    void pass_number() noexcept {
        while (*at_++ >= 0x80) {
        }
    }
    void pass_numbers(std::uint64_t count) noexcept {
        for (std::uint64_t i = 0; i < count; ++i)
            pass_number();
    }

    /// Bit 6 of the alignment says that a memory index follows.
    void pass_memarg() noexcept { pass_numbers((u32() & 0x40U) != 0 ? 2 : 1); }

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

    const std::uint8_t* at_;
};

} // namespace detent::fast
