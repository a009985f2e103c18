#include "engine/runtime/store.hpp"

#include <algorithm>

namespace detent {
namespace {

constexpr Error limit_error(Limit limit) noexcept {
    return {ErrorCode::limit_exceeded, 0, static_cast<std::uint32_t>(limit)};
}

/// For types of the host, which name none by index.
const TypeSpace& no_types() noexcept {
    static const TypeSpace none;
    return none;
}

/// A value type and where its indices lead.
struct TypeOf {
    ValType type;
    const TypeSpace& types;
};

bool matches(const TypeOf& a, const TypeOf& b) noexcept { return matches(a.type, a.types, b.type, b.types); }
bool equal(const TypeOf& a, const TypeOf& b) noexcept { return matches(a, b) && matches(b, a); }

// spec: match-externtype. The first is what is given, the second what is imported.

bool matches(const Limits& given, const Limits& wanted) noexcept {
    if (given.minimum < wanted.minimum) return false;
    if (!wanted.has_maximum) return true;
    return given.has_maximum && given.maximum <= wanted.maximum;
}

bool matches(const Table& given, const TableType& wanted, const TypeSpace& types) noexcept {
    return given.type.address == wanted.address && matches(given.limits(), wanted.limits) &&
           equal({given.type.element, *given.types}, {wanted.element, types});
}

bool matches(const Memory& given, const MemType& wanted) noexcept {
    const bool alike = given.type().address == wanted.address && given.type().page_log == wanted.page_log;
    return alike && matches(given.limits(), wanted.limits);
}

bool matches(const GlobalCell& given, const GlobalType& wanted, const TypeSpace& types) noexcept {
    const TypeOf a{given.type.value, *given.types};
    const TypeOf b{wanted.value, types};
    return given.type.is_mutable == wanted.is_mutable && (wanted.is_mutable ? equal(a, b) : matches(a, b));
}

template <class T, class Address>
Result<Address> append(Buffer<T>& list, T&& item) noexcept {
    const auto address = static_cast<Address>(list.size());
    if (!list.push_back(std::move(item))) return kOutOfMemory;
    return address;
}

} // namespace

std::optional<ExternVal> Instance::find_export(std::string_view name) const noexcept {
    const Export* found = module().find_export(name);
    if (found == nullptr) return std::nullopt;
    const std::uint32_t index = found->index;
    switch (found->kind) {
    case ExternKind::func: return ExternVal{found->kind, number(functions[index])};
    case ExternKind::table: return ExternVal{found->kind, number(tables[index])};
    case ExternKind::memory: return ExternVal{found->kind, number(memories[index])};
    case ExternKind::global: return ExternVal{found->kind, number(globals[index])};
    case ExternKind::tag: return ExternVal{found->kind, number(tags[index])};
    }
    return std::nullopt;
}

const CanonicalType* Store::intern(const FuncType& type) noexcept {
    const TypeIdx index{static_cast<std::uint32_t>(host_types_.size())};
    return host_types_.add(type) ? &host_types_[index] : nullptr;
}

const TypeSpace& Store::types_of(const Function& function) const noexcept {
    return function.host != nullptr ? no_types() : instance(function.instance).code->types();
}

Result<FuncAddr> Store::add_host_function(HostModule& host, std::uint32_t host_number, FuncType type) noexcept {
    const CanonicalType* const canonical = intern(type);
    if (canonical == nullptr) return kOutOfMemory;
    return add_host_function(host, host_number, type, *canonical);
}

Result<FuncAddr> Store::add_host_function(HostModule& host, std::uint32_t host_number, FuncType type,
                                          const CanonicalType& canonical) noexcept {
    return append<Function, FuncAddr>(functions_, Function{{}, {}, &host, host_number, type, &canonical});
}

Result<TagAddr> Store::add_tag(FuncType type) noexcept {
    const CanonicalType* const canonical = intern(type);
    if (canonical == nullptr) return kOutOfMemory;
    return append<Tag, TagAddr>(tags_, Tag{type, canonical});
}

/// A product of pages and their size could wrap.
bool Store::has_room_for(const MemType& type, std::uint64_t pages) const noexcept {
    return pages <= (limits_[Limit::store_memory_bytes] - memory_bytes_) >> type.page_log;
}

Result<MemAddr> Store::add_memory(const MemType& type) noexcept {
    if (!has_room_for(type, type.limits.minimum)) return limit_error(Limit::store_memory_bytes);
    Memory memory;
    if (!memory.create(type) || (tracks_writes_ && !memory.track())) return kOutOfMemory;
    const std::uint64_t bytes = memory.size();
    DETENT_TRY(const MemAddr address, (append<Memory, MemAddr>(memories_, std::move(memory))));
    memory_bytes_ += bytes;
    return address;
}

Status Store::track_writes() noexcept {
    for (Memory& memory : memories_) {
        if (!memory.track()) return kOutOfMemory;
    }
    tracks_writes_ = true;
    return ok();
}

Result<TableAddr> Store::add_table(const TableType& type, Ref initial) noexcept {
    return add_table(type, no_types(), initial);
}

Result<TableAddr> Store::add_table(const TableType& type, const TypeSpace& types, Ref initial) noexcept {
    const std::uint64_t elements = type.limits.minimum;
    if (elements > limits_[Limit::table_elements]) return limit_error(Limit::table_elements);
    if (elements > limits_[Limit::store_table_elements] - table_elements_) {
        return limit_error(Limit::store_table_elements);
    }
    Table table{type, &types, {}};
    if (!table.words.resize(static_cast<std::size_t>(elements))) return kOutOfMemory;
    std::fill(table.words.begin(), table.words.end(), initial.word());
    DETENT_TRY(const TableAddr address, (append<Table, TableAddr>(tables_, std::move(table))));
    table_elements_ += elements;
    return address;
}

Result<GlobalAddr> Store::add_global(const GlobalType& type, const Value& value) noexcept {
    return append<GlobalCell, GlobalAddr>(globals_, GlobalCell{type, &no_types(), value.low, value.high});
}

Status Store::define_global(InstanceAddr address, std::uint64_t low, std::uint64_t high) noexcept {
    Instance& instance = instances_[number(address)];
    const GlobalType& type = instance.module().globals[instance.globals.size()].type;
    DETENT_TRY(const GlobalAddr made,
               (append<GlobalCell, GlobalAddr>(globals_, GlobalCell{type, &instance.code->types(), low, high})));
    return instance.globals.push_back(made) ? ok() : Status(kOutOfMemory);
}

namespace {

bool satisfies(const Store& store, const Code& code, const Import& import, ExternVal given) noexcept {
    if (import.kind != given.kind) return false;
    const Module& module = code.module();
    const TypeSpace& types = code.types();
    switch (import.kind) {
    case ExternKind::func:
        return is_subtype(*store.functions()[given.address].canonical, types[module.functions[import.index]]);
    case ExternKind::table: return matches(store.tables()[given.address], module.tables[import.index], types);
    case ExternKind::memory: return matches(store.memories()[given.address], module.memories[import.index]);
    case ExternKind::global: return matches(store.globals()[given.address], module.globals[import.index].type, types);
    case ExternKind::tag: return store.tags()[given.address].canonical == &types[module.tags[import.index]];
    }
    return false;
}

} // namespace

Status Store::check_imports(const Code& code, std::span<const ExternVal> imports) const noexcept {
    const Module& module = code.module();
    for (std::uint32_t i = 0; i < module.imports.size(); ++i) {
        const Import& import = module.imports[i];
        if (i >= imports.size()) return Error{ErrorCode::unknown_import, import.offset, i};
        if (!satisfies(*this, code, import, imports[i])) {
            return Error{ErrorCode::incompatible_import, import.offset, i};
        }
    }
    return ok();
}

bool Store::may_grow_memory(MemAddr address, std::uint64_t pages) const noexcept {
    const Memory& memory = memories_[number(address)];
    return pages <= memory.maximum_pages() - memory.pages() && has_room_for(memory.type(), pages);
}

Status Store::grow_memory(MemAddr address, std::uint64_t pages) noexcept {
    Memory& memory = memories_[number(address)];
    const std::uint64_t before = memory.size();
    if (!memory.grow_to(memory.pages() + pages)) return kOutOfMemory;
    memory_bytes_ += memory.size() - before;
    return ok();
}

bool Store::may_grow_table(TableAddr address, std::uint64_t elements) const noexcept {
    const Table& table = tables_[number(address)];
    const std::uint64_t cap = std::min(table.maximum(), limits_[Limit::table_elements]);
    if (table.words.size() > cap || elements > cap - table.words.size()) return false;
    return elements <= limits_[Limit::store_table_elements] - table_elements_;
}

Status Store::grow_table(TableAddr address, std::uint64_t elements, Ref value) noexcept {
    Buffer<std::uint64_t>& words = tables_[number(address)].words;
    const std::size_t before = words.size();
    if (!words.resize(before + static_cast<std::size_t>(elements))) return kOutOfMemory;
    std::fill(words.begin() + before, words.end(), value.word());
    table_elements_ += elements;
    return ok();
}

/// Builds one instance, in the order of the specification (spec: alloc-module).
class InstanceBuilder {
  public:
    InstanceBuilder(Store& store, std::shared_ptr<const Code> code) noexcept
        : store_(store), module_(code->module()), address_(static_cast<InstanceAddr>(store.instances_.size())) {
        instance_.code = std::move(code);
    }

