// The type of a block, as its instruction says it or as the body has it. Source: spec, Validation, Types, Block Types.
#pragma once

#include "engine/syntax/types.hpp"

#include <span>

namespace detent {

/// A function type of the module, or one result. Its lists live as long as the module, or as it does itself.
class BlockSignature {
  public:
    constexpr BlockSignature() noexcept = default;
    explicit constexpr BlockSignature(const FuncType& type) noexcept : type_(type) {}
    explicit constexpr BlockSignature(ValType result) noexcept : result_(result), has_one_result_(true) {}

    [[nodiscard]] constexpr std::span<const ValType> parameters() const noexcept { return type_.parameters; }
    [[nodiscard]] constexpr std::span<const ValType> results() const noexcept {
        return has_one_result_ ? std::span(&result_, 1) : type_.results;
    }

  private:
    FuncType type_;
    ValType result_;
    bool has_one_result_ = false;
};

} // namespace detent
