// Indexes over a decoded module, made by sorting: linear but for a logarithm, whatever the names and types are.
#include "engine/binary/decoder.hpp"

#include <compare>

namespace detent {

namespace {

[[nodiscard]] bool numbers_below(std::size_t count, Buffer<std::uint32_t>& into) noexcept {
    if (!into.resize(count)) return false;
    for (std::size_t i = 0; i < count; ++i)
        into[i] = static_cast<std::uint32_t>(i);
    return true;
}

std::strong_ordering compare(std::span<const ValType> a, std::span<const ValType> b) noexcept {
    if (a.size() != b.size()) return a.size() <=> b.size();
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i]) return a[i].kind <=> b[i].kind;
    }
    return std::strong_ordering::equal;
}

std::strong_ordering compare(const FuncType& a, const FuncType& b) noexcept {
    const std::strong_ordering parameters = compare(a.parameters, b.parameters);
    return parameters == 0 ? compare(a.results, b.results) : parameters;
}

} // namespace

Status index_types(Module& module) noexcept {
    Buffer<std::uint32_t> order;
    if (!numbers_below(module.types.size(), order) || !module.canonical_types.resize(order.size())) return kOutOfMemory;
    const auto compared = [&](std::uint32_t a, std::uint32_t b) {
        return compare(module.type(TypeIdx{a}), module.type(TypeIdx{b}));
    };
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
        const std::strong_ordering types = compared(a, b);
        return types == 0 ? a < b : types < 0;
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool repeats = i > 0 && compared(order[i - 1], order[i]) == 0;
        module.canonical_types[order[i]] = repeats ? module.canonical_types[order[i - 1]] : TypeIdx{order[i]};
    }
    return ok();
}

Status index_exports(Module& module) noexcept {
    Buffer<std::uint32_t>& order = module.exports_by_name;
    if (!numbers_below(module.exports.size(), order)) return kOutOfMemory;
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
        const int names = module.text(module.exports[a].name).compare(module.text(module.exports[b].name));
        return names == 0 ? a < b : names < 0;
    });
    return ok();
}

} // namespace detent
