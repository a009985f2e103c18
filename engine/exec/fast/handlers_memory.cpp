// Handlers of loads and stores of one word.
#include "engine/exec/fast/operands.hpp"

namespace detent::fast {
namespace {

using body::S32;
using body::U32;
using body::U64;

/// What lies in memory, what it is as an operand, and which result it makes.
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
struct LayoutOf<Stored::u8> : Layout<std::uint8_t, U32> {};
template <>
struct LayoutOf<Stored::u16> : Layout<std::uint16_t, U32> {};
template <>
struct LayoutOf<Stored::u32> : Layout<U32, U32> {};
template <>
struct LayoutOf<Stored::u64> : Layout<U64, U64> {};
template <>
struct LayoutOf<Stored::s8_32> : Layout<std::int8_t, U32> {};
template <>
struct LayoutOf<Stored::s16_32> : Layout<std::int16_t, U32> {};
template <>
struct LayoutOf<Stored::s8_64> : Layout<std::int8_t, U64> {};
template <>
struct LayoutOf<Stored::s16_64> : Layout<std::int16_t, U64> {};
template <>
struct LayoutOf<Stored::s32_64> : Layout<S32, U64> {};
template <>
struct LayoutOf<Stored::f32> : Layout<U32, F32> {};
template <>
struct LayoutOf<Stored::f64> : Layout<U64, F64> {};

/// Where the access ends; nothing is read or written where that is behind the memory.
[[nodiscard, gnu::always_inline]] inline std::uint64_t end_of(const Registers& r, U32 address) noexcept {
    return address + r.cell[At::kAccessEnd];
}

template <Stored stored, Place place>
[[nodiscard, gnu::always_inline]] inline Go load(Registers& r, U32 address) noexcept {
    using L = LayoutOf<stored>;
    const std::uint64_t end = end_of(r, address);
    if (end > r.memory_size) [[unlikely]]
        return leave_access(r, end);
    return finish<place>(r, L::load(r.memory + end - sizeof(typename L::Memory)), Size::kAccess);
}

template <Stored stored, Kind value, unsigned slot>
[[nodiscard, gnu::always_inline]] inline Go store(Registers& r, U32 address) noexcept {
    using L = LayoutOf<stored>;
    const std::uint64_t end = end_of(r, address);
    if (end > r.memory_size) [[unlikely]]
        return leave_access(r, end);
    L::store(r.memory + end - sizeof(typename L::Memory), operand<typename L::Operand, value>(r, slot));
    return go_on(r, Size::kAccess);
}

template <Stored stored, Kind address>
struct Load {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return load<stored, place>(r, operand<U32, address>(r, 1));
        }
    };
};

template <Stored stored, Kind first, Kind second>
struct LoadSum {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return load<stored, place>(r, operand<U32, first>(r, 1) + operand<U32, second>(r, 2));
        }
    };
};

template <Stored stored, Kind address, Kind value>
struct Store {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return store<stored, value, 1>(r, operand<U32, address>(r, 0));
    }
};

template <Stored stored, Kind first, Kind second, Kind value>
struct StoreSum {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        constexpr unsigned kValueSlot = second == Kind::constant ? 1 : 2;
        return store<stored, value, kValueSlot>(r, operand<U32, first>(r, 0) + operand<U32, second>(r, 1));
    }
};

using Values = std::array<Handler, kKinds>;
using Stores = std::array<Values, kKinds>;
using StoreSums = std::array<Stores, kKinds>;

/// Stores of the same bytes are the same.
template <Stored stored>
inline constexpr bool kIsStored = stored == Stored::u8 || stored == Stored::u16 || stored == Stored::u32 ||
                                  stored == Stored::u64 || stored == Stored::f32 || stored == Stored::f64;

template <Stored stored>
constexpr UnaryHandlers make_loads() noexcept {
    UnaryHandlers made{};
    for_each_kind([&](auto kind) {
        if constexpr (kind() != Kind::constant && kHasKind<U32, kind()>) {
            made[at(kind())] = make_places<typename LayoutOf<stored>::Operand, Load<stored, kind()>::template Body>();
        }
    });
    return made;
}

