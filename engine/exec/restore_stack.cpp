// Restoring the stack: frames, each judged by the validator, entries, and that each returns what is waited for.
#include "engine/code/frame_types.hpp"
#include "engine/exec/restore.hpp"
#include "engine/exec/stack_map.hpp"
#include "engine/runtime/reference.hpp"

#include <algorithm>

namespace detent {

using format::Part;

namespace {

/// Types, and where their indices lead.
struct TypesIn {
    std::span<const ValType> list;
    const TypeSpace* types = nullptr;
};

bool match(const TypesIn& given, const TypesIn& wanted) noexcept {
    return std::ranges::equal(given.list, wanted.list,
                              [&](ValType a, ValType b) { return matches(a, *given.types, b, *wanted.types); });
}

/// Frames at one place of a function are judged alike.
struct FrameKey {
    std::uint32_t module = 0;
    std::uint32_t function = 0;
    std::uint32_t position = 0;
    std::uint32_t is_caller = 0;
    std::uint32_t frame = 0;

    [[nodiscard]] bool is_of_function(const FrameKey& other) const noexcept {
        return module == other.module && function == other.function;
    }
    friend constexpr auto operator<=>(const FrameKey&, const FrameKey&) noexcept = default;
};

} // namespace

/// Fills a machine.
class StackRestorer {
  public:
    StackRestorer(Restoring& r, Machine& machine) noexcept : r_(r), state_(r.state), store_(r.store), m_(machine) {}

    [[nodiscard]] Status run() noexcept {
        if (state_.entries.empty()) return r_.error(ErrorCode::state_bad_entry, Part::fuel);
        DETENT_CHECK(check_limits());
        DETENT_CHECK(count_functions());
        for (std::uint32_t i = 0; i < state_.entries.size(); ++i)
            DETENT_CHECK(entry(i));
        DETENT_CHECK(judge_frames());
        DETENT_CHECK(check_calls());
        return fill();
    }

  private:
    [[nodiscard]] Error bad_entry(std::uint32_t i, ErrorCode code = ErrorCode::state_bad_entry) const noexcept {
        return r_.error(code, Part::entry, i);
    }
    [[nodiscard]] Error bad_frame(std::uint32_t i, ErrorCode code) const noexcept {
        return r_.error(code, Part::frame, i);
    }
    [[nodiscard]] std::uint32_t end_of(std::uint32_t entry) const noexcept {
        return entry + 1 < state_.entries.size() ? state_.entries[entry + 1].first_frame
                                                 : static_cast<std::uint32_t>(state_.frames.size());
    }
    [[nodiscard]] bool is_last(std::uint32_t entry) const noexcept { return entry + 1 == state_.entries.size(); }
    [[nodiscard]] const Code& code_of(const FrameState& frame) const noexcept {
        return *store_.instances()[frame.instance].code;
    }

    /// MET-10, and fuel: a limit within another one is at most that, and equal where no allowance was given.
    [[nodiscard]] Status check_limits() const noexcept {
        const std::uint64_t depth = store_.limits()[Limit::call_depth];
        if (state_.frames.size() > depth) {
            return Error{ErrorCode::limit_exceeded, r_.offsets.at(Part::frame, static_cast<std::size_t>(depth)),
                         static_cast<std::uint32_t>(Limit::call_depth)};
        }
        std::uint64_t limit = Fuel::kMaximum;
        for (std::uint32_t i = 0; i < state_.entries.size(); ++i) {
            const EntryState& entry = state_.entries[i];
            const bool narrows = i == 0 || entry.has_allowance != 0;
            if (entry.limit > limit || (!narrows && entry.limit != limit)) {
                return bad_entry(i, ErrorCode::state_bad_sum);
            }
            limit = entry.limit;
        }
        if (state_.used > limit) return r_.error(ErrorCode::state_bad_sum, Part::fuel);
        return ok();
    }

    // Entries.

    /// For each number of instances: between which numbers of functions the store had that many.
    [[nodiscard]] Status count_functions() noexcept {
        const std::span<const Instance> all = store_.instances();
        const auto count = static_cast<std::uint32_t>(store_.functions().size());
        if (!least_functions_.resize(all.size() + 1) || !most_functions_.resize(all.size() + 1)) return kOutOfMemory;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const bool has_own = all[i].functions.size() > all[i].module().imported_functions;
            least_functions_[i + 1] = has_own ? number(all[i].functions.back()) + 1 : least_functions_[i];
        }
        most_functions_[all.size()] = count;
        for (std::size_t i = all.size(); i-- > 0;) {
            const std::uint32_t imported = all[i].module().imported_functions;
            const bool has_own = all[i].functions.size() > imported;
            most_functions_[i] = has_own ? number(all[i].functions[imported]) : most_functions_[i + 1];
        }
        return ok();
    }

