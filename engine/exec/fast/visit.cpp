#include "engine/exec/fast/visit.hpp"

#include "engine/exec/fast/handlers.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>
#include <utility>

namespace detent::fast {

// Modules.

Module::~Module() {
    for (const Callee& callee : std::span(callees_.get(), count_)) {
        const Lowered* const made = callee.lowered.load(std::memory_order_relaxed);
        if (made != nullptr && !callee.is_on_shelf) LoweredDeleter()(made);
        delete callee.recording.load(std::memory_order_relaxed);
    }
    for (const Shelf* shelf = shelves_.load(std::memory_order_relaxed); shelf != nullptr;)
        delete std::exchange(shelf, shelf->next);
}

Module* Module::of(const Code& code, const Schedule& schedule, LoweringMode mode) noexcept {
    CodeAttachments& attachments = code.attachments();
    Module* made = nullptr;
    while (true) {
        CodeAttachment* const first = attachments.first();
        for (CodeAttachment* one = first; one != nullptr; one = one->next) {
            // Modules are the only attachments that there are.
            auto* const found = static_cast<Module*>(one);
            if (!found->has(schedule, mode)) continue;
            delete made;
            return found;
        }
        if (made == nullptr) {
            made = new (std::nothrow) Module(schedule, mode);
            if (made == nullptr || !made->add_callees(code)) {
                delete made;
                return nullptr;
            }
        }
        if (attachments.put(first, made)) return made;
    }
}

bool Module::add_callees(const Code& code) noexcept {
    const std::size_t count = code.module().bodies.size();
    callees_.reset(new (std::nothrow) Callee[count]);
    if (callees_ == nullptr) return false;
    count_ = count;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t index = code.module().imported_functions + i;
        const FunctionCode& function = code.function(FuncIdx{index});
        const std::uint64_t price = schedule_.amount(Unit::frame_word, function.frame_words).units();
        Callee& callee = callees_[i];
        callee.index = index;
        callee.parameter_words = function.parameter_words;
        callee.local_words = function.local_words;
        callee.frame_words = function.frame_words;
        callee.frame_price = static_cast<std::uint32_t>(std::min<std::uint64_t>(price, 0x7FFF'FFFF));
        // To lower a byte takes less than the stepper needs for an instruction (docs/fast-tier.md).
        callee.steps_left.store(code.module().body(FuncIdx{index}).expression.size(), std::memory_order_relaxed);
    }
    return true;
}

Result<const Lowered*> Module::lowered(const Code& code, FuncIdx function, Scratch* scratch) noexcept {
    Callee& to = callee(code, function);
    if (const Lowered* made = to.lowered.load(std::memory_order_acquire); made != nullptr) return made;
    if (to.is_for_stepper.load(std::memory_order_relaxed)) return nullptr;
    DETENT_TRY(OwnedLowered made, lower(request(code, function, scratch)));
    if (made == nullptr) {
        to.is_for_stepper.store(true, std::memory_order_relaxed);
        return nullptr;
    }
    const Lowered* first = nullptr;
    if (!to.lowered.compare_exchange_strong(first, made.get(), std::memory_order_acq_rel)) return first;
    to.is_on_shelf = made->is_on_shelf;
    to.entry.store(made->cells.data(), std::memory_order_release);
    return made.release();
}

bool Module::is_cold(const Code& code, FuncIdx function) noexcept {
    Callee& to = callee(code, function);
    const std::uint32_t left = to.steps_left.load(std::memory_order_relaxed);
    if (left == 0 || to.lowered.load(std::memory_order_relaxed) != nullptr) return false;
    to.steps_left.store(left - 1, std::memory_order_relaxed);
    return true;
}

/// For all functions, by one thread. Null if there is no memory.
Shelf* Module::add_shelf(const Code& code) noexcept {
    // What compilers make has less than five bytes for each byte of a body (docs/fast-tier.md).
    const auto expected = static_cast<std::size_t>(code.counts().body_bytes) / sizeof(Word) * 5;
    auto* const shelf = new (std::nothrow) Shelf(expected);
    if (shelf == nullptr) return nullptr;
    shelf->next = shelves_.load(std::memory_order_relaxed);
    while (!shelves_.compare_exchange_weak(shelf->next, shelf, std::memory_order_acq_rel)) {
    }
    return shelf;
}

Status Module::lower_all(const Code& code) noexcept {
    Shelf* const shelf = add_shelf(code);
    if (shelf == nullptr) return kOutOfMemory;
    const auto scratch = make_scratch(*shelf);
    if (scratch == nullptr) return kOutOfMemory;
    for (std::size_t i = 0; i < count_; ++i) {
        const Result<const Lowered*> made = lowered(code, FuncIdx{callees_[i].index}, scratch.get());
        if (made.has_error()) return made.assume_error();
    }
    return ok();
}

Result<const Recording*> Module::recording(const Code& code, FuncIdx function) noexcept {
    Callee& of = callee(code, function);
    if (const Recording* made = of.recording.load(std::memory_order_acquire); made != nullptr) return made;
    DETENT_TRY(std::unique_ptr<Recording> made, record(request(code, function)));
    const Recording* first = nullptr;
    if (!of.recording.compare_exchange_strong(first, made.get(), std::memory_order_acq_rel)) return first;
    return made.release();
}

Status Module::count_cells(const Code& code) noexcept {
    if (counting_ != nullptr) return ok();
    DETENT_CHECK(lower_all(code));
    counting_.reset(new (std::nothrow) Counting);
    if (counting_ == nullptr) return kOutOfMemory;
    for (std::size_t i = 0; i < count_; ++i)
        DETENT_CHECK(count_cells(code, FuncIdx{callees_[i].index}));
    counting_->sort();
    return ok();
}

/// Lowers the function once more, to know where its cells begin and what each does alone.
Status Module::count_cells(const Code& code, FuncIdx function) noexcept {
    Buffer<std::uint32_t> starts;
    LoweringRequest request = this->request(code, function);
    request.cell_starts = &starts;
    DETENT_TRY(const OwnedLowered again, lower(request));
    if (again == nullptr) return ok();
    DETENT_TRY(const Lowered* const lowered, this->lowered(code, function));
    Word* const cells = lowered->cells.data();
    for (const std::uint32_t start : starts) {
        if (!counting_->add(cells + start, again->cells[start])) return kOutOfMemory;
        cells[start] = word_of(Counting::handler());
    }
    return ok();
}

// Visits.

namespace {

[[nodiscard]] Word word_of(const Pending& pending, const Word* frame, const Registers& r) noexcept {
    switch (pending.from) {
    case Pending::From::local: return frame[static_cast<std::size_t>(pending.value)];
    case Pending::From::constant: return pending.value;
    case Pending::From::accumulator: return r.accumulator;
    case Pending::From::f64_accumulator: return r.f64_accumulator.bits;
    case Pending::From::f32_accumulator: return r.f32_accumulator.bits;
    }
    return 0;
}

} // namespace

/// A function is entered at its beginning most often, which is the first. Null if there is none.
const Entry* Visit::entry_at(std::span<const Entry> entries, std::uint32_t position) noexcept {
    if (!entries.empty() && entries.front().position == position) return entries.data();
    const auto found = std::ranges::lower_bound(entries, position, {}, &Entry::position);
    return found == entries.end() || found->position != position ? nullptr : &*found;
}

std::int64_t Visit::left() const noexcept {
    const Meter& meter = machine_.meter_;
    const Fuel bound = std::min(meter.limit(), meter.grant());
    return static_cast<std::int64_t>((bound - meter.used()).units());
}

void Visit::set_left(std::int64_t left) noexcept {
    assert(left >= 0);
    Meter& meter = machine_.meter_;
    const Fuel bound = std::min(meter.limit(), meter.grant());
    meter.rewind(bound - Fuel(static_cast<std::uint64_t>(left)));
}

std::int64_t Visit::balance(const Registers& r, std::int64_t owed) noexcept {
    assert(0 <= owed && owed <= Reserve::kUnits);
    return r.fuel + r.context->hidden - owed + Reserve::kUnits;
}

// Handing over early.

bool Visit::is_held() noexcept {
    if (machine_.held_ == 0) return false;
    --machine_.held_;
    return true;
}

/// splitmix64.
std::uint64_t Visit::draw() noexcept {
    std::uint64_t z = (machine_.handover_.seed += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// The balance is what it was; only the register shows less.
void Visit::hide(Registers& r) noexcept {
    // No more than the reserve is ever owed, so that the next check fails.
    constexpr std::int64_t kBelow = Reserve::kUnits + 1;
    constexpr unsigned kWidths = 12;
    std::int64_t shown = r.fuel;
    switch (machine_.handover_.when) {
    case Handover::When::never: return;
    case Handover::When::every: shown = -kBelow; break;
    case Handover::When::random: shown = static_cast<std::int64_t>(draw() & ((Word{1} << draw() % kWidths) - 1)); break;
    }
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    r.context->hidden = r.fuel > kMost - kBelow ? kMost : r.fuel - std::min(shown, r.fuel);
    r.fuel -= r.context->hidden;
}

/// The stepper executes an instruction, or some, wherever it is handed over to.
void Visit::hold() noexcept {
    constexpr std::uint64_t kMostMore = 4;
    const Handover::When when = machine_.handover_.when;
    if (when == Handover::When::every) machine_.held_ = 1;
    if (when == Handover::When::random) machine_.held_ = 1 + static_cast<std::uint32_t>(draw() % kMostMore);
}

bool Visit::is_cold() noexcept {
    const Frame& top = machine_.top();
    Module* const module = machine_.lowered_module(*top.code);
    return module != nullptr && module->is_cold(*top.code, top.function);
}

std::optional<Step> Visit::run() noexcept {
    if (is_held() || left() < Reserve::kUnits) return std::nullopt;
    Context context;
    context.machine = &machine_;
    Registers& r = context.registers;
    r.context = &context;
    const Result<bool> has_entered = enter(r);
    if (has_entered.has_error()) return machine_.fail(has_entered.assume_error());
    if (!has_entered.assume_value()) return std::nullopt;
    ++machine_.counts_.visits;
    hide(r);
    do {
        fast::run(context);
    } while (context.leave == Leave::at_cell && reach(r));
    if (context.leave != Leave::returned) ++machine_.counts_.handovers;
    if (context.leave == Leave::stepped) return context.step;
    store(context);
    hold();
    if (context.leave == Leave::returned) return leave_frame(r);
    const Status mapped = map(r);
    if (mapped.has_error()) return machine_.fail(mapped.assume_error());
    // What follows is one of the instructions that lowered code waits for.
    static_cast<void>(is_held());
    return std::nullopt;
}

/// Behind the call in the frame below, or behind the outermost one.
Step Visit::leave_frame(const Registers& r) noexcept {
    const Context& context = *r.context;
    set_left(balance(r, 0));
    // The frame that has gone is there still.
    const Frame& gone = *context.top;
    if (gone.resume != nullptr) put_position(machine_.top(), gone.resume);
    machine_.height_ = static_cast<std::uint32_t>(r.frame - context.stack) + context.results;
    return Step::next;
}

Result<bool> Visit::enter(Registers& r) noexcept {
    if (!machine_.frames_.reserve(kLeastFrames)) return kOutOfMemory;
    const Frame& top = machine_.top();
    Module* const module = machine_.lowered_module(*top.code);
    if (module == nullptr) return kOutOfMemory;
    DETENT_TRY(const Lowered* const lowered, module->lowered(*top.code, top.function));
    if (lowered == nullptr) return false;
    const Entry* const found = entry_at(lowered->entries, top.position);
    if (found == nullptr) return false;
    r.fuel = left() - Reserve::kUnits + found->owed;
    if (r.fuel < 0) return false;
    r.cell = lowered->cells.data() + found->cell;
    r.context->callees = module->callees();
    r.context->imported_functions = top.code->module().imported_functions;
    load(*r.context);
    load(r);
    return true;
}

void Visit::load(Registers& r) noexcept {
    const Frame& top = machine_.top();
    r.frame = machine_.stack_.data() + top.base;
    // Behind a call its result is in the accumulators.
    const Word last = machine_.height_ == 0 ? 0 : machine_.stack_[machine_.height_ - 1];
    r.accumulator = last;
    r.f64_accumulator = F64{last};
    r.f32_accumulator = F32{static_cast<std::uint32_t>(last)};
    const Instance& instance = machine_.instance();
    r.context->touched = 0;
    r.context->memory_bytes = 0;
    if (!instance.memories.empty()) load_memory(r, machine_.store().memory(instance.memories[0]));
}

void Visit::load_memory(Registers& r, Memory& memory) noexcept {
    const std::span<std::uint8_t> touched = memory.touched();
    r.memory = touched.data();
    r.context->touched = touched.size();
    r.context->memory_bytes = memory.size();
    r.context->marks = memory.marks().data();
}

/// Whether the cell that was left is to be executed again, since all that it touches lies in the memory.
bool Visit::reach(Registers& r) noexcept {
    const std::uint64_t end = std::exchange(r.context->access_end, kNoAccess);
    if (end > r.context->memory_bytes) return false;
    Store& store = machine_.store();
    Memory& memory = store.memory(store.instance(r.context->instance).memories[0]);
    memory.touch(end);
    load_memory(r, memory);
    return true;
}

void Visit::load(Context& context) noexcept {
    Store& store = machine_.store();
    Buffer<Frame>& frames = machine_.frames_;
    context.top = frames.data() + frames.size() - 1;
    context.stack = machine_.stack_.data();
    const Frame& top = machine_.top();
    assert(machine_.frame_words_ <= machine_.stack_.size());
    const std::uint64_t room = machine_.stack_.size() - machine_.frame_words_;
    const std::uint64_t left = store.limits()[Limit::stack_words] - machine_.frame_words_;
    const std::uint64_t most = std::min<std::uint64_t>(frames.capacity(), store.limits()[Limit::call_depth]);
    context.budget = static_cast<std::int64_t>(std::min({room, left, most - frames.size()}));
    context.budget_at_start = context.budget;
    const Instance& instance = machine_.instance();
    context.instance = top.instance;
    context.globals = instance.globals.data();
    context.global_cells = store.global_cells();
    const std::size_t imported = top.code->module().imported_globals;
    if (imported < instance.globals.size()) {
        context.own_globals = context.global_cells + number(instance.globals[imported]);
    }
    context.functions = store.functions().data();
    context.heap = &store.heap();
    context.heap_limit = store.limits()[Limit::heap_bytes];
    context.table_size = 0;
    if (instance.tables.empty()) return;
    const Table& table = store.table(instance.tables[0]);
    context.table = table.words.data();
    context.table_size = table.words.size();
}

/// The frames that lowered code entered get what it left out. Every frame is filled in once.
void Visit::store(const Context& context) noexcept {
    Buffer<Frame>& frames = machine_.frames_;
    const std::size_t before = frames.size();
    const std::size_t gone = context.leave == Leave::returned ? 1 : 0;
    const auto count = static_cast<std::size_t>(context.top - frames.data()) + 1 - gone;
    frames.adopt(count);
    std::size_t first = count;
    while (first > 0 && frames[first - 1].code == nullptr)
        --first;
    for (std::size_t i = first; i < count; ++i)
        fill_in(frames[i - 1], frames[i]);
    const auto used = context.budget_at_start - context.budget;
    machine_.frame_words_ += static_cast<std::uint64_t>(used) + before - count;
}

void Visit::fill_in(Frame& caller, Frame& frame) noexcept {
    put_position(caller, frame.resume);
    frame.instance = caller.instance;
    frame.code = caller.code;
    frame.function = FuncIdx{frame.callee->index};
    frame.base = caller.base + frame.delta;
    assert(std::uint64_t{frame.base} + frame.callee->frame_words <= machine_.stack_.size());
}

/// Of a caller: the last word of the call's cell tells it.
void Visit::put_position(Frame& caller, const Word* resume) noexcept {
    caller.position = static_cast<std::uint32_t>(resume[-1]);
    caller.branch = static_cast<std::uint32_t>(resume[-1] >> 32);
}

/// The canonical state before a cell.
Status Visit::map(const Registers& r) noexcept {
    const Frame& top = machine_.top();
    Module* const module = machine_.lowered_module(*top.code);
    DETENT_TRY(const Recording* const recording, module->recording(*top.code, top.function));
    DETENT_TRY(const Lowered* const lowered, module->lowered(*top.code, top.function));
    const auto cell = static_cast<std::uint32_t>(r.cell - lowered->cells.data());
    const auto points = std::ranges::equal_range(recording->points, cell, {}, &Point::cell);
    put(*recording, r.context->leave == Leave::at_entry ? points.front() : points.back(), r);
    return ok();
}

void Visit::put(const Recording& recording, const Point& point, const Registers& r) noexcept {
    set_left(balance(r, point.owed));
    Frame& top = machine_.top();
    top.position = point.position;
    top.branch = point.branch;
    Word* const frame = machine_.stack_.data() + top.base;
    for (std::uint32_t i = 0; i < point.pending_count; ++i) {
        const Pending& pending = recording.pending[point.first_pending + i];
        frame[pending.slot] = word_of(pending, frame, r);
    }
    machine_.height_ = top.base + machine_.code().local_words + point.height;
}

/// The instruction's body, out of line.
Go Visit::call_body(Registers& r) noexcept {
    Context& context = *r.context;
    store(context);
    Frame& top = machine_.top();
    const auto next = static_cast<std::uint32_t>(r.cell[2] >> 32);
    top.position = static_cast<std::uint32_t>(r.cell[1]);
    top.branch = static_cast<std::uint32_t>(r.cell[1] >> 32);
    machine_.height_ = top.base + machine_.code().local_words + static_cast<std::uint32_t>(r.cell[2]);
    set_left(balance(r, static_cast<std::int32_t>(r.cell[3])));
    ++machine_.counts_.called;
    const std::size_t frames = machine_.frames_.size();
    const std::size_t entries = machine_.entries_.size();
    context.step = machine_.execute();
    context.leave = Leave::stepped;
    if (context.step != Step::next || machine_.entries_.size() != entries) return Go::leave;
    if (machine_.frames_.size() != frames || machine_.top().position != next) return go_elsewhere(r);
    r.fuel = left() - Reserve::kUnits - context.hidden;
    if (r.fuel < 0) return Go::leave;
    r.cell += Size::kBody + static_cast<std::uint32_t>(r.cell[3] >> 32);
    load(context);
    load(r);
    return Go::next;
}

/// A call, a branch or a throw: on at once, if there is an entry.
Go Visit::go_elsewhere(Registers& r) noexcept {
    if (r.context->hidden != 0) return Go::leave;
    machine_.pass_delimiters();
    if (machine_.at_entry() || left() < Reserve::kUnits) return Go::leave;
    const Result<bool> has_entered = enter(r);
    if (has_entered.has_error()) r.context->step = machine_.fail(has_entered.assume_error());
    return has_entered.has_error() || !has_entered.assume_value() ? Go::leave : Go::next;
}

Go call_body(Context& context) noexcept { return Visit(*context.machine).call_body(context.registers); }

} // namespace detent::fast

namespace detent {

Status lower_all(const Code& code, const Schedule& schedule) noexcept {
    fast::Module* const module = fast::Module::of(code, schedule);
    return module == nullptr ? Status(kOutOfMemory) : module->lower_all(code);
}

} // namespace detent
