#include "engine/exec/fast/counting.hpp"

#include "engine/exec/fast/names.hpp"
#include "engine/exec/fast/visit.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace detent::fast {
namespace {

#ifdef DETENT_HANDLER_PARAMETERS

DETENT_HANDLER_CONVENTION void count(DETENT_HANDLER_PARAMETERS) {
    const Handler own = Visit::counting(*context)->pass(cell, fuel + context->hidden);
    DETENT_TAIL return own(DETENT_HANDLER_ARGUMENTS);
}

#else

bool count(Registers& r) noexcept { return Visit::counting(*r.context)->pass(r.cell, r.fuel + r.context->hidden)(r); }

#endif

} // namespace

Handler Counting::handler() noexcept { return &count; }

void Counting::sort() noexcept { std::ranges::sort(cells_, std::less<>(), &Cell::at); }

Handler Counting::pass(const Word* cell, std::int64_t fuel) noexcept {
    if (observer_ != nullptr) observer_(observed_by_, cell, fuel);
    Cell& found = *std::ranges::lower_bound(cells_, cell, std::less<>(), &Cell::at);
    ++found.count;
    return handler_at(&found.handler);
}

} // namespace detent::fast

namespace detent {
namespace {

/// No handler is, as the tests say.
constexpr fast::HandlerName kUnnamed{0, "unnamed", {}};

/// Adds to what is counted of the same name.
[[nodiscard]] bool add(Buffer<CellCount>& counts, const fast::HandlerName& name, std::uint64_t count) noexcept {
    const auto is_same = [&](const CellCount& one) { return one.name == name.name && one.fusion == name.fusion; };
    const auto found = std::ranges::find_if(counts, is_same);
    if (found == counts.end()) return counts.push_back({name.name, name.fusion, count});
    found->count += count;
    return true;
}

} // namespace

Status count_cells(const Code& code, const Schedule& schedule) noexcept {
    fast::Module* const module = fast::Module::of(code, schedule);
    return module == nullptr ? Status(kOutOfMemory) : module->count_cells(code);
}

Result<Buffer<CellCount>> cell_counts(const Code& code, const Schedule& schedule) noexcept {
    Buffer<CellCount> counts;
    const fast::Module* const module = fast::Module::of(code, schedule);
    if (module == nullptr) return kOutOfMemory;
    if (module->counting() == nullptr) return counts;
    DETENT_TRY(const Buffer<fast::HandlerName> names, fast::handler_names());
    for (const fast::Counting::Cell& cell : module->counting()->cells()) {
        if (cell.count == 0) continue;
        const auto found = std::ranges::lower_bound(names, cell.handler, {}, &fast::HandlerName::handler);
        const bool is_named = found != names.end() && found->handler == cell.handler;
        if (!add(counts, is_named ? *found : kUnnamed, cell.count)) return kOutOfMemory;
    }
    std::ranges::sort(counts, [](const CellCount& a, const CellCount& b) {
        return std::tie(b.count, a.name, a.fusion) < std::tie(a.count, b.name, b.fusion);
    });
    return counts;
}

} // namespace detent