    [[nodiscard]] Status entry(std::uint32_t i) const noexcept {
        const EntryState& entry = state_.entries[i];
        const bool is_in_order = i == 0 ? entry.first_frame == 0 : follows(entry, state_.entries[i - 1]);
        if (!is_in_order || entry.first_frame > state_.frames.size() || !has_store_before(entry)) return bad_entry(i);
        if (i == 0 ? entry.host_function != 0 || entry.caller != 0 : !is_of_host(entry)) return bad_entry(i);
        if (!has_function(entry) || !has_instance(i) || !is_in_phase(i)) return bad_entry(i);
        DETENT_CHECK(at_offset(to_instantiate(entry), r_.offsets.at(Part::entry, i)));
        return arguments(i);
    }

    [[nodiscard]] static bool follows(const EntryState& entry, const EntryState& outer) noexcept {
        return entry.first_frame >= outer.first_frame && entry.instances_before >= outer.instances_before &&
               entry.functions_before >= outer.functions_before;
    }

    [[nodiscard]] bool has_store_before(const EntryState& entry) const noexcept {
        if (entry.instances_before > store_.instances().size()) return false;
        return entry.functions_before >= least_functions_[entry.instances_before] &&
               entry.functions_before <= most_functions_[entry.instances_before];
    }

    /// A nested entry is made by a function of the host, and its instance ends with it.
    [[nodiscard]] bool is_of_host(const EntryState& entry) const noexcept {
        if (!Ref(entry.host_function).is(kHostFunctionKind) || entry.releases_instance == 0) return false;
        return is_there_before(entry, entry.host_function) && entry.caller <= entry.instances_before;
    }

    [[nodiscard]] bool is_there_before(const EntryState& entry, std::uint64_t function) const noexcept {
        const std::optional<FuncAddr> address = r_.function(function);
        return address && number(*address) < entry.functions_before;
    }

    [[nodiscard]] bool has_function(const EntryState& entry) const noexcept {
        if (entry.function != 0) return entry.new_function == 0 && is_there_before(entry, entry.function);
        if (entry.new_function == 0) return true;
        const Code* const code = r_.code_of(entry);
        const bool is_there = entry.instance != 0 || static_cast<EntryPhase>(entry.phase) == EntryPhase::instantiate;
        return is_there && code != nullptr && entry.new_function <= code->module().functions.size();
    }

    /// What it made is there before the next entry begins.
    [[nodiscard]] bool has_instance(std::uint32_t i) const noexcept {
        const EntryState& entry = state_.entries[i];
        if (entry.instance == 0) return true;
        const std::size_t end = is_last(i) ? store_.instances().size() : state_.entries[i + 1].instances_before;
        return entry.instance > entry.instances_before && entry.instance <= end;
    }

    [[nodiscard]] bool is_in_phase(std::uint32_t i) const noexcept {
        const EntryState& entry = state_.entries[i];
        const bool has_entered = !is_last(i) || end_of(i) > entry.first_frame;
        const bool starts = entry.instance != 0 && r_.module_of(entry.instance - 1).start.has_value();
        const bool calls = entry.function != 0 || entry.new_function != 0;
        switch (static_cast<EntryPhase>(entry.phase)) {
        case EntryPhase::instantiate: return !has_entered && entry.instance == 0;
        case EntryPhase::start: return !has_entered && starts;
        case EntryPhase::function: return has_entered ? starts : calls;
        case EntryPhase::finish: return has_entered && calls;
        }
        return false;
    }

    [[nodiscard]] Status to_instantiate(const EntryState& entry) const noexcept {
        if (static_cast<EntryPhase>(entry.phase) != EntryPhase::instantiate) {
            const bool is_done = entry.module == 0 && entry.imports.empty() && entry.prelude == 0;
            return is_done ? ok() : Status(Error{ErrorCode::state_not_canonical});
        }
        if (entry.prelude > Fuel::kMaximum) return Error{ErrorCode::state_bad_sum};
        if (entry.module > r_.codes.size()) return Error{ErrorCode::state_bad_number};
        if (entry.module == 0) return ok();
        // Where it cannot be paid, all goes that was added since.
        const bool is_newest =
            entry.instances_before == store_.instances().size() && entry.functions_before == store_.functions().size();
        if (!is_newest) return Error{ErrorCode::state_bad_entry};
        Buffer<ExternVal> imports;
        return link_imports(store_, *r_.codes[entry.module - 1], entry.imports.span(), imports);
    }

