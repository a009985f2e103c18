// Handlers of whole operands in slots: vectors, and integers of 128 bits.
#include "engine/exec/fast/numeric_handlers.hpp"

#include <utility>

namespace detent::fast {
namespace {

using body::Lanes;
using body::S16;
using body::S32;
using body::S8;
using body::U16;
using body::U32;
using body::U64;
using body::U8;

template <class T>
inline constexpr bool kIsWhole = std::is_same_v<T, V128> || std::is_same_v<T, WideResult>;
template <class T>
inline constexpr std::uint8_t kWords = kIsWhole<T> ? 2 : 1;

/// The first four slots of a cell are in one word, the fifth in the next.
[[nodiscard, gnu::always_inline]] inline std::uint16_t slot_of(const Registers& r, unsigned number) noexcept {
    return number < 4 ? Fields{r.cell}.slot(number) : Fields{r.cell + 1}.slot(number - 4);
}

template <class T>
[[nodiscard, gnu::always_inline]] inline T read(const Registers& r, unsigned number) noexcept {
    const Word* const from = r.frame + slot_of(r, number);
    if constexpr (std::is_same_v<T, V128>)
        return V128{from[0], from[1]};
    else
        return from_word<T>(*from);
}

template <class T>
[[nodiscard, gnu::always_inline]] inline Go give(Registers& r, T result, std::uint32_t size) noexcept {
    if constexpr (kIsWhole<T>) {
        Word* const to = r.frame + Fields{r.cell}.slot(0);
        to[0] = result.low;
        to[1] = result.high;
        return go_on(r, size);
    } else {
        return finish<Place::slot>(r, result, size);
    }
}

template <auto function>
struct Whole;
template <class Result, class... Operands, Result (*function)(Operands...) noexcept>
struct Whole<function> {
    static constexpr std::uint32_t kSize = sizeof...(Operands) > 3 ? Size::kWholeLong : Size::kWhole;

    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return run(r, std::index_sequence_for<Operands...>{});
    }

  private:
    template <std::size_t... numbers>
    [[gnu::always_inline]] static Go run(Registers& r, std::index_sequence<numbers...>) noexcept {
        return give(r, function(read<Operands>(r, 1 + numbers)...), kSize);
    }
};

/// Slots: result, vector, and which lane.
template <class T, class Result>
struct ExtractLane {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const Lanes<T> lanes = body::lanes_of<T>(read<V128>(r, 1));
        return give(r, static_cast<Result>(lanes[Fields{r.cell}.slot(2)]), Size::kWhole);
    }
};

/// Slots: result, vector, lane, and which one.
template <class T, class Operand>
struct ReplaceLane {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        Lanes<T> lanes = body::lanes_of<T>(read<V128>(r, 1));
        lanes[Fields{r.cell}.slot(3)] = body::lane_from_bits<T>(to_word(read<Operand>(r, 2)));
        return give(r, body::vector_of<T>(lanes), Size::kWhole);
    }
};

/// Slots: result, first, second; words 2 and 3: which lanes.
struct Shuffle {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        std::array<V128, 2> operands{read<V128>(r, 1), read<V128>(r, 2)};
        const Lanes<U8> first = body::lanes_of<U8>(operands[0]);
        const Lanes<U8> second = body::lanes_of<U8>(operands[1]);
        std::array<U8, 32> from{};
        std::memcpy(from.data(), first.data(), 16);
        std::memcpy(from.data() + 16, second.data(), 16);
        const Lanes<U8> chosen = body::lanes_of<U8>({r.cell[2], r.cell[3]});
        Lanes<U8> lanes{};
        for (std::size_t i = 0; i < lanes.size(); ++i)
            lanes[i] = from[chosen[i] & 31U];
        return give(r, body::vector_of<U8>(lanes), Size::kWholeConstant);
    }
};

/// Of lanes of 32 bits. Slot: result; words 2 and 3: where the four lanes lie in the frame, in bytes.
struct ShuffleWords {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        const auto* const frame = reinterpret_cast<const std::uint8_t*>(r.frame);
        const auto lane = [&](Word offsets, unsigned shift) {
            U32 value;
            std::memcpy(&value, frame + static_cast<U32>(offsets >> shift), sizeof value);
            return Word{value};
        };
        const Word low = lane(r.cell[2], 0) | lane(r.cell[2], 32) << 32;
        const Word high = lane(r.cell[3], 0) | lane(r.cell[3], 32) << 32;
        return give(r, V128{low, high}, Size::kWholeConstant);
    }
};

