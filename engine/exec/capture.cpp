// Capture: the canonical state as it is copied out of a machine and its store.
#include "engine/exec/machine.hpp"
#include "engine/exec/stack_map.hpp"
#include "engine/exec/state.hpp"

#include <algorithm>

namespace detent {
namespace {

/// Numbers objects in the order in which they are reached. Steps are false if there is no memory.
class ObjectNumbers {
  public:
    explicit ObjectNumbers(const Heap& heap) noexcept : heap_(heap) {}

    /// Puts the number of an object in place of its slot; other references stay as they are.
    [[nodiscard]] bool renumber(std::uint64_t& word) noexcept {
        const Ref ref(word);
        if (!ref.is_on_heap()) return true;
        const HeapObject& object = heap_.object(ref);
        if (object.slot >= numbers_.size() && !numbers_.resize(object.slot + std::size_t{1})) return false;
        std::uint32_t& number = numbers_[object.slot];
        if (number == 0) {
            if (!reached_.push_back(&object)) return false;
            number = static_cast<std::uint32_t>(reached_.size());
        }
        word = Ref::of(object.is_exception() ? RefKind::exception : RefKind::object, number - 1).word();
        return true;
    }

    [[nodiscard]] bool renumber(std::span<std::uint64_t> words) noexcept {
        return std::ranges::all_of(words, [this](std::uint64_t& word) { return renumber(word); });
    }

    [[nodiscard]] std::span<const HeapObject* const> reached() const noexcept { return reached_.span(); }

  private:
    const Heap& heap_;
    Buffer<const HeapObject*> reached_;
    /// By slot: the number plus one, or 0.
    Buffer<std::uint32_t> numbers_;
};

/// Finds types by their serial number: the first instance that has each, and its index there. The objects that can be
/// reached are of types of instances that are there.
class TypeNames {
  public:
    struct Name {
        std::uint64_t serial = 0;
        std::uint32_t instance = 0;
        std::uint32_t type = 0;

        friend constexpr auto operator<=>(const Name&, const Name&) noexcept = default;
    };

    [[nodiscard]] bool collect(std::span<const Instance> instances) noexcept {
        for (std::uint32_t i = 0; i < instances.size(); ++i) {
            const TypeSpace& types = instances[i].code->types();
            for (std::uint32_t j = 0; j < types.size(); ++j) {
                if (!names_.push_back({types[TypeIdx{j}].serial, i, j})) return false;
            }
        }
        std::sort(names_.begin(), names_.end());
        return true;
    }

    [[nodiscard]] Name of(const CanonicalType& type) const noexcept {
        return *std::ranges::lower_bound(names_, Name{type.serial, 0, 0});
    }

  private:
    Buffer<Name> names_;
};

/// Copies out of the machine. The order of the parts is that in which objects are numbered.
class Capture {
  public:
    explicit Capture(const Machine& machine) noexcept
        : machine_(machine), store_(machine.store()), numbers_(machine.store().heap()) {}

    [[nodiscard]] Result<State> run() noexcept {
        DETENT_CHECK(copy_stack_map());
        State state;
        state.used = machine_.meter().used().units();
        state.limit = machine_.meter().limit().units();
        state.heap_debt = store_.heap().debt();
        state.heap_reached = store_.heap().reached();
        const bool copied = globals(state) && tables(state) && instances(state) && held(state) && stack() &&
                            frames(state) && entries(state) && memories(state) && objects(state);
        if (!copied) return kOutOfMemory;
        return state;
    }

  private:
    [[nodiscard]] Status copy_stack_map() noexcept {
        DETENT_TRY(Buffer<std::uint8_t> map, map_stack(machine_));
        stack_map_ = std::move(map);
        return ok();
    }

    [[nodiscard]] bool globals(State& state) noexcept {
        return std::ranges::all_of(store_.globals(), [&](const GlobalCell& cell) {
            std::uint64_t low = cell.low;
            if (cell.type.value.is_reference() && !numbers_.renumber(low)) return false;
            return state.globals.push_back(low) && state.globals.push_back(cell.high);
        });
    }

    [[nodiscard]] bool tables(State& state) noexcept {
        return std::ranges::all_of(
            store_.tables(), [&](const Table& table) { return copy_references(state.tables, table.words.span()); });
    }

    [[nodiscard]] bool instances(State& state) noexcept {
        for (const Instance& instance : store_.instances()) {
            InstanceState to;
            for (const Buffer<std::uint64_t>& segment : instance.elements) {
                if (!copy_references(to.elements, segment.span())) return false;
            }
            if (!to.dropped_data.copy_from(instance.dropped_data.span())) return false;
            if (!state.instances.push_back(std::move(to))) return false;
        }
        return true;
    }

    [[nodiscard]] bool copy_references(Buffer<Buffer<std::uint64_t>>& to,
                                       std::span<const std::uint64_t> words) noexcept {
        Buffer<std::uint64_t> copy;
        return copy.copy_from(words) && numbers_.renumber(copy.span()) && to.push_back(std::move(copy));
    }

    [[nodiscard]] bool held(State& state) noexcept {
        for (const std::optional<Ref>& ref : store_.heap().all_held()) {
            if (!ref) continue;
            std::uint64_t word = ref->word();
            if (!numbers_.renumber(word) || !state.held.push_back(word)) return false;
        }
        return true;
    }

