// Invocation: one call of a host function while it is checked, paid and acted on. Here and only here guest pointers
// become spans. Source: HOST_ABI.md, ABI-3, ABI-4, ABI-7, ABI-8.
#pragma once

#include "engine/exec/host.hpp"
#include "host_abi/host_table.hpp"
#include "host_abi/outcome.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace detent {

/// Parameters are named by their place (`parameter`). Ranges are readable only after `check` found nothing.
class Invocation {
  public:
    explicit Invocation(HostCall& call) noexcept;

    [[nodiscard]] HostFunction function() const noexcept { return static_cast<HostFunction>(call_.number); }
    [[nodiscard]] const HostFunctionRow& row() const noexcept { return row_; }

    /// The rules of the arguments, the static rule, the ranges from left to right (ABI-7); what is broken first.
    [[nodiscard]] std::optional<Outcome> check(bool is_static) const noexcept;

    /// Charges the base. Like `pay`, takes back what this call has charged if it cannot.
    [[nodiscard]] bool pay_base() noexcept;
    /// Charges the amount: the lengths of all input ranges, and `more` (ABI-8).
    [[nodiscard]] bool pay(std::uint64_t more) noexcept;
    /// After `pay` or `pay_base` returned false.
    [[nodiscard]] HostOutcome unpaid() const noexcept { return HostOutcome::unpaid(charge_); }

    [[nodiscard]] std::uint64_t scalar(std::size_t place) const noexcept { return word(place, 0); }
    [[nodiscard]] std::uint32_t scalar32(std::size_t place) const noexcept;
    [[nodiscard]] ByteView in(std::size_t place) const noexcept { return range(place); }
    /// Reads a range that the rules give the size of an address.
    [[nodiscard]] Address address(std::size_t place) const noexcept { return address_from(in(place)); }
    /// How many bytes of `length` an output range takes.
    [[nodiscard]] std::uint64_t fitting(std::size_t place, std::uint64_t length) const noexcept;
    /// Where an output range lies, for writing later with `write_at`.
    [[nodiscard]] std::uint32_t pointer(std::size_t place) const noexcept;

    /// Returns without a result, with a number, or with bytes by ABI-4.
    [[nodiscard]] HostOutcome done() const noexcept { return HostOutcome::returned(); }
    [[nodiscard]] HostOutcome number(std::uint64_t value) noexcept;
    [[nodiscard]] HostOutcome bytes(std::size_t place, ByteView bytes) noexcept;
    [[nodiscard]] HostOutcome not_found() noexcept { return number(static_cast<std::uint32_t>(kNotFound)); }
    [[nodiscard]] HostOutcome invalid_signature() noexcept {
        return number(static_cast<std::uint32_t>(kInvalidSignature));
    }

    [[nodiscard]] Meter& meter() noexcept { return call_.meter; }
    [[nodiscard]] const Schedule& schedule() const noexcept { return call_.schedule; }

    static constexpr std::int32_t kNotFound = -1;
    static constexpr std::int32_t kInvalidSignature = -2;

  private:
    [[nodiscard]] std::uint64_t word(std::size_t place, std::size_t offset) const noexcept {
        return call_.arguments[row_.parameter_array[place].word + offset];
    }
    [[nodiscard]] std::uint64_t length(std::size_t place) const noexcept { return word(place, 1); }
    [[nodiscard]] bool obeys_lengths() const noexcept;
    [[nodiscard]] bool obeys_numbers() const noexcept;
    [[nodiscard]] bool lies_in_memory() const noexcept;
    [[nodiscard]] ByteView range(std::size_t place) const noexcept;
    [[nodiscard]] bool charge(Fuel price) noexcept;

    HostCall& call_;
    const HostFunctionRow& row_;
    ByteView memory_;
    Fuel before_;
    Charge charge_ = Charge::paid;
};

/// ABI-7: the trap that ends the contract call in which it happens.
[[nodiscard]] HostOutcome ended(Outcome outcome) noexcept;

} // namespace detent
