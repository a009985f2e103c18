// Restoring the store: instances as they were linked, at the sizes that they have by now, then what they hold.
#include "engine/base/bytes.hpp"
#include "engine/exec/restore.hpp"
#include "engine/runtime/reference.hpp"

#include <algorithm>

namespace detent {

using format::Part;

const Code* Restoring::code_of(const EntryState& entry) const noexcept {
    if (entry.instance != 0) {
        const bool is_there = entry.instance <= store.instances().size();
        return is_there ? store.instances()[entry.instance - 1].code.get() : nullptr;
    }
    return entry.module == 0 || entry.module > codes.size() ? nullptr : codes[entry.module - 1].get();
}

std::optional<CalledFunction> Restoring::function_of(const EntryState& entry) const noexcept {
    if (entry.new_function != 0) {
        const Code& code = *code_of(entry);
        return CalledFunction{code.module().function_type(FuncIdx{entry.new_function - 1}), &code.types()};
    }
    if (entry.function == 0) return std::nullopt;
    const Function& called = store.function(*function(entry.function));
    return CalledFunction{called.type, &store.types_of(called)};
}

std::optional<FuncAddr> Restoring::function(std::uint64_t word) const noexcept {
    const Ref ref(word);
    const std::uint64_t payload = ref.payload();
    if (ref.is(kHostFunctionKind) && payload < host_functions.size()) {
        return host_functions[static_cast<std::size_t>(payload)];
    }
    if (!ref.is(RefKind::func) || payload >> 32 >= store.instances().size()) return std::nullopt;
    const Instance& instance = store.instances()[static_cast<std::size_t>(payload >> 32)];
    const auto index = static_cast<std::uint32_t>(payload);
    const bool is_own = index >= instance.module().imported_functions && index < instance.functions.size();
    return is_own ? std::optional(instance.functions[index]) : std::nullopt;
}

Result<Ref> Restoring::reference(std::uint64_t word) const noexcept {
    const Ref ref(word);
    if (ref.is_on_heap()) {
        if (ref.payload() >= objects.size()) return Error{ErrorCode::state_bad_reference};
        const HeapObject& object = *objects[static_cast<std::size_t>(ref.payload())];
        if (object.is_exception() != ref.is(RefKind::exception)) return Error{ErrorCode::state_bad_reference};
        return object.ref();
    }
    if (ref.is(RefKind::func) || ref.is(kHostFunctionKind)) {
        const std::optional<FuncAddr> address = function(word);
        if (!address) return Error{ErrorCode::state_bad_reference};
        return Ref::func(*address);
    }
    if (!is_live(store, ref)) return Error{ErrorCode::state_bad_reference};
    return ref;
}

Status Restoring::value(std::span<std::uint64_t> words, ValType type, const TypeSpace& types) const noexcept {
    if (type.is_reference()) {
        DETENT_TRY(const Ref ref, reference(words[0]));
        if (!is_of(store, ref, type, types)) return Error{ErrorCode::state_type_mismatch};
        words[0] = ref.word();
        return ok();
    }
    const bool is_narrow = type == kI32 || type == kF32;
    if (type == kBottom || (is_narrow && words[0] >> 32 != 0)) return Error{ErrorCode::state_type_mismatch};
    return ok();
}

namespace {

class StoreRestorer {
  public:
    StoreRestorer(Restoring& r, std::span<const HostFunctionOffer> offers) noexcept
        : r_(r), state_(r.state), store_(r.store), offers_(offers) {}

    [[nodiscard]] Status run() noexcept {
        for (std::uint32_t i = 0; i < state_.instances.size(); ++i)
            DETENT_CHECK(instance(i));
        DETENT_CHECK(add_host_functions(state_.host_functions.span(), r_.offsets.at(Part::header)));
        DETENT_CHECK(counts());
        DETENT_CHECK(heap());
        for (std::uint32_t i = 0; i < state_.memories.size(); ++i)
            fill_memory(i);
        for (std::uint32_t i = 0; i < state_.tables.size(); ++i)
            DETENT_CHECK(fill_table(i));
        DETENT_CHECK(fill_globals());
        for (std::uint32_t i = 0; i < state_.instances.size(); ++i)
            DETENT_CHECK(fill_instance(i));
        for (std::uint32_t i = 0; i < state_.objects.size(); ++i)
            DETENT_CHECK(fill_object(i));
        return ok();
    }

