#include "host_abi/contract_host.hpp"

#include "host_abi/host_actions.hpp"
#include "host_abi/invocation.hpp"

#include <algorithm>

namespace detent {

HostOutcome ContractHost::call(HostCall& call) noexcept {
    Invocation invocation(call);
    if (!invocation.pay_base()) return invocation.unpaid();
    if (const std::optional<Outcome> broken = invocation.check(contracts_.top().is_static)) return ended(*broken);
    return HostActions(invocation, contracts_, journal_, block_).run();
}

namespace {

/// The range was found valid before the call, and a memory never shrinks.
void write_address(HostCall& call, std::uint64_t pointer, const Address& address) noexcept {
    std::ranges::copy(address.bytes, call.memory()->for_writing(pointer, address.bytes.size()));
}

} // namespace

/// `token` is where a creation writes the address (ABI-35).
HostOutcome ContractHost::leave(HostCall& call, std::uint64_t token, const EntryResult& result) noexcept {
    Closed closed = contracts_.close(result);
    contracts_.top().return_data = std::move(closed.output);
    if (closed.created && closed.outcome == Outcome::Success) write_address(call, token, *closed.created);
    call.results[0] = static_cast<std::uint32_t>(closed.outcome);
    return HostOutcome::returned();
}

} // namespace detent
