// The loop of an execution: steps, calls and returns. Entries are in entries.cpp, instructions in body_*.cpp.
#include "engine/exec/machine.hpp"

#include "engine/exec/fast/visit.hpp"
#include "engine/exec/float_environment.hpp"
#include "engine/runtime/reference.hpp"

#include <algorithm>
#include <cassert>

namespace detent {
namespace {

/// What the last machine of a thread leaves to the next one.
struct SpareRoom {
    Buffer<Frame> frames;
    Buffer<Entry> entries;
    /// Its words may be anything.
    Buffer<std::uint64_t> stack;
    Buffer<std::uint64_t> arguments;
    void* machine = nullptr;

    SpareRoom() noexcept = default;
    SpareRoom(const SpareRoom&) = delete;
    SpareRoom& operator=(const SpareRoom&) = delete;
    ~SpareRoom();
};

/// As the thread ends the room goes, and a machine may be there still.
constinit thread_local bool is_room_gone = false;
thread_local SpareRoom spare_room;

SpareRoom::~SpareRoom() {
    is_room_gone = true;
    ::operator delete(machine);
}

SpareRoom* spare() noexcept { return is_room_gone ? nullptr : &spare_room; }

/// What was left, and is there no more.
template <class T>
Buffer<T> taken(Buffer<T> SpareRoom::* part) noexcept {
    SpareRoom* const room = spare();
    return room == nullptr ? Buffer<T>() : std::move(room->*part);
}

/// Leaves a buffer, unless it takes more than a machine that does little needs.
template <class T>
void leave_to(Buffer<T>& to, Buffer<T>& buffer) noexcept {
    constexpr std::size_t kMostBytes = std::size_t{1} << 16;
    if (buffer.capacity() <= kMostBytes / sizeof(T)) buffer.swap(to);
}

} // namespace

void* Machine::operator new(std::size_t bytes, const std::nothrow_t& nothrow) noexcept {
    SpareRoom* const room = spare();
    void* const left = room == nullptr ? nullptr : std::exchange(room->machine, nullptr);
    return left == nullptr ? ::operator new(bytes, nothrow) : left;
}

void Machine::operator delete(void* memory) noexcept {
    SpareRoom* const room = spare();
    ::operator delete(room == nullptr ? memory : std::exchange(room->machine, memory));
}

Buffer<std::uint64_t> Machine::spare_words() noexcept { return taken(&SpareRoom::arguments); }

void Machine::leave_words(Buffer<std::uint64_t>&& words) noexcept {
    SpareRoom* const room = spare();
    if (room == nullptr) return;
    words.truncate(0);
    leave_to(room->arguments, words);
}

Machine::Machine(Store& store, const Schedule& schedule, Fuel limit, Fuel grant) noexcept
    : store_(&store), schedule_(&schedule), meter_(limit, grant), frames_(taken(&SpareRoom::frames)),
      entries_(taken(&SpareRoom::entries)), stack_(taken(&SpareRoom::stack)) {
    store.heap().add(*this);
}

Machine::~Machine() {
    store_->heap().remove(*this);
    SpareRoom* const room = spare();
    if (room == nullptr) return;
    frames_.truncate(0);
    entries_.truncate(0);
    leave_to(room->frames, frames_);
    leave_to(room->entries, entries_);
    leave_to(room->stack, stack_);
}

Result<Ending> Machine::run_to(std::uint64_t mark) noexcept {
    if (ending_ == Ending::returned || ending_ == Ending::trapped) return Error{ErrorCode::not_suspended};
    const FloatEnvironment environment;
    ending_.reset();
    at_limit_ = false;
    is_between_states_ = true;
    lowered_code_ = nullptr;
    mark_ = mark;
    const Fuel grant = meter_.grant();
    const bool is_observed = observer_ != nullptr;
    while (!ending_) {
        pass_delimiters();
        // Nothing more is paid, so that this ends where an execution ends that was granted so much.
        if (is_over_mark()) meter_.set_grant(meter_.used());
        DETENT_CHECK(is_observed ? observed_step() : settle(at_entry() ? advance_entry() : advance()));
    }
    meter_.set_grant(grant);
    is_between_states_ = false;
    return *ending_;
}

Status Machine::settle(Step step) noexcept {
    while (step == Step::trap || (step == Step::over_limit && entries_.size() > 1)) {
        step = end_entry(step == Step::trap ? EntryResult::End::trapped : EntryResult::End::out_of_fuel);
    }
    switch (step) {
    case Step::trap:
    case Step::next: return ok();
    case Step::over_limit: at_limit_ = true; [[fallthrough]];
    case Step::no_grant: ending_ = Ending::exhausted; return ok();
    case Step::wait: ending_ = Ending::waiting; return ok();
    case Step::fault: return fault_;
    }
    return ok();
}

Status Machine::observed_step() noexcept {
    DETENT_CHECK(observer_->before(*this));
    const Step ended = at_entry() ? advance_entry() : step();
    DETENT_CHECK(settle(ended));
    return observer_->after(*this, ended);
}

/// By lowered code as far as it goes, if that is asked for; else by one step.
Step Machine::advance() noexcept {
    if (tier_ == Tier::stepper) return step();
    if (tier_ == Tier::adaptive && fast::Visit(*this).is_cold()) return step();
    const std::optional<Step> ended = advance_lowered();
    return ended ? *ended : step();
}

/// Lowered code stops before a mark, and the stepper goes over it.
std::optional<Step> Machine::advance_lowered() noexcept {
    if (is_over_mark() || meter_.grant().units() < mark_) return fast::Visit(*this).run();
    const Fuel grant = meter_.grant();
    meter_.set_grant(Fuel(mark_ - 1));
    const std::optional<Step> ended = fast::Visit(*this).run();
    meter_.set_grant(grant);
    return ended == Step::no_grant ? std::nullopt : ended;
}

fast::Module* Machine::lowered_module(const Code& code) noexcept {
    if (&code != lowered_code_) {
        lowered_ = fast::Module::of(code, *schedule_, {store_->tracks_writes(), tier_ == Tier::single});
        lowered_code_ = &code;
    }
    return lowered_;
}

/// Charged just before it executes (MET-2). A step that starts anew leaves the machine at the instruction.
Step Machine::step() noexcept {
    const Step step = execute();
    if (!starts_anew(step)) count_step();
    return step;
}

Step Machine::execute() noexcept {
    position_ = top().position;
    op_ = read_op();
    before_ = meter_.used();
    const Charge charged = meter_.charge(schedule_->base(row(op_).work_class));
    const Step step = charged == Charge::paid ? body_of(op_)(*this) : unpaid(charged);
    if (starts_anew(step)) top().position = position_;
    return step;
}

void Machine::count_step() noexcept {
    const Fuel used = meter_.used() - before_;
    ++counts_.steps;
    counts_.stepper_fuel = counts_.stepper_fuel + used;
    if (class_fuel_ == nullptr) return;
    Fuel& of_class = (*class_fuel_)[static_cast<std::size_t>(row(op_).work_class)];
    of_class = of_class + used;
}

/// `end` and `else` are no instructions: they are passed at once, and the end of a body returns at once.
void Machine::pass_delimiters() noexcept {
    constexpr std::uint8_t kElse = 0x05;
    constexpr std::uint8_t kEnd = 0x0B;
    while (!at_entry()) {
        Frame& frame = top();
        const Module& in = module();
        if (frame.position == in.body(frame.function).expression.end) {
            return_from_frame();
            continue;
        }
        const std::uint8_t byte = in.bytes[frame.position];
        if (byte != kEnd && byte != kElse) return;
        if (byte == kEnd) ++frame.position;
        if (byte == kElse) take_branch(0);
    }
}

Op Machine::read_op() noexcept {
    const std::uint8_t first = read_byte();
    return is_prefix(first) ? op_from(first, read_u32()) : op_from(first);
}

std::uint8_t Machine::read_byte() noexcept { return module().bytes[top().position++]; }

std::uint64_t Machine::read_leb(bool is_signed) noexcept {
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t byte = 0;
    do {
        byte = read_byte();
        value |= std::uint64_t{byte & 0x7FU} << shift;
        shift += 7;
    } while ((byte & 0x80U) != 0);
    if (is_signed && shift < 64 && (byte & 0x40U) != 0) value |= ~std::uint64_t{0} << shift;
    return value;
}

std::uint64_t Machine::read_bytes(unsigned count) noexcept {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i)
        value |= std::uint64_t{read_byte()} << (8 * i);
    return value;
}

