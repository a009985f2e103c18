// What tests of vectors say: values at random with the special ones often among them, a body called as the plain
// function that it is, and one instruction executed in a module.
#pragma once

#include "engine/exec/body_vector.hpp"
#include "engine/exec/vector_relaxed.hpp"
#include "engine/exec/wide.hpp"
#include "engine/testing/generator.hpp"
#include "engine/testing/program.hpp"
#include "engine/testing/vector_model.hpp"

#include <cstdint>
#include <iterator>
#include <map>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace detent::testing {

inline Cell cell_of(std::uint64_t low, std::uint64_t high = 0) {
    Cell cell{};
    set_field(cell, 64, 0, static_cast<Whole>(low));
    set_field(cell, 64, 1, static_cast<Whole>(high));
    return cell;
}
inline std::uint64_t low_of(const Cell& cell) { return static_cast<std::uint64_t>(field(cell, 64, 0, false)); }
inline std::uint64_t high_of(const Cell& cell) { return static_cast<std::uint64_t>(field(cell, 64, 1, false)); }
inline Bytes bytes_of(const Cell& cell, std::size_t size = 16) { return {cell.begin(), cell.begin() + size}; }

/// `count` lanes of `bits` bits, the first one lowest; the rest is zero.
inline Cell lanes(unsigned bits, const std::vector<std::int64_t>& values) {
    Cell cell{};
    for (unsigned i = 0; i < values.size(); ++i)
        set_field(cell, bits, i, values[i]);
    return cell;
}

// Values at random.

inline constexpr std::uint64_t kEdges8[] = {0, 1, 0x7F, 0x80, 0xFF, 0x81, 0x10, 15, 16};
inline constexpr std::uint64_t kEdges16[] = {0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x8001, 0x4000, 0xFF80, 0x0100};
/// Among them floats: zeros, infinities, NaNs of all kinds, subnormals, ties, the ends of i32 and u32.
inline constexpr std::uint64_t kEdges32[] = {
    0,          1,          0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000,
    0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFA00000, 0x7F7FFFFF, 0x00800000, 0x007FFFFF, 0x3F000000, 0xBF000000,
    0x3FC00000, 0x40200000, 0xC0200000, 0x4EFFFFFF, 0x4F000000, 0xCF000000, 0xCF000001, 0x4F7FFFFF, 0x4F800000};
inline constexpr std::uint64_t kEdges64[] = {0,
                                             1,
                                             0x7FFFFFFFFFFFFFFF,
                                             0x8000000000000000,
                                             0xFFFFFFFFFFFFFFFF,
                                             0x3FF0000000000000,
                                             0xBFF0000000000000,
                                             0x7FF0000000000000,
                                             0xFFF0000000000000,
                                             0x7FF8000000000000,
                                             0xFFF8000000000000,
                                             0x7FF0000000000001,
                                             0xFFF4000000000000,
                                             0x7FEFFFFFFFFFFFFF,
                                             0x0010000000000000,
                                             0x3FE0000000000000,
                                             0x4004000000000000,
                                             0x41DFFFFFFFC00000,
                                             0x41E0000000000000,
                                             0xC1E0000000000000,
                                             0x41EFFFFFFFE00000,
                                             0x41F0000000000000};

/// A float near 1, so that sums and products are neither infinite nor equal to an operand.
inline std::uint64_t near_one(Random& random, unsigned bits) {
    const unsigned fraction = bits == 32 ? 23 : 52;
    const std::uint64_t bias = bits == 32 ? 127 : 1023;
    const std::uint64_t sign = std::uint64_t{random.below(2)} << (bits - 1);
    const std::uint64_t rest = random.next() & ((std::uint64_t{1} << fraction) - 1);
    return sign | (bias - 12 + random.below(24)) << fraction | rest;
}

inline std::uint64_t lane_at_random(Random& random, unsigned bits) {
    if (random.one_in(3)) return random.next();
    if (bits >= 32 && random.one_in(2)) return near_one(random, bits);
    switch (bits) {
    case 8: return kEdges8[random.below(std::size(kEdges8))];
    case 16: return kEdges16[random.below(std::size(kEdges16))];
    case 32: return kEdges32[random.below(std::size(kEdges32))];
    default: return kEdges64[random.below(std::size(kEdges64))];
    }
}

