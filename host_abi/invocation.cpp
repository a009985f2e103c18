#include "host_abi/invocation.hpp"

#include "host_abi/contracts.hpp"

#include <algorithm>

namespace detent {

namespace {

ByteView bytes_of(const Memory* memory) noexcept { return memory == nullptr ? ByteView() : memory->bytes(); }

} // namespace

HostOutcome ended(Outcome outcome) noexcept {
    return HostOutcome::trapped({TrapCode::Host, static_cast<std::uint32_t>(outcome)});
}

Invocation::Invocation(HostCall& call) noexcept
    : call_(call), row_(kHostFunctions[call.number]), memory_(bytes_of(call.memory())), before_(call.meter.used()) {}

std::optional<Outcome> Invocation::check(bool is_static) const noexcept {
    if (!obeys_lengths() || !obeys_numbers()) return Outcome::AbiViolation;
    const bool sends = function() == HostFunction::call && scalar(parameter(HostFunction::call, "value")) != 0;
    if (is_static && (row_.changes_state || sends)) return Outcome::StaticViolation;
    if (!lies_in_memory()) return Outcome::AbiViolation;
    return std::nullopt;
}

bool Invocation::obeys_lengths() const noexcept {
    for (std::size_t i = 0; i < row_.parameter_count; ++i) {
        const HostParameter& rule = row_.parameter_array[i];
        if (rule.is_range() && (length(i) < rule.least || length(i) > rule.most)) return false;
    }
    return true;
}

/// ABI-31, ABI-41.
bool Invocation::obeys_numbers() const noexcept {
    constexpr std::uint32_t kFlags = kCallStatic | kCallDelegate | kCallAllowReentry;
    constexpr std::uint64_t kGreatestRecoveryId = 3;
    if (function() == HostFunction::call) {
        const std::uint32_t set = scalar32(parameter(HostFunction::call, "flags"));
        const bool sends = scalar(parameter(HostFunction::call, "value")) != 0;
        return (set & ~kFlags) == 0 && !((set & kCallDelegate) != 0 && sends);
    }
    if (function() == HostFunction::secp256k1_recover) {
        return scalar(parameter(HostFunction::secp256k1_recover, "recovery_id")) <= kGreatestRecoveryId;
    }
    return true;
}

bool Invocation::lies_in_memory() const noexcept {
    for (std::size_t i = 0; i < row_.parameter_count; ++i) {
        if (row_.parameter_array[i].is_range() && word(i, 0) + length(i) > memory_.size()) return false;
    }
    return true;
}

bool Invocation::charge(Fuel price) noexcept {
    charge_ = call_.meter.charge(price);
    if (charge_ != Charge::paid) call_.meter.rewind(before_);
    return charge_ == Charge::paid;
}

bool Invocation::pay_base() noexcept { return charge(call_.schedule.base(row_.work_class)); }

bool Invocation::pay(std::uint64_t more) noexcept {
    std::uint64_t n = more;
    for (std::size_t i = 0; i < row_.parameter_count; ++i) {
        if (row_.parameter_array[i].kind == HostParameter::Kind::in) n += length(i);
    }
    return charge(call_.schedule.amount(row_.unit, n));
}

std::uint32_t Invocation::scalar32(std::size_t place) const noexcept {
    return static_cast<std::uint32_t>(scalar(place));
}

std::uint32_t Invocation::pointer(std::size_t place) const noexcept {
    return static_cast<std::uint32_t>(word(place, 0));
}

ByteView Invocation::range(std::size_t place) const noexcept {
    return memory_.subspan(static_cast<std::size_t>(word(place, 0)), static_cast<std::size_t>(length(place)));
}

std::uint64_t Invocation::fitting(std::size_t place, std::uint64_t length_of) const noexcept {
    return std::min(length(place), length_of);
}

HostOutcome Invocation::number(std::uint64_t value) noexcept {
    call_.results[0] = value;
    return done();
}

HostOutcome Invocation::bytes(std::size_t place, ByteView bytes) noexcept {
    const auto count = static_cast<std::size_t>(fitting(place, bytes.size()));
    if (count != 0) std::ranges::copy(bytes.first(count), call_.memory()->for_writing(pointer(place), count));
    return number(bytes.size());
}

} // namespace detent
