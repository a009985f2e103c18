// Profiler: where fuel goes, by function, by path of calls and by instruction. Counts fuel, not time, so that it is the
// same on every machine.
#pragma once

#include "engine/code/code.hpp"
#include "engine/exec/observer.hpp"
#include "metering/fuel.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace detent {
struct Frame;
}

namespace detent::trace {

/// What one function used. A call's price, the callee's frame included, is the caller's.
struct FunctionProfile {
    const Code* code = nullptr;
    FuncIdx function{};
    std::uint64_t calls = 0;
    std::uint64_t instructions = 0;
    Fuel self;
    /// While it had at least one frame, its own frames' instructions included: recursion counts once.
    Fuel inclusive;
};

/// What no function used: instances are made, and entries and start functions are called, by none (MET-9, MET-18).
struct OutsideProfile {
    Fuel instantiation;
    Fuel entries;
};

/// One instruction of a module: where it stands there, how often it was executed, and what it used.
struct SiteProfile {
    std::uint64_t executed = 0;
    Fuel fuel;
};

/// A path of calls: a function, called on the path `parent`, which stands before it.
struct PathProfile {
    static constexpr std::uint32_t kInstantiation = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::uint32_t kEntries = kInstantiation - 1;
    /// Of path 0, which has no function and is its own parent.
    static constexpr std::uint32_t kRoot = kEntries - 1;

    std::uint32_t parent = 0;
    /// A number of `functions()`, or one of those above.
    std::uint32_t function = kRoot;
    Fuel self;
};

/// Observes executions one after the other and adds them up; a frame that is there when it begins counts as called.
/// Everything adds up to `total`: the functions' own fuel with what is outside; the paths' own; and the sites of all
/// codes with what is outside. Takes room for each byte of the modules that run, and for at most `most_paths` paths:
/// calls on further ones count as their caller's path. The codes MUST outlive it.
class Profiler final : public StepObserver {
  public:
    static constexpr std::size_t kMostPaths = std::size_t{1} << 18;

    explicit Profiler(std::size_t most_paths = kMostPaths);

    [[nodiscard]] Status before(const Machine& machine) noexcept override;
    [[nodiscard]] Status after(const Machine& machine, Step step) noexcept override;

    /// No more is to come: frames that are still there end now.
    void finish() noexcept { pop_to(0); }

    [[nodiscard]] Fuel total() const noexcept { return total_; }
    [[nodiscard]] std::uint64_t instructions() const noexcept { return instructions_; }
    [[nodiscard]] const OutsideProfile& outside() const noexcept { return outside_; }
    /// All functions that the modules define, module by module as they ran first, in the order of their indices.
    [[nodiscard]] std::span<const FunctionProfile> functions() const noexcept { return functions_; }
    /// Each behind its parent.
    [[nodiscard]] std::span<const PathProfile> paths() const noexcept { return paths_; }
    /// Whether there were more paths than it keeps.
    [[nodiscard]] bool is_full() const noexcept { return is_full_; }
    /// By the offset in the module; none if the code did not run.
    [[nodiscard]] std::span<const SiteProfile> sites(const Code& code) const noexcept;

  private:
    struct Running {
        std::uint32_t function = 0;
        std::uint32_t path = 0;
    };
    struct Counted {
        std::uint32_t first_function = 0;
        std::vector<SiteProfile> sites;
    };

    [[nodiscard]] Counted& counted(const Code& code);
    void begin_step(const Machine& machine);
    void end_step(const Machine& machine, Step step);
    void charge_instruction(Fuel cost, bool was_executed);
    void charge_entry(const Machine& machine, Fuel cost);
    void charge_outside(Fuel& sum, std::uint32_t function, Fuel cost);
    void follow_frames(const Machine& machine, Step step);
    void push(const Frame& frame);
    void pop_to(std::size_t frames) noexcept;
    [[nodiscard]] std::uint32_t path() const noexcept { return running_.empty() ? 0 : running_.back().path; }
    [[nodiscard]] std::uint32_t path_to(std::uint32_t function);

    std::size_t most_paths_;
    bool is_full_ = false;
    Fuel total_;
    std::uint64_t instructions_ = 0;
    OutsideProfile outside_;
    std::vector<FunctionProfile> functions_;
    /// Of each function: its frames now, and the total when the first of them began.
    std::vector<std::uint32_t> active_;
    std::vector<Fuel> begun_;
    std::vector<PathProfile> paths_;
    std::unordered_map<std::uint64_t, std::uint32_t> path_numbers_;
    std::map<const Code*, Counted> counted_;
    std::vector<Running> running_;

    // The step that has begun.
    Fuel before_;
    bool is_entry_ = false;
    bool makes_instance_ = false;
    bool is_tail_call_ = false;
    SiteProfile* site_ = nullptr;
    /// The code that ran last, and what is counted of it.
    const Code* last_code_ = nullptr;
    Counted* last_counted_ = nullptr;
};

} // namespace detent::trace