    [[nodiscard]] Status arguments(std::uint32_t i) const noexcept {
        Buffer<std::uint64_t> words;
        return stored_arguments(i, words);
    }

    /// As the store has them.
    [[nodiscard]] Status stored_arguments(std::uint32_t i, Buffer<std::uint64_t>& to) const noexcept {
        const EntryState& entry = state_.entries[i];
        const std::optional<CalledFunction> function = r_.function_of(entry);
        const bool waits = static_cast<EntryPhase>(entry.phase) != EntryPhase::finish && function.has_value();
        const std::size_t count = waits ? words_of(function->type.parameters) : 0;
        if (entry.arguments.size() != count) return bad_entry(i);
        if (!to.copy_from(entry.arguments.span())) return kOutOfMemory;
        if (count == 0) return ok();
        return at_offset(values(to.span(), function->type.parameters, *function->types), r_.offsets.at(Part::entry, i));
    }

    /// Words of values of such types, which MUST be as many.
    [[nodiscard]] Status values(std::span<std::uint64_t> words, std::span<const ValType> types,
                                const TypeSpace& space) const noexcept {
        for (const ValType type : types) {
            DETENT_CHECK(r_.value(words, type, space));
            words = words.subspan(words_of(type));
        }
        return ok();
    }

    // Frames.

    [[nodiscard]] Status judge_frames() noexcept {
        Buffer<FrameKey> keys;
        DETENT_CHECK(prepare_frames(keys));
        DETENT_CHECK(check_instances());
        std::sort(keys.begin(), keys.end());
        for (std::span<const FrameKey> left = keys.span(); !left.empty();) {
            const auto end = std::ranges::find_if_not(
                left, [&left](const FrameKey& key) { return key.is_of_function(left.front()); });
            const auto count = static_cast<std::size_t>(end - left.begin());
            DETENT_CHECK(judge_function(left.first(count)));
            left = left.subspan(count);
        }
        return ok();
    }

    /// Every frame is that of a function, with its locals, and there is room on the stack for all of them (MET-10).
    [[nodiscard]] Status prepare_frames(Buffer<FrameKey>& keys) noexcept {
        std::uint64_t words = 0;
        for (std::uint32_t i = 0; i < state_.frames.size(); ++i) {
            const FrameState& frame = state_.frames[i];
            if (!is_of_function(frame)) return bad_frame(i, ErrorCode::state_bad_number);
            const FunctionCode& function = code_of(frame).function(FuncIdx{frame.function});
            if (frame.locals.size() != function.local_words) return bad_frame(i, ErrorCode::state_type_mismatch);
            words += function.frame_words;
            if (words > store_.limits()[Limit::stack_words]) {
                return Error{ErrorCode::limit_exceeded, r_.offsets.at(Part::frame, i),
                             static_cast<std::uint32_t>(Limit::stack_words)};
            }
            const bool is_top = i + 1 == state_.frames.size() && state_.entries.back().first_frame <= i;
            const FrameKey key{state_.instances[frame.instance].module, frame.function, frame.position,
                               is_top ? 0U : 1U, i};
            if (!r_.first_marks.push_back(static_cast<std::uint32_t>(stack_.size()))) return kOutOfMemory;
            if (!stack_.append(frame.locals.span()) || !stack_.append(frame.operands.span())) return kOutOfMemory;
            if (!keys.push_back(key)) return kOutOfMemory;
        }
        m_.frame_words_ = words;
        return called_.resize(state_.frames.size()) && r_.frame_marks.resize(stack_.size()) ? ok()
                                                                                            : Status(kOutOfMemory);
    }

    /// The instance of a frame was there before the next entry began, and stays when that ends.
    [[nodiscard]] Status check_instances() const noexcept {
        for (std::uint32_t i = 0; i + 1 < state_.entries.size(); ++i) {
            for (std::uint32_t j = state_.entries[i].first_frame; j < end_of(i); ++j) {
                if (state_.frames[j].instance >= state_.entries[i + 1].instances_before) {
                    return bad_frame(j, ErrorCode::state_outlived);
                }
            }
        }
        return ok();
    }

    [[nodiscard]] bool is_of_function(const FrameState& frame) const noexcept {
        if (frame.instance >= store_.instances().size()) return false;
        const Module& module = r_.module_of(frame.instance);
        return frame.function >= module.imported_functions && frame.function < module.functions.size();
    }