  private:
    // Instances.

    [[nodiscard]] Status instance(std::uint32_t i) noexcept {
        const InstanceState& from = state_.instances[i];
        const std::uint64_t offset = r_.offsets.at(Part::instance, i);
        DETENT_CHECK(add_host_functions(from.host_functions.span(), offset));
        if (from.module >= r_.codes.size()) return Error{ErrorCode::state_bad_number, offset};
        const std::shared_ptr<const Code>& code = r_.codes[from.module];
        const Module& module = code->module();
        if (from.elements.size() != module.elements.size() || from.dropped_data.size() != module.data.size()) {
            return Error{ErrorCode::state_bad_number, offset};
        }
        Buffer<ExternVal> imports;
        DETENT_CHECK(at_offset(link_imports(store_, *code, from.imports.span(), imports), offset));
        DETENT_TRY(const InstanceAddr address, allocated(code, imports.span(), offset));
        DETENT_CHECK(size_memories(store_.instance(address)));
        DETENT_CHECK(size_tables(store_.instance(address)));
        return own(address);
    }

    [[nodiscard]] Result<InstanceAddr> allocated(const std::shared_ptr<const Code>& code,
                                                 std::span<const ExternVal> imports, std::uint64_t offset) noexcept {
        const Result<InstanceAddr> made = store_.allocate(code, imports);
        if (made.has_value()) return made;
        return at_offset(made.assume_error(), offset);
    }

    [[nodiscard]] Status add_host_functions(std::span<const std::uint32_t> numbers, std::uint64_t offset) noexcept {
        for (const std::uint32_t number : numbers) {
            const auto offer = std::ranges::find(offers_, number, &HostFunctionOffer::number);
            if (offer == offers_.end()) return Error{ErrorCode::unknown_host_function, offset, number};
            DETENT_TRY(const FuncAddr address, store_.add_host_function(*offer->module, number, offer->type));
            if (!r_.host_functions.push_back(address)) return kOutOfMemory;
        }
        return ok();
    }

    /// Memories and tables have grown since; how much is known before others import them.
    [[nodiscard]] Status size_memories(const Instance& made) noexcept {
        for (std::size_t i = made.module().imported_memories; i < made.memories.size(); ++i) {
            const std::uint32_t address = number(made.memories[i]);
            if (address >= state_.memories.size()) return missing();
            const std::uint64_t size = state_.memories[address].size;
            const Memory& memory = store_.memory(made.memories[i]);
            const bool is_size = size >= memory.size() && size % memory.type().page_bytes() == 0;
            const std::uint64_t pages = is_size ? (size - memory.size()) >> memory.type().page_log : 0;
            if (!is_size || !store_.may_grow_memory(made.memories[i], pages)) {
                return r_.error(ErrorCode::state_bad_number, Part::memory, address);
            }
            DETENT_CHECK(store_.grow_memory(made.memories[i], pages));
        }
        return ok();
    }

    [[nodiscard]] Status size_tables(const Instance& made) noexcept {
        for (std::size_t i = made.module().imported_tables; i < made.tables.size(); ++i) {
            const std::uint32_t address = number(made.tables[i]);
            if (address >= state_.tables.size()) return missing();
            const std::uint64_t size = state_.tables[address].size();
            const std::uint64_t least = store_.table(made.tables[i]).words.size();
            if (size < least || !store_.may_grow_table(made.tables[i], size - least)) {
                return r_.error(ErrorCode::state_bad_number, Part::table, address);
            }
            DETENT_CHECK(store_.grow_table(made.tables[i], size - least, Ref()));
        }
        return ok();
    }

    /// Room for what its constant expressions made, and whose it is.
    [[nodiscard]] Status own(InstanceAddr address) noexcept {
        Instance& made = store_.instance(address);
        for (std::size_t i = made.globals.size(); i < made.module().globals.size(); ++i)
            DETENT_CHECK(store_.define_global(address, 0, 0));
        if (!made.elements.resize(made.module().elements.size())) return kOutOfMemory;
        const std::uint32_t owner = number(address);
        const bool owned = note_owner(r_.table_owners, store_.tables().size(), owner) &&
                           note_owner(r_.memory_owners, store_.memories().size(), owner) &&
                           note_owner(r_.global_owners, store_.globals().size(), owner) &&
                           note_owner(r_.tag_owners, store_.tags().size(), owner);
        return owned ? ok() : Status(kOutOfMemory);
    }