/// A signed number: a type index or, below zero, a value type; two of these open a reference type, whose heap type
/// follows (spec: binary-blocktype, binary-reftype).
Reader Machine::reader() noexcept {
    const Buffer<std::uint8_t>& bytes = module().bytes;
    return {bytes.span(), top().position, static_cast<std::uint32_t>(bytes.size())};
}

void Machine::skip_type() noexcept {
    constexpr std::int64_t kRefNull = 0x63 - 0x80;
    constexpr std::int64_t kRef = 0x64 - 0x80;
    const auto type = static_cast<std::int64_t>(read_signed());
    if (type == kRefNull || type == kRef) static_cast<void>(read_signed());
}

Step Machine::charge(Unit unit, std::uint64_t n) noexcept {
    const Charge charged = meter_.charge(schedule_->amount(unit, n));
    if (charged == Charge::paid) return Step::next;
    meter_.rewind(before_);
    return unpaid(charged);
}

Step Machine::unpaid(Charge charge) noexcept {
    return charge == Charge::over_limit ? Step::over_limit : Step::no_grant;
}

Step Machine::trap(Trap why) noexcept {
    trap_ = why;
    return Step::trap;
}

Step Machine::fail(Error why) noexcept {
    fault_ = why;
    return Step::fault;
}

/// An empty stack has no address to move from.
void Machine::move_words(std::uint32_t to, std::uint32_t from, std::uint32_t count) noexcept {
    if (count != 0) std::memmove(stack_.data() + to, stack_.data() + from, count * sizeof(std::uint64_t));
}

