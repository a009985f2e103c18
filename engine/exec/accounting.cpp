// What an object costs beyond its making: room on the heap, and from time to time an accounting. Source: DET-11, MET-5.
#include "engine/exec/machine.hpp"
#include "engine/exec/stack_map.hpp"

namespace detent {
namespace {

void reach_all(HeapTrace& trace, const Store& store) noexcept {
    for (const GlobalCell& global : store.globals()) {
        if (global.type.value.is_reference()) trace.reach(Ref(global.low));
    }
    for (const Table& table : store.tables())
        trace.reach(table.words.span());
    for (const Instance& instance : store.instances()) {
        for (const Buffer<std::uint64_t>& segment : instance.elements)
            trace.reach(segment.span());
    }
}

/// False if there is no memory.
bool account(Store& store) noexcept {
    HeapTrace trace(store.heap());
    if (!trace.prepare()) return false;
    reach_all(trace, store);
    trace.finish();
    return true;
}

} // namespace

/// An accounting is paid by half the limit of allocation since the last one. Where the last one left less than that,
/// its own price is added: else calls that fail for want of heap would trace it for nothing, again and again.
Step Machine::make_room(std::uint64_t bytes, std::uint64_t n) noexcept {
    const Heap& heap = store_->heap();
    const std::uint64_t limit = store_->limits()[Limit::heap_bytes];
    if (bytes <= limit && heap.debt() <= limit - bytes) return charge(n);
    if (bytes > limit / 2) return trap(TrapCode::HeapExhausted);
    if (const Step paid = charge(n); paid != Step::next) return paid;
    const bool is_paid_for = heap.debt() - heap.reached() + bytes > limit / 2;
    const Step paid = is_paid_for ? Step::next : charge(Unit::heap_byte, heap.debt());
    if (paid != Step::next) return paid;
    // The roots are those before the instruction, whose immediates have been read.
    const std::uint32_t behind = std::exchange(top().position, position_);
    const bool done = account(*store_);
    top().position = behind;
    if (!done) return fail(kOutOfMemory);
    return heap.debt() + bytes > limit / 2 ? trap(TrapCode::HeapExhausted) : Step::next;
}

bool Machine::prepare_roots() noexcept {
    Result<Buffer<std::uint8_t>> map = map_stack(*this);
    if (map.has_value()) root_map_ = std::move(map).assume_value();
    return map.has_value();
}

/// Arguments count until the function has been entered.
void Machine::reach_roots(HeapTrace& trace) const noexcept {
    for (std::size_t i = 0; i < root_map_.size(); ++i) {
        if (root_map_[i] != 0) trace.reach(Ref(stack_[i]));
    }
    for (const Entry& entry : entries_) {
        const std::optional<FuncType> type = function_type(*store_, entry);
        if (entry.phase == EntryPhase::finish || !type) continue;
        each_reference(type->parameters, [&](std::size_t word) { trace.reach(Ref(entry.request.arguments[word])); });
    }
}

} // namespace detent
