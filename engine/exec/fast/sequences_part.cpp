// One part of the table of sequences, whose number is SEQUENCE_PART: the rows of sequences.def, as handlers. The rest
// of the project asks sequences.hpp.

#include "engine/exec/fast/branch_handlers.hpp"
#include "engine/exec/fast/control_handlers.hpp"
#include "engine/exec/fast/memory_handlers.hpp"
#include "engine/exec/fast/numeric_handlers.hpp"
#include "engine/exec/fast/sequences.hpp"

namespace detent::fast {

template <class Function>
struct Signature;
template <class ResultType, class A, class... Others>
struct Signature<ResultType (*)(A, Others...) noexcept> {
    using Operand = A;
    using Result = ResultType;
};

/// The body of a plain numeric instruction.
template <Op op>
inline constexpr auto kBodyOf = nullptr;
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    template <>                                                                                                        \
    inline constexpr auto kBodyOf<Op::identifier> = &body::identifier;
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP

template <Domain domain>
using WordOf = std::conditional_t<domain == Domain::word, Word, std::conditional_t<domain == Domain::f64, F64, F32>>;
template <bool is_wide>
using IntegerOf = std::conditional_t<is_wide, std::uint64_t, std::uint32_t>;
/// What a relation compares.
template <Relation relation, bool is_wide>
using ComparedOf = std::conditional_t<(relation < Relation::f64_eq), IntegerOf<is_wide>,
                                      std::conditional_t<(relation < Relation::f32_eq), F64, F32>>;

template <class T>
struct As {
    using Type = T;
};

/// Of an operand, whose kind is this where nothing is handed on.
template <Element is>
[[nodiscard]] constexpr Kind kind_of(std::size_t operand, Kind kind) noexcept {
    return is.from[operand] != 0 ? handed_on(is.from[operand]) : kind;
}

/// What a handler is made from.
template <Element is>
[[nodiscard]] constexpr auto body_of() noexcept {
    constexpr Kind kFirst = kind_of<is>(0, is.first);
    constexpr Kind kSecond = kind_of<is>(1, is.second);
    constexpr Kind kThird = kind_of<is>(2, is.third);
    if constexpr (is.family == Family::unary)
        return As<typename Unary<kBodyOf<is.op>, kFirst>::template Body<is.place>>{};
    else if constexpr (is.family == Family::binary)
        return As<typename Binary<kBodyOf<is.op>, kFirst, kSecond>::template Body<is.place>>{};
    else if constexpr (is.family == Family::load)
        return As<typename Load<is.stored, kFirst>::template Body<is.place>>{};
    else if constexpr (is.family == Family::load_sum)
        return As<typename LoadSum<is.stored, kFirst, kSecond>::template Body<is.place>>{};
    else if constexpr (is.family == Family::store)
        return As<Store<is.stored, kFirst, kSecond>>{};
    else if constexpr (is.family == Family::store_sum)
        return As<StoreSum<is.stored, kFirst, kSecond, kThird>>{};
    else if constexpr (is.family == Family::move)
        return As<typename Move<WordOf<is.domain>, kFirst>::template Body<is.place>>{};
    else if constexpr (is.family == Family::move_two)
        return As<MoveTwo>{};
    else if constexpr (is.family == Family::constant)
        return As<typename Constant<WordOf<is.domain>>::template Body<is.place>>{};
    else if constexpr (is.family == Family::select)
        return As<typename Select<kFirst, kSecond, kThird>::template Body<is.place>>{};
    else if constexpr (is.family == Family::global_get)
        return As<typename GlobalGet<AnyGlobal>::template Body<is.place>>{};
    else if constexpr (is.family == Family::own_global_get)
        return As<typename GlobalGet<OwnGlobal>::template Body<is.place>>{};
    else if constexpr (is.family == Family::global_set)
        return As<GlobalSet<AnyGlobal, kFirst>>{};
    else if constexpr (is.family == Family::own_global_set)
        return As<GlobalSet<OwnGlobal, kFirst>>{};
    else if constexpr (is.family == Family::check)
        return As<Check>{};
    else if constexpr (is.family == Family::pins)
        return As<LoadPins<is.pins[0], is.pins[1], is.pins[2]>>{};
    else if constexpr (is.family == Family::compare)
        return As<BranchCompare<is.relation, ComparedOf<is.relation, is.is_wide>, kFirst, kSecond, is.branch>>{};
    else if constexpr (is.family == Family::branch_if)
        return As<BranchIf<kFirst, is.branch>>{};
    else if constexpr (is.family == Family::count)
        return As<CountBranch<is.relation, IntegerOf<is.is_wide>, is.place, kSecond, is.branch>>{};
    else if constexpr (is.family == Family::jump)
        return As<Jump<is.branch.way == Way::back, is.branch.turns>>{};
    else if constexpr (is.family == Family::table)
        return As<Table<kFirst>>{};
    else if constexpr (is.family == Family::call)
        return As<Call<is.locals>>{};
    else if constexpr (is.family == Family::call_indirect)
        return As<CallIndirect>{};
    else if constexpr (is.family == Family::return_none)
        return As<ReturnNone>{};
    else if constexpr (is.family == Family::return_one)
        return As<ReturnOne<WordOf<is.domain>, kFirst>>{};
}

template <Element is>
using BodyOf = typename decltype(body_of<is>())::Type;

/// The bodies one after the other; what leaves does so at its own cell, and what branches goes there.
template <class First, class... Others>
struct Sequence {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        if constexpr (sizeof...(Others) == 0) {
            return First::run(r);
        } else {
            const Go go = First::run(r);
            if (go != Go::next) return go;
            // One by one, so that compilers see that none of it is memory.
            static_assert(kMostHandedOn == 5);
            r.written = {0, r.written[0], r.written[1], r.written[2], r.written[3], r.written[4]};
            return Sequence<Others...>::run(r);
        }
    }
};

