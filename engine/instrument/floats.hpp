// What is left to the engine, made one result: NaNs, and relaxed vector instructions. Source: DET-1 to DET-3; INS-12,
// INS-13.
#pragma once

#include "engine/instrument/emitter.hpp"

#include <cstdint>
#include <optional>

namespace detent::instrument {

/// The shape of the NaNs that an instruction may make, as its result has them; nothing if it makes none.
enum class NanShape : std::uint8_t { f32, f64, f32x4, f64x2 };
[[nodiscard]] std::optional<NanShape> made_nans(Op op) noexcept;

/// The type of a value of this shape.
[[nodiscard]] ValType type_of(NanShape shape) noexcept;

/// Replaces every NaN of the uppermost operand by the canonical one; `scratch` is a local of its type.
void write_canonical_nan(Emitter& out, NanShape shape, std::uint32_t scratch);

/// Whether the specification lets an engine choose what an instruction gives.
[[nodiscard]] bool is_relaxed(Op op) noexcept;

/// How many locals of v128 `write_determined` needs.
inline constexpr std::uint32_t kDeterminedLocals = 3;

/// The same by instructions that leave no choice, with Detent's results. The locals begin at `scratch`. MUST be
/// relaxed.
void write_determined(Emitter& out, Op op, std::uint32_t scratch);

} // namespace detent::instrument
