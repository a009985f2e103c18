// The host's side of an execution: host functions, and how one of them enters further guest code.
#pragma once

#include "engine/base/result.hpp"
#include "engine/runtime/store.hpp"
#include "metering/meter.hpp"
#include "metering/schedule.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>

namespace detent {

/// What a host function is given. Valid during the call only.
struct HostCall {
    Store& store;
    Meter& meter;
    const Schedule& schedule;
    /// The instance whose code calls; nothing if the embedder invoked the host function itself.
    std::optional<InstanceAddr> caller;
    /// The number that the function was added to the store with.
    std::uint32_t number;
    /// The operands as words, in order: i32 are zero-extended, a v128 is two, a reference is that of a Ref.
    std::span<const std::uint64_t> arguments;
    /// Room for the result words; written before `returned`. References MUST be of their types, else the host has
    /// failed.
    std::span<std::uint64_t> results;

    /// Memory 0 of the caller, or null.
    [[nodiscard]] Memory* memory() const noexcept;
};

/// Guest code to enter on the same execution, and what to tell the host when it has ended.
struct EntryRequest {
    /// The module to instantiate first; null to enter a function that exists.
    std::shared_ptr<const Code> code;
    /// For `code`; MUST satisfy it.
    Buffer<ExternVal> imports;
    /// The function to call: an existing one, or one of the new instance. Nothing to instantiate only.
    std::optional<FuncAddr> function;
    std::optional<FuncIdx> new_function;
    /// Words, as in HostCall; MUST fit the function's parameters.
    Buffer<std::uint64_t> arguments;
    /// Charged together with instantiation, before anything is done.
    Fuel prelude;
    /// The most that may be used (MET-14); nothing for no bound but the limit in force.
    std::optional<Fuel> allowance;
    /// Whether the new instance ends with the entry. Always so for entries that a host function makes.
    bool release_instance = false;
    /// Handed to HostModule::leave.
    std::uint64_t token = 0;
};

/// How entered guest code ended.
struct EntryResult {
    enum class End : std::uint8_t { returned, trapped, out_of_fuel };

    End end = End::returned;
    Trap trap;
    /// The result words of the function; empty unless it returned.
    std::span<const std::uint64_t> results;
};

/// How a host function ended (ABI-6).
class HostOutcome {
  public:
    struct Returned {};
    struct Waiting {};
    /// A price could not be charged; the call starts anew when there is fuel (MET-19).
    struct Unpaid {
        Charge charge;
    };
    struct Enter {
        EntryRequest request;
    };

    [[nodiscard]] static HostOutcome returned() noexcept { return HostOutcome(Returned{}); }
    [[nodiscard]] static HostOutcome trapped(Trap trap) noexcept { return HostOutcome(trap); }
    /// Nothing may have been done or charged that the call, started anew, would do or charge again.
    [[nodiscard]] static HostOutcome waiting() noexcept { return HostOutcome(Waiting{}); }
    [[nodiscard]] static HostOutcome unpaid(Charge charge) noexcept { return HostOutcome(Unpaid{charge}); }
    [[nodiscard]] static HostOutcome enter(EntryRequest&& request) noexcept {
        return HostOutcome(Enter{std::move(request)});
    }
    /// A Fault: the execution ends without a verdict.
    [[nodiscard]] static HostOutcome failed(Error fault) noexcept { return HostOutcome(fault); }

    using Variant = std::variant<Returned, Trap, Waiting, Unpaid, Enter, Error>;
    [[nodiscard]] Variant& variant() noexcept { return variant_; }

  private:
    explicit HostOutcome(Variant&& variant) noexcept : variant_(std::move(variant)) {}

    Variant variant_;
};

/// A set of host functions that an embedder provides. Called on the thread that runs the execution, in the
/// floating-point environment of the engine. MUST NOT call back into the execution, nor run another one on its store.
class HostModule {
  public:
    virtual ~HostModule() = default;

    [[nodiscard]] virtual HostOutcome call(HostCall& call) noexcept = 0;

    /// Guest code that `call` entered has ended; its instance is gone. Ends as `call` does, but MUST NOT wait or be
    /// unpaid. `call.arguments` is empty; `call.results` is for the host function that entered.
    [[nodiscard]] virtual HostOutcome leave(HostCall& call, std::uint64_t token,
                                            const EntryResult& result) noexcept = 0;
};

} // namespace detent