    [[nodiscard]] static bool note_owner(Buffer<std::uint32_t>& owners, std::size_t count,
                                         std::uint32_t owner) noexcept {
        while (owners.size() < count) {
            if (!owners.push_back(owner)) return false;
        }
        return true;
    }

    /// The bytes have too few of something: the error is where the first part of the store begins.
    [[nodiscard]] Error missing() const noexcept { return r_.error(ErrorCode::state_bad_number, Part::globals); }

    [[nodiscard]] Status counts() const noexcept {
        const bool agrees = state_.memories.size() == store_.memories().size() &&
                            state_.tables.size() == store_.tables().size() &&
                            state_.globals.size() == 2 * store_.globals().size();
        return agrees ? ok() : Status(missing());
    }

    // The heap: objects first, so that references can lead to them.

    [[nodiscard]] Status heap() noexcept {
        const std::uint64_t debt = state_.heap_debt;
        const bool adds_up = debt <= store_.limits()[Limit::heap_bytes] && state_.heap_reached <= debt &&
                             debt % 8 == 0 && state_.heap_reached % 8 == 0;
        if (!adds_up) return r_.error(ErrorCode::state_bad_sum, Part::heap);
        DETENT_CHECK(allocations());
        if (!r_.objects.reserve(state_.objects.size())) return kOutOfMemory;
        for (std::uint32_t i = 0; i < state_.objects.size(); ++i) {
            const std::uint64_t offset = r_.offsets.at(Part::object, i);
            const ObjectState& from = state_.objects[i];
            DETENT_CHECK(at_offset(from.is_exception != 0 ? make_exception(from) : make_object(from), offset));
            r_.objects[i]->serial = from.serial;
        }
        return hold();
    }

    /// No two objects have one number, and none has one that is yet to come.
    [[nodiscard]] Status allocations() const noexcept {
        Buffer<std::uint64_t> serials;
        for (const ObjectState& each : state_.objects) {
            if (!serials.push_back(each.serial)) return kOutOfMemory;
        }
        std::ranges::sort(serials);
        // Each was paid, so that there cannot be more than fuel.
        const bool are_numbers = state_.allocations <= Fuel::kMaximum &&
                                 (serials.empty() || (serials[0] != 0 && serials.back() <= state_.allocations));
        const bool are_distinct = std::ranges::adjacent_find(serials) == serials.end();
        return are_numbers && are_distinct ? ok() : Status(r_.error(ErrorCode::state_bad_number, Part::heap));
    }

    [[nodiscard]] Status hold() noexcept {
        Buffer<std::optional<Ref>> held;
        for (const std::uint64_t word : state_.held) {
            const Result<Ref> ref = r_.reference(word);
            if (ref.has_error()) return r_.error(ref.assume_error().code, Part::held);
            if (!held.push_back(ref.assume_value())) return kOutOfMemory;
        }
        store_.heap().restore(state_.heap_debt, state_.heap_reached, state_.allocations, std::move(held));
        return ok();
    }

    /// So much of the debt is that of objects that are there.
    [[nodiscard]] bool has_room_for(std::uint64_t bytes) const noexcept {
        return bytes <= state_.heap_debt - store_.heap().debt();
    }

    [[nodiscard]] Status make_exception(const ObjectState& from) noexcept {
        if (from.instance != 0 || from.type >= store_.tags().size()) return Error{ErrorCode::state_bad_number};
        const std::span<const ValType> types = store_.tags()[from.type].type.parameters;
        if (from.bytes.size() != std::size_t{8} * words_of(types)) return Error{ErrorCode::state_type_mismatch};
        if (!has_room_for(exception_bytes(words_of(types)))) return Error{ErrorCode::state_bad_sum};
        return made(store_.heap().make_exception(TagAddr{from.type}, types));
    }

