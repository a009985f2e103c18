// HostActions: what each host function does once its arguments have been checked. One member a row of
// host_functions.def.
#pragma once

#include "host_abi/block.hpp"
#include "host_abi/contracts.hpp"
#include "host_abi/invocation.hpp"
#include "host_abi/journal.hpp"

namespace detent {

/// Each reads its inputs, pays, acts and returns, in this order (MET-19).
class HostActions {
  public:
    HostActions(Invocation& invocation, Contracts& contracts, Journal& journal, const Block& block) noexcept
        : in_(invocation), contracts_(contracts), journal_(journal), block_(block), frame_(contracts.top()) {}

    [[nodiscard]] HostOutcome run() noexcept;

  private:
#define HOST_FUNCTION(identifier, parameters, result, work_class, unit, since, doc)                                    \
    [[nodiscard]] HostOutcome identifier() noexcept;
#include "host_abi/host_functions.def"
#undef HOST_FUNCTION

    // The shapes that several have in common.
    [[nodiscard]] HostOutcome answer(std::size_t place, ByteView bytes) noexcept;
    [[nodiscard]] HostOutcome answer(std::uint64_t number) noexcept;
    [[nodiscard]] HostOutcome found(std::size_t place, const std::optional<ByteView>& bytes,
                                    std::uint64_t counted) noexcept;
    [[nodiscard]] HostOutcome finish(const Status& status) noexcept;
    [[nodiscard]] HostOutcome enter(Result<Opened>&& opened, std::uint64_t allowance, std::uint64_t token) noexcept;

    Invocation& in_;
    Contracts& contracts_;
    Journal& journal_;
    const Block& block_;
    ContractFrame& frame_;
};

} // namespace detent
