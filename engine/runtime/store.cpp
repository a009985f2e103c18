#include "engine/runtime/store.hpp"

#include "engine/runtime/const_expr.hpp"

#include <algorithm>

namespace detent {
namespace {

constexpr Error limit_error(Limit limit) noexcept {
    return {ErrorCode::limit_exceeded, 0, static_cast<std::uint32_t>(limit)};
}

/// spec: match-limits, `actual` being what is imported.
bool matches(const Limits& actual, const Limits& wanted) noexcept {
    if (actual.minimum < wanted.minimum) return false;
    if (!wanted.has_maximum) return true;
    return actual.has_maximum && actual.maximum <= wanted.maximum;
}

bool matches(const Table& actual, const TableType& wanted) noexcept {
    return actual.type.element == wanted.element && matches(actual.limits(), wanted.limits);
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
    case ExternKind::tag: break;
    }
    return std::nullopt;
}

Result<FuncAddr> Store::add_host_function(HostModule& host, std::uint32_t host_number, FuncType type) noexcept {
    return append<Function, FuncAddr>(functions_, Function{{}, {}, &host, host_number, type});
}

Result<MemAddr> Store::add_memory(const MemType& type) noexcept {
    const std::uint64_t bytes = type.limits.minimum * kPageBytes;
    if (bytes > limits_[Limit::store_memory_bytes] - memory_bytes_) return limit_error(Limit::store_memory_bytes);
    Memory memory;
    if (!memory.create(type)) return kOutOfMemory;
    DETENT_TRY(const MemAddr address, (append<Memory, MemAddr>(memories_, std::move(memory))));
    memory_bytes_ += bytes;
    return address;
}

Result<TableAddr> Store::add_table(const TableType& type, Ref initial) noexcept {
    const std::uint64_t elements = type.limits.minimum;
    if (elements > limits_[Limit::table_elements]) return limit_error(Limit::table_elements);
    if (elements > limits_[Limit::store_table_elements] - table_elements_) {
        return limit_error(Limit::store_table_elements);
    }
    Table table{type, {}};
    if (!table.words.resize(static_cast<std::size_t>(elements))) return kOutOfMemory;
    std::fill(table.words.begin(), table.words.end(), initial.word());
    DETENT_TRY(const TableAddr address, (append<Table, TableAddr>(tables_, std::move(table))));
    table_elements_ += elements;
    return address;
}

Result<GlobalAddr> Store::add_global(const GlobalType& type, const Value& value) noexcept {
    return append<GlobalCell, GlobalAddr>(globals_, GlobalCell{type, value.low, value.high});
}

namespace {

bool satisfies(const Store& store, const Module& module, const Import& import, ExternVal given) noexcept {
    if (import.kind != given.kind) return false;
    switch (import.kind) {
    case ExternKind::func:
        return store.function(FuncAddr(given.address)).type == module.function_type(FuncIdx(import.index));
    case ExternKind::table: return matches(store.tables()[given.address], module.tables[import.index]);
    case ExternKind::memory:
        return matches(store.memories()[given.address].limits(), module.memories[import.index].limits);
    case ExternKind::global: return store.globals()[given.address].type == module.globals[import.index].type;
    case ExternKind::tag: break;
    }
    return false;
}

} // namespace

Status Store::check_imports(const Code& code, std::span<const ExternVal> imports) const noexcept {
    const Module& module = code.module();
    for (std::uint32_t i = 0; i < module.imports.size(); ++i) {
        const Import& import = module.imports[i];
        if (i >= imports.size()) return Error{ErrorCode::unknown_import, import.offset, i};
        if (!satisfies(*this, module, import, imports[i])) {
            return Error{ErrorCode::incompatible_import, import.offset, i};
        }
    }
    return ok();
}

bool Store::may_grow_memory(MemAddr address, std::uint64_t pages) const noexcept {
    const Memory& memory = memories_[number(address)];
    if (pages > memory.maximum_pages() - memory.pages()) return false;
    return pages * kPageBytes <= limits_[Limit::store_memory_bytes] - memory_bytes_;
}

Status Store::grow_memory(MemAddr address, std::uint64_t pages) noexcept {
    Memory& memory = memories_[number(address)];
    if (!memory.grow_to(memory.pages() + pages)) return kOutOfMemory;
    memory_bytes_ += pages * kPageBytes;
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

/// Builds one instance in place, in the order of the specification: imports, functions, tables, memories, globals,
/// element segments.
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
        DETENT_CHECK(add_globals());
        DETENT_CHECK(add_elements());
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
        case ExternKind::tag: break;
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
            Function function{address_, index, nullptr, 0, module_.function_type(index)};
            DETENT_TRY(const FuncAddr address, (append<Function, FuncAddr>(store_.functions_, std::move(function))));
            if (!instance_.functions.push_back(address)) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Status add_tables() noexcept {
        for (std::size_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
            DETENT_TRY(const TableAddr address, store_.add_table(module_.tables[i], Ref()));
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

    [[nodiscard]] Status add_globals() noexcept {
        for (std::size_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
            const Global& global = module_.globals[i];
            const Value value =
                evaluate(store_, module_, *global.initializer, instance_.functions.span(), instance_.globals.span());
            DETENT_TRY(const GlobalAddr address, store_.add_global(global.type, value));
            if (!instance_.globals.push_back(address)) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Status add_elements() noexcept {
        for (const ElementSegment& segment : module_.elements) {
            Buffer<std::uint64_t> words;
            if (!words.reserve(segment.count)) return kOutOfMemory;
            DETENT_CHECK(fill(words, segment));
            if (!instance_.elements.push_back(std::move(words))) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Status fill(Buffer<std::uint64_t>& words, const ElementSegment& segment) noexcept {
        Reader reader(module_.bytes.span(), segment.entries.begin, segment.entries.end);
        for (std::uint32_t i = 0; i < segment.count; ++i) {
            if (!words.push_back(entry(reader, segment).word())) return kOutOfMemory;
        }
        return ok();
    }

    [[nodiscard]] Ref entry(Reader& reader, const ElementSegment& segment) const noexcept {
        if (segment.entries_are_indices) return Ref::func(instance_.functions[reader.u32().assume_value()]);
        return Ref(evaluate(store_, reader, instance_.functions.span(), instance_.globals.span()).low);
    }

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

Store::Mark Store::mark() const noexcept {
    return {instances_.size(), functions_.size(), tables_.size(), memories_.size(), globals_.size()};
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
    globals_.truncate(mark.globals);
}

} // namespace detent
