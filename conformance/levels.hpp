// Levels: what a foreign engine can claim by answering vectors over its standard input and output. The line protocol is
// described in PROTOCOL.md.
#pragma once

#include "conformance/runner.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

enum class Level : std::uint8_t {
    L0, ///< status, output, events and writes
    L1, ///< and fuel
    L2, ///< and receipts and state roots
    L3, ///< and commitments to steps, which vectors of version 1 do not have: no engine can claim it yet
};

[[nodiscard]] std::optional<Level> level_named(std::string_view name) noexcept;
[[nodiscard]] std::string_view to_text(Level level) noexcept;

struct ClaimOptions {
    Level level = Level::L2;
    /// For each answer.
    std::chrono::milliseconds patience{60'000};
    /// The longest answer, in bytes.
    std::size_t answer_bytes = std::size_t{64} << 20;
};

struct Claim {
    /// Those that were asked. `receipts` holds what the engine answered.
    std::vector<Verdict> verdicts;
    /// Why the claim could not be tried, or was broken off: the level, the command, an engine that fell silent. Empty
    /// if every vector was asked.
    std::string error;
    std::size_t assertions = 0;
    std::size_t failed = 0;
    /// Vectors that L0 does not ask, because fuel decides how they end (PROTOCOL.md).
    std::size_t left_out = 0;

    [[nodiscard]] bool holds() const noexcept { return error.empty() && failed == 0 && assertions > 0; }
};

/// Starts the command, asks it every vector under the paths but the controls, and compares. The command is split into
/// words at spaces; quotes, single or double, hold a word together. No shell is involved. The process and its children
/// in its process group are gone when this returns. Throws nothing but std::bad_alloc.
[[nodiscard]] Claim claim(const std::string& command, std::span<const std::filesystem::path> paths,
                          const ClaimOptions& options);

/// One line for each mismatch and error.
[[nodiscard]] std::string failures_text(const Claim& claim);

} // namespace detent::conformance
