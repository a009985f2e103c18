// Capture: the canonical state as it is copied out of a machine and its store.
#include "engine/exec/capture.hpp"

#include "engine/exec/machine.hpp"

#include <algorithm>

namespace detent {
namespace {

/// What objects are called by.
enum class Naming : bool { reach, allocation };

/// Numbers functions, and objects in the order in which they are reached. Steps are false if there is no memory.
class Numbers {
  public:
    Numbers(const Store& store, Naming naming, Objects objects) noexcept
        : store_(store), heap_(store.heap()), naming_(naming), objects_(objects) {}

    [[nodiscard]] bool number_host_functions() noexcept {
        const std::span<const Function> all = store_.functions();
        std::uint32_t count = 0;
        if (!host_numbers_.reserve(all.size())) return false;
        return std::ranges::all_of(
            all, [&](const Function& one) { return host_numbers_.push_back(one.host == nullptr ? 0 : count++); });
    }

    [[nodiscard]] std::uint64_t of(FuncAddr address) const noexcept {
        const Function& function = store_.function(address);
        if (function.host != nullptr) return Ref::of(kHostFunctionKind, host_numbers_[number(address)]).word();
        const std::uint64_t instance = number(function.instance);
        return Ref::of(RefKind::func, instance << 32 | number(function.index)).word();
    }

    /// Puts what a reference leads to, as a state has it, in place of an address or a slot.
    [[nodiscard]] bool renumber(std::uint64_t& word) noexcept {
        const Ref ref(word);
        if (ref.is(RefKind::func)) word = of(ref.func_address());
        if (!ref.is_on_heap()) return true;
        const HeapObject& object = heap_.object(ref);
        if (objects_ == Objects::taken && !reach(object)) return false;
        const std::uint64_t name = naming_ == Naming::reach ? numbers_[object.slot] - 1 : object.serial;
        word = Ref::of(object.is_exception() ? RefKind::exception : RefKind::object, name).word();
        return true;
    }

    [[nodiscard]] bool renumber(std::span<std::uint64_t> words) noexcept {
        return std::ranges::all_of(words, [this](std::uint64_t& word) { return renumber(word); });
    }

    [[nodiscard]] std::span<const HeapObject* const> reached() const noexcept { return reached_.span(); }

  private:
    [[nodiscard]] bool reach(const HeapObject& object) noexcept {
        if (object.slot >= numbers_.size() && !numbers_.resize(object.slot + std::size_t{1})) return false;
        std::uint32_t& number = numbers_[object.slot];
        if (number != 0) return true;
        if (!reached_.push_back(&object)) return false;
        number = static_cast<std::uint32_t>(reached_.size());
        return true;
    }

    const Store& store_;
    const Heap& heap_;
    const Naming naming_;
    const Objects objects_;
    Buffer<std::uint32_t> host_numbers_;
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

bool are_equal(const Code& one, const Code& other) noexcept {
    return one.module().bytes == other.module().bytes && one.profile() == other.profile();
}

/// The code itself, which takes no time to find, or an equal one.
const Code* const* find_equal(const Buffer<const Code*>& codes, const Code* code) noexcept {
    const Code* const* const itself = std::ranges::find(codes, code);
    if (itself != codes.end()) return itself;
    return std::ranges::find_if(codes, [code](const Code* one) { return are_equal(*one, *code); });
}

/// Copies out of the machine. The order of the parts is that in which objects are numbered.
class Capture {
  public:
    Capture(const Machine& machine, Naming naming, Objects objects) noexcept
        : machine_(machine), store_(machine.store()), naming_(naming), numbers_(machine.store(), naming, objects) {}

    /// `known` is null where nobody has asked before. Memories' bytes are left out of what names objects by allocation.
    [[nodiscard]] Result<ExecutionState> run(ReferenceFree* known) noexcept {
        DETENT_TRY(stack_map_, map_stack(machine_, known));
        DETENT_TRY(modules_, modules_of(machine_));
        ExecutionState state;
        state.used = machine_.meter().used().units();
        state.limit = machine_.meter().limit().units();
        state.heap_debt = store_.heap().debt();
        state.heap_reached = store_.heap().reached();
        state.allocations = store_.heap().allocations();
        const bool copied = numbers_.number_host_functions() && globals(state) && tables(state) && instances(state) &&
                            held(state) && stack() && frames(state) && entries(state) && memories(state) &&
                            objects(state);
        if (!copied) return kOutOfMemory;
        return state;
    }