inline Cell cell_at_random(Random& random) {
    const unsigned bits = 8U << random.below(4);
    Cell cell{};
    for (unsigned i = 0; i < 128 / bits; ++i)
        set_field(cell, bits, i, static_cast<Whole>(lane_at_random(random, bits)));
    return cell;
}

// Types of rows.

struct RowType {
    std::vector<std::string_view> operands;
    std::vector<std::string_view> results;
};

/// "v128 i32 -> v128": the words on both sides.
inline RowType type_of_row(Op op) {
    RowType type;
    bool behind_arrow = false;
    std::string_view rest = row(op).type;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string_view word = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (word == "->")
            behind_arrow = true;
        else
            (behind_arrow ? type.results : type.operands).push_back(word);
    }
    return type;
}

inline std::size_t size_named(std::string_view type) {
    if (type == "v128") return 16;
    return type == "i64" || type == "f64" ? 8 : 4;
}

inline std::vector<Cell> operands_at_random(Random& random, Op op) {
    std::vector<Cell> operands;
    for (const std::string_view type : type_of_row(op).operands) {
        operands.push_back(cell_at_random(random));
        std::fill(operands.back().begin() + static_cast<std::ptrdiff_t>(size_named(type)), operands.back().end(),
                  std::uint8_t{0});
    }
    return operands;
}

// Bodies, called directly.

template <class T>
T from_cell(const Cell& cell) {
    if constexpr (std::is_same_v<T, V128>)
        return {low_of(cell), high_of(cell)};
    else
        return body::lane_from_bits<T>(low_of(cell));
}

template <class T>
Cell to_cell(T value) {
    if constexpr (std::is_integral_v<T> || std::is_same_v<T, F32> || std::is_same_v<T, F64>) {
        return cell_of(body::lane_bits(value));
    } else {
        return cell_of(value.low, value.high);
    }
}

using DirectCall = Cell (*)(const std::vector<Cell>&);

template <auto function>
struct Direct {
    template <class Result, class... Operands, std::size_t... indices>
    static Cell call(Result (*)(Operands...) noexcept, const std::vector<Cell>& operands,
                     std::index_sequence<indices...>) {
        return to_cell<Result>(function(from_cell<Operands>(operands.at(indices))...));
    }
    template <class Result, class... Operands>
    static Cell call(Result (*typed)(Operands...) noexcept, const std::vector<Cell>& operands) {
        return call(typed, operands, std::index_sequence_for<Operands...>{});
    }
    static Cell call(const std::vector<Cell>& operands) { return call(function, operands); }
};

/// Nothing for a body that works on the machine.
template <auto function>
DirectCall direct() {
    if constexpr (std::is_same_v<decltype(function), StepBody>)
        return nullptr;
    else
        return &Direct<function>::call;
}

#define DIRECT_simd(identifier)                                                                                        \
    if constexpr (row(Op::identifier).feature == wanted) all.emplace(Op::identifier, direct<&body::identifier>());
#define DIRECT_relaxed_simd(identifier) DIRECT_simd(identifier)
#define DIRECT_wide_arithmetic(identifier) DIRECT_simd(identifier)
#define DIRECT_mvp(identifier)
#define DIRECT_sign_extension(identifier)
#define DIRECT_saturating_conversion(identifier)
#define DIRECT_bulk_memory(identifier)
#define DIRECT_reference_types(identifier)
#define DIRECT_tail_call(identifier)
#define DIRECT_exceptions(identifier)
#define DIRECT_function_references(identifier)
#define DIRECT_gc(identifier)

/// The plain bodies among the instructions of one feature, by their rows.
template <Feature wanted>
std::map<Op, DirectCall> plain_bodies() {
    std::map<Op, DirectCall> all;
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    DIRECT_##feature(identifier)
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
    std::erase_if(all, [](const auto& one) { return one.second == nullptr; });
    return all;
}