    /// A copy of the stack with numbers for slots; frames and entries take their words from it.
    [[nodiscard]] bool stack() noexcept {
        if (!stack_.copy_from(machine_.stack())) return false;
        for (std::size_t i = 0; i < stack_.size(); ++i) {
            if (stack_map_[i] != 0 && !numbers_.renumber(stack_[i])) return false;
        }
        return true;
    }

    [[nodiscard]] bool entries(State& state) noexcept {
        const std::span<const Entry> all = machine_.entries();
        for (std::size_t i = 0; i < all.size(); ++i) {
            EntryState entry{static_cast<std::uint8_t>(all[i].phase),
                             all[i].request.token,
                             all[i].outer_limit.units(),
                             all[i].first_frame,
                             {},
                             {}};
            if (!entry.operands.copy_from(words(all[i].stack_base, end_of_entry(i)))) return false;
            if (!arguments(entry.arguments, all[i])) return false;
            if (!state.entries.push_back(std::move(entry))) return false;
        }
        return true;
    }

    [[nodiscard]] bool arguments(Buffer<std::uint64_t>& to, const Entry& entry) noexcept {
        const std::optional<FuncType> type = function_type(store_, entry);
        if (entry.phase == EntryPhase::finish || !type) return true;
        if (!to.copy_from(entry.request.arguments.span())) return false;
        bool numbered = true;
        each_reference(type->parameters, [&](std::size_t word) { numbered = numbered && numbers_.renumber(to[word]); });
        return numbered;
    }

    /// An entry's own operands end where its first frame, the next entry or nothing begins.
    [[nodiscard]] std::uint32_t end_of_entry(std::size_t index) const noexcept {
        const Entry& entry = machine_.entries()[index];
        const std::size_t frame = entry.first_frame;
        const bool is_last = index + 1 == machine_.entries().size();
        const std::size_t end_frame = is_last ? machine_.frames().size() : machine_.entries()[index + 1].first_frame;
        if (frame < end_frame) return machine_.frames()[frame].base;
        return is_last ? height() : machine_.entries()[index + 1].stack_base;
    }

    [[nodiscard]] bool frames(State& state) const noexcept {
        for (std::size_t i = 0; i < machine_.frames().size(); ++i) {
            if (!frame(state, i)) return false;
        }
        return true;
    }

    [[nodiscard]] bool frame(State& state, std::size_t index) const noexcept {
        const Frame& from = machine_.frames()[index];
        const FunctionCode& code = store_.instance(from.instance).code->function(from.function);
        FrameState to{number(from.instance), number(from.function), from.position, {}, {}};
        const std::uint32_t operands = from.base + code.local_words;
        if (!to.locals.copy_from(words(from.base, operands))) return false;
        if (!to.operands.copy_from(words(operands, end_of_frame(index)))) return false;
        return state.frames.push_back(std::move(to));
    }

    /// A frame's operands end where the next frame or a nested entry begins.
    [[nodiscard]] std::uint32_t end_of_frame(std::size_t index) const noexcept {
        for (const Entry& entry : machine_.entries()) {
            if (entry.first_frame == index + 1) return entry.stack_base;
        }
        return index + 1 < machine_.frames().size() ? machine_.frames()[index + 1].base : height();
    }

    [[nodiscard]] bool memories(State& state) const noexcept {
        for (const Memory& memory : store_.memories()) {
            Buffer<std::uint8_t> bytes;
            if (!bytes.copy_from(memory.bytes()) || !state.memories.push_back(std::move(bytes))) return false;
        }
        return true;
    }

    /// Last, since objects reach further objects.
    [[nodiscard]] bool objects(State& state) noexcept {
        TypeNames names;
        if (!numbers_.reached().empty() && !names.collect(store_.instances())) return false;
        for (std::size_t i = 0; i < numbers_.reached().size(); ++i) {
            if (!object(state, *numbers_.reached()[i], names)) return false;
        }
        return true;
    }

    [[nodiscard]] bool object(State& state, const HeapObject& from, const TypeNames& names) noexcept {
        ObjectState to;
        to.is_exception = from.is_exception();
        to.type = to.is_exception ? number(from.tag) : names.of(*from.type).type;
        to.instance = to.is_exception ? 0 : names.of(*from.type).instance;
        if (!to.bytes.copy_from({from.bytes(), from.byte_count()})) return false;
        bool numbered = true;
        each_reference(from, [&](std::size_t place) {
            auto word = read_little_endian<std::uint64_t>(to.bytes.data() + place);
            numbered = numbered && numbers_.renumber(word);
            write_little_endian(to.bytes.data() + place, word);
        });
        return numbered && state.objects.push_back(std::move(to));
    }

    [[nodiscard]] std::uint32_t height() const noexcept { return static_cast<std::uint32_t>(stack_.size()); }
    [[nodiscard]] std::span<const std::uint64_t> words(std::uint32_t begin, std::uint32_t end) const noexcept {
        return stack_.span().subspan(begin, end - begin);
    }

    const Machine& machine_;
    const Store& store_;
    ObjectNumbers numbers_;
    Buffer<std::uint8_t> stack_map_;
    Buffer<std::uint64_t> stack_;
};

} // namespace

Result<State> capture(const Execution& execution) noexcept { return Capture(execution.machine()).run(); }

} // namespace detent
