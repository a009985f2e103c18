#include "host_abi/linker.hpp"

#include <algorithm>

namespace detent {

namespace {

/// Of types that name none by index, as those of host functions.
bool is_same(const FuncType& a, const FuncType& b) noexcept {
    return std::ranges::equal(a.parameters, b.parameters) && std::ranges::equal(a.results, b.results);
}

} // namespace

std::optional<FuncIdx> entry_point(const Module& module, std::string_view name) noexcept {
    const Export* const found = module.find_export(name);
    if (found == nullptr || found->kind != ExternKind::func) return std::nullopt;
    const FuncIdx function{found->index};
    if (!is_same(module.function_type(function), FuncType{})) return std::nullopt;
    return function;
}

Status Linker::register_in(Store& store, HostModule& host) noexcept {
    for (std::uint32_t i = 0; i < kHostFunctionCount; ++i) {
        DETENT_TRY(addresses_[i], store.add_host_function(host, i, kHostFunctions[i].type()));
    }
    return ok();
}

namespace {

/// ABI-30.
bool has_entry_points(const Module& module) noexcept {
    const bool deploys = module.find_export(kDeployExport) == nullptr || entry_point(module, kDeployExport);
    return deploys && entry_point(module, kCallExport);
}

} // namespace

std::optional<ExternVal> Linker::resolve(const Module& module, const Import& import) const noexcept {
    if (import.kind != ExternKind::func || module.text(import.module_name) != kHostModule) return std::nullopt;
    const std::optional<HostFunction> function = host_function_named(module.text(import.name));
    if (!function || !is_same(module.function_type(FuncIdx{import.index}), row(*function).type())) return std::nullopt;
    return ExternVal{ExternKind::func, number(addresses_[static_cast<std::size_t>(*function)])};
}

Result<std::optional<Buffer<ExternVal>>> Linker::link(const Module& module) const noexcept {
    using Links = std::optional<Buffer<ExternVal>>;
    Buffer<ExternVal> links;
    if (!has_entry_points(module)) return Links();
    for (const Import& import : module.imports) {
        const std::optional<ExternVal> link = resolve(module, import);
        if (!link) return Links();
        if (!links.push_back(*link)) return kOutOfMemory;
    }
    return Links(std::move(links));
}

} // namespace detent
