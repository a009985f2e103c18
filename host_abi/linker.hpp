// Linker: from a module's imports to the host functions of a store. Source: HOST_ABI.md, ABI-1 and ABI-30.
#pragma once

#include "engine/base/result.hpp"
#include "engine/exec/host.hpp"
#include "engine/runtime/store.hpp"
#include "host_abi/host_table.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace detent {

/// The exports that a contract is entered by.
inline constexpr std::string_view kCallExport = "call";
inline constexpr std::string_view kDeployExport = "deploy";

/// The function of type [] -> [] that a module exports under a name.
[[nodiscard]] std::optional<FuncIdx> entry_point(const Module& module, std::string_view name) noexcept;

class Linker {
  public:
    /// Adds every host function to the store, once for its life. `host` MUST outlive it.
    [[nodiscard]] Status register_in(Store& store, HostModule& host) noexcept;

    /// For a store that is still to be loaded: takes it that the host functions will be in it as `register_in` adds
    /// them to an empty one.
    [[nodiscard]] Status expect() noexcept;
    /// Whether they are, and no others.
    [[nodiscard]] static bool is_registered_in(const Store& store) noexcept;

    /// What satisfies the imports of a module; nothing if it does not link. An error is a Fault.
    [[nodiscard]] Result<std::optional<Buffer<ExternVal>>> link(const Code& code) const noexcept;

  private:
    [[nodiscard]] std::optional<ExternVal> resolve(const Code& code, const Import& import) const noexcept;

    std::array<FuncAddr, kHostFunctionCount> addresses_{};
    /// By the number of the function.
    const TypeSpace* types_ = nullptr;
};

} // namespace detent