const Branch& Machine::branch(std::uint32_t offset) noexcept {
    return top().code->branches(code())[top().branch + offset];
}

void Machine::take_branch(std::uint32_t offset) noexcept {
    const Branch& taken = branch(offset);
    move_words(height_ - taken.kept - taken.dropped, height_ - taken.kept, taken.kept);
    height_ -= taken.dropped;
    top().position = taken.target;
    top().branch = taken.target_entry;
}

Step Machine::call(FuncAddr address) noexcept {
    const Function& function = store_->function(address);
    return function.host == nullptr ? push_frame(function) : call_host(address, false);
}

Step Machine::tail_call(FuncAddr address) noexcept {
    const Function& function = store_->function(address);
    return function.host == nullptr ? replace_frame(function) : call_host(address, true);
}

/// MET-7, MET-10: the limits, then the frame's amount. Frames overlap, so that there is more room than they need: the
/// sum of their words, which is what lowered code counts by when it returns from frames and enters others.
Step Machine::push_frame(const Function& function) noexcept {
    const FunctionCode& to = code_of(function);
    if (frames_.size() >= store_->limits()[Limit::call_depth]) return trap(TrapCode::CallDepth);
    if (frame_words_ + to.frame_words > store_->limits()[Limit::stack_words]) return trap(TrapCode::StackExhausted);
    if (const Step paid = charge(Unit::frame_word, to.frame_words); paid != Step::next) return paid;
    const std::uint32_t base = height_ - to.parameter_words;
    assert(base <= frame_words_);
    if (!reserve_stack(frame_words_ + to.frame_words)) return fail(kOutOfMemory);
    if (!frames_.push_back(open_frame(function, to, base))) return fail(kOutOfMemory);
    return Step::next;
}

/// The words of the frame that goes are not counted (MET-10); the number of frames stays. What is below the arguments
/// goes too, and nothing has changed before all is paid.
Step Machine::replace_frame(const Function& function) noexcept {
    const FunctionCode& to = code_of(function);
    const std::uint64_t kept = frame_words_ - code().frame_words;
    if (kept + to.frame_words > store_->limits()[Limit::stack_words]) return trap(TrapCode::StackExhausted);
    if (const Step paid = charge(Unit::frame_word, to.frame_words); paid != Step::next) return paid;
    const std::uint32_t base = top().base;
    if (!reserve_stack(kept + to.frame_words)) return fail(kOutOfMemory);
    move_words(base, height_ - to.parameter_words, to.parameter_words);
    height_ = base + to.parameter_words;
    frame_words_ = kept;
    top() = open_frame(function, to, base);
    return Step::next;
}

const FunctionCode& Machine::code_of(const Function& function) const noexcept {
    return store_->instance(function.instance).code->function(function.index);
}