/// A sequence that is a whole loop, whose turns are taken here. What leaves says where, as in any sequence.
template <class Body>
struct Loop {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Word* const first = r.cell;
        while (true) {
            const Go go = Body::run(r);
            if (go != Go::again) return go;
            r.cell = first;
        }
    }
};

[[nodiscard]] constexpr bool has_register(Kind kind, Domain domain) noexcept {
    return !is_pin(kind) || at(kind) - at(Kind::pin0) < pins_of(domain);
}
[[nodiscard]] constexpr bool has_register(Place place, Domain domain) noexcept {
    return place < Place::pin0 || at(place) - at(Place::pin0) < pins_of(domain);
}

/// Whether this build has the registers that an element names.
template <Element is>
[[nodiscard]] constexpr bool is_there() noexcept {
    Domain operand = Domain::word;
    Domain result = Domain::word;
    if constexpr (is.family == Family::unary || is.family == Family::binary) {
        using Of = Signature<std::remove_cv_t<decltype(kBodyOf<is.op>)>>;
        operand = kDomainOf<typename Of::Operand>;
        result = kDomainOf<typename Of::Result>;
    } else if constexpr (is.family == Family::load || is.family == Family::load_sum) {
        result = domain_of(is.stored);
    } else if constexpr (is.family == Family::store) {
        return has_register(is.first, operand) && has_register(is.second, domain_of(is.stored));
    } else if constexpr (is.family == Family::store_sum) {
        return has_register(is.first, operand) && has_register(is.second, operand) &&
               has_register(is.third, domain_of(is.stored));
    } else if constexpr (is.family == Family::move || is.family == Family::constant) {
        operand = is.domain;
        result = is.domain;
    } else if constexpr (is.family == Family::pins) {
        return is.pins[0] <= pins_of(Domain::word) && is.pins[1] <= pins_of(Domain::f64) &&
               is.pins[2] <= pins_of(Domain::f32);
    } else if constexpr (is.family == Family::compare) {
        operand = kDomainOf<ComparedOf<is.relation, is.is_wide>>;
    }
    return has_register(is.first, operand) && has_register(is.second, operand) && has_register(is.place, result);
}

