// What validation knows besides the expression it reads. Source: spec, Validation, Conventions, Contexts.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/profile.hpp"
#include "engine/syntax/module.hpp"

#include <cstdint>
#include <span>

namespace detent {

struct Context {
    const Module& module;
    FeatureSet features;
    const LimitValues& limits;
    /// Globals that a constant expression may name: all that stand before it.
    std::uint32_t visible_globals = 0;
    /// C.refs: one byte a function, 1 where something besides a body refers to it.
    Buffer<std::uint8_t> declared;

    Context(const Module& of, const Profile& profile) noexcept
        : module(of), features(profile.features), limits(profile.limits()) {}
};

/// The locals of one function: its parameters, then runs of one type each. Asking for one takes the logarithm of the
/// number of runs, and a run takes the same room however long it is.
class LocalTypes {
  public:
    /// False if there is no memory.
    [[nodiscard]] bool assign(std::span<const ValType> parameters, std::span<const LocalRun> runs) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// `index` MUST be less than `count`.
    [[nodiscard]] ValType operator[](std::uint32_t index) const noexcept;

  private:
    struct Run {
        std::uint64_t end;
        ValType type;
    };

    std::span<const ValType> parameters_;
    Buffer<Run> runs_;
    std::uint64_t count_ = 0;
};

} // namespace detent
