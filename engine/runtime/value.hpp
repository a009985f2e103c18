// Values, references and traps at run time. Source: spec, Execution, Runtime Structure.
#pragma once

#include "engine/syntax/types.hpp"

#include <cstdint>
#include <string_view>

namespace detent {

/// Addresses in a store. Distinct types, as indices are.
enum class FuncAddr : std::uint32_t {};
enum class TableAddr : std::uint32_t {};
enum class MemAddr : std::uint32_t {};
enum class GlobalAddr : std::uint32_t {};
enum class TagAddr : std::uint32_t {};
enum class InstanceAddr : std::uint32_t {};

/// Something that can be imported or exported: the address in the list of its kind.
struct ExternVal {
    ExternKind kind = ExternKind::func;
    std::uint32_t address = 0;
};

/// What a reference that is not null refers to: the low three bits of its word. `host` is what the host numbers, seen
/// as an externref or, converted, as an anyref; an object is a structure or an array.
enum class RefKind : std::uint8_t { func = 2, host = 3, i31 = 4, object = 5, exception = 6 };

/// A reference as one word: 0 is null; else the low three bits say what the others number. Two references are equal
/// exactly if their words are. The numbers of objects and exceptions are slots of the heap: never shown, never ordered.
class Ref {
  public:
    /// External values are below this: the tag takes three bits.
    static constexpr std::uint64_t kExternLimit = std::uint64_t{1} << 61;

    constexpr Ref() noexcept = default;
    explicit constexpr Ref(std::uint64_t word) noexcept : word_(word) {}

    [[nodiscard]] static constexpr Ref func(FuncAddr address) noexcept { return of(RefKind::func, number(address)); }
    /// `value` MUST be below kExternLimit.
    [[nodiscard]] static constexpr Ref external(std::uint64_t value) noexcept { return of(RefKind::host, value); }
    /// The upper bit of `value` is dropped.
    [[nodiscard]] static constexpr Ref i31(std::uint32_t value) noexcept {
        return of(RefKind::i31, value & 0x7FFF'FFFF);
    }
    [[nodiscard]] static constexpr Ref of(RefKind kind, std::uint64_t payload) noexcept {
        return Ref(payload << 3 | static_cast<std::uint64_t>(kind));
    }

    [[nodiscard]] constexpr bool is_null() const noexcept { return word_ == 0; }
    /// False for null.
    [[nodiscard]] constexpr bool is(RefKind kind) const noexcept {
        return (word_ & 7) == static_cast<std::uint64_t>(kind);
    }
    [[nodiscard]] constexpr bool is_on_heap() const noexcept { return is(RefKind::object) || is(RefKind::exception); }
    [[nodiscard]] constexpr std::uint64_t word() const noexcept { return word_; }
    [[nodiscard]] constexpr std::uint64_t payload() const noexcept { return word_ >> 3; }
    /// MUST be a function's reference.
    [[nodiscard]] constexpr FuncAddr func_address() const noexcept {
        return FuncAddr(static_cast<std::uint32_t>(payload()));
    }

    friend constexpr bool operator==(Ref, Ref) noexcept = default;

  private:
    std::uint64_t word_ = 0;
};

/// A typed value at the doors. i32 and f32 are the low 32 bits of `low`, the others 0; a reference is its word; v128
/// uses both.
struct Value {
    ValType type;
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    [[nodiscard]] static constexpr Value i32(std::uint32_t bits) noexcept { return {kI32, bits}; }
    [[nodiscard]] static constexpr Value i64(std::uint64_t bits) noexcept { return {kI64, bits}; }
    [[nodiscard]] static constexpr Value f32_bits(std::uint32_t bits) noexcept { return {kF32, bits}; }
    [[nodiscard]] static constexpr Value f64_bits(std::uint64_t bits) noexcept { return {kF64, bits}; }
    [[nodiscard]] static constexpr Value ref(ValType type, Ref ref) noexcept { return {type, ref.word()}; }

    friend constexpr bool operator==(const Value&, const Value&) = default;
};

enum class TrapCode : std::uint8_t {
#define TRAP(number, name, message) name = number,
#include "engine/traps.def"
#undef TRAP
};

/// Why a program stopped. `host_code` is the host's own number where the code is `Host`, else 0.
struct Trap {
    TrapCode code = TrapCode::Unreachable;
    std::uint32_t host_code = 0;

    friend constexpr bool operator==(const Trap&, const Trap&) = default;
};

/// "IntegerOverflow": the name in receipts and output.
[[nodiscard]] std::string_view to_text(TrapCode code) noexcept;
/// "integer overflow": the message of the official test suite.
[[nodiscard]] std::string_view message(TrapCode code) noexcept;

} // namespace detent
