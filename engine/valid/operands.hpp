// Operands: the operand stack of the validation algorithm. Source: spec, Appendix, Validation Algorithm; MET-8.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/syntax/types.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

/// How an operation on the operands ended.
enum class Judgement : std::uint8_t { valid, mismatch, too_high, no_memory };

/// The types of the operands, of which those of the innermost block can be reached. Behind an unconditional transfer
/// that block has, below what it pushed since, as many operands as are asked for, of any type (stack-polymorphic
/// typing).
///
/// Lists of types are taken as a whole, in loops that a compiler makes into vector code: one byte of a body may move a
/// thousand operands.
class Operands {
  public:
    /// The heights at which a block began, and how it was entered.
    struct Base {
        std::size_t size = 0;
        std::uint32_t words = 0;
        bool is_polymorphic = false;
        /// Whether validation reaches what stands behind the block (MET-8).
        bool reaches_behind = true;
    };

    explicit Operands(std::uint64_t most_words) noexcept : most_words_(most_words) {}

    /// Empty, at the beginning of an expression.
    void reset() noexcept;

    [[nodiscard]] Judgement push(ValType type) noexcept {
        if (!types_.push_back(type)) return Judgement::no_memory;
        wide_ += type == kV128 ? 1U : 0U;
        return measured();
    }
    [[nodiscard]] Judgement push(std::span<const ValType> types) noexcept;

    [[nodiscard]] Judgement pop(ValType expected) noexcept {
        ValType found;
        if (pop_any(found) != Judgement::valid) return Judgement::mismatch;
        return found == expected || found == kBottom ? Judgement::valid : Judgement::mismatch;
    }
    /// Pops what is there; `bottom` if that is anything.
    [[nodiscard]] Judgement pop_any(ValType& found) noexcept;
    [[nodiscard]] Judgement pop(std::span<const ValType> types) noexcept;

    /// Whether the uppermost operands have these types; pops nothing.
    [[nodiscard]] Judgement match(std::span<const ValType> types) const noexcept;

    /// A block begins, its parameters popped; `leave` with the same base ends it.
    [[nodiscard]] Base enter() noexcept;
    /// The operands of the innermost block MUST have been popped. `outer` is the base of the block around it.
    void leave(const Base& inner, const Base& outer) noexcept;
    /// The second arm of an `if` begins, as the first one did.
    void enter_again(Base& base) noexcept;
    /// Behind an unconditional transfer.
    void make_unreachable(Base& base) noexcept;

    /// Whether the innermost block has no operands, its parameters and what it pushed being popped.
    [[nodiscard]] bool at(const Base& base) const noexcept { return types_.size() == base.size; }
    [[nodiscard]] std::uint32_t words() const noexcept { return static_cast<std::uint32_t>(types_.size()) + wide_; }
    /// The greatest height in words at an instruction that validation reaches (MET-8).
    [[nodiscard]] std::uint32_t greatest_words() const noexcept { return greatest_words_; }

  private:
    [[nodiscard]] Judgement measured() noexcept {
        if (words() > most_words_) return Judgement::too_high;
        if (is_reached_ && words() > greatest_words_) greatest_words_ = words();
        return Judgement::valid;
    }
    void truncate(std::size_t size) noexcept;

    std::uint64_t most_words_;
    Buffer<ValType> types_;
    /// Operands of two words.
    std::uint32_t wide_ = 0;
    std::uint32_t greatest_words_ = 0;
    std::size_t base_ = 0;
    bool is_polymorphic_ = false;
    bool is_reached_ = true;
};

} // namespace detent