/// What goes on at the next cell may stand before others, if only where a branch forward is not taken. What turns ends
/// a sequence by that.
[[nodiscard]] constexpr bool are_in_order(std::span<const Element> elements) noexcept {
    const auto goes_on = [](const Element& is) {
        const bool is_branch = is.family == Family::compare || is.family == Family::branch_if;
        return is.family < Family::compare || (is_branch && is.branch.way == Way::forward && !is.branch.turns);
    };
    if (elements.back().branch.turns && elements.back().branch.way == Way::forward) return false;
    return elements.size() <= kLongestSequence && std::ranges::all_of(elements.first(elements.size() - 1), goes_on);
}

/// Operands in slots, by elements that can.
[[nodiscard]] constexpr bool are_handed_on(std::span<const Element> elements) noexcept {
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const std::array<OperandOf, 3> operands = operands_of(elements[i]);
        for (std::size_t operand = 0; operand < operands.size(); ++operand) {
            const std::size_t from = elements[i].from[operand];
            if (from == 0) continue;
            if (from > i || from > kMostHandedOn || operands[operand].kind != Kind::slot ||
                !can_hand_on(elements[i - from]))
                return false;
        }
    }
    return true;
}

template <Element... elements>
[[nodiscard]] constexpr Handler handler_of_all() noexcept {
    using Body = Sequence<BodyOf<elements>...>;
    if constexpr ((elements.branch.turns || ...))
        return &handle<Loop<Body>>;
    else
        return &handle<Body>;
}

/// Empty where this build cannot have it.
template <Element... elements>
[[nodiscard]] constexpr SequenceRow make_sequence() noexcept {
    static_assert(are_in_order(std::array{elements...}) && are_handed_on(std::array{elements...}));
    if constexpr ((is_there<elements>() && ...) && (kHandsOn || !(takes_over(elements) || ...)))
        return {{elements...}, sizeof...(elements), handler_of_all<elements...>()};
    else
        return {};
}

// How sequences.def spells elements.
#define UNARY(op_, first_, place_)                                                                                     \
    Element { .family = Family::unary, .op = Op::op_, .first = Kind::first_, .place = Place::place_ }
#define BINARY(op_, first_, second_, place_)                                                                           \
    Element {                                                                                                          \
        .family = Family::binary, .op = Op::op_, .first = Kind::first_, .second = Kind::second_,                       \
        .place = Place::place_                                                                                         \
    }
#define LOAD(stored_, first_, place_)                                                                                  \
    Element { .family = Family::load, .stored = Stored::stored_, .first = Kind::first_, .place = Place::place_ }
#define LOAD_SUM(stored_, first_, second_, place_)                                                                     \
    Element {                                                                                                          \
        .family = Family::load_sum, .stored = Stored::stored_, .first = Kind::first_, .second = Kind::second_,         \
        .place = Place::place_                                                                                         \
    }
#define STORE(stored_, first_, second_)                                                                                \
    Element { .family = Family::store, .stored = Stored::stored_, .first = Kind::first_, .second = Kind::second_ }
#define STORE_SUM(stored_, first_, second_, third_)                                                                    \
    Element {                                                                                                          \
        .family = Family::store_sum, .stored = Stored::stored_, .first = Kind::first_, .second = Kind::second_,        \
        .third = Kind::third_                                                                                          \
    }
#define MOVE(domain_, first_, place_)                                                                                  \
    Element { .family = Family::move, .domain = Domain::domain_, .first = Kind::first_, .place = Place::place_ }
#define MOVE_TWO()                                                                                                     \
    Element { .family = Family::move_two }
#define CONSTANT(domain_, place_)                                                                                      \
    Element { .family = Family::constant, .domain = Domain::domain_, .place = Place::place_ }
