// What validation knows besides the expression it reads. Source: spec, Validation, Conventions, Contexts.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/profile.hpp"
#include "engine/syntax/module.hpp"
#include "engine/syntax/type_space.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace detent {

struct Context {
    const Module& module;
    /// The module's types, as soon as they are validated.
    const TypeSpace& types;
    FeatureSet features;
    const LimitValues& limits;
    /// Globals that a constant expression may name: all that stand before it.
    std::uint32_t visible_globals = 0;
    /// C.refs: one byte a function, 1 where something besides a body refers to it.
    Buffer<std::uint8_t> declared;
    /// Whether the module was valid before, so that each function that a body refers to is known to be declared.
    bool knows_declared = false;

    Context(const Module& of, const TypeSpace& its_types, const Profile& profile) noexcept
        : module(of), types(its_types), features(profile.features), limits(profile.limits()) {}

    /// Whether a type names no type, or one of the module.
    [[nodiscard]] bool knows(HeapType heap) const noexcept {
        return !heap.is_index() || number(heap.index()) < module.types.size();
    }
    [[nodiscard]] bool knows(ValType type) const noexcept { return !type.is_reference() || knows(type.heap()); }
    /// Whether an index is that of a function type.
    [[nodiscard]] bool knows_function_type(TypeIdx index) const noexcept {
        return number(index) < module.types.size() && module.types[number(index)].kind == CompositeKind::func;
    }
};

/// The locals of one function: its parameters, then runs of one type each. Asking for one takes no more than the
/// logarithm of the number of runs, and a run takes the same room however long it is.
class LocalTypes {
  public:
    /// False if there is no memory.
    [[nodiscard]] bool assign(std::span<const ValType> parameters, std::span<const LocalRun> runs) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// `index` MUST be less than `count`.
    [[nodiscard]] ValType operator[](std::uint32_t index) const noexcept {
        return index < kNear ? near(index) : far(index);
    }
    /// How many of the first locals `near` knows and can be used at any time.
    [[nodiscard]] std::uint8_t usual() const noexcept { return usual_; }
    [[nodiscard]] ValType near(std::uint32_t index) const noexcept { return near_[index]; }
    /// Whether a local begins without a value, and MUST be set before it is read. Never a parameter.
    [[nodiscard]] bool begins_unset(std::uint32_t index) const noexcept {
        return index >= parameters_.size() && !is_defaultable((*this)[index]);
    }
    [[nodiscard]] bool has_unset() const noexcept { return has_unset_; }

  private:
    /// As many as a number of one byte names.
    static constexpr std::uint32_t kNear = 128;

    struct Run {
        std::uint64_t end;
        ValType type;
    };

    [[nodiscard]] ValType far(std::uint32_t index) const noexcept;
    /// Writes down the first locals, one by one.
    void list_near() noexcept;

    std::span<const ValType> parameters_;
    Buffer<Run> runs_;
    std::array<ValType, kNear> near_{};
    std::uint8_t usual_ = 0;
    std::uint64_t count_ = 0;
    bool has_unset_ = false;
};

/// Which of the locals that begin without a value have been set, so far in each open block (spec: valid-localtype).
/// Takes time for what is set, not for what is declared.
class SetLocals {
  public:
    /// For a function of so many locals. False if there is no memory.
    [[nodiscard]] bool begin(std::uint64_t locals) noexcept;

    [[nodiscard]] bool has(std::uint32_t index) const noexcept { return is_set_[index] != 0; }
    [[nodiscard]] bool set(std::uint32_t index) noexcept;
    [[nodiscard]] std::size_t count() const noexcept { return in_order_.size(); }
    /// Forgets what was set since there were `count`.
    void forget(std::size_t count) noexcept {
        for (; in_order_.size() > count; in_order_.pop_back())
            is_set_[in_order_.back()] = 0;
    }

  private:
    Buffer<std::uint8_t> is_set_;
    Buffer<std::uint32_t> in_order_;
};

} // namespace detent