    [[nodiscard]] Status build(std::span<const ExternVal> imports) noexcept {
        DETENT_CHECK(take_imports(imports));
        DETENT_CHECK(add_functions());
        DETENT_CHECK(add_tables());
        DETENT_CHECK(add_memories());
        DETENT_CHECK(add_tags());
        if (!instance_.dropped_data.resize(module_.data.size())) return kOutOfMemory;
        return store_.instances_.push_back(std::move(instance_)) ? ok() : Status(kOutOfMemory);
    }

    [[nodiscard]] InstanceAddr address() const noexcept { return address_; }

  private:
    [[nodiscard]] bool take_import(ExternVal import) noexcept {
        switch (import.kind) {
        case ExternKind::func: return instance_.functions.push_back(FuncAddr(import.address));
        case ExternKind::table: return instance_.tables.push_back(TableAddr(import.address));
        case ExternKind::memory: return instance_.memories.push_back(MemAddr(import.address));
        case ExternKind::global: return instance_.globals.push_back(GlobalAddr(import.address));
        case ExternKind::tag: return instance_.tags.push_back(TagAddr(import.address));
        }
        return false;
    }

    [[nodiscard]] Status take_imports(std::span<const ExternVal> imports) noexcept {
        for (const ExternVal import : imports.first(module_.imports.size())) {
            if (!take_import(import)) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Status add_functions() noexcept {
        const std::size_t count = module_.functions.size();
        const std::size_t own = count - module_.imported_functions;
        if (!instance_.functions.reserve(count)) return kOutOfMemory;
        if (!store_.functions_.reserve(store_.functions_.size() + own)) return kOutOfMemory;
        for (std::uint32_t i = module_.imported_functions; i < count; ++i) {
            const FuncIdx index{i};
            Function function{
                address_, index, nullptr, 0, module_.function_type(index), canonical(module_.functions[i])};
            DETENT_TRY(const FuncAddr address, (append<Function, FuncAddr>(store_.functions_, std::move(function))));
            if (!instance_.functions.push_back(address)) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Status add_tables() noexcept {
        for (std::size_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
            DETENT_TRY(const TableAddr address, store_.add_table(module_.tables[i], types(), Ref()));
            if (!instance_.tables.push_back(address)) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Status add_memories() noexcept {
        for (std::size_t i = module_.imported_memories; i < module_.memories.size(); ++i) {
            DETENT_TRY(const MemAddr address, store_.add_memory(module_.memories[i]));
            if (!instance_.memories.push_back(address)) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Status add_tags() noexcept {
        for (std::size_t i = module_.imported_tags; i < module_.tags.size(); ++i) {
            Tag tag{module_.func_type(module_.tags[i]), canonical(module_.tags[i])};
            DETENT_TRY(const TagAddr address, (append<Tag, TagAddr>(store_.tags_, std::move(tag))));
            if (!instance_.tags.push_back(address)) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] const TypeSpace& types() const noexcept { return instance_.code->types(); }
    [[nodiscard]] const CanonicalType* canonical(TypeIdx index) const noexcept { return &types()[index]; }

    Store& store_;
    const Module& module_;
    InstanceAddr address_;
    Instance instance_;
};

Result<InstanceAddr> Store::allocate(std::shared_ptr<const Code> code, std::span<const ExternVal> imports) noexcept {
    if (instances_.size() >= limits_[Limit::instances]) return limit_error(Limit::instances);
    const Mark before = mark();
    InstanceBuilder builder(*this, std::move(code));
    const Status built = builder.build(imports);
    if (built.has_value()) return builder.address();
    release(before);
    return built.error();
}

void Store::release(const Mark& mark) noexcept {
    for (std::size_t i = mark.memories; i < memories_.size(); ++i)
        memory_bytes_ -= memories_[i].size();
    for (std::size_t i = mark.tables; i < tables_.size(); ++i)
        table_elements_ -= tables_[i].words.size();
    instances_.truncate(mark.instances);
    functions_.truncate(mark.functions);
    tables_.truncate(mark.tables);
    memories_.truncate(mark.memories);
    tags_.truncate(mark.tags);
    globals_.truncate(mark.globals);
}

} // namespace detent