#define SELECT(first_, second_, condition_, place_)                                                                    \
    Element {                                                                                                          \
        .family = Family::select, .first = Kind::first_, .second = Kind::second_, .third = Kind::condition_,           \
        .place = Place::place_                                                                                         \
    }
#define GLOBAL_GET(place_)                                                                                             \
    Element { .family = Family::global_get, .place = Place::place_ }
#define OWN_GLOBAL_GET(place_)                                                                                         \
    Element { .family = Family::own_global_get, .place = Place::place_ }
#define GLOBAL_SET(first_)                                                                                             \
    Element { .family = Family::global_set, .first = Kind::first_ }
#define OWN_GLOBAL_SET(first_)                                                                                         \
    Element { .family = Family::own_global_set, .first = Kind::first_ }
#define CHECK()                                                                                                        \
    Element { .family = Family::check }
#define PINS(words_, f64s_, f32s_)                                                                                     \
    Element {                                                                                                          \
        .family = Family::pins, .pins = { words_, f64s_, f32s_ }                                                       \
    }
#define COMPARE(relation_, is_wide_, first_, second_, way_, sense_)                                                    \
    Element {                                                                                                          \
        .family = Family::compare, .relation = Relation::relation_, .is_wide = is_wide_, .first = Kind::first_,        \
        .second = Kind::second_, .branch = {                                                                           \
            Way::way_,                                                                                                 \
            sense_                                                                                                     \
        }                                                                                                              \
    }
#define BRANCH_IF(first_, way_, sense_)                                                                                \
    Element {                                                                                                          \
        .family = Family::branch_if, .first = Kind::first_, .branch = { Way::way_, sense_ }                            \
    }
#define COUNT(relation_, is_wide_, place_, second_, way_, sense_)                                                      \
    Element {                                                                                                          \
        .family = Family::count, .relation = Relation::relation_, .is_wide = is_wide_, .second = Kind::second_,        \
        .place = Place::place_, .branch = {                                                                            \
            Way::way_,                                                                                                 \
            sense_                                                                                                     \
        }                                                                                                              \
    }
#define JUMP(way_)                                                                                                     \
    Element {                                                                                                          \
        .family = Family::jump, .branch = { Way::way_, true }                                                          \
    }
#define TABLE(first_)                                                                                                  \
    Element { .family = Family::table, .first = Kind::first_ }
#define CALL(locals_)                                                                                                  \
    Element { .family = Family::call, .locals = locals_ }
#define CALL_INDIRECT()                                                                                                \
    Element { .family = Family::call_indirect }
#define RETURN_NONE()                                                                                                  \
    Element { .family = Family::return_none }
#define RETURN_ONE(domain_, first_)                                                                                    \
    Element { .family = Family::return_one, .domain = Domain::domain_, .first = Kind::first_ }

/// With operands that were written by cells before.
[[nodiscard]] constexpr Element from(Element element, std::uint8_t first, std::uint8_t second,
                                     std::uint8_t third) noexcept {
    element.from = {first, second, third};
    return element;
}
#define FROM(element_, first_, second_, third_) from(element_, first_, second_, third_)

/// To the first cell of its sequence.
[[nodiscard]] constexpr Element turns(Element element) noexcept {
    element.branch.turns = true;
    return element;
}
#define TURNS(element_) turns(element_)

#define SEQUENCE(...) make_sequence<__VA_ARGS__>(),

/// The first row is of no sequence, so that no part is empty.
template <std::size_t part>
std::span<const SequenceRow> sequence_rows() noexcept {
    static constexpr SequenceRow kRows[] = {
        {},
#if !defined(DETENT_FEW_HANDLERS)
#include "engine/exec/fast/sequences.def"
#endif
    };
    return kRows;
}

template std::span<const SequenceRow> sequence_rows<SEQUENCE_PART>() noexcept;

} // namespace detent::fast
