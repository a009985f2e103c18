// What ends with an entry and what does not: they may share memories, numbers and functions of the host, and never lead
// to each other by references, since the one is gone while the other is still there.
#include "engine/base/bytes.hpp"
#include "engine/exec/restore.hpp"
#include "engine/exec/stack_map.hpp"

#include <algorithm>

namespace detent {
namespace {

using format::Part;

/// Entries whose instances end with them cut the instances into stretches: a thing is of the stretch of the instance
/// that defines it, and leads to things of its own stretch only.
class LifetimeCheck {
  public:
    explicit LifetimeCheck(const Restoring& r) noexcept : r_(r), state_(r.state), store_(r.store) {}

    [[nodiscard]] Status run() noexcept {
        for (std::size_t i = 0; i < state_.entries.size(); ++i)
            DETENT_CHECK(border(i));
        if (borders_.empty()) return ok();
        if (!stretches_.resize(state_.objects.size())) return kOutOfMemory;
        for (std::uint32_t i = 0; i < state_.instances.size(); ++i) {
            const InstanceState& made = state_.instances[i];
            DETENT_CHECK(imports(made.module, made.imports.span(), stretch_of(i), Part::instance, i));
        }
        for (std::uint32_t i = 0; i < state_.entries.size(); ++i) {
            const EntryState& waits = state_.entries[i];
            if (waits.module == 0) continue;
            DETENT_CHECK(imports(waits.module - 1, waits.imports.span(), borders_.size(), Part::entry, i));
        }
        DETENT_CHECK(roots());
        while (!pending_.empty()) {
            const std::uint32_t next = pending_.back();
            pending_.pop_back();
            DETENT_CHECK(object(next));
        }
        return ok();
    }

  private:
    /// Where a stretch ends: so many instances and functions are before it.
    struct Border {
        std::uint32_t instances = 0;
        std::uint32_t functions = 0;
    };

    [[nodiscard]] Status border(std::size_t entry) noexcept {
        const EntryState& from = state_.entries[entry];
        if (from.releases_instance == 0) return ok();
        if (!borders_.empty() && borders_.back().instances == from.instances_before) return ok();
        return borders_.push_back({from.instances_before, from.functions_before}) ? ok() : Status(kOutOfMemory);
    }

    [[nodiscard]] std::size_t stretch_of(std::uint32_t instance) const noexcept {
        const auto behind = std::ranges::upper_bound(borders_, instance, {}, &Border::instances);
        return static_cast<std::size_t>(behind - borders_.begin());
    }

    [[nodiscard]] Status imports(std::uint32_t module, std::span<const std::uint32_t> addresses, std::size_t stretch,
                                 Part part, std::size_t index) const noexcept {
        const Buffer<Import>& declared = r_.codes[module]->module().imports;
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            const std::optional<std::uint32_t> owner = owner_of(declared[i].kind, addresses[i]);
            if (owner && stretch_of(*owner) != stretch) return r_.error(ErrorCode::state_outlived, part, index);
        }
        return ok();
    }

    /// The instance that defines what can hold references or lead to code; nothing for all else.
    [[nodiscard]] std::optional<std::uint32_t> owner_of(ExternKind kind, std::uint32_t address) const noexcept {
        switch (kind) {
        case ExternKind::func: {
            const Function& function = store_.functions()[address];
            return function.host != nullptr ? std::nullopt : std::optional(number(function.instance));
        }
        case ExternKind::table: return r_.table_owners[address];
        case ExternKind::global:
            if (!store_.globals()[address].type.value.is_reference()) return std::nullopt;
            return r_.global_owners[address];
        case ExternKind::memory:
        case ExternKind::tag: break;
        }
        return std::nullopt;
    }

    /// From a reference as the state has it.
    [[nodiscard]] bool reach(std::uint64_t word, std::size_t stretch) noexcept {
        const Ref ref(word);
        if (ref.is(RefKind::func)) return stretch_of(static_cast<std::uint32_t>(ref.payload() >> 32)) == stretch;
        if (ref.is(kHostFunctionKind)) {
            const FuncAddr address = r_.host_functions[static_cast<std::size_t>(ref.payload())];
            return stretch == borders_.size() || number(address) < borders_[stretch].functions;
        }
        if (!ref.is_on_heap()) return true;
        const auto object = static_cast<std::uint32_t>(ref.payload());
        if (stretches_[object] != 0) return stretches_[object] == stretch + 1;
        stretches_[object] = static_cast<std::uint32_t>(stretch) + 1;
        return pending_.push_back(object);
    }