struct VectorConstant {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return give(r, V128{r.cell[2], r.cell[3]}, Size::kWholeConstant);
    }
};

struct MoveVector {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept { return give(r, read<V128>(r, 1), Size::kWhole); }
};

/// Slots: result, first, second, condition.
struct SelectVector {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        return give(r, read<V128>(r, read<U32>(r, 3) != 0 ? 1 : 2), Size::kWhole);
    }
};

// Memory 0, addressed by 32 bits. Slots: result, address, vector, and which lane.

template <class Stored>
[[nodiscard, gnu::always_inline]] inline bool is_inside(const Registers& r, std::uint64_t& begin) noexcept {
    const std::uint64_t end = read<U32>(r, 1) + r.cell[At::kAccessEnd];
    begin = end - sizeof(Stored);
    if (end <= r.context->touched) [[likely]]
        return true;
    r.context->access_end = end;
    return false;
}

template <class Stored, V128 (*make)(Stored) noexcept>
struct LoadVector {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        std::uint64_t begin = 0;
        if (!is_inside<Stored>(r, begin)) [[unlikely]]
            return leave(r, Leave::at_cell);
        return give(r, make(body::read_stored<Stored>(r.memory + begin)), Size::kAccess);
    }
};

struct StoreVector {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        std::uint64_t begin = 0;
        if (!is_inside<V128>(r, begin)) [[unlikely]]
            return leave(r, Leave::at_cell);
        const V128 vector = read<V128>(r, 2);
        write_little_endian(r.memory + begin, vector.low);
        write_little_endian(r.memory + begin + sizeof vector.low, vector.high);
        return go_on(r, Size::kAccess);
    }
};

template <class T>
struct LoadLane {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        std::uint64_t begin = 0;
        if (!is_inside<T>(r, begin)) [[unlikely]]
            return leave(r, Leave::at_cell);
        Lanes<T> lanes = body::lanes_of<T>(read<V128>(r, 2));
        lanes[Fields{r.cell}.slot(3)] = read_little_endian<T>(r.memory + begin);
        return give(r, body::vector_of<T>(lanes), Size::kAccess);
    }
};

template <class T>
struct StoreLane {
    [[gnu::always_inline]] static Go run(Registers& r) noexcept {
        std::uint64_t begin = 0;
        if (!is_inside<T>(r, begin)) [[unlikely]]
            return leave(r, Leave::at_cell);
        const Lanes<T> lanes = body::lanes_of<T>(read<V128>(r, 2));
        write_little_endian(r.memory + begin, lanes[Fields{r.cell}.slot(3)]);
        return go_on(r, Size::kAccess);
    }
};

// The table.

template <class Signature, auto function>
struct MakePlain {
    static constexpr WholeHandler kMade{};
};

template <class Result, class... Operands, auto function>
    requires(kIsWhole<Result> || (kIsWhole<Operands> || ...))
struct MakePlain<Result (*)(Operands...) noexcept, function> {
    static constexpr WholeHandler kMade{&handle<Whole<function>>, WholeForm::plain,    kWords<Result>,
                                        kDomainOf<Result>,        sizeof...(Operands), {kWords<Operands>...}};
};

constexpr WholeHandler made(Handler handler, WholeForm form, std::uint8_t result_words, Domain domain,
                            std::uint8_t count, std::array<std::uint8_t, 4> words) noexcept {
    return {handler, form, result_words, domain, count, words};
}

template <class T, class Result>
constexpr WholeHandler kExtract = made(&handle<ExtractLane<T, Result>>, WholeForm::lane, 1, kDomainOf<Result>, 1, {2});
template <class T, class Operand>
constexpr WholeHandler kReplace = made(&handle<ReplaceLane<T, Operand>>, WholeForm::lane, 2, Domain::word, 2, {2, 1});
template <class Stored, V128 (*make)(Stored) noexcept>
constexpr WholeHandler kLoad = made(&handle<LoadVector<Stored, make>>, WholeForm::access, 2, Domain::word, 1, {1});
template <class T>
constexpr WholeHandler kLoadLane = made(&handle<LoadLane<T>>, WholeForm::access_lane, 2, Domain::word, 2, {1, 2});
template <class T>
constexpr WholeHandler kStoreLane = made(&handle<StoreLane<T>>, WholeForm::access_lane, 0, Domain::word, 2, {1, 2});

