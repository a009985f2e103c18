// Handlers of control, calls, and of what moves words.
#include "engine/exec/fast/control_handlers.hpp"

namespace detent::fast {

const char* dispatch_name() noexcept {
#if defined(DETENT_TAIL_CALLS)
    return "tail calls";
#elif defined(DETENT_HANDLER_PARAMETERS)
    return "sibling calls";
#else
    return "loop";
#endif
}

#ifdef DETENT_HANDLER_PARAMETERS

DETENT_HANDLER_CONVENTION void keep(DETENT_HANDLER_PARAMETERS) {
    context->registers = registers_of(DETENT_HANDLER_ARGUMENTS);
}

void run(Context& context) noexcept {
    const Registers& r = context.registers;
    handler_at(r.cell)(DETENT_ARGUMENTS_OF(r));
}

#endif

namespace {

template <class T>
constexpr std::array<Handler, 2> kReturns = {&handle<ReturnOne<T, Kind::slot>>,
                                             &handle<ReturnOne<T, Kind::accumulator>>};

constexpr std::array<Handler, kKinds> make_tables() noexcept {
    std::array<Handler, kKinds> made{};
    for_each_kind([&](auto kind) {
        if constexpr (kind() != Kind::constant && kHasKind<body::U32, kind()>)
            made[at(kind())] = &handle<Table<kind()>>;
    });
    return made;
}

template <std::size_t... locals>
constexpr std::array<Handler, sizeof...(locals)> calls(std::index_sequence<locals...>) noexcept {
    return {&handle<Call<locals>>...};
}

template <std::size_t... counts>
constexpr std::array<Handler, sizeof...(counts)> return_calls(std::index_sequence<counts...>) noexcept {
    return {&handle<ReturnCall<counts>>...};
}

template <std::size_t... counts>
constexpr std::array<Handler, sizeof...(counts)> return_calls_self(std::index_sequence<counts...>) noexcept {
    return {&handle<ReturnCallSelf<counts>>...};
}

constexpr std::size_t kMostWords = pins_of(Domain::word);
constexpr std::size_t kMostF64s = pins_of(Domain::f64);
constexpr std::size_t kMostF32s = pins_of(Domain::f32);
using F32Loads = std::array<Handler, kMostF32s + 1>;
using F64Loads = std::array<F32Loads, kMostF64s + 1>;
using PinLoads = std::array<F64Loads, kMostWords + 1>;

template <std::size_t words, std::size_t f64s, std::size_t... f32s>
constexpr F32Loads f32_loads(std::index_sequence<f32s...>) noexcept {
    return {&handle<LoadPins<words, f64s, f32s>>...};
}
template <std::size_t words, std::size_t... f64s>
constexpr F64Loads f64_loads(std::index_sequence<f64s...>) noexcept {
    return {f32_loads<words, f64s>(std::make_index_sequence<kMostF32s + 1>{})...};
}
template <std::size_t... words>
constexpr PinLoads pin_loads(std::index_sequence<words...>) noexcept {
    return {f64_loads<words>(std::make_index_sequence<kMostF64s + 1>{})...};
}

constexpr PinLoads kPinLoads = pin_loads(std::make_index_sequence<kMostWords + 1>{});

template <class T>
constexpr UnaryHandlers make_moves() noexcept {
    UnaryHandlers moves{};
    for_each_kind([&moves]<Kind from>(std::integral_constant<Kind, from>) {
        if constexpr (from != Kind::constant && kHasKind<T, from>)
            moves[at(from)] = make_places<T, Move<T, from>::template Body>();
    });
    return moves;
}

template <Kind condition>
constexpr BinaryHandlers make_selects() noexcept {
    BinaryHandlers selects{};
    for_each_kind([&selects]<Kind first>(std::integral_constant<Kind, first>) {
        for_each_kind([&selects]<Kind second>(std::integral_constant<Kind, second>) {
            constexpr bool kIsInAccumulator = first == Kind::accumulator || second == Kind::accumulator;
            if constexpr (!kIsInAccumulator && kHasKind<Word, first> && kHasKind<Word, second>)
                selects[at(first)][at(second)] = make_places<Word, Select<first, second, condition>::template Body>();
        });
    });
    return selects;
}

} // namespace

Handler pins_handler(std::size_t words, std::size_t f64s, std::size_t f32s) noexcept {
    return kPinLoads[words][f64s][f32s];
}

constinit const Handlers kHandlers = {
    .move = {make_moves<Word>(), make_moves<F64>(), make_moves<F32>()},
    .constant = {make_places<Word, Constant<Word>::Body>(), make_places<F64, Constant<F64>::Body>(),
                 make_places<F32, Constant<F32>::Body>()},
    .move_two = &handle<MoveTwo>,
    .move_words = &handle<MoveWords>,
    .select = {make_selects<Kind::slot>(), make_selects<Kind::accumulator>()},
    .global_get = make_places<Word, GlobalGet<AnyGlobal>::Body>(),
    .global_set = {&handle<GlobalSet<AnyGlobal, Kind::slot>>, &handle<GlobalSet<AnyGlobal, Kind::accumulator>>},
    .own_global_get = make_places<Word, GlobalGet<OwnGlobal>::Body>(),
    .own_global_set = {&handle<GlobalSet<OwnGlobal, Kind::slot>>, &handle<GlobalSet<OwnGlobal, Kind::accumulator>>},
    .memory_size = make_places<Word, MemorySize::Body>(),
    .jump = &handle<Jump<false>>,
    .jump_back = &handle<Jump<true>>,
    .table = make_tables(),
    .pass = &handle<Pass>,
    .check = &handle<Check>,
    .call = calls(std::make_index_sequence<Handlers::kCleared.size() + 1>{}),
    .call_indirect = &handle<CallIndirect>,
    .return_call = return_calls(std::make_index_sequence<Handlers::kAnyWords + 1>{}),
    .return_call_self = return_calls_self(std::make_index_sequence<Handlers::kAnyWords>{}),
    .return_none = &handle<ReturnNone>,
    .return_one = {kReturns<Word>, kReturns<F64>, kReturns<F32>},
    .return_words = &handle<ReturnWords>,
    .body = &handle<CallBody>,
    .memory_copy = &handle<Bulk<false>>,
    .memory_fill = &handle<Bulk<true>>,
};

namespace {

[[nodiscard]] const NumericHandlers* find_numeric(Op op) noexcept {
    if (const NumericHandlers* found = i32_handlers(op); found != nullptr) return found;
    if (const NumericHandlers* found = i64_handlers(op); found != nullptr) return found;
    if (const NumericHandlers* found = float_handlers(op); found != nullptr) return found;
    return conversion_handlers(op);
}

} // namespace

const NumericHandlers* numeric_handlers(Op op) noexcept {
    static const auto kAll = [] {
        std::array<const NumericHandlers*, kOpCount> all{};
        for (std::size_t i = 0; i < kOpCount; ++i)
            all[i] = find_numeric(static_cast<Op>(i));
        return all;
    }();
    return kAll[static_cast<std::size_t>(op)];
}

} // namespace detent::fast
