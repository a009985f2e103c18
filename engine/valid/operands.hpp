// Operands: the operand stack of the validation algorithm. Source: spec, Appendix, Validation Algorithm; MET-8.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/syntax/type_space.hpp"
#include "engine/syntax/types.hpp"
#include "engine/valid/usual.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace detent {

/// How an operation on the operands ended.
enum class Judgement : std::uint8_t { valid, mismatch, too_high, no_memory };

/// Whether each type of a list is that of the other at the same place, or below it. The lists MUST be as long.
[[nodiscard]] bool all_match(std::span<const ValType> list, std::span<const ValType> other,
                             const TypeSpace& types) noexcept;

/// The types of the operands, of which those of the innermost block can be reached. Behind an unconditional transfer
/// that block has, below what it pushed since, as many operands as are asked for, of any type (stack-polymorphic
/// typing).
///
/// Lists of types are taken as a whole, in loops that a compiler makes into vector code where the types are equal: one
/// byte of a body may move a thousand operands. So validating a body takes its bytes times the longest list (limits
/// `parameters`, `results`, `struct_fields`, `array_new_fixed`), and no more: a `br_table`, each byte of which names a
/// label, takes its targets and, once however often it is named, the types of each label.
class Operands {
  public:
    Operands(std::uint64_t most_words, const TypeSpace& types) noexcept : most_words_(most_words), type_space_(types) {}

    /// Empty, at the beginning of an expression, outside of any block. False if there is no memory.
    [[nodiscard]] bool reset() noexcept;

    // The usual cases: operands that have exactly the types, none of two words, and no new height. False, with nothing
    // changed, where it takes a closer look.

    /// Pops the operands of an instruction that has some, and pushes its result.
    [[nodiscard]] bool apply(const UsualOp& one) noexcept {
        const std::size_t size = types_.size();
        if (size - base_.size < one.parameter_count) return false;
        // Each by itself: a load of both would have to wait for the two stores that wrote them.
        const std::uint32_t upper = bits_of(types_[size - 1]) ^ one.upper;
        const std::uint32_t lower = (bits_of(types_[size - 2]) ^ one.lower) & one.lower_compared;
        if ((upper | lower) != 0) return false;
        types_[size - one.parameter_count] = one.result;
        types_.adopt(size - one.parameter_count + one.result_count);
        return true;
    }
    [[nodiscard]] bool push_usual(ValType type) noexcept {
        const std::size_t size = types_.size();
        if (type == kV128 || size == types_.capacity() || words() >= noted_words_) return false;
        types_.data()[size] = type;
        types_.adopt(size + 1);
        return true;
    }
    [[nodiscard]] bool has_usual(ValType type) const noexcept {
        return !at_base() && types_.back() == type && type != kV128;
    }
    [[nodiscard]] bool drop_usual() noexcept {
        if (at_base() || types_.back() == kV128) return false;
        types_.adopt(types_.size() - 1);
        return true;
    }
    /// Of two numbers of one type.
    [[nodiscard]] bool select_usual() noexcept {
        const std::size_t size = types_.size();
        if (size - base_.size < 3 || types_.back() != kI32) return false;
        const ValType selected = types_[size - 2];
        if (selected != types_[size - 3] || selected == kV128 || selected.is_reference()) return false;
        types_.adopt(size - 2);
        return true;
    }
    [[nodiscard]] bool pop_usual(ValType type) noexcept {
        if (!has_usual(type)) return false;
        types_.adopt(types_.size() - 1);
        return true;
    }

    /// Of a short list.
    [[nodiscard]] bool pop_usual(std::span<const ValType> types) noexcept {
        constexpr std::size_t kShort = 8;
        const std::size_t count = types.size();
        if (count > kShort || wide_ != 0 || types_.size() - base_.size < count) return false;
        const ValType* const last = types_.end() - count;
        for (std::size_t i = 0; i < count; ++i) {
            if (last[i] != types[i]) return false;
        }
        types_.adopt(types_.size() - count);
        return true;
    }

    /// Of short lists.
    [[nodiscard]] bool call_usual(std::span<const ValType> parameters, std::span<const ValType> results) noexcept {
        const std::size_t size = types_.size();
        if (results.size() > 1 || !pop_usual(parameters)) return false;
        if (results.empty() || push_usual(results[0])) return true;
        types_.adopt(size);
        return false;
    }

