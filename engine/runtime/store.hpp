// Store and Instance: everything that running code can reach. Source: spec, Execution, Runtime Structure.
#pragma once

#include "engine/base/result.hpp"
#include "engine/code/code.hpp"
#include "engine/runtime/heap.hpp"
#include "engine/runtime/memory.hpp"
#include "engine/runtime/value.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace detent {

class HostModule;

/// An instantiated module: where its indices lead in the store.
struct Instance {
    std::shared_ptr<const Code> code;
    Buffer<FuncAddr> functions;
    Buffer<TableAddr> tables;
    Buffer<MemAddr> memories;
    Buffer<TagAddr> tags;
    Buffer<GlobalAddr> globals;
    /// The references of each element segment; empty once dropped.
    Buffer<Buffer<std::uint64_t>> elements;
    /// One byte a data segment: 1 once dropped, when it reads as empty.
    Buffer<std::uint8_t> dropped_data;

    [[nodiscard]] const Module& module() const noexcept { return code->module(); }
    [[nodiscard]] std::span<const std::uint8_t> data_segment(DataIdx index) const noexcept {
        if (dropped_data[number(index)] != 0) return {};
        return module().slice(module().data[number(index)].bytes);
    }
    /// What an export names, or nothing.
    [[nodiscard]] std::optional<ExternVal> find_export(std::string_view name) const noexcept;
};

/// A function: of an instance, or of a host module where `host` is set.
struct Function {
    InstanceAddr instance{};
    FuncIdx index{};
    HostModule* host = nullptr;
    std::uint32_t host_number = 0;
    /// Lives in the module, or with the host for as long as the store.
    FuncType type;
    /// What it is matched by.
    const CanonicalType* canonical = nullptr;
};

/// An exception tag: two are the same exactly if their addresses are. Its type lives as that of a function does.
struct Tag {
    FuncType type;
    const CanonicalType* canonical = nullptr;
};

/// Owns instances and what they share, under the limits of one preset. Not shared between threads. Addresses are given
/// in order and never reused, except that `release` takes back the newest.
class Store {
  public:
    explicit Store(const LimitValues& limits) noexcept : limits_(limits) {}

    [[nodiscard]] const LimitValues& limits() const noexcept { return limits_; }

    /// Things that the host provides. `host` and the types MUST outlive the store; no type may name one by index.
    [[nodiscard]] Result<FuncAddr> add_host_function(HostModule& host, std::uint32_t host_number,
                                                     FuncType type) noexcept;
    /// For a host with many functions, which has had the type interned itself; `canonical` MUST outlive the store too.
    [[nodiscard]] Result<FuncAddr> add_host_function(HostModule& host, std::uint32_t host_number, FuncType type,
                                                     const CanonicalType& canonical) noexcept;
    [[nodiscard]] Result<MemAddr> add_memory(const MemType& type) noexcept;
    [[nodiscard]] Result<TableAddr> add_table(const TableType& type, Ref initial) noexcept;
    [[nodiscard]] Result<GlobalAddr> add_global(const GlobalType& type, const Value& value) noexcept;
    [[nodiscard]] Result<TagAddr> add_tag(FuncType type) noexcept;

    /// Whether the imports satisfy the module, in its order; the error's detail is the first import that does not.
    [[nodiscard]] Status check_imports(const Code& code, std::span<const ExternVal> imports) const noexcept;

    /// Allocates an instance: functions, tables of nulls, memories of zeros and tags. Its own globals, first elements
    /// of tables and element segments wait for their constant expressions (instantiate.cpp). The imports MUST satisfy
    /// the module. An error is a limit of the store (limit_exceeded), or a Fault; what was allocated by then is
    /// released.
    [[nodiscard]] Result<InstanceAddr> allocate(std::shared_ptr<const Code> code,
                                                std::span<const ExternVal> imports) noexcept;
    /// Adds the next global of its module to an instance.
    [[nodiscard]] Status define_global(InstanceAddr address, std::uint64_t low, std::uint64_t high) noexcept;

