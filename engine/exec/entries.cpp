// Entries: how guest code is entered from the host and left again.
#include "engine/exec/float_environment.hpp"
#include "engine/exec/instantiation.hpp"
#include "engine/exec/machine.hpp"

#include <algorithm>

namespace detent {

Status Machine::begin(EntryRequest&& request) noexcept {
    if (request.code != nullptr) {
        DETENT_CHECK(store_->check_imports(*request.code, request.imports.span()));
    }
    const bool release = request.release_instance;
    // Most executions have no other entry.
    if (!entries_.reserve(1)) return kOutOfMemory;
    const Step pushed = push_entry(std::move(request), std::nullopt, std::nullopt);
    if (pushed == Step::fault) return fault_;
    entries_.back().request.release_instance = release;
    return ok();
}

/// The limit in force narrows to the allowance (MET-14).
Step Machine::push_entry(EntryRequest&& request, std::optional<FuncAddr> host_function,
                         std::optional<InstanceAddr> caller) noexcept {
    if (!entries_.emplace_back(std::move(request))) return fail(kOutOfMemory);
    Entry& entry = entries_.back();
    entry.request.release_instance = true;
    entry.first_frame = frames_.size();
    entry.stack_base = height_;
    entry.outer_limit = meter_.limit();
    entry.mark = store_->mark();
    entry.host_function = host_function;
    entry.caller = caller;
    const std::optional<Fuel> allowance = entry.request.allowance;
    if (allowance) meter_.set_limit(std::min(meter_.limit(), meter_.used() + *allowance));
    return Step::next;
}

/// One phase after the other, unless there is guest code to execute.
Step Machine::advance_entry() noexcept {
    const std::size_t entries = entries_.size();
    Step step = Step::next;
    switch (entries_.back().phase) {
    case EntryPhase::instantiate:
        step = make_instance();
        if (step != Step::next || is_over_mark()) return step;
        [[fallthrough]];
    case EntryPhase::start:
        step = enter_start();
        if (step != Step::next || entries_.size() != entries || !at_entry()) return step;
        [[fallthrough]];
    case EntryPhase::function: return enter_function();
    case EntryPhase::finish: return end_entry(EntryResult::End::returned);
    }
    return step;
}

/// One step (MET-18): what is unpaid leaves the store as it was, and all of it starts anew.
Step Machine::make_instance() noexcept {
    Entry& entry = entries_.back();
    before_ = meter_.used();
    const std::shared_ptr<const Code>& code = entry.request.code;
    const Fuel own = code == nullptr ? Fuel() : code->instantiation_price(*schedule_);
    const Charge charged = meter_.charge(entry.request.prelude + own);
    if (charged != Charge::paid) return unpaid(charged);
    const Step step = code == nullptr ? Step::next : build_instance();
    if (!starts_anew(step)) entry.phase = EntryPhase::start;
    return step;
}

Step Machine::build_instance() noexcept {
    Entry& entry = entries_.back();
    const Result<InstanceAddr> made = store_->allocate(entry.request.code, entry.request.imports.span());
    if (made.has_error()) {
        const bool by_rule = kind_of(made.error().code) == ErrorKind::limit;
        return by_rule ? trap(TrapCode::LimitExceeded) : fail(made.error());
    }
    Instantiation instantiation(*this, made.assume_value());
    if (const Step step = instantiation.evaluate(); step != Step::next) return step;
    entry.instance = made.assume_value();
    return instantiation.copy_segments();
}

Step Machine::enter_start() noexcept {
    Entry& entry = entries_.back();
    if (entry.instance) {
        const Instance& made = store_->instance(*entry.instance);
        if (made.module().start) return enter(made.functions[number(*made.module().start)], EntryPhase::function);
    }
    entry.phase = EntryPhase::function;
    return Step::next;
}

Step Machine::enter_function() noexcept {
    Entry& entry = entries_.back();
    std::optional<FuncAddr> function = entry.request.function;
    if (entry.request.new_function) {
        function = store_->instance(*entry.instance).functions[number(*entry.request.new_function)];
    }
    if (!function) {
        entry.phase = EntryPhase::finish;
        return Step::next;
    }
    const std::span<const std::uint64_t> arguments = entry.request.arguments.span();
    const std::uint32_t base = entry.stack_base;
    if (!reserve_stack(std::uint64_t{base} + arguments.size())) return fail(kOutOfMemory);
    if (entries_.size() == 1) result_type_ = store_->function(*function).type;
    for (const std::uint64_t word : arguments)
        push(word);
    const Step step = enter(*function, EntryPhase::finish);
    if (starts_anew(step)) height_ = base;
    return step;
}

/// An entry and a start function pay as the instruction `call` does (MET-9). The phase moves on only if the call began,
/// so that an exhausted entry starts anew.
Step Machine::enter(FuncAddr function, EntryPhase next) noexcept {
    const std::size_t index = entries_.size() - 1;
    before_ = meter_.used();
    const Charge charged = meter_.charge(schedule_->base(WorkClass::call));
    if (charged != Charge::paid) return unpaid(charged);
    const Step step = call(function);
    if (step == Step::next) entries_[index].phase = next;
    return step;
}

Step Machine::end_entry(EntryResult::End end) noexcept {
    lowered_code_ = nullptr;
    if (end != EntryResult::End::returned) unwind(entries_.back());
    if (entries_.back().request.release_instance) store_->release(entries_.back().mark);
    if (entries_.size() == 1) {
        end_outermost(end);
        return Step::next;
    }
    const Entry entry = std::move(entries_.back());
    entries_.pop_back();
    return leave(entry, end);
}

void Machine::end_outermost(EntryResult::End end) noexcept {
    Entry& entry = entries_.back();
    ending_ = end == EntryResult::End::returned ? Ending::returned : Ending::trapped;
    if (!entry.request.release_instance) made_instance_ = entry.instance;
    finished_ = std::move(entry.request.code);
    leave_words(std::move(entry.request.arguments));
    entries_.pop_back();
}

void Machine::unwind(const Entry& entry) noexcept {
    while (frames_.size() > entry.first_frame) {
        frame_words_ -= code().frame_words;
        frames_.pop_back();
    }
    height_ = entry.stack_base;
}

/// Tells the host how the code that it entered has ended, and goes on as it says.
Step Machine::leave(const Entry& entry, EntryResult::End end) noexcept {
    meter_.set_limit(entry.outer_limit);
    const Function& function = store_->function(*entry.host_function);
    const std::uint32_t results = words_of(function.type.results);
    if (!reserve_stack(std::uint64_t{height_} + results)) return fail(kOutOfMemory);
    HostCall call{*store_,
                  meter_,
                  *schedule_,
                  entry.caller,
                  function.host_number,
                  {},
                  std::span(stack_.data() + height_, results)};
    const EntryResult result{end, trap_, stack().subspan(entry.stack_base)};
    HostOutcome outcome = function.host->leave(call, entry.request.token, result);
    FloatEnvironment::renew();
    const HostOutcome::Variant& how = outcome.variant();
    const bool allowed =
        !std::holds_alternative<HostOutcome::Waiting>(how) && !std::holds_alternative<HostOutcome::Unpaid>(how);
    if (!allowed) return fail(Error{ErrorCode::host_failed});
    return finish_host(std::move(outcome), {*entry.host_function, entry.caller, entry.stack_base, false});
}

} // namespace detent
