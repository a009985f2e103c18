// Indexes over a decoded module, made by sorting: linear but for a logarithm, whatever the names are.
#include "engine/binary/decoder.hpp"

namespace detent {

namespace {

[[nodiscard]] bool numbers_below(std::size_t count, Buffer<std::uint32_t>& into) noexcept {
    if (!into.resize(count)) return false;
    for (std::size_t i = 0; i < count; ++i)
        into[i] = static_cast<std::uint32_t>(i);
    return true;
}

} // namespace

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