  private:
    [[nodiscard]] bool globals(ExecutionState& state) noexcept {
        return std::ranges::all_of(store_.globals(), [&](const GlobalCell& cell) {
            std::uint64_t low = cell.low;
            if (cell.type.value.is_reference() && !numbers_.renumber(low)) return false;
            return state.globals.push_back(low) && state.globals.push_back(cell.high);
        });
    }

    [[nodiscard]] bool tables(ExecutionState& state) noexcept {
        return std::ranges::all_of(
            store_.tables(), [&](const Table& table) { return copy_references(state.tables, table.words.span()); });
    }

    [[nodiscard]] bool instances(ExecutionState& state) noexcept {
        std::size_t next = 0;
        for (const Instance& instance : store_.instances()) {
            InstanceState to;
            if (!host_functions(to.host_functions, next) || !linking(to, instance)) return false;
            for (const Buffer<std::uint64_t>& segment : instance.elements) {
                if (!copy_references(to.elements, segment.span())) return false;
            }
            if (!to.dropped_data.copy_from(instance.dropped_data.span())) return false;
            if (!state.instances.push_back(std::move(to))) return false;
            next += instance.functions.size() - instance.module().imported_functions;
        }
        return host_functions(state.host_functions, next);
    }

    /// The functions of the host from an address on, up to one that is not the host's.
    [[nodiscard]] bool host_functions(Buffer<std::uint32_t>& to, std::size_t& next) noexcept {
        const std::span<const Function> all = store_.functions();
        for (; next < all.size() && all[next].host != nullptr; ++next) {
            if (!to.push_back(all[next].host_number)) return false;
        }
        return true;
    }

    [[nodiscard]] bool linking(InstanceState& to, const Instance& instance) noexcept {
        to.module = module_number(instance.code.get());
        return std::ranges::all_of(instance.module().imports, [&](const Import& import) {
            return to.imports.push_back(address_of(instance, import.kind, import.index));
        });
    }

    [[nodiscard]] static std::uint32_t address_of(const Instance& instance, ExternKind kind,
                                                  std::uint32_t index) noexcept {
        switch (kind) {
        case ExternKind::func: return number(instance.functions[index]);
        case ExternKind::table: return number(instance.tables[index]);
        case ExternKind::memory: return number(instance.memories[index]);
        case ExternKind::global: return number(instance.globals[index]);
        case ExternKind::tag: return number(instance.tags[index]);
        }
        return 0;
    }

    [[nodiscard]] std::uint32_t module_number(const Code* code) const noexcept {
        return static_cast<std::uint32_t>(find_equal(modules_, code) - modules_.begin());
    }

    [[nodiscard]] bool copy_references(Buffer<Buffer<std::uint64_t>>& to,
                                       std::span<const std::uint64_t> words) noexcept {
        Buffer<std::uint64_t> copy;
        return copy.copy_from(words) && numbers_.renumber(copy.span()) && to.push_back(std::move(copy));
    }

