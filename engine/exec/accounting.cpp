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

} // namespace

Step Machine::make_room(std::uint64_t bytes, std::uint64_t n) noexcept {
    const Heap& heap = store_->heap();
    const std::uint64_t limit = store_->limits()[Limit::heap_bytes];
    if (bytes <= limit && heap.debt() <= limit - bytes) return charge(n);
    if (bytes > limit / 2) return trap(TrapCode::HeapExhausted);
    if (const Step paid = charge(n); paid != Step::next) return paid;
    if (const Step paid = pay_for_accounting(bytes); paid != Step::next) return paid;
    if (const Step done = account(); done != Step::next) return done;
    return heap.debt() + bytes > limit / 2 ? trap(TrapCode::HeapExhausted) : Step::next;
}

/// Tracing is paid by half the limit of allocation since the last accounting. Where the last one left less than that,
/// the price of tracing is added: else calls that fail for want of heap would trace it for nothing, again and again.
/// The bodies that have frames are validated again, at the price of validating them.
Step Machine::pay_for_accounting(std::uint64_t bytes) noexcept {
    const Result<std::uint64_t> bodies = body_bytes(*this);
    if (bodies.has_error()) return fail(bodies.error());
    const Step paid = charge(Unit::activation_body_byte, bodies.assume_value());
    if (paid != Step::next) return paid;
    const Heap& heap = store_->heap();
    const bool is_traced = heap.debt() - heap.reached() + bytes > store_->limits()[Limit::heap_bytes] / 2;
    return is_traced ? Step::next : charge(Unit::heap_byte, heap.debt());
}

/// The roots are those before the instruction, whose immediates have been read.
Step Machine::account() noexcept {
    const std::uint32_t behind = std::exchange(top().position, position_);
    is_between_states_ = false;
    HeapTrace trace(store_->heap());
    const Status prepared = trace.prepare();
    is_between_states_ = true;
    top().position = behind;
    if (prepared.has_error()) return fail(prepared.error());
    reach_all(trace, *store_);
    trace.finish();
    return Step::next;
}

/// An execution that is within a step cannot be traced by another one: a host function MUST NOT run one on its store.
Status Machine::prepare_roots() noexcept {
    if (is_between_states_) return Error{ErrorCode::host_failed};
    DETENT_TRY(Buffer<std::uint8_t> map, map_stack(*this));
    root_map_ = std::move(map);
    return ok();
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
