// Handlers of structures, arrays and references.
#include "engine/exec/fast/heap_handlers.hpp"

#include "engine/exec/fast/memory_handlers.hpp"
#include "engine/exec/machine.hpp"
#include "engine/runtime/heap.hpp"

namespace detent::fast {
namespace {

using body::U32;

/// Those that there are. Values that are written have no sign.
template <Stored stored>
inline constexpr bool kIsRead = stored != Stored::s8_64 && stored != Stored::s16_64 && stored != Stored::s32_64;
template <Stored stored>
inline constexpr bool kIsWritten = kIsRead<stored> && stored != Stored::s8_32 && stored != Stored::s16_32;

template <Kind kind>
[[nodiscard, gnu::always_inline]] inline Ref reference(const Registers& r, unsigned slot) noexcept {
    return Ref(operand<Word, kind>(r, slot));
}

[[nodiscard, gnu::always_inline]] inline HeapObject& object(const Registers& r, Ref ref) noexcept {
    return r.context->heap->object(ref);
}

template <Stored stored, Kind kind>
struct FieldGet {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            const Ref ref = reference<kind>(r, 1);
            if (ref.is_null()) [[unlikely]]
                return leave(r, Leave::at_cell);
            const std::uint8_t* const from = object(r, ref).bytes() + Fields{r.cell}.number();
            return finish<place>(r, LayoutOf<stored>::load(from), HeapSize::kAccess);
        }
    };
};

template <Stored stored, Kind value>
struct FieldSet {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Ref ref = reference<Kind::slot>(r, 0);
        if (ref.is_null()) [[unlikely]]
            return leave(r, Leave::at_cell);
        using L = LayoutOf<stored>;
        L::store(object(r, ref).bytes() + Fields{r.cell}.number(), operand<typename L::Operand, value>(r, 1));
        return go_on(r, HeapSize::kAccess);
    }
};

/// Null where there is no such element.
template <std::uint32_t bytes>
[[nodiscard, gnu::always_inline]] inline std::uint8_t* element(const Registers& r, Ref ref, U32 index) noexcept {
    if (ref.is_null()) [[unlikely]]
        return nullptr;
    HeapObject& array = object(r, ref);
    if (index >= array.length) [[unlikely]]
        return nullptr;
    return array.bytes() + std::size_t{index} * bytes;
}

template <Stored stored, Kind index>
struct ElementGet {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            using L = LayoutOf<stored>;
            const std::uint8_t* const from =
                element<sizeof(typename L::Memory)>(r, reference<Kind::slot>(r, 1), operand<U32, index>(r, 2));
            if (from == nullptr) [[unlikely]]
                return leave(r, Leave::at_cell);
            return finish<place>(r, L::load(from), HeapSize::kAccess);
        }
    };
};

template <Stored stored, Kind value>
struct ElementSet {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        using L = LayoutOf<stored>;
        std::uint8_t* const to =
            element<sizeof(typename L::Memory)>(r, reference<Kind::slot>(r, 0), operand<U32, Kind::slot>(r, 1));
        if (to == nullptr) [[unlikely]]
            return leave(r, Leave::at_cell);
        L::store(to, operand<typename L::Operand, value>(r, 2));
        return go_on(r, HeapSize::kAccess);
    }
};

template <Kind kind>
struct ArrayLength {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            const Ref ref = reference<kind>(r, 1);
            if (ref.is_null()) [[unlikely]]
                return leave(r, Leave::at_cell);
            return finish<place>(r, object(r, ref).length, HeapSize::kAccess);
        }
    };
};

/// The sign is bit 30.
template <Kind kind, bool is_signed>
struct I31Get {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            const Ref ref = reference<kind>(r, 1);
            if (ref.is_null()) [[unlikely]]
                return leave(r, Leave::at_cell);
            const auto bits = static_cast<U32>(ref.payload());
            const auto extended = static_cast<U32>(static_cast<std::int32_t>(bits << 1) >> 1);
            return finish<place>(r, is_signed ? extended : bits, HeapSize::kAccess);
        }
    };
};

template <Kind kind>
struct RefI31 {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            return finish<place>(r, Word{Ref::i31(operand<U32, kind>(r, 1)).word()}, HeapSize::kAccess);
        }
    };
};

template <Cast cast>
[[nodiscard, gnu::always_inline]] inline bool is_of(const Registers& r, Ref ref) noexcept {
    if (ref.is_null()) return cast == Cast::to_object_or_null || cast == Cast::to_i31_or_null;
    if constexpr (cast == Cast::to_i31 || cast == Cast::to_i31_or_null) {
        return ref.is(RefKind::i31);
    } else {
        if (!ref.is(RefKind::object)) return false;
        return is_subtype(*object(r, ref).type, *address_in<CanonicalType>(r.cell[2]));
    }
}

template <Cast cast>
struct Test {
    template <Place place>
    struct Body {
        [[gnu::always_inline]] static Go run(Registers& r) noexcept {
            const bool is_so = is_of<cast>(r, reference<Kind::slot>(r, 1));
            return finish<place>(r, static_cast<U32>(is_so), HeapSize::kCast);
        }
    };
};

template <Cast cast>
struct CastCheck {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        if (!is_of<cast>(r, reference<Kind::slot>(r, 0))) [[unlikely]]
            return leave(r, Leave::at_cell);
        return go_on(r, HeapSize::kCast);
    }
};

struct NullCheck {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        if (reference<Kind::slot>(r, 0).is_null()) [[unlikely]]
            return leave(r, Leave::at_cell);
        return go_on(r, HeapSize::kCheckNotNull);
    }
};

// New structures.