#undef DIRECT_simd
#undef DIRECT_relaxed_simd
#undef DIRECT_wide_arithmetic
#undef DIRECT_mvp
#undef DIRECT_sign_extension
#undef DIRECT_saturating_conversion
#undef DIRECT_bulk_memory
#undef DIRECT_reference_types
#undef DIRECT_tail_call
#undef DIRECT_exceptions
#undef DIRECT_function_references
#undef DIRECT_gc

// Instructions in a module.

inline const Profile& vector_profile() {
    static const Profile kProfile = [] {
        Profile made = profile();
        for (const Feature feature : {Feature::simd, Feature::relaxed_simd, Feature::wide_arithmetic})
            made.features = made.features.with(feature);
        return made;
    }();
    return kProfile;
}

inline Op constant_op(std::string_view type) {
    if (type == "v128") return Op::v128_const;
    if (type == "i32") return Op::i32_const;
    if (type == "i64") return Op::i64_const;
    return type == "f32" ? Op::f32_const : Op::f64_const;
}

inline Op store_op(std::string_view type) {
    if (type == "v128") return Op::v128_store;
    if (type == "i32") return Op::i32_store;
    if (type == "i64") return Op::i64_store;
    return type == "f32" ? Op::f32_store : Op::f64_store;
}

inline Bytes constant_of(std::string_view type, const Cell& cell) {
    const std::uint64_t low = low_of(cell);
    if (type == "i32") return code(Op::i32_const, static_cast<std::int32_t>(static_cast<std::uint32_t>(low)));
    if (type == "i64") return code(Op::i64_const, static_cast<std::int64_t>(low));
    return code(constant_op(type), bytes_of(cell, size_named(type)));
}

inline constexpr std::uint32_t kMemoryBytes = 65536;

/// A module whose "f" executes `body` on one page, which begins with `bytes`.
inline Program vector_program(const Bytes& body, const Bytes& bytes = {}) {
    ModuleBuilder b;
    b.memory(1);
    b.export_function("f", b.function(b.type({}, {}), {}, body));
    b.active_data(code(Op::i32_const, 0), bytes);
    return Program(must(compile(b.build(), vector_profile())));
}

inline Cell memory_cell(Program& program, std::size_t address = 0, std::size_t size = 16) {
    Cell cell{};
    const auto bytes = program.store().memories()[0].bytes().subspan(address, size);
    std::copy(bytes.begin(), bytes.end(), cell.begin());
    return cell;
}

/// The one result of an instruction on constants, and its fuel.
struct Executed {
    Cell result{};
    std::uint64_t used = 0;
};

inline Executed execute(Op op, const std::vector<Cell>& operands, const Bytes& immediates = {}) {
    const RowType type = type_of_row(op);
    Bytes body = code(Op::i32_const, 0);
    for (std::size_t i = 0; i < operands.size(); ++i)
        append(body, constant_of(type.operands[i], operands[i]));
    append(body, code(op, immediates, store_op(type.results[0]), 0U, 0U));
    Program program = vector_program(body);
    const Outcome outcome = program.call("f", {});
    if (outcome.ending != Ending::returned) throw std::runtime_error("the instruction traps");
    return {memory_cell(program), outcome.used};
}

/// The price of what `execute` does: the entry with its frame (MET-7, MET-8), and each instruction.
inline std::uint64_t price(Op op) {
    const RowType type = type_of_row(op);
    const auto base = [](Op one) { return schedule().base(row(one).work_class).units(); };
    std::uint64_t sum = schedule().base(WorkClass::call).units() + base(Op::i32_const) + base(op);
    std::uint64_t operand_words = 0;
    for (const std::string_view operand : type.operands) {
        sum += base(constant_op(operand));
        operand_words += operand == "v128" ? 2U : 1U;
    }
    const std::uint64_t result_words = type.results[0] == "v128" ? 2U : 1U;
    const std::uint64_t words = 1 + std::max(operand_words, result_words);
    return sum + base(store_op(type.results[0])) + schedule().amount(Unit::frame_word, words).units();
}

} // namespace detent::testing