template <Stored stored>
constexpr BinaryHandlers make_load_sums() noexcept {
    BinaryHandlers made{};
    for_each_kind([&](auto first) {
        for_each_kind([&](auto second) {
            if constexpr (kHasPair<U32, first(), second(), true>) {
                made[at(first())][at(second())] = make_places<typename LayoutOf<stored>::Operand,
                                                              LoadSum<stored, first(), second()>::template Body>();
            }
        });
    });
    return made;
}

/// A constant is an integer, and there is one at most.
template <Stored stored, Kind value>
inline constexpr bool kHasValue = kHasKind<typename LayoutOf<stored>::Operand, value> &&
                                  (value != Kind::constant || domain_of(stored) == Domain::word);

template <Stored stored>
constexpr Stores make_stores() noexcept {
    Stores made{};
    for_each_kind([&](auto address) {
        for_each_kind([&](auto value) {
            constexpr bool kShareAccumulator =
                address() == Kind::accumulator && value() == Kind::accumulator && domain_of(stored) == Domain::word;
            if constexpr (address() != Kind::constant && kHasKind<U32, address()> && kHasValue<stored, value()> &&
                          !kShareAccumulator) {
                made[at(address())][at(value())] = &handle<Store<stored, address(), value()>>;
            }
        });
    });
    return made;
}

template <Stored stored>
constexpr StoreSums make_store_sums() noexcept {
    StoreSums made{};
    for_each_kind([&](auto first) {
        for_each_kind([&](auto second) {
            for_each_kind([&](auto value) {
                constexpr bool kIsWord = domain_of(stored) == Domain::word;
                constexpr bool kShares = first() == Kind::accumulator && value() == Kind::accumulator && kIsWord;
                constexpr bool kHasOneConstant = second() != Kind::constant || value() != Kind::constant;
                if constexpr (kHasPair<U32, first(), second(), true> && kHasValue<stored, value()> &&
                              value() != Kind::constant && !kShares && kHasOneConstant) {
                    made[at(first())][at(second())][at(value())] =
                        &handle<StoreSum<stored, first(), second(), value()>>;
                }
            });
        });
    });
    return made;
}

template <template <Stored> class Made, std::size_t... numbers>
constexpr auto all_of(std::index_sequence<numbers...>) noexcept {
    return std::array{Made<static_cast<Stored>(numbers)>::make()...};
}

template <Stored stored>
struct Loads {
    static constexpr UnaryHandlers make() noexcept { return make_loads<stored>(); }
};
template <Stored stored>
struct LoadSums {
    static constexpr BinaryHandlers make() noexcept { return make_load_sums<stored>(); }
};
template <Stored stored>
struct AllStores {
    static constexpr Stores make() noexcept {
        if constexpr (kIsStored<stored>)
            return make_stores<stored>();
        else
            return {};
    }
};
template <Stored stored>
struct AllStoreSums {
    static constexpr StoreSums make() noexcept {
        if constexpr (kIsStored<stored>)
            return make_store_sums<stored>();
        else
            return {};
    }
};

using All = std::make_index_sequence<kStored>;
constexpr auto kLoads = all_of<Loads>(All{});
constexpr auto kLoadSums = all_of<LoadSums>(All{});
constexpr auto kStores = all_of<AllStores>(All{});
constexpr auto kStoreSums = all_of<AllStoreSums>(All{});

constexpr std::size_t number(Stored stored) noexcept { return static_cast<std::size_t>(stored); }

} // namespace

const Places& load_handlers(Stored stored, Kind address) noexcept { return kLoads[number(stored)][at(address)]; }

const Places& load_sum_handlers(Stored stored, Kind first, Kind second) noexcept {
    return kLoadSums[number(stored)][at(first)][at(second)];
}

Handler store_handler(Stored stored, Kind address, Kind value) noexcept {
    return kStores[number(stored)][at(address)][at(value)];
}

Handler store_sum_handler(Stored stored, Kind first, Kind second, Kind value) noexcept {
    return kStoreSums[number(stored)][at(first)][at(second)][at(value)];
}

} // namespace detent::fast
