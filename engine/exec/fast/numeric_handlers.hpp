// The handlers of plain numeric instructions, made from their bodies. Each file of handlers takes those that it names.
#pragma once

#include "engine/exec/fast/operands.hpp"

#include "engine/exec/body_array.hpp"
#include "engine/exec/body_control.hpp"
#include "engine/exec/body_exception.hpp"
#include "engine/exec/body_memory.hpp"
#include "engine/exec/body_reference.hpp"
#include "engine/exec/body_struct.hpp"
#include "engine/exec/body_table.hpp"
#include "engine/exec/body_variable.hpp"
#include "engine/exec/body_vector.hpp"
#include "engine/exec/vector_relaxed.hpp"
#include "engine/exec/wide.hpp"

#include <algorithm>

namespace detent::fast {

/// How many kinds of operands and places an instruction has handlers for.
enum class Variety : std::uint8_t {
    none,
    small, ///< slots and accumulators
    all,
};

template <auto function, Kind kind>
struct Unary;
template <class Result, class A, Result (*function)(A) noexcept, Kind kind>
struct Unary<function, kind> {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return finish<place>(r, function(operand<A, kind>(r, 1)), Size::kNumeric);
        }
    };
};

/// A constant stands where the second slot would, so that the other operand is slot 1.
template <auto function, Kind first, Kind second>
struct Binary;
template <class Result, class A, Result (*function)(A, A) noexcept, Kind first, Kind second>
struct Binary<function, first, second> {
    static constexpr bool kHasConstant = first == Kind::constant || second == Kind::constant;
    static constexpr bool kIsLong = kHasConstant && sizeof(A) == sizeof(Word);
    static constexpr std::uint32_t kSize = kIsLong ? Size::kNumericLong : Size::kNumeric;

    template <Kind kind>
    [[gnu::always_inline]] static A read(const Registers& r, unsigned slot) noexcept {
        if constexpr (kind == Kind::constant && kIsLong)
            return from_word<A>(r.cell[At::kLongConstant]);
        else
            return operand<A, kind>(r, slot);
    }

    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            const A a = read<first>(r, 1);
            const A b = read<second>(r, first == Kind::constant ? 1 : 2);
            return finish<place>(r, function(a, b), kSize);
        }
    };
};

constexpr bool is_comparison(Op op) noexcept { return op >= Op::i32_eqz && op <= Op::f64_ge; }

inline constexpr std::array kCommutative = {
    Op::i32_add, Op::i32_mul, Op::i32_and, Op::i32_or, Op::i32_xor, Op::i32_eq,  Op::i32_ne,  Op::i64_add, Op::i64_mul,
    Op::i64_and, Op::i64_or,  Op::i64_xor, Op::i64_eq, Op::i64_ne,  Op::f32_add, Op::f32_mul, Op::f64_add, Op::f64_mul};

constexpr bool is_commutative(Op op) noexcept { return std::ranges::find(kCommutative, op) != kCommutative.end(); }

template <class Result, template <Place> class Body, bool has_pins>
[[nodiscard]] constexpr Places places_of() noexcept {
    if constexpr (has_pins) {
        return make_places<Result, Body>();
    } else {
        return {&handle<Body<Place::slot>>, &handle<Body<Place::accumulator>>};
    }
}

/// What is no plain instruction over numbers has none.
template <Op op, class Signature, auto function, Variety variety>
struct MakeNumeric {
    static constexpr const NumericHandlers* kMade = nullptr;
};

template <Op op, class Result, class A, auto function, Variety variety>
    requires(kIsNumber<Result> && kIsNumber<A> && variety != Variety::none)
struct MakeNumeric<op, Result (*)(A) noexcept, function, variety> {
    static constexpr NumericHandlers make() noexcept {
        NumericHandlers made;
        made.is_unary = true;
        made.may_trap = kMayTrap<Result>;
        made.operand = kDomainOf<A>;
        made.result = kDomainOf<Result>;
        for_each_kind([&](auto kind) {
            if constexpr (kind() != Kind::constant && kHasKind<A, kind()> &&
                          (variety == Variety::all || !is_pin(kind()))) {
                made.unary[at(kind())] =
                    places_of<Result, Unary<function, kind()>::template Body, variety == Variety::all>();
            }
        });
        return made;
    }
    static constexpr NumericHandlers kHandlers = make();
    static constexpr const NumericHandlers* kMade = &kHandlers;
};

template <Op op, class Result, class A, auto function, Variety variety>
    requires(kIsNumber<Result> && kIsNumber<A> && variety != Variety::none)
struct MakeNumeric<op, Result (*)(A, A) noexcept, function, variety> {
    static constexpr bool kIsCommutative = is_commutative(op);
    static constexpr bool kHasPinPlaces = variety == Variety::all && !is_comparison(op);

    static constexpr NumericHandlers make() noexcept {
        NumericHandlers made;
        made.is_commutative = kIsCommutative;
        made.may_trap = kMayTrap<Result>;
        made.operand = kDomainOf<A>;
        made.result = kDomainOf<Result>;
        for_each_kind([&](auto first) {
            for_each_kind([&](auto second) {
                constexpr bool kIsThere = variety == Variety::all || !(is_pin(first()) || is_pin(second()));
                if constexpr (kIsThere && kHasPair<A, first(), second(), kIsCommutative>) {
                    made.binary[at(first())][at(second())] =
                        places_of<Result, Binary<function, first(), second()>::template Body, kHasPinPlaces>();
                }
            });
        });
        return made;
    }
    static constexpr NumericHandlers kHandlers = make();
    static constexpr const NumericHandlers* kMade = &kHandlers;
};

/// By instruction: those that `variety` takes, null for the others. Each file of handlers has one.
template <Variety (*variety)(Op) noexcept>
inline constexpr std::array<const NumericHandlers*, kOpCount> kNumericTable = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    MakeNumeric<Op::identifier, decltype(&body::identifier), &body::identifier, variety(Op::identifier)>::kMade,
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

} // namespace detent::fast
