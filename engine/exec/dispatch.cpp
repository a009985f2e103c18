// From an instruction to its body. Every row of opcodes.def finds the function of its name in namespace `body`: either
// one that works on the machine, or a plain one from values to a value, whose signature must be the row's type.
#include "engine/exec/body_array.hpp"
#include "engine/exec/body_control.hpp"
#include "engine/exec/body_exception.hpp"
#include "engine/exec/body_memory.hpp"
#include "engine/exec/body_reference.hpp"
#include "engine/exec/body_struct.hpp"
#include "engine/exec/body_table.hpp"
#include "engine/exec/body_variable.hpp"
#include "engine/exec/body_vector.hpp"
#include "engine/exec/numeric.hpp"
#include "engine/exec/vector_relaxed.hpp"
#include "engine/exec/wide.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace detent {
namespace {

/// How a C++ type stands for value types: their names, and their words on the stack, the last of which stands `depth`
/// below the top.
template <class T>
struct Operand;

template <>
struct Operand<std::uint32_t> {
    static constexpr std::string_view kName = "i32";
    static constexpr std::uint32_t kWords = 1;
    static std::uint32_t peek(Machine& m, std::uint32_t depth) noexcept {
        return static_cast<std::uint32_t>(m.peek(depth));
    }
    static void push(Machine& m, std::uint32_t value) noexcept { m.push(value); }
};

template <>
struct Operand<std::uint64_t> {
    static constexpr std::string_view kName = "i64";
    static constexpr std::uint32_t kWords = 1;
    static std::uint64_t peek(Machine& m, std::uint32_t depth) noexcept { return m.peek(depth); }
    static void push(Machine& m, std::uint64_t value) noexcept { m.push(value); }
};

template <>
struct Operand<F32> {
    static constexpr std::string_view kName = "f32";
    static constexpr std::uint32_t kWords = 1;
    static F32 peek(Machine& m, std::uint32_t depth) noexcept { return F32{static_cast<std::uint32_t>(m.peek(depth))}; }
    static void push(Machine& m, F32 value) noexcept { m.push(value.bits); }
};

template <>
struct Operand<F64> {
    static constexpr std::string_view kName = "f64";
    static constexpr std::uint32_t kWords = 1;
    static F64 peek(Machine& m, std::uint32_t depth) noexcept { return F64{m.peek(depth)}; }
    static void push(Machine& m, F64 value) noexcept { m.push(value.bits); }
};

template <>
struct Operand<V128> {
    static constexpr std::string_view kName = "v128";
    static constexpr std::uint32_t kWords = 2;
    static V128 peek(Machine& m, std::uint32_t depth) noexcept { return body::peek_vector(m, depth); }
    static void push(Machine& m, V128 value) noexcept { body::push_vector(m, value); }
};

/// A result only.
template <>
struct Operand<WideResult> {
    static constexpr std::string_view kName = "i64 i64";
    static void push(Machine& m, WideResult value) noexcept {
        m.push(value.low);
        m.push(value.high);
    }
};

template <class T>
struct Operand<Checked<T>> : Operand<T> {};

template <class T>
Step push_result(Machine& m, T value) noexcept {
    Operand<T>::push(m, value);
    return Step::next;
}

template <class T>
Step push_result(Machine& m, Checked<T> checked) noexcept {
    return checked.trapped ? m.trap(checked.trap) : push_result(m, checked.value);
}

/// Takes one word off the front of a type as the table writes it: "i32 i32 -> i32".
constexpr bool take(std::string_view& type, std::string_view word) noexcept {
    if (!type.starts_with(word)) return false;
    type.remove_prefix(word.size());
    if (type.starts_with(' ')) type.remove_prefix(1);
    return true;
}

template <class Signature>
struct Plain;

template <class Result, class... Operands>
struct Plain<Result (*)(Operands...) noexcept> {
    static constexpr bool has_type(std::string_view type) noexcept {
        const bool operands = (take(type, Operand<Operands>::kName) && ...);
        return operands && take(type, "->") && take(type, Operand<Result>::kName) && type.empty();
    }

    template <Result (*function)(Operands...) noexcept>
    static Step execute(Machine& m) noexcept {
        return execute<function>(m, std::index_sequence_for<Operands...>{});
    }

  private:
    static constexpr std::uint32_t kWords = (Operand<Operands>::kWords + ...);

    /// How far below the top the last word of each operand stands.
    static constexpr std::array<std::uint32_t, sizeof...(Operands)> kDepths = [] {
        std::array<std::uint32_t, sizeof...(Operands)> depths{Operand<Operands>::kWords...};
        std::uint32_t above = kWords;
        for (std::uint32_t& depth : depths)
            depth = above -= depth;
        return depths;
    }();

    template <Result (*function)(Operands...) noexcept, std::size_t... indices>
    static Step execute(Machine& m, std::index_sequence<indices...>) noexcept {
        const Result result = function(Operand<Operands>::peek(m, kDepths[indices])...);
        m.drop(kWords);
        return push_result(m, result);
    }
};

template <Op op, auto function>
constexpr StepBody make_body() noexcept {
    if constexpr (std::is_same_v<decltype(function), StepBody>) {
        return function;
    } else {
        static_assert(Plain<decltype(function)>::has_type(row(op).type), "the row and the body differ in type");
        return &Plain<decltype(function)>::template execute<function>;
    }
}

constexpr StepBody kBodies[] = {
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    make_body<Op::identifier, &body::identifier>(),
#define DELIMITER(code, identifier, mnemonic)
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
};

} // namespace

StepBody body_of(Op op) noexcept { return kBodies[static_cast<std::size_t>(op)]; }

} // namespace detent
