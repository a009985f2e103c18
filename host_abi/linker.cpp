#include "host_abi/linker.hpp"

#include <atomic>
#include <memory>
#include <new>

namespace detent {
namespace {

/// The types of the host functions, by their numbers: interned once for all stores, and never released. Null if there
/// is no memory.
const TypeSpace* host_types() noexcept {
    static std::atomic<const TypeSpace*> kept{nullptr};
    if (const TypeSpace* const found = kept.load(std::memory_order_acquire); found != nullptr) return found;
    std::unique_ptr<TypeSpace> made(new (std::nothrow) TypeSpace);
    if (made == nullptr) return nullptr;
    for (const HostFunctionRow& row : kHostFunctions) {
        if (!made->add(row.type())) return nullptr;
    }
    const TypeSpace* first = nullptr;
    if (!kept.compare_exchange_strong(first, made.get(), std::memory_order_acq_rel)) return first;
    return made.release();
}

} // namespace

std::optional<FuncIdx> entry_point(const Module& module, std::string_view name) noexcept {
    const Export* const found = module.find_export(name);
    if (found == nullptr || found->kind != ExternKind::func) return std::nullopt;
    const FuncIdx function{found->index};
    const FuncType type = module.function_type(function);
    if (!type.parameters.empty() || !type.results.empty()) return std::nullopt;
    return function;
}

Status Linker::register_in(Store& store, HostModule& host) noexcept {
    types_ = host_types();
    if (types_ == nullptr) return kOutOfMemory;
    for (std::uint32_t i = 0; i < kHostFunctionCount; ++i) {
        const CanonicalType& canonical = (*types_)[TypeIdx{i}];
        DETENT_TRY(addresses_[i], store.add_host_function(host, i, kHostFunctions[i].type(), canonical));
    }
    return ok();
}

Status Linker::expect() noexcept {
    types_ = host_types();
    if (types_ == nullptr) return kOutOfMemory;
    for (std::uint32_t i = 0; i < kHostFunctionCount; ++i)
        addresses_[i] = FuncAddr{i};
    return ok();
}

bool Linker::is_registered_in(const Store& store) noexcept {
    const std::span<const Function> all = store.functions();
    if (all.size() < kHostFunctionCount) return false;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        const bool is_of_host = all[i].host != nullptr;
        if (is_of_host != (i < kHostFunctionCount) || (is_of_host && all[i].host_number != i)) return false;
    }
    return true;
}

namespace {

/// ABI-30.
bool has_entry_points(const Module& module) noexcept {
    const bool deploys = module.find_export(kDeployExport) == nullptr || entry_point(module, kDeployExport);
    return deploys && entry_point(module, kCallExport);
}

} // namespace

// spec: match-externtype
std::optional<ExternVal> Linker::resolve(const Code& code, const Import& import) const noexcept {
    const Module& module = code.module();
    if (import.kind != ExternKind::func || module.text(import.module_name) != kHostModule) return std::nullopt;
    const std::optional<HostFunction> function = host_function_named(module.text(import.name));
    if (!function) return std::nullopt;
    const auto index = static_cast<std::size_t>(*function);
    const CanonicalType& type = (*types_)[TypeIdx{static_cast<std::uint32_t>(index)}];
    if (!is_subtype(type, code.types()[module.functions[import.index]])) return std::nullopt;
    return ExternVal{ExternKind::func, number(addresses_[index])};
}

Result<std::optional<Buffer<ExternVal>>> Linker::link(const Code& code) const noexcept {
    using Links = std::optional<Buffer<ExternVal>>;
    Buffer<ExternVal> links;
    if (!has_entry_points(code.module())) return Links();
    for (const Import& import : code.module().imports) {
        const std::optional<ExternVal> link = resolve(code, import);
        if (!link) return Links();
        if (!links.push_back(*link)) return kOutOfMemory;
    }
    return Links(std::move(links));
}

} // namespace detent
