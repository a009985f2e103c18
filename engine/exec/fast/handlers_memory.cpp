// Handlers of loads and stores of one word.
#include "engine/exec/fast/memory_handlers.hpp"

namespace detent::fast {
namespace {

using body::U32;

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

Handler mark_handler(Kind address) noexcept {
    return address == Kind::accumulator ? &handle<Mark<Kind::accumulator>> : &handle<Mark<Kind::slot>>;
}

} // namespace detent::fast
