// Running scripts of the official test suite (WAST): every command of a script is carried out, and has a verdict.
// Source: the specification's reference interpreter, "Scripts"; DETERMINISM.md for what `strict` accepts.
#pragma once

#include "engine/exec/execution.hpp"
#include "engine/profile.hpp"
#include "engine/text/script.hpp"
#include "metering/schedule.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

/// What a command is, as counted. `action` is an invoke or get without an assertion.
enum class CommandKind : std::uint8_t {
    module,
    definition,
    instance,
    register_,
    action,
    assert_return,
    assert_trap,
    assert_exhaustion,
    assert_exception,
    assert_malformed,
    assert_invalid,
    assert_unlinkable,
    assert_malformed_custom,
    assert_invalid_custom,
};

inline constexpr std::size_t kCommandKinds = 14;

[[nodiscard]] std::string_view to_text(CommandKind kind) noexcept;
[[nodiscard]] CommandKind kind_of(const text::Command& command) noexcept;
[[nodiscard]] constexpr bool is_assertion(CommandKind kind) noexcept { return kind >= CommandKind::assert_return; }

/// The most that one execution of a script may use. More than the whole suite uses together, and far more than it takes
/// to run into the limit of call depth; a script that never ends does so within minutes.
inline constexpr Fuel kScriptFuel{10'000'000'000};

struct ScriptOptions {
    Profile profile;
    const Schedule* schedule = nullptr;
    /// Accept only the deterministic choice where a script leaves one (DET-1, DET-3).
    bool strict = false;
    /// The most that one execution may use; and run it under grants of so much, one after the other.
    Fuel limit = kScriptFuel;
    Fuel slice = kScriptFuel;
    Tier tier = Tier::fast;
    Handover handover{};
};

/// Something to say about one command.
struct Finding {
    text::Place place;
    CommandKind kind = CommandKind::module;
    std::string reason;
};

/// How many commands of a kind ran, and how many of them failed.
struct Tally {
    std::size_t ran = 0;
    std::size_t failed = 0;
};

/// Of one script, or of many.
struct Tallies {
    std::array<Tally, kCommandKinds> kinds{};
    /// Scripts that could not be read, of which nothing ran.
    std::size_t unreadable = 0;

    [[nodiscard]] Tally& of(CommandKind kind) noexcept { return kinds[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] std::size_t commands() const noexcept;
    [[nodiscard]] std::size_t assertions() const noexcept;
    /// Commands that failed, and scripts that could not be read.
    [[nodiscard]] std::size_t failed() const noexcept;

    Tallies& operator+=(const Tallies& other) noexcept;
};

struct ScriptReport {
    Tallies tallies;
    /// In the order of the script. One for each command that failed, or the reason why the script could not be read.
    std::vector<Finding> failures;
    /// Commands that hold, where the script has another message than ours. Messages are not part of the verdict.
    std::vector<Finding> remarks;
    /// By all executions.
    Fuel used;
    TierCounts counts;
};

/// Reads and runs a script, named by its file. A command that cannot be run has failed; none is left out. Throws
/// nothing but std::bad_alloc.
[[nodiscard]] ScriptReport run_script(std::string_view file, std::string_view source, const ScriptOptions& options);

} // namespace detent::conformance