    [[nodiscard]] bool held(ExecutionState& state) noexcept {
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

    [[nodiscard]] bool entries(ExecutionState& state) noexcept {
        const std::span<const Entry> all = machine_.entries();
        for (std::size_t i = 0; i < all.size(); ++i) {
            EntryState to;
            const bool is_last = i + 1 == all.size();
            to.limit = is_last ? state.limit : all[i + 1].outer_limit.units();
            to.has_allowance = i != 0 && all[i].request.allowance ? 1 : 0;
            if (!entry(to, all[i]) || !state.entries.push_back(std::move(to))) return false;
        }
        return true;
    }

    [[nodiscard]] bool entry(EntryState& to, const Entry& from) noexcept {
        const EntryRequest& request = from.request;
        to.phase = static_cast<std::uint8_t>(from.phase);
        to.releases_instance = request.release_instance ? 1 : 0;
        to.token = request.token;
        to.first_frame = static_cast<std::uint32_t>(from.first_frame);
        to.instances_before = static_cast<std::uint32_t>(from.mark.instances);
        to.functions_before = static_cast<std::uint32_t>(from.mark.functions);
        if (from.host_function) to.host_function = numbers_.of(*from.host_function);
        if (from.caller) to.caller = number(*from.caller) + 1;
        if (request.function && !request.new_function) to.function = numbers_.of(*request.function);
        if (request.new_function) to.new_function = number(*request.new_function) + 1;
        if (from.instance) to.instance = number(*from.instance) + 1;
        return to_instantiate(to, from) && arguments(to.arguments, from);
    }

    [[nodiscard]] bool to_instantiate(EntryState& to, const Entry& from) const noexcept {
        if (from.phase != EntryPhase::instantiate) return true;
        to.prelude = from.request.prelude.units();
        if (from.request.code == nullptr) return true;
        to.module = module_number(from.request.code.get()) + 1;
        const std::size_t count = from.request.code->module().imports.size();
        return std::ranges::all_of(from.request.imports.span().first(count),
                                   [&to](const ExternVal& import) { return to.imports.push_back(import.address); });
    }

    [[nodiscard]] bool arguments(Buffer<std::uint64_t>& to, const Entry& entry) noexcept {
        const std::optional<FuncType> type = function_type(store_, entry);
        if (entry.phase == EntryPhase::finish || !type) return true;
        if (!to.copy_from(entry.request.arguments.span())) return false;
        bool numbered = true;
        each_reference(type->parameters, [&](std::size_t word) { numbered = numbered && numbers_.renumber(to[word]); });
        return numbered;
    }

    [[nodiscard]] bool frames(ExecutionState& state) const noexcept {
        for (std::size_t i = 0; i < machine_.frames().size(); ++i) {
            if (!frame(state, i)) return false;
        }
        return true;
    }

    [[nodiscard]] bool frame(ExecutionState& state, std::size_t index) const noexcept {
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

    [[nodiscard]] bool memories(ExecutionState& state) const noexcept {
        for (const Memory& memory : store_.memories()) {
            MemoryState to;
            to.size = memory.size();
            const bool has_bytes = naming_ == Naming::reach;
            if (has_bytes && !pieces(to, memory.touched())) return false;
            if (!state.memories.push_back(std::move(to))) return false;
        }
        return true;
    }

    /// Behind what was touched all is zero.
    [[nodiscard]] static bool pieces(MemoryState& to, std::span<const std::uint8_t> touched) noexcept {
        for (std::uint32_t i = 0; i * MemoryState::kPieceBytes < touched.size(); ++i) {
            const std::size_t begin = i * MemoryState::kPieceBytes;
            const std::size_t end =
                static_cast<std::size_t>(std::min<std::uint64_t>(begin + to.bytes_of(i), touched.size()));
            const std::span<const std::uint8_t> piece = touched.subspan(begin, end - begin);
            if (std::ranges::all_of(piece, [](std::uint8_t byte) { return byte == 0; })) continue;
            const std::size_t whole = to.bytes.size() + static_cast<std::size_t>(to.bytes_of(i));
            if (!to.pieces.push_back(i) || !to.bytes.append(piece) || !to.bytes.resize(whole)) return false;
        }
        return true;
    }

    /// Last, since objects reach further objects.
    [[nodiscard]] bool objects(ExecutionState& state) noexcept {
        TypeNames names;
        if (!numbers_.reached().empty() && !names.collect(store_.instances())) return false;
        for (std::size_t i = 0; i < numbers_.reached().size(); ++i) {
            if (!object(state, *numbers_.reached()[i], names)) return false;
        }
        if (naming_ == Naming::allocation) std::ranges::sort(state.objects, {}, &ObjectState::serial);
        return true;
    }

    [[nodiscard]] bool object(ExecutionState& state, const HeapObject& from, const TypeNames& names) noexcept {
        ObjectState to;
        to.is_exception = from.is_exception() ? 1 : 0;
        to.serial = from.serial;
        to.type = from.is_exception() ? number(from.tag) : names.of(*from.type).type;
        to.instance = from.is_exception() ? 0 : names.of(*from.type).instance;
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
    const Naming naming_;
    Buffer<const Code*> modules_;
    Numbers numbers_;
    Buffer<std::uint8_t> stack_map_;
    Buffer<std::uint64_t> stack_;
};

} // namespace

Result<Buffer<const Code*>> modules_of(const Machine& machine) noexcept {
    Buffer<const Code*> modules;
    const auto add = [&modules](const Code* code) {
        return find_equal(modules, code) != modules.end() || modules.push_back(code);
    };
    for (const Instance& instance : machine.store().instances()) {
        if (!add(instance.code.get())) return kOutOfMemory;
    }
    for (const Entry& entry : machine.entries()) {
        const bool waits = entry.phase == EntryPhase::instantiate && entry.request.code != nullptr;
        if (waits && !add(entry.request.code.get())) return kOutOfMemory;
    }
    return modules;
}

Result<ExecutionState> capture(const Execution& execution) noexcept {
    return Capture(execution.machine(), Naming::reach, Objects::taken).run(nullptr);
}

Result<ExecutionState> capture_for_commitment(const Machine& machine, Objects objects, ReferenceFree& known) noexcept {
    return Capture(machine, Naming::allocation, objects).run(&known);
}

} // namespace detent