/// Of an instruction with immediates; null for others.
constexpr WholeHandler with_immediates(Op op) noexcept {
#define ROW(identifier, ...)                                                                                           \
    if (op == Op::identifier) return __VA_ARGS__;
    ROW(i8x16_extract_lane_s, kExtract<S8, U32>)
    ROW(i8x16_extract_lane_u, kExtract<U8, U32>)
    ROW(i16x8_extract_lane_s, kExtract<S16, U32>)
    ROW(i16x8_extract_lane_u, kExtract<U16, U32>)
    ROW(i32x4_extract_lane, kExtract<U32, U32>)
    ROW(i64x2_extract_lane, kExtract<U64, U64>)
    ROW(f32x4_extract_lane, kExtract<F32, F32>)
    ROW(f64x2_extract_lane, kExtract<F64, F64>)
    ROW(i8x16_replace_lane, kReplace<U8, U32>)
    ROW(i16x8_replace_lane, kReplace<U16, U32>)
    ROW(i32x4_replace_lane, kReplace<U32, U32>)
    ROW(i64x2_replace_lane, kReplace<U64, U64>)
    ROW(f32x4_replace_lane, kReplace<F32, F32>)
    ROW(f64x2_replace_lane, kReplace<F64, F64>)
    ROW(i8x16_shuffle, made(&handle<Shuffle>, WholeForm::constant, 2, Domain::word, 2, {2, 2}))
    ROW(v128_const, made(&handle<VectorConstant>, WholeForm::constant, 2, Domain::word, 0, {}))
    ROW(v128_load, kLoad<V128, body::same>)
    ROW(v128_load8x8_s, kLoad<U64, body::extended<S8>>)
    ROW(v128_load8x8_u, kLoad<U64, body::extended<U8>>)
    ROW(v128_load16x4_s, kLoad<U64, body::extended<S16>>)
    ROW(v128_load16x4_u, kLoad<U64, body::extended<U16>>)
    ROW(v128_load32x2_s, kLoad<U64, body::extended<S32>>)
    ROW(v128_load32x2_u, kLoad<U64, body::extended<U32>>)
    ROW(v128_load8_splat, kLoad<U8, body::splat<U8>>)
    ROW(v128_load16_splat, kLoad<U16, body::splat<U16>>)
    ROW(v128_load32_splat, kLoad<U32, body::splat<U32>>)
    ROW(v128_load64_splat, kLoad<U64, body::splat<U64>>)
    ROW(v128_load32_zero, kLoad<U32, body::lowest<U32>>)
    ROW(v128_load64_zero, kLoad<U64, body::lowest<U64>>)
    ROW(v128_store, made(&handle<StoreVector>, WholeForm::access, 0, Domain::word, 2, {1, 2}))
    ROW(v128_load8_lane, kLoadLane<U8>)
    ROW(v128_load16_lane, kLoadLane<U16>)
    ROW(v128_load32_lane, kLoadLane<U32>)
    ROW(v128_load64_lane, kLoadLane<U64>)
    ROW(v128_store8_lane, kStoreLane<U8>)
    ROW(v128_store16_lane, kStoreLane<U16>)
    ROW(v128_store32_lane, kStoreLane<U32>)
    ROW(v128_store64_lane, kStoreLane<U64>)
#undef ROW
    return {};
}

constexpr WholeHandler kPlain[] = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    MakePlain<decltype(&body::identifier), &body::identifier>::kMade,
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

template <std::size_t... numbers>
constexpr std::array<WholeHandler, kOpCount> all(std::index_sequence<numbers...>) noexcept {
    return {(kPlain[numbers].handler != nullptr ? kPlain[numbers] : with_immediates(static_cast<Op>(numbers)))...};
}

constexpr std::array<WholeHandler, kOpCount> kTable = all(std::make_index_sequence<kOpCount>{});

} // namespace

const WholeHandler& whole_handler(Op op) noexcept { return kTable[static_cast<std::size_t>(op)]; }

constinit const VectorHandlers kVectorHandlers = {
    .move = &handle<MoveVector>, .select = &handle<SelectVector>, .shuffle_words = &handle<ShuffleWords>};

} // namespace detent::fast