    [[nodiscard]] Status judge_function(std::span<const FrameKey> keys) noexcept {
        Buffer<FramePlace> places;
        for (const FrameKey& key : keys) {
            const auto words = static_cast<std::uint32_t>(state_.frames[key.frame].operands.size());
            if (!places.emplace_back(key.position, words, key.is_caller != 0)) return kOutOfMemory;
        }
        const Code& code = code_of(state_.frames[keys.front().frame]);
        FrameTypes types;
        DETENT_CHECK(types.judge(code, FuncIdx{keys.front().function}, places.span()));
        for (std::size_t i = 0; i < keys.size(); ++i)
            DETENT_CHECK(frame(keys[i].frame, places[i], types));
        return ok();
    }

    [[nodiscard]] Status frame(std::uint32_t i, const FramePlace& place, const FrameTypes& types) noexcept {
        if (!place.is_reached) return bad_frame(i, ErrorCode::state_bad_position);
        if (!place.has_operands) return bad_frame(i, ErrorCode::state_type_mismatch);
        called_[i] = place.called;
        const FrameState& from = state_.frames[i];
        const std::uint64_t offset = r_.offsets.at(Part::frame, i);
        DETENT_CHECK(at_offset(locals(i, types.set_locals(place)), offset));
        std::size_t word = r_.first_marks[i] + from.locals.size();
        for (const ValType type : types.operands(place))
            DETENT_CHECK(at_offset(word_of(word, type, code_of(from).types()), offset));
        return ok();
    }

    /// One that begins without a value is null until it is set, and may be afterwards, where validation has forgotten.
    [[nodiscard]] Status locals(std::uint32_t i, std::span<const std::uint8_t> set) noexcept {
        const FrameState& from = state_.frames[i];
        const Code& code = code_of(from);
        const Module& module = code.module();
        std::size_t word = r_.first_marks[i];
        for (const ValType type : module.function_type(FuncIdx{from.function}).parameters)
            DETENT_CHECK(word_of(word, type, code.types()));
        const Body& body = module.body(FuncIdx{from.function});
        for (const LocalRun& run : module.local_runs.span().subspan(body.first_run, body.runs)) {
            const bool begins_unset = !is_defaultable(run.type);
            for (std::uint32_t j = 0; j < run.count; ++j) {
                const bool is_unset = begins_unset && set[j] == 0;
                const ValType type = is_unset ? nullable(run.type.heap()) : run.type;
                DETENT_CHECK(word_of(word, type, code.types()));
            }
            if (begins_unset) set = set.subspan(run.count);
        }
        return ok();
    }

    /// The value at a word of the stack, which moves behind it.
    [[nodiscard]] Status word_of(std::size_t& word, ValType type, const TypeSpace& types) noexcept {
        DETENT_CHECK(r_.value(stack_.span().subspan(word, words_of(type)), type, types));
        if (type.is_reference()) r_.frame_marks[word] = 1;
        word += words_of(type);
        return ok();
    }

    // Calls: each returns what is waited for below it.

    [[nodiscard]] Status check_calls() const noexcept {
        for (std::uint32_t i = 0; i < state_.entries.size(); ++i) {
            TypesIn awaited = results_of(state_.entries[i]);
            for (std::uint32_t j = state_.entries[i].first_frame; j < end_of(i); ++j) {
                const FrameState& frame = state_.frames[j];
                const Code& code = code_of(frame);
                const TypesIn given{code.module().function_type(FuncIdx{frame.function}).results, &code.types()};
                if (!match(given, awaited)) return bad_frame(j, ErrorCode::state_bad_call);
                awaited = {called_[j].results, &code.types()};
            }
            if (is_last(i)) break;
            const Function& host = store_.function(*r_.function(state_.entries[i + 1].host_function));
            if (!match({host.type.results, &store_.types_of(host)}, awaited)) {
                return bad_entry(i + 1, ErrorCode::state_bad_call);
            }
        }
        return ok();
    }

    /// What an entry waits for while there is code in it: a start function returns nothing.
    [[nodiscard]] TypesIn results_of(const EntryState& entry) const noexcept {
        const std::optional<CalledFunction> function = r_.function_of(entry);
        if (static_cast<EntryPhase>(entry.phase) != EntryPhase::finish || !function) return {};
        return {function->type.results, function->types};
    }

    // The machine.

