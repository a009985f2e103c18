// ContractHost: the host functions of module `detent_v1` for one transaction. Source: HOST_ABI.md, ABI-6 to ABI-8;
// host_functions.def.
#pragma once

#include "engine/exec/host.hpp"
#include "host_abi/block.hpp"
#include "host_abi/contracts.hpp"
#include "host_abi/journal.hpp"

namespace detent {

/// A host function's number is its place in host_functions.def. What it refers to MUST outlive it.
class ContractHost final : public HostModule {
  public:
    ContractHost(Contracts& contracts, Journal& journal, const Block& block) noexcept
        : contracts_(contracts), journal_(journal), block_(block) {}

    [[nodiscard]] HostOutcome call(HostCall& call) noexcept override;
    [[nodiscard]] HostOutcome leave(HostCall& call, std::uint64_t token, const EntryResult& result) noexcept override;

  private:
    Contracts& contracts_;
    Journal& journal_;
    const Block& block_;
};

} // namespace detent