    [[nodiscard]] Status reach(std::span<const std::uint64_t> words, std::size_t stretch, Part part,
                               std::size_t index) noexcept {
        for (const std::uint64_t word : words) {
            if (!reach(word, stretch)) return r_.error(ErrorCode::state_outlived, part, index);
        }
        return ok();
    }

    [[nodiscard]] Status roots() noexcept {
        for (std::uint32_t i = 0; i < store_.globals().size(); ++i) {
            if (!store_.globals()[i].type.value.is_reference()) continue;
            DETENT_CHECK(reach(state_.globals.span().subspan(std::size_t{2} * i, 1), stretch_of(r_.global_owners[i]),
                               Part::globals, 0));
        }
        for (std::uint32_t i = 0; i < state_.tables.size(); ++i)
            DETENT_CHECK(reach(state_.tables[i].span(), stretch_of(r_.table_owners[i]), Part::table, i));
        for (std::uint32_t i = 0; i < state_.instances.size(); ++i) {
            for (const Buffer<std::uint64_t>& segment : state_.instances[i].elements)
                DETENT_CHECK(reach(segment.span(), stretch_of(i), Part::instance, i));
        }
        DETENT_CHECK(reach(state_.held.span(), 0, Part::held, 0));
        DETENT_CHECK(arguments());
        return frames();
    }

    [[nodiscard]] Status arguments() noexcept {
        for (std::uint32_t i = 0; i < state_.entries.size(); ++i) {
            const EntryState& entry = state_.entries[i];
            DETENT_CHECK(each_argument(entry, [&](std::uint64_t word) {
                return reach(std::span(&word, 1), stretch_of_callee(entry), Part::entry, i);
            }));
        }
        return ok();
    }

    template <class Visit>
    [[nodiscard]] Status each_argument(const EntryState& entry, Visit visit) noexcept {
        if (entry.arguments.empty()) return ok();
        Status status = ok();
        each_reference(r_.function_of(entry)->type.parameters, [&](std::size_t word) {
            if (status.has_value()) status = visit(entry.arguments[word]);
        });
        return status;
    }

    /// One that is still to be instantiated is of the last stretch.
    [[nodiscard]] std::size_t stretch_of_callee(const EntryState& entry) const noexcept {
        if (entry.new_function != 0) return entry.instance == 0 ? borders_.size() : stretch_of(entry.instance - 1);
        const Function& function = store_.function(*r_.function(entry.function));
        return function.host != nullptr ? stretch_of(entry.instances_before) : stretch_of(number(function.instance));
    }

    [[nodiscard]] Status frames() noexcept {
        for (std::uint32_t i = 0; i < state_.frames.size(); ++i) {
            const FrameState& frame = state_.frames[i];
            const std::span<const std::uint8_t> marks = r_.frame_marks.span().subspan(r_.first_marks[i]);
            for (std::size_t word = 0; word < frame.locals.size() + frame.operands.size(); ++word) {
                if (marks[word] == 0) continue;
                const std::uint64_t value =
                    word < frame.locals.size() ? frame.locals[word] : frame.operands[word - frame.locals.size()];
                DETENT_CHECK(reach(std::span(&value, 1), stretch_of(frame.instance), Part::frame, i));
            }
        }
        return ok();
    }

    /// Its type may be one that an earlier stretch has too.
    [[nodiscard]] Status object(std::uint32_t index) noexcept {
        const ObjectState& from = state_.objects[index];
        const std::size_t stretch = stretches_[index] - std::size_t{1};
        const std::uint32_t owner = from.is_exception != 0 ? r_.tag_owners[from.type] : from.instance;
        bool is_own = stretch_of(owner) <= stretch;
        each_reference(*r_.objects[index], [&](std::size_t place) {
            is_own = is_own && reach(read_little_endian<std::uint64_t>(from.bytes.data() + place), stretch);
        });
        return is_own ? ok() : Status(r_.error(ErrorCode::state_outlived, Part::object, index));
    }

    const Restoring& r_;
    const ExecutionState& state_;
    const Store& store_;
    Buffer<Border> borders_;
    /// Of each object, plus one; 0 where it was not reached.
    Buffer<std::uint32_t> stretches_;
    Buffer<std::uint32_t> pending_;
};

} // namespace

Status check_lifetimes(const Restoring& r) noexcept { return LifetimeCheck(r).run(); }

} // namespace detent
