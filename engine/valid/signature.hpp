// Signatures: the `type` column of opcodes.def, read at compile time. An instruction whose column names value types,
// `at` and `t` only is validated by its signature; every other one by a rule of its own.
#pragma once

#include "engine/opcodes.hpp"
#include "engine/syntax/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace detent {

/// One operand or result: a value type, or what the immediate decides.
enum class Slot : std::uint8_t {
    i32,
    i64,
    f32,
    f64,
    v128,
    /// `at` or `at1`: the address type of the memory or table, or of the destination.
    address,
    /// `at2`: the address type of the source.
    source_address,
    /// `at3`: the narrower of both.
    length,
    /// `t`: the type of the local, global, table element or annotation.
    bound,
    /// Anything else: the instruction has a rule of its own.
    other,
};

struct Signature {
    static constexpr std::size_t kMost = 4;

    std::array<Slot, kMost> parameter_slots{};
    std::array<Slot, kMost> result_slots{};
    std::uint8_t parameter_count = 0;
    std::uint8_t result_count = 0;
    bool is_plain = true;

    [[nodiscard]] constexpr std::span<const Slot> parameters() const noexcept {
        return std::span(parameter_slots).first(parameter_count);
    }
    [[nodiscard]] constexpr std::span<const Slot> results() const noexcept {
        return std::span(result_slots).first(result_count);
    }
};

[[nodiscard]] constexpr Slot slot_named(std::string_view word) noexcept {
    if (word == "i32") return Slot::i32;
    if (word == "i64") return Slot::i64;
    if (word == "f32") return Slot::f32;
    if (word == "f64") return Slot::f64;
    if (word == "v128") return Slot::v128;
    if (word == "at" || word == "at1") return Slot::address;
    if (word == "at2") return Slot::source_address;
    if (word == "at3") return Slot::length;
    if (word == "t") return Slot::bound;
    return Slot::other;
}

/// Takes the first word off a text of types; what stands in parentheses is one.
[[nodiscard]] constexpr std::string_view next_word(std::string_view& text) noexcept {
    const std::size_t last = text.starts_with('(') ? text.find(')') : 0;
    const std::size_t end = text.find(' ', last);
    const std::string_view word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return word;
}

[[nodiscard]] constexpr Signature signature_of(std::string_view type) noexcept {
    Signature signature;
    bool behind_arrow = false;
    while (!type.empty()) {
        const std::string_view word = next_word(type);
        if (word == "->") {
            behind_arrow = true;
            continue;
        }
        std::array<Slot, Signature::kMost>& slots = behind_arrow ? signature.result_slots : signature.parameter_slots;
        std::uint8_t& count = behind_arrow ? signature.result_count : signature.parameter_count;
        if (slot_named(word) == Slot::other || count == Signature::kMost) return {{}, {}, 0, 0, false};
        slots[count++] = slot_named(word);
    }
    return signature;
}

inline constexpr auto kSignatures = [] {
    std::array<Signature, kOpCount> signatures{};
    for (std::size_t i = 0; i < kOpCount; ++i)
        signatures[i] = signature_of(kOpRows[i].type);
    return signatures;
}();

/// The signature of an instruction; `op` MUST be one.
[[nodiscard]] constexpr const Signature& signature(Op op) noexcept { return kSignatures[static_cast<std::size_t>(op)]; }

/// What the immediate of an instruction decides of its type.
struct Bindings {
    ValType bound = kBottom;
    AddressType address = AddressType::i32;
    AddressType source_address = AddressType::i32;
};

[[nodiscard]] constexpr ValType type_of(Slot slot, const Bindings& bindings) noexcept {
    switch (slot) {
    case Slot::i32: return kI32;
    case Slot::i64: return kI64;
    case Slot::f32: return kF32;
    case Slot::f64: return kF64;
    case Slot::v128: return kV128;
    case Slot::address: return value_type(bindings.address);
    case Slot::source_address: return value_type(bindings.source_address);
    case Slot::length: return value_type(narrower(bindings.address, bindings.source_address));
    case Slot::bound: return bindings.bound;
    case Slot::other: return kBottom;
    }
    return kBottom;
}

} // namespace detent