    [[nodiscard]] Status make_object(const ObjectState& from) noexcept {
        if (from.instance >= store_.instances().size()) return Error{ErrorCode::state_bad_number};
        const TypeSpace& types = store_.instances()[from.instance].code->types();
        if (from.type >= types.size()) return Error{ErrorCode::state_bad_number};
        const CanonicalType& type = types[TypeIdx{from.type}];
        if (type.kind == CompositeKind::func) return Error{ErrorCode::state_type_mismatch};
        return type.kind == CompositeKind::array ? make_array(from, type) : make_structure(from, type);
    }

    [[nodiscard]] Status make_structure(const ObjectState& from, const CanonicalType& type) noexcept {
        if (from.bytes.size() != type.field_bytes) return Error{ErrorCode::state_type_mismatch};
        if (!has_room_for(structure_bytes(type))) return Error{ErrorCode::state_bad_sum};
        return made(store_.heap().make_structure(type));
    }

    [[nodiscard]] Status make_array(const ObjectState& from, const CanonicalType& type) noexcept {
        const std::uint32_t element = type.fields[0].storage.bytes();
        if (from.bytes.size() % element != 0) return Error{ErrorCode::state_type_mismatch};
        const auto length = static_cast<std::uint32_t>(from.bytes.size() / element);
        const std::uint64_t bytes = array_bytes(type, length);
        const bool fits = bytes <= store_.limits()[Limit::array_bytes] && has_room_for(bytes);
        if (!fits) return Error{ErrorCode::state_bad_sum};
        return made(store_.heap().make_array(type, length));
    }

    [[nodiscard]] Status made(HeapObject* object) noexcept {
        return object != nullptr && r_.objects.push_back(object) ? ok() : Status(kOutOfMemory);
    }

    /// As the objects lie in memory, so do their bytes in the state, but for references.
    [[nodiscard]] Status fill_object(std::uint32_t i) noexcept {
        const ObjectState& from = state_.objects[i];
        HeapObject& to = *r_.objects[i];
        if (!from.bytes.empty()) std::memcpy(to.bytes(), from.bytes.data(), from.bytes.size());
        return at_offset(to.is_exception() ? payload(to) : fields(to, from), r_.offsets.at(Part::object, i));
    }

    [[nodiscard]] Status payload(HeapObject& object) noexcept {
        const TypeSpace& types = types_of(r_.tag_owners[number(object.tag)]);
        std::uint8_t* at = object.bytes();
        for (const ValType type : store_.tag(object.tag).type.parameters) {
            DETENT_CHECK(stored_value(at, type, types));
            at += std::size_t{8} * words_of(type);
        }
        return ok();
    }

    [[nodiscard]] Status fields(HeapObject& object, const ObjectState& from) noexcept {
        const std::span<const FieldType> fields = r_.module_of(from.instance).fields(TypeIdx{from.type});
        const TypeSpace& types = types_of(from.instance);
        if (object.type->kind == CompositeKind::array) return elements(object, fields[0].storage.unpacked, types);
        for (std::uint32_t i = 0; i < fields.size(); ++i) {
            const ValType type = fields[i].storage.unpacked;
            if (type.is_reference()) DETENT_CHECK(stored_value(object.field(i), type, types));
        }
        return ok();
    }

    [[nodiscard]] Status elements(HeapObject& array, ValType type, const TypeSpace& types) noexcept {
        for (std::uint32_t i = 0; type.is_reference() && i < array.length; ++i)
            DETENT_CHECK(stored_value(array.element(i), type, types));
        return ok();
    }

    /// One that lies as words.
    [[nodiscard]] Status stored_value(std::uint8_t* at, ValType type, const TypeSpace& types) noexcept {
        auto word = read_little_endian<std::uint64_t>(at);
        DETENT_CHECK(r_.value(std::span(&word, 1), type, types));
        write_little_endian(at, word);
        return ok();
    }

    // What the store holds.

    void fill_memory(std::uint32_t i) noexcept {
        const MemoryState& from = state_.memories[i];
        const std::uint8_t* next = from.bytes.data();
        for (const std::uint32_t piece : from.pieces) {
            const std::uint64_t bytes = from.bytes_of(piece);
            Memory& memory = store_.memory(MemAddr{i});
            std::memcpy(memory.for_writing(piece * MemoryState::kPieceBytes, bytes), next,
                        static_cast<std::size_t>(bytes));
            next += bytes;
        }
    }

