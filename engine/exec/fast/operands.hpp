// How handlers find operands and leave results. For the files of handlers only.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/exec/fast/handlers.hpp"
#include "engine/exec/numeric.hpp"

#include <type_traits>

namespace detent::fast {

template <class T>
inline constexpr Domain kDomainOf = Domain::word;
template <>
inline constexpr Domain kDomainOf<F64> = Domain::f64;
template <>
inline constexpr Domain kDomainOf<F32> = Domain::f32;
template <class T>
inline constexpr Domain kDomainOf<Checked<T>> = kDomainOf<T>;

template <class T>
inline constexpr bool kIsInteger = std::is_same_v<T, std::uint32_t> || std::is_same_v<T, std::uint64_t>;
template <class T>
inline constexpr bool kIsNumber = kIsInteger<T> || std::is_same_v<T, F32> || std::is_same_v<T, F64>;
template <class T>
inline constexpr bool kIsNumber<Checked<T>> = kIsNumber<T>;

template <class T>
inline constexpr bool kMayTrap = false;
template <class T>
inline constexpr bool kMayTrap<Checked<T>> = true;

template <class T>
[[nodiscard, gnu::always_inline]] inline T from_word(Word word) noexcept {
    if constexpr (std::is_same_v<T, F32>)
        return F32{static_cast<std::uint32_t>(word)};
    else if constexpr (std::is_same_v<T, F64>)
        return F64{word};
    else
        return static_cast<T>(word);
}

[[nodiscard, gnu::always_inline]] inline Word to_word(std::uint32_t value) noexcept { return value; }
[[nodiscard, gnu::always_inline]] inline Word to_word(std::uint64_t value) noexcept { return value; }
[[nodiscard, gnu::always_inline]] inline Word to_word(F32 value) noexcept { return value.bits; }
[[nodiscard, gnu::always_inline]] inline Word to_word(F64 value) noexcept { return value.bits; }

/// The constant of a cell, as an operand of this type: 32 bits, extended by sign.
template <class T>
[[nodiscard, gnu::always_inline]] inline T constant_of(const Registers& r) noexcept {
    if constexpr (std::is_same_v<T, F64>)
        return F64{r.cell[At::kBranchConstant]};
    else if constexpr (std::is_same_v<T, F32>)
        return F32{Fields{r.cell}.number()};
    else if constexpr (sizeof(T) == 8)
        return static_cast<T>(static_cast<std::int64_t>(static_cast<std::int32_t>(Fields{r.cell}.number())));
    else
        return static_cast<T>(Fields{r.cell}.number());
}

/// The kind of an operand that is in a slot, and was written there so many cells before in the same sequence.
[[nodiscard]] constexpr Kind handed_on(std::size_t cells) noexcept { return static_cast<Kind>(kKinds + cells); }
[[nodiscard]] constexpr bool is_handed_on(Kind kind) noexcept { return at(kind) > kKinds; }

/// `slot` is which slot of the cell it is.
template <class T, Kind kind>
[[nodiscard, gnu::always_inline]] inline T operand(const Registers& r, unsigned slot) noexcept {
    constexpr std::size_t pin = is_pin(kind) && !is_handed_on(kind) ? at(kind) - at(Kind::pin0) : 0;
    if constexpr (kind == Kind::slot) {
        return from_word<T>(r.frame[Fields{r.cell}.slot(slot)]);
    } else if constexpr (is_handed_on(kind)) {
        return from_word<T>(r.written[at(kind) - kKinds]);
    } else if constexpr (kind == Kind::constant) {
        return constant_of<T>(r);
    } else if constexpr (std::is_same_v<T, F64>) {
        return kind == Kind::accumulator ? r.f64_accumulator : r.f64_pins[pin];
    } else if constexpr (std::is_same_v<T, F32>) {
        return kind == Kind::accumulator ? r.f32_accumulator : r.f32_pins[pin];
    } else {
        return static_cast<T>(kind == Kind::accumulator ? r.accumulator : r.pins[pin]);
    }
}

/// Where handlers return to a loop, a sequence has nothing to gain from it.
#ifdef DETENT_HANDLER_PARAMETERS
inline constexpr bool kHandsOn = true;
#else
inline constexpr bool kHandsOn = false;
#endif

template <Place place, class T>
[[gnu::always_inline]] inline void set_result(Registers& r, T value) noexcept {
    if constexpr (place != Place::accumulator) r.frame[Fields{r.cell}.slot(0)] = to_word(value);
    if constexpr (place == Place::slot && kHandsOn) r.written[0] = to_word(value);
    constexpr std::size_t pin = place >= Place::pin0 ? at(place) - at(Place::pin0) : 0;
    if constexpr (std::is_same_v<T, F64>) {
        (place >= Place::pin0 ? r.f64_pins[pin] : r.f64_accumulator) = value;
    } else if constexpr (std::is_same_v<T, F32>) {
        (place >= Place::pin0 ? r.f32_pins[pin] : r.f32_accumulator) = value;
    } else {
        (place >= Place::pin0 ? r.pins[pin] : r.accumulator) = to_word(value);
    }
}

[[nodiscard, gnu::always_inline]] inline Go go_on(Registers& r, std::uint32_t size) noexcept {
    r.cell += size;
    return Go::next;
}

[[nodiscard, gnu::always_inline]] inline Go leave(Registers& r, Leave why) noexcept {
    r.context->leave = why;
    return Go::leave;
}

/// An access that ends behind Context::touched. The cell is executed again if it lies in the memory all the same.
[[nodiscard, gnu::always_inline]] inline Go leave_access(Registers& r, std::uint64_t end) noexcept {
    r.context->access_end = end;
    return leave(r, Leave::at_cell);
}

template <Place place, class T>
[[nodiscard, gnu::always_inline]] inline Go finish(Registers& r, T result, std::uint32_t size) noexcept {
    set_result<place>(r, result);
    return go_on(r, size);
}

template <Place place, class T>
[[nodiscard, gnu::always_inline]] inline Go finish(Registers& r, Checked<T> result, std::uint32_t size) noexcept {
    if (result.trapped) [[unlikely]]
        return leave(r, Leave::at_cell);
    return finish<place>(r, result.value, size);
}

/// A choice that no processor foresees: without a branch, of which scripts/check-handlers takes care.
[[nodiscard, gnu::always_inline]] inline Word choose(bool condition, Word if_true, Word if_false) noexcept {
#if __has_builtin(__builtin_unpredictable)
    Word chosen = __builtin_unpredictable(condition) ? if_true : if_false;
#else
    Word chosen = condition ? if_true : if_false;
#endif
    asm("" : "+r"(chosen)); // what comes next is done once, and not with each of both
    return chosen;
}

/// What a field points to. Fields are words on every machine.
template <class T = Word>
[[nodiscard, gnu::always_inline]] inline const T* address_in(Word word) noexcept {
    return reinterpret_cast<const T*>(static_cast<std::uintptr_t>(word)); // NOLINT(performance-no-int-to-ptr)
}

// Which combinations there are.

/// Whether a handler with this place has a register for it.
template <class Result, Place place>
inline constexpr bool kHasPlace = place < Place::pin0 || at(place) - at(Place::pin0) < pins_of(kDomainOf<Result>);

template <class Operand, Kind kind>
inline constexpr bool kHasKind = !is_pin(kind) || at(kind) - at(Kind::pin0) < pins_of(kDomainOf<Operand>);

/// Two operands are not both in one accumulator, and not both constant.
template <class Operand, Kind first, Kind second, bool is_commutative>
inline constexpr bool kHasPair = kHasKind<Operand, first> && kHasKind<Operand, second> &&
                                 !(first == second && (first == Kind::accumulator || first == Kind::constant)) &&
                                 !(is_commutative && rank(first) > rank(second));

/// Calls `add` with every kind as a constant of its type.
template <class Add>
constexpr void for_each_kind(Add add) noexcept {
    add(std::integral_constant<Kind, Kind::slot>{});
    add(std::integral_constant<Kind, Kind::accumulator>{});
    add(std::integral_constant<Kind, Kind::constant>{});
    add(std::integral_constant<Kind, Kind::pin0>{});
    add(std::integral_constant<Kind, Kind::pin1>{});
    add(std::integral_constant<Kind, Kind::pin2>{});
    add(std::integral_constant<Kind, Kind::pin3>{});
}

/// A handler for each place: `Body` is a template over it.
template <class Result, template <Place> class Body>
[[nodiscard]] constexpr Places make_places() noexcept {
    Places places{};
    places[at(Place::slot)] = &handle<Body<Place::slot>>;
    places[at(Place::accumulator)] = &handle<Body<Place::accumulator>>;
    if constexpr (kHasPlace<Result, Place::pin0>) places[at(Place::pin0)] = &handle<Body<Place::pin0>>;
    if constexpr (kHasPlace<Result, Place::pin1>) places[at(Place::pin1)] = &handle<Body<Place::pin1>>;
    if constexpr (kHasPlace<Result, Place::pin2>) places[at(Place::pin2)] = &handle<Body<Place::pin2>>;
    if constexpr (kHasPlace<Result, Place::pin3>) places[at(Place::pin3)] = &handle<Body<Place::pin3>>;
    return places;
}

} // namespace detent::fast