/// The parameters are in place; declared locals are zero or null.
Frame Machine::open_frame(const Function& function, const FunctionCode& to, std::uint32_t base) noexcept {
    std::fill(stack_.begin() + height_, stack_.begin() + base + to.local_words, std::uint64_t{0});
    height_ = base + to.local_words;
    frame_words_ += to.frame_words;
    const Code* const code = store_->instance(function.instance).code.get();
    return {function.instance, function.index, code, code->module().body(function.index).expression.begin, 0, base};
}

void Machine::return_from_frame() noexcept {
    const std::uint32_t results = code().result_words;
    const std::uint32_t base = top().base;
    move_words(base, height_ - results, results);
    drop_frame();
    height_ = base + results;
}

void Machine::drop_frame() noexcept {
    frame_words_ -= code().frame_words;
    height_ = top().base;
    frames_.pop_back();
}

bool Machine::reserve_stack(std::uint64_t words) noexcept {
    constexpr std::size_t kLeast = 128;
    if (words <= stack_.size()) return true;
    return stack_.resize(std::max({static_cast<std::size_t>(words), stack_.size() * 2, kLeast}));
}

/// The arguments stay on the stack until the host has returned or entered, so that a call that starts anew finds them.
Step Machine::call_host(FuncAddr address, bool in_place) noexcept {
    const Function& function = store_->function(address);
    const std::uint32_t parameters = words_of(function.type.parameters);
    const std::uint32_t results = words_of(function.type.results);
    if (!reserve_stack(std::uint64_t{height_} + results)) return fail(kOutOfMemory);
    const std::uint32_t base = height_ - parameters;
    const std::optional<InstanceAddr> caller = at_entry() ? std::nullopt : std::optional(top().instance);
    HostCall call{*store_,
                  meter_,
                  *schedule_,
                  caller,
                  function.host_number,
                  std::span(stack_.data() + base, parameters),
                  std::span(stack_.data() + height_, results)};
    HostOutcome outcome = function.host->call(call);
    FloatEnvironment::renew();
    return finish_host(std::move(outcome), {address, caller, base, in_place});
}

/// The words of the results stand at the top of the stack, where the host wrote them.
Step Machine::finish_host(HostOutcome&& outcome, const HostReturn& to) noexcept {
    HostOutcome::Variant& end = outcome.variant();
    if (const auto* why = std::get_if<Trap>(&end)) return trap(*why);
    if (const auto* why = std::get_if<Error>(&end)) return fail(*why);
    if (auto* enter = std::get_if<HostOutcome::Enter>(&end)) {
        height_ = to.base;
        if (to.in_place) drop_frame();
        return push_entry(std::move(enter->request), to.function, to.caller);
    }
    if (std::holds_alternative<HostOutcome::Returned>(end)) {
        if (!take_results(store_->function(to.function), to.base)) return fail(Error{ErrorCode::host_failed});
        if (to.in_place) return_from_frame();
        return Step::next;
    }
    meter_.rewind(before_);
    if (const auto* price = std::get_if<HostOutcome::Unpaid>(&end)) return unpaid(price->charge);
    return Step::wait;
}

/// A host writes words; what it leaves in the upper half of an i32 is not part of the value. False if a reference is
/// not of its type, which no code could bear.
bool Machine::take_results(const Function& function, std::uint32_t base) noexcept {
    std::uint32_t from = height_;
    height_ = base;
    for (const ValType result : function.type.results) {
        const bool narrow = result == kI32 || result == kF32;
        for (std::uint32_t i = 0; i < words_of(result); ++i) {
            const std::uint64_t word = stack_[from++];
            push(narrow ? static_cast<std::uint32_t>(word) : word);
        }
        if (!result.is_reference()) continue;
        const Ref ref(peek(0));
        if (!is_live(*store_, ref) || !is_of(*store_, ref, result, store_->types_of(function))) return false;
    }
    return true;
}

Status Machine::refuel(Fuel grant) noexcept {
    if (grant < meter_.grant() || grant > limit()) return Error{ErrorCode::fuel_would_fall};
    meter_.set_grant(grant);
    return ok();
}

/// Raises the limit of the outermost entry, and of those in it up to the first that was given an allowance (MET-13).
Status Machine::raise_limit(Fuel limit) noexcept {
    if (limit < this->limit()) return Error{ErrorCode::fuel_would_fall};
    for (std::size_t i = 1; i < entries_.size(); ++i) {
        entries_[i].outer_limit = limit;
        if (entries_[i].request.allowance) return ok();
    }
    meter_.set_limit(limit);
    return ok();
}

} // namespace detent
