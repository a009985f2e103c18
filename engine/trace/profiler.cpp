#include "engine/trace/profiler.hpp"

#include "engine/exec/machine.hpp"

#include <new>

namespace detent::trace {
namespace {

bool is_tail_call(std::uint8_t byte) noexcept {
    const Op op = kOneByteOps[byte];
    return op == Op::return_call || op == Op::return_call_indirect || op == Op::return_call_ref;
}

/// MET-9, of the frame that was pushed.
Fuel entry_price(const Machine& machine) noexcept {
    const Frame& frame = machine.frames().back();
    const Schedule& schedule = machine.schedule();
    return schedule.base(WorkClass::call) +
           schedule.amount(Unit::frame_word, frame.code->function(frame.function).frame_words);
}

/// Room for what is counted is the host's.
template <class Action>
Status unless_out_of_memory(Action action) noexcept {
    try {
        action();
        return ok();
    } catch (const std::bad_alloc&) {
        return kOutOfMemory;
    }
}

} // namespace

Profiler::Profiler(std::size_t most_paths) : most_paths_(most_paths), paths_(1) {}

Status Profiler::before(const Machine& machine) noexcept {
    return unless_out_of_memory([this, &machine] { begin_step(machine); });
}

Status Profiler::after(const Machine& machine, Step step) noexcept {
    return unless_out_of_memory([this, &machine, step] { end_step(machine, step); });
}

std::span<const SiteProfile> Profiler::sites(const Code& code) const noexcept {
    const auto found = counted_.find(&code);
    if (found == counted_.end()) return {};
    return found->second.sites;
}

Profiler::Counted& Profiler::counted(const Code& code) {
    if (&code == last_code_) return *last_counted_;
    const auto [place, is_new] = counted_.try_emplace(&code);
    last_code_ = &code;
    last_counted_ = &place->second;
    if (!is_new) return *last_counted_;
    const Module& module = code.module();
    last_counted_->first_function = static_cast<std::uint32_t>(functions_.size());
    last_counted_->sites.resize(module.bytes.size());
    for (std::size_t i = 0; i < module.bodies.size(); ++i) {
        const FuncIdx index{static_cast<std::uint32_t>(module.imported_functions + i)};
        functions_.push_back({&code, index, 0, 0, {}, {}});
    }
    active_.resize(functions_.size());
    begun_.resize(functions_.size());
    return *last_counted_;
}

void Profiler::begin_step(const Machine& machine) {
    pop_to(machine.frames().size());
    while (running_.size() < machine.frames().size())
        push(machine.frames()[running_.size()]);
    before_ = machine.meter().used();
    is_entry_ = machine.at_entry();
    is_tail_call_ = false;
    if (is_entry_) {
        const Entry& entry = machine.entries().back();
        makes_instance_ = entry.phase == EntryPhase::instantiate && entry.request.code != nullptr;
        return;
    }
    const Frame& frame = machine.frames().back();
    site_ = &counted(*frame.code).sites[frame.position];
    is_tail_call_ = is_tail_call(frame.code->module().bytes[frame.position]);
}

void Profiler::end_step(const Machine& machine, Step step) {
    const Fuel cost = machine.meter().used() - before_;
    total_ = total_ + cost;
    if (is_entry_) {
        charge_entry(machine, cost);
    } else {
        charge_instruction(cost, !starts_anew(step));
    }
    follow_frames(machine, step);
}

void Profiler::charge_instruction(Fuel cost, bool was_executed) {
    FunctionProfile& function = functions_[running_.back().function];
    function.self = function.self + cost;
    site_->fuel = site_->fuel + cost;
    PathProfile& path = paths_[running_.back().path];
    path.self = path.self + cost;
    if (!was_executed) return;
    ++instructions_;
    ++function.instructions;
    ++site_->executed;
}

/// One step makes an instance and enters a function of it.
void Profiler::charge_entry(const Machine& machine, Fuel cost) {
    const bool enters = machine.frames().size() > running_.size();
    const Fuel entry = !makes_instance_ ? cost : enters ? entry_price(machine) : Fuel();
    charge_outside(outside_.instantiation, PathProfile::kInstantiation, cost - entry);
    charge_outside(outside_.entries, PathProfile::kEntries, entry);
}

void Profiler::charge_outside(Fuel& sum, std::uint32_t function, Fuel cost) {
    if (cost == Fuel()) return;
    sum = sum + cost;
    PathProfile& path = paths_[path_to(function)];
    path.self = path.self + cost;
}

/// A step pushes one frame at most; or puts one in the place of another, which leaves their number as it was.
void Profiler::follow_frames(const Machine& machine, Step step) {
    const std::size_t frames = machine.frames().size();
    const bool is_replaced = is_tail_call_ && step == Step::next && frames == running_.size();
    pop_to(is_replaced ? frames - 1 : frames);
    if (frames > running_.size()) push(machine.frames().back());
}

void Profiler::push(const Frame& frame) {
    const std::size_t body = number(frame.function) - frame.code->module().imported_functions;
    const std::uint32_t function = counted(*frame.code).first_function + static_cast<std::uint32_t>(body);
    running_.push_back({function, path_to(function)});
    ++functions_[function].calls;
    if (active_[function]++ == 0) begun_[function] = total_;
}

void Profiler::pop_to(std::size_t frames) noexcept {
    while (running_.size() > frames) {
        const std::uint32_t function = running_.back().function;
        running_.pop_back();
        if (--active_[function] != 0) continue;
        Fuel& inclusive = functions_[function].inclusive;
        inclusive = inclusive + (total_ - begun_[function]);
    }
}

std::uint32_t Profiler::path_to(std::uint32_t function) {
    const std::uint32_t parent = path();
    const std::uint64_t key = std::uint64_t{parent} << 32 | function;
    const auto found = path_numbers_.find(key);
    if (found != path_numbers_.end()) return found->second;
    if (paths_.size() >= most_paths_) {
        is_full_ = true;
        return parent;
    }
    const auto made = static_cast<std::uint32_t>(paths_.size());
    paths_.push_back({parent, function, {}});
    path_numbers_.emplace(key, made);
    return made;
}

} // namespace detent::trace