    [[nodiscard]] Judgement push(ValType type) noexcept {
        if (!types_.push_back(type)) return Judgement::no_memory;
        wide_ += type == kV128 ? 1U : 0U;
        return measured();
    }
    [[nodiscard]] Judgement push(std::span<const ValType> types) noexcept;

    [[nodiscard]] Judgement pop(ValType expected) noexcept {
        if (pop_usual(expected)) return Judgement::valid;
        ValType found;
        if (pop_any(found) != Judgement::valid) return Judgement::mismatch;
        return fits(found, expected) ? Judgement::valid : Judgement::mismatch;
    }
    /// Pops what is there; `bottom` if that is anything.
    [[nodiscard]] Judgement pop_any(ValType& found) noexcept;
    [[nodiscard]] Judgement pop(std::span<const ValType> types) noexcept;
    /// Pops so many operands of one type.
    [[nodiscard]] Judgement pop(ValType expected, std::uint32_t count) noexcept;

    /// Whether the uppermost operands have these types; pops nothing.
    [[nodiscard]] Judgement match(std::span<const ValType> types) const noexcept;

    /// A block begins, its parameters popped; false if there is no memory.
    [[nodiscard]] bool enter() noexcept {
        if (!outer_.emplace_back(base_)) return false;
        base_ = {types_.size(), words(), false, is_reached_};
        return true;
    }
    /// The innermost block ends; its operands MUST have been popped.
    void leave() noexcept {
        set_reached(base_.reaches_behind);
        base_ = outer_.back();
        outer_.pop_back();
    }
    /// The second arm of an `if` begins, as the first one did.
    void enter_again() noexcept;
    /// Behind an unconditional transfer.
    void make_unreachable() noexcept;

    /// Whether the innermost block has no operands, its parameters and what it pushed being popped.
    [[nodiscard]] bool at_base() const noexcept { return types_.size() == base_.size; }
    /// The height in words at which the block began that lies so many blocks out.
    [[nodiscard]] std::uint32_t base_words(std::size_t depth) const noexcept {
        return depth == 0 ? base_.words : outer_[outer_.size() - depth].words;
    }
    [[nodiscard]] std::uint32_t words() const noexcept {
        return static_cast<std::uint32_t>(types_.size() - kFloor) + wide_;
    }
    /// The greatest height in words at an instruction that validation reaches (MET-8).
    [[nodiscard]] std::uint32_t greatest_words() const noexcept { return greatest_words_; }
    /// Whether validation reaches what comes next (MET-8): then none of the operands is of any type.
    [[nodiscard]] bool is_reached() const noexcept { return is_reached_; }
    /// The lowest first.
    [[nodiscard]] std::span<const ValType> types() const noexcept { return types_.span().subspan(kFloor); }

  private:
    /// Types that lie below the operands and are none, so that the uppermost two can always be read.
    static constexpr std::size_t kFloor = 2;

    /// The heights at which a block began, and what is known of it.
    struct Base {
        std::size_t size = kFloor;
        std::uint32_t words = 0;
        bool is_polymorphic = false;
        /// Whether validation reaches what stands behind the block (MET-8).
        bool reaches_behind = true;
    };

    [[nodiscard]] bool fits(ValType found, ValType expected) const noexcept {
        return found == expected || found == kBottom || matches(found, expected, type_space_);
    }
    [[nodiscard]] Judgement measured() noexcept { return words() <= noted_words_ ? Judgement::valid : note_height(); }
    [[nodiscard]] Judgement note_height() noexcept;
    void set_reached(bool is_reached) noexcept {
        is_reached_ = is_reached;
        noted_words_ = is_reached ? greatest_words_ : most_words_;
    }
    /// How many of `count` operands are there, so that they can be looked at.
    [[nodiscard]] std::size_t there(std::size_t count) const noexcept {
        return std::min(count, types_.size() - base_.size);
    }
    void truncate(std::size_t size) noexcept;

    std::uint64_t most_words_;
    const TypeSpace& type_space_;
    Buffer<ValType> types_;
    /// Operands of two words.
    std::uint32_t wide_ = 0;
    std::uint32_t greatest_words_ = 0;
    /// The height up to which nothing is to be noted.
    std::uint64_t noted_words_ = 0;
    bool is_reached_ = true;
    /// Of the innermost block; and of those around it, and of no block at all, the outermost first.
    Base base_;
    Buffer<Base> outer_;
};

} // namespace detent