    [[nodiscard]] Status fill_table(std::uint32_t i) noexcept {
        Table& to = store_.table(TableAddr{i});
        std::ranges::copy(state_.tables[i], to.words.begin());
        return references(to.words.span(), to.type.element, *to.types,
                          r_.offsets.at(Part::table, i) + format::kCountBytes);
    }

    [[nodiscard]] Status references(std::span<std::uint64_t> words, ValType type, const TypeSpace& types,
                                    std::uint64_t offset) noexcept {
        for (std::size_t i = 0; i < words.size(); ++i)
            DETENT_CHECK(at_offset(r_.value(words.subspan(i, 1), type, types), offset + 8 * i));
        return ok();
    }

    [[nodiscard]] Status fill_globals() noexcept {
        const std::uint64_t first = r_.offsets.at(Part::globals) + format::kCountBytes;
        for (std::uint32_t i = 0; i < store_.globals().size(); ++i) {
            GlobalCell& to = store_.global(GlobalAddr{i});
            std::uint64_t words[2] = {state_.globals[std::size_t{2} * i], state_.globals[std::size_t{2} * i + 1]};
            const std::uint64_t offset = first + std::uint64_t{16} * i;
            DETENT_CHECK(at_offset(r_.value(words, to.type.value, *to.types), offset));
            if (to.type.value != kV128 && words[1] != 0) return Error{ErrorCode::state_type_mismatch, offset + 8};
            to.low = words[0];
            to.high = words[1];
        }
        return ok();
    }

    /// Segments: each is whole, or dropped.
    [[nodiscard]] Status fill_instance(std::uint32_t i) noexcept {
        const InstanceState& from = state_.instances[i];
        Instance& to = store_.instance(InstanceAddr{i});
        const std::uint64_t offset = r_.offsets.at(Part::instance, i);
        for (std::size_t j = 0; j < from.elements.size(); ++j) {
            const ElementSegment& segment = to.module().elements[j];
            const std::size_t count = from.elements[j].size();
            if (count != 0 && count != segment.count) return Error{ErrorCode::state_bad_number, offset};
            if (!to.elements[j].copy_from(from.elements[j].span())) return kOutOfMemory;
            for (std::uint64_t& word : to.elements[j]) {
                DETENT_CHECK(at_offset(r_.value(std::span(&word, 1), segment.type, to.code->types()), offset));
            }
        }
        for (std::size_t j = 0; j < from.dropped_data.size(); ++j)
            to.dropped_data[j] = from.dropped_data[j] == 0 ? 0 : 1;
        return ok();
    }

    [[nodiscard]] const TypeSpace& types_of(std::uint32_t instance) const noexcept {
        return store_.instances()[instance].code->types();
    }

    Restoring& r_;
    const ExecutionState& state_;
    Store& store_;
    std::span<const HostFunctionOffer> offers_;
};

[[nodiscard]] std::size_t count_of(const Store& store, ExternKind kind) noexcept {
    switch (kind) {
    case ExternKind::func: return store.functions().size();
    case ExternKind::table: return store.tables().size();
    case ExternKind::memory: return store.memories().size();
    case ExternKind::global: return store.globals().size();
    case ExternKind::tag: return store.tags().size();
    }
    return 0;
}

} // namespace

Status link_imports(const Store& store, const Code& code, std::span<const std::uint32_t> addresses,
                    Buffer<ExternVal>& imports) noexcept {
    const Module& module = code.module();
    if (addresses.size() != module.imports.size()) return Error{ErrorCode::state_bad_number};
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const ExternKind kind = module.imports[i].kind;
        if (addresses[i] >= count_of(store, kind)) return Error{ErrorCode::state_bad_number};
        if (!imports.push_back({kind, addresses[i]})) return kOutOfMemory;
    }
    return store.check_imports(code, imports.span());
}

Status restore_store(Restoring& r, std::span<const HostFunctionOffer> host_functions) noexcept {
    return StoreRestorer(r, host_functions).run();
}

} // namespace detent