    [[nodiscard]] Status fill() noexcept {
        const auto height = static_cast<std::uint32_t>(stack_.size());
        if (!m_.reserve_stack(std::max<std::uint64_t>(height, m_.frame_words_))) return kOutOfMemory;
        std::ranges::copy(stack_, m_.stack_.begin());
        m_.height_ = height;
        for (std::uint32_t i = 0; i < state_.frames.size(); ++i) {
            if (!m_.frames_.push_back(machine_frame(i))) return kOutOfMemory;
        }
        for (std::uint32_t i = 0; i < state_.entries.size(); ++i)
            DETENT_CHECK(machine_entry(i));
        m_.meter_ = Meter(Fuel(state_.entries.back().limit), Fuel(state_.used));
        m_.meter_.rewind(Fuel(state_.used));
        const EntryState& outermost = state_.entries[0];
        if (static_cast<EntryPhase>(outermost.phase) == EntryPhase::finish) {
            m_.result_type_ = r_.function_of(outermost)->type;
        }
        return ok();
    }

    [[nodiscard]] Frame machine_frame(std::uint32_t i) const noexcept {
        const FrameState& from = state_.frames[i];
        const Code& code = code_of(from);
        Frame frame;
        frame.instance = InstanceAddr{from.instance};
        frame.function = FuncIdx{from.function};
        frame.code = &code;
        frame.position = from.position;
        const std::span<const Branch> branches = code.branches(code.function(frame.function));
        const auto next = std::ranges::lower_bound(branches, from.position, {}, &Branch::position);
        frame.branch = static_cast<std::uint32_t>(next - branches.begin());
        frame.base = r_.first_marks[i];
        return frame;
    }

    [[nodiscard]] Status machine_entry(std::uint32_t i) noexcept {
        const EntryState& from = state_.entries[i];
        if (!m_.entries_.emplace_back()) return kOutOfMemory;
        Entry& entry = m_.entries_.back();
        entry.phase = static_cast<EntryPhase>(from.phase);
        entry.first_frame = from.first_frame;
        entry.stack_base = from.first_frame < state_.frames.size() ? r_.first_marks[from.first_frame] : m_.height_;
        entry.outer_limit = Fuel(state_.entries[i == 0 ? 0 : i - 1].limit);
        entry.mark = mark_of(from);
        if (from.instance != 0) entry.instance = InstanceAddr{from.instance - 1};
        if (from.host_function != 0) entry.host_function = r_.function(from.host_function);
        if (from.caller != 0) entry.caller = InstanceAddr{from.caller - 1};
        return machine_request(i, entry.request);
    }

    [[nodiscard]] Status machine_request(std::uint32_t i, EntryRequest& request) noexcept {
        const EntryState& from = state_.entries[i];
        if (from.function != 0) request.function = r_.function(from.function);
        if (from.new_function != 0) request.new_function = FuncIdx{from.new_function - 1};
        if (from.has_allowance != 0) request.allowance = Fuel();
        request.release_instance = from.releases_instance != 0;
        request.token = from.token;
        if (from.instance != 0) request.code = store_.instances()[from.instance - 1].code;
        if (static_cast<EntryPhase>(from.phase) == EntryPhase::instantiate) {
            request.prelude = Fuel(from.prelude);
            if (from.module != 0) {
                request.code = r_.codes[from.module - 1];
                DETENT_CHECK(link_imports(store_, *request.code, from.imports.span(), request.imports));
            }
        }
        return stored_arguments(i, request.arguments);
    }

    /// All but functions are of instances.
    [[nodiscard]] Store::Mark mark_of(const EntryState& entry) const noexcept {
        const std::uint32_t instances = entry.instances_before;
        const auto before = [instances](const Buffer<std::uint32_t>& owners) {
            return static_cast<std::size_t>(std::ranges::lower_bound(owners, instances) - owners.begin());
        };
        return {instances,
                entry.functions_before,
                before(r_.table_owners),
                before(r_.memory_owners),
                before(r_.tag_owners),
                before(r_.global_owners)};
    }

    Restoring& r_;
    const ExecutionState& state_;
    Store& store_;
    Machine& m_;
    Buffer<std::uint32_t> least_functions_;
    Buffer<std::uint32_t> most_functions_;
    /// The words of all frames, in turn.
    Buffer<std::uint64_t> stack_;
    /// What each frame has called, where it waits.
    Buffer<FuncType> called_;
};

Status restore_stack(Restoring& r, Machine& machine) noexcept { return StackRestorer(r, machine).run(); }

} // namespace detent