    [[nodiscard]] Instance& instance(InstanceAddr address) noexcept { return instances_[number(address)]; }
    [[nodiscard]] const Instance& instance(InstanceAddr address) const noexcept { return instances_[number(address)]; }
    [[nodiscard]] const Function& function(FuncAddr address) const noexcept { return functions_[number(address)]; }
    /// Where the indices lead that the type of a function names.
    [[nodiscard]] const TypeSpace& types_of(const Function& function) const noexcept;
    [[nodiscard]] Memory& memory(MemAddr address) noexcept { return memories_[number(address)]; }
    [[nodiscard]] Table& table(TableAddr address) noexcept { return tables_[number(address)]; }
    [[nodiscard]] GlobalCell& global(GlobalAddr address) noexcept { return globals_[number(address)]; }
    [[nodiscard]] const GlobalCell& global(GlobalAddr address) const noexcept { return globals_[number(address)]; }
    /// All of them, by address; until one is added.
    [[nodiscard]] GlobalCell* global_cells() noexcept { return globals_.data(); }
    [[nodiscard]] Heap& heap() noexcept { return heap_; }
    [[nodiscard]] const Heap& heap() const noexcept { return heap_; }
    [[nodiscard]] const Tag& tag(TagAddr address) const noexcept { return tags_[number(address)]; }

    [[nodiscard]] std::span<const Instance> instances() const noexcept { return instances_.span(); }
    [[nodiscard]] std::span<const Function> functions() const noexcept { return functions_.span(); }
    [[nodiscard]] std::span<const Memory> memories() const noexcept { return memories_.span(); }
    [[nodiscard]] std::span<const Table> tables() const noexcept { return tables_.span(); }
    [[nodiscard]] std::span<const GlobalCell> globals() const noexcept { return globals_.span(); }
    [[nodiscard]] std::span<const Tag> tags() const noexcept { return tags_.span(); }

    /// memory.grow and table.grow succeed exactly if the declared maximum and the limits allow it (DET-10); growing
    /// then can fail only by a Fault.
    [[nodiscard]] bool may_grow_memory(MemAddr address, std::uint64_t pages) const noexcept;
    [[nodiscard]] Status grow_memory(MemAddr address, std::uint64_t pages) noexcept;
    [[nodiscard]] bool may_grow_table(TableAddr address, std::uint64_t elements) const noexcept;
    [[nodiscard]] Status grow_table(TableAddr address, std::uint64_t elements, Ref value) noexcept;

    /// Marks from now on what is written to in memories (commitment.hpp). Fails only by a Fault.
    [[nodiscard]] Status track_writes() noexcept;
    [[nodiscard]] bool tracks_writes() const noexcept { return tracks_writes_; }

    /// Everything that is in the store now; `release` drops what was added since. Nothing that stays may refer to it.
    struct Mark {
        std::size_t instances = 0;
        std::size_t functions = 0;
        std::size_t tables = 0;
        std::size_t memories = 0;
        std::size_t tags = 0;
        std::size_t globals = 0;
    };
    [[nodiscard]] Mark mark() const noexcept {
        return {instances_.size(), functions_.size(), tables_.size(), memories_.size(), tags_.size(), globals_.size()};
    }
    void release(const Mark& mark) noexcept;

  private:
    friend class InstanceBuilder;

    [[nodiscard]] Result<TableAddr> add_table(const TableType& type, const TypeSpace& types, Ref initial) noexcept;
    [[nodiscard]] bool has_room_for(const MemType& type, std::uint64_t pages) const noexcept;
    /// A type of the host, as types are matched; null if there is no memory.
    [[nodiscard]] const CanonicalType* intern(const FuncType& type) noexcept;

    LimitValues limits_;
    Buffer<Instance> instances_;
    Buffer<Function> functions_;
    Buffer<Table> tables_;
    Buffer<Memory> memories_;
    Buffer<Tag> tags_;
    Buffer<GlobalCell> globals_;
    Heap heap_;
    TypeSpace host_types_;
    std::uint64_t memory_bytes_ = 0;
    std::uint64_t table_elements_ = 0;
    bool tracks_writes_ = false;
};

} // namespace detent
