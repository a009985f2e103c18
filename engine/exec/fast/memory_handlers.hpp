// The handlers of loads and stores of one word, and how such words lie. For the files of handlers only.
#pragma once

#include "engine/exec/fast/operands.hpp"
#include "engine/runtime/memory.hpp"

namespace detent::fast {

/// What lies in memory or on the heap, and what it is as an operand.
template <class InMemory, class AsOperand>
struct Layout {
    using Memory = InMemory;
    using Operand = AsOperand;

    [[nodiscard, gnu::always_inline]] static Operand load(const std::uint8_t* from) noexcept {
        if constexpr (kIsInteger<Operand>)
            return static_cast<Operand>(read_little_endian<Memory>(from));
        else
            return Operand{read_little_endian<Memory>(from)};
    }
    [[gnu::always_inline]] static void store(std::uint8_t* to, Operand value) noexcept {
        if constexpr (kIsInteger<Operand>)
            write_little_endian(to, static_cast<Memory>(value));
        else
            write_little_endian(to, value.bits);
    }
};

template <Stored stored>
struct LayoutOf;
template <>
struct LayoutOf<Stored::u8> : Layout<std::uint8_t, std::uint32_t> {};
template <>
struct LayoutOf<Stored::u16> : Layout<std::uint16_t, std::uint32_t> {};
template <>
struct LayoutOf<Stored::u32> : Layout<std::uint32_t, std::uint32_t> {};
template <>
struct LayoutOf<Stored::u64> : Layout<std::uint64_t, std::uint64_t> {};
template <>
struct LayoutOf<Stored::s8_32> : Layout<std::int8_t, std::uint32_t> {};
template <>
struct LayoutOf<Stored::s16_32> : Layout<std::int16_t, std::uint32_t> {};
template <>
struct LayoutOf<Stored::s8_64> : Layout<std::int8_t, std::uint64_t> {};
template <>
struct LayoutOf<Stored::s16_64> : Layout<std::int16_t, std::uint64_t> {};
template <>
struct LayoutOf<Stored::s32_64> : Layout<std::int32_t, std::uint64_t> {};
template <>
struct LayoutOf<Stored::f32> : Layout<std::uint32_t, F32> {};
template <>
struct LayoutOf<Stored::f64> : Layout<std::uint64_t, F64> {};

/// Where the access ends; nothing is read or written where that is behind the memory.
[[nodiscard, gnu::always_inline]] inline std::uint64_t end_of(const Registers& r, std::uint32_t address) noexcept {
    return address + r.cell[At::kAccessEnd];
}

/// What `is_chased` may be the address of the next such load, which waits for it: so the address is added last.
template <Stored stored, Place place, bool is_chased = false>
[[nodiscard, gnu::always_inline]] inline Go load(Registers& r, std::uint32_t address) noexcept {
    using L = LayoutOf<stored>;
    const std::uint64_t end = end_of(r, address);
    if (end > r.context->touched) [[unlikely]]
        return leave_access(r, end);
    constexpr std::size_t kBytes = sizeof(typename L::Memory);
    if constexpr (is_chased) {
        auto at_zero = reinterpret_cast<std::uintptr_t>(r.memory) + static_cast<std::uintptr_t>(r.cell[At::kAccessEnd]);
        asm("" : "+r"(at_zero)); // the order
        return finish<place>(r, L::load(address_in<std::uint8_t>(Word{at_zero + address - kBytes})), Size::kAccess);
    }
    return finish<place>(r, L::load(r.memory + end - kBytes), Size::kAccess);
}

template <Stored stored, Kind value, unsigned slot>
[[nodiscard, gnu::always_inline]] inline Go store(Registers& r, std::uint32_t address) noexcept {
    using L = LayoutOf<stored>;
    const std::uint64_t end = end_of(r, address);
    if (end > r.context->touched) [[unlikely]]
        return leave_access(r, end);
    L::store(r.memory + end - sizeof(typename L::Memory), operand<typename L::Operand, value>(r, slot));
    return go_on(r, Size::kAccess);
}

template <Stored stored, Kind address>
struct Load {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            // From one local of a loop to one: `p = p->next`.
            constexpr bool kIsChased = stored == Stored::u32 && is_pin(address) && place >= Place::pin0;
            return load<stored, place, kIsChased>(r, operand<std::uint32_t, address>(r, 1));
        }
    };
};

template <Stored stored, Kind first, Kind second>
struct LoadSum {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return load<stored, place>(r, operand<std::uint32_t, first>(r, 1) + operand<std::uint32_t, second>(r, 2));
        }
    };
};

/// Marks the pieces of memory 0 that the store behind it will write to, unless it traps.
template <Kind address>
struct Mark {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const std::uint64_t end = end_of(r, operand<std::uint32_t, address>(r, 0));
        if (end <= r.context->memory_bytes) {
            r.context->marks[(end - Fields{r.cell}.number()) >> Memory::kPieceLog] = 1;
            r.context->marks[(end - 1) >> Memory::kPieceLog] = 1;
        }
        return go_on(r, Size::kAccess);
    }
};

template <Stored stored, Kind address, Kind value>
struct Store {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return store<stored, value, 1>(r, operand<std::uint32_t, address>(r, 0));
    }
};

template <Stored stored, Kind first, Kind second, Kind value>
struct StoreSum {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        constexpr unsigned kValueSlot = second == Kind::constant ? 1 : 2;
        return store<stored, value, kValueSlot>(r, operand<std::uint32_t, first>(r, 0) +
                                                       operand<std::uint32_t, second>(r, 1));
    }
};

} // namespace detent::fast