/// Fields are words: a vector's structure is made by the body.
void put_field(std::uint8_t* to, std::uint32_t bytes, Word word) noexcept {
    if (bytes == 8) return write_little_endian(to, word);
    if (bytes == 4) return write_little_endian(to, static_cast<std::uint32_t>(word));
    if (bytes == 2) return write_little_endian(to, static_cast<std::uint16_t>(word));
    *to = static_cast<std::uint8_t>(word);
}

/// What needs an accounting is the stepper's (DET-11).
[[nodiscard, gnu::noinline]] Go make_structure(Context& context, bool is_default) noexcept {
    Registers& r = context.registers;
    const CanonicalType& type = *address_in<CanonicalType>(r.cell[2]);
    const std::uint64_t bytes = structure_bytes(type);
    const std::uint64_t limit = context.heap_limit;
    if (bytes > limit || context.heap->debt() > limit - bytes) return leave(r, Leave::at_cell);
    HeapObject* const made = context.heap->make_structure(type);
    if (made == nullptr) {
        context.step = context.machine->fail(kOutOfMemory);
        return leave(r, Leave::stepped);
    }
    const Word* const first = r.frame + Fields{r.cell}.slot(1);
    for (std::size_t i = 0; i < type.fields.size() && !is_default; ++i)
        put_field(made->bytes() + type.fields[i].offset, type.fields[i].storage.bytes(), first[i]);
    return finish<Place::slot>(r, made->ref().word(), HeapSize::kNew);
}

/// By way of the context, as where a body is called.
template <bool is_default>
struct StructNew {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        Context& context = *r.context;
        context.registers = r;
        const Go go = make_structure(context, is_default);
        r = context.registers;
        return go;
    }
};

// Tables.

[[nodiscard]] constexpr std::size_t by(Kind kind) noexcept { return kind == Kind::accumulator ? 1 : 0; }

template <class Result, template <Kind> class Unary>
constexpr std::array<Places, 2> make_unary() noexcept {
    return {make_places<Result, Unary<Kind::slot>::template Body>(),
            make_places<Result, Unary<Kind::accumulator>::template Body>()};
}

template <Stored stored, template <Stored, Kind> class Getter>
constexpr std::array<Places, 2> make_getters() noexcept {
    using Result = typename LayoutOf<stored>::Operand;
    return {make_places<Result, Getter<stored, Kind::slot>::template Body>(),
            make_places<Result, Getter<stored, Kind::accumulator>::template Body>()};
}

using Getters = std::array<std::array<Places, 2>, kStored>;
using Setters = std::array<std::array<Handler, 2>, kStored>;

template <template <Stored, Kind> class Getter, std::size_t... numbers>
constexpr Getters all_getters(std::index_sequence<numbers...>) noexcept {
    Getters made{};
    const auto add = [&made]<Stored stored>() {
        if constexpr (kIsRead<stored>) made[static_cast<std::size_t>(stored)] = make_getters<stored, Getter>();
    };
    (add.template operator()<static_cast<Stored>(numbers)>(), ...);
    return made;
}

template <template <Stored, Kind> class Setter, std::size_t... numbers>
constexpr Setters all_setters(std::index_sequence<numbers...>) noexcept {
    Setters made{};
    const auto add = [&made]<Stored stored>() {
        if constexpr (kIsWritten<stored>) {
            made[static_cast<std::size_t>(stored)] = {&handle<Setter<stored, Kind::slot>>,
                                                      &handle<Setter<stored, Kind::accumulator>>};
        }
    };
    (add.template operator()<static_cast<Stored>(numbers)>(), ...);
    return made;
}

using All = std::make_index_sequence<kStored>;
constexpr Getters kFieldGets = all_getters<FieldGet>(All{});
constexpr Getters kElementGets = all_getters<ElementGet>(All{});
constexpr Setters kFieldSets = all_setters<FieldSet>(All{});
constexpr Setters kElementSets = all_setters<ElementSet>(All{});

template <Kind kind>
struct I31GetS : I31Get<kind, true> {};
template <Kind kind>
struct I31GetU : I31Get<kind, false> {};

constexpr Places only_slot(Handler handler) noexcept { return {handler}; }

} // namespace

const Places& field_get_handlers(Stored stored, Kind reference) noexcept {
    return kFieldGets[static_cast<std::size_t>(stored)][by(reference)];
}
Handler field_set_handler(Stored stored, Kind value) noexcept {
    return kFieldSets[static_cast<std::size_t>(stored)][by(value)];
}
const Places& element_get_handlers(Stored stored, Kind index) noexcept {
    return kElementGets[static_cast<std::size_t>(stored)][by(index)];
}
Handler element_set_handler(Stored stored, Kind value) noexcept {
    return kElementSets[static_cast<std::size_t>(stored)][by(value)];
}

const HeapHandlers kHeapHandlers = {
    .array_length = make_unary<U32, ArrayLength>(),
    .i31_get_s = make_unary<U32, I31GetS>(),
    .i31_get_u = make_unary<U32, I31GetU>(),
    .ref_i31 = make_unary<Word, RefI31>(),
    .test = {make_places<U32, Test<Cast::to_object>::Body>(), make_places<U32, Test<Cast::to_object_or_null>::Body>(),
             make_places<U32, Test<Cast::to_i31>::Body>(), make_places<U32, Test<Cast::to_i31_or_null>::Body>()},
    .check = {&handle<CastCheck<Cast::to_object>>, &handle<CastCheck<Cast::to_object_or_null>>,
              &handle<CastCheck<Cast::to_i31>>, &handle<CastCheck<Cast::to_i31_or_null>>},
    .check_not_null = &handle<NullCheck>,
    .struct_new = only_slot(&handle<StructNew<false>>),
    .struct_new_default = only_slot(&handle<StructNew<true>>),
};

} // namespace detent::fast
