// The host module `spectest` of the official test suite. Source: the suite's README; the specification's reference
// interpreter, "Spectest host module".
#pragma once

#include "engine/exec/host.hpp"
#include "engine/runtime/store.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace detent::conformance {

/// Functions that print nothing, and globals, tables and a memory that modules import. MUST outlive the store.
class Spectest final : public HostModule {
  public:
    /// Adds everything to the store, once.
    [[nodiscard]] Status add_to(Store& store);

    [[nodiscard]] std::optional<ExternVal> find(std::string_view name) const noexcept;

    [[nodiscard]] HostOutcome call(HostCall& call) noexcept override;
    [[nodiscard]] HostOutcome leave(HostCall& call, std::uint64_t token, const EntryResult& result) noexcept override;

  private:
    struct Named {
        std::string_view name;
        ExternVal value;
    };

    [[nodiscard]] Status add_functions(Store& store);
    [[nodiscard]] Status add_globals(Store& store);
    [[nodiscard]] Status add_tables_and_memory(Store& store);
    template <class Address>
    void name(std::string_view name, ExternKind kind, Address address);

    std::vector<Named> exports_;
};

} // namespace detent::conformance
