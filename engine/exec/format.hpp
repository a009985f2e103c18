// Format: the order and width of everything in a saved state, said once for reading and writing. Source: STATE.md.
// Internal to saving and loading.
#pragma once

#include "engine/base/archive.hpp"
#include "engine/exec/saved.hpp"
#include "engine/exec/state.hpp"

#include <cstddef>
#include <cstdint>

namespace detent::format {

inline constexpr Magic kMagic{'D', 'T', 'N', 'T', 'E', 'X', 'E', 'C'};
inline constexpr std::uint32_t kVersion = 1;

/// What a saved state says: names of what it rests on, and the state.
struct Saved {
    Digest schedule{};
    Digest limits{};
    Buffer<ModuleName> modules;
    ExecutionState state;
};

/// What errors speak of: a part of the bytes.
enum class Part : std::uint8_t {
    header,
    module,
    instance,
    memory,
    table,
    globals,
    heap,
    held,
    fuel,
    entry,
    frame,
    object
};
inline constexpr std::size_t kPartCount = static_cast<std::size_t>(Part::object) + 1;

/// A 32-bit count stands in front of every list.
inline constexpr std::size_t kCountBytes = 4;

// `Archive` reads or writes: `number` of 1, 4 or 8 bytes, little-endian; `digest`; `numbers`, a list of numbers;
// `list`, a list of what takes at least so many bytes each; `pieces`, those of a memory. `begin` says which part comes.

template <class Archive, class Name>
void visit_module(Archive& a, Name& name) noexcept {
    a.begin(Part::module);
    a.digest(name.module);
    a.digest(name.profile);
}

template <class Archive, class Instance>
void visit_instance(Archive& a, Instance& instance) noexcept {
    a.begin(Part::instance);
    a.numbers(instance.host_functions);
    a.number(instance.module);
    a.numbers(instance.imports);
    a.list(instance.elements, kCountBytes, [&a](auto& segment) { a.numbers(segment); });
    a.numbers(instance.dropped_data);
}

template <class Archive, class Memory>
void visit_memory(Archive& a, Memory& memory) noexcept {
    a.begin(Part::memory);
    a.number(memory.size);
    a.pieces(memory);
}

template <class Archive, class Table>
void visit_table(Archive& a, Table& table) noexcept {
    a.begin(Part::table);
    a.numbers(table);
}

template <class Archive, class Entry>
void visit_entry(Archive& a, Entry& entry) noexcept {
    a.begin(Part::entry);
    a.number(entry.phase);
    a.number(entry.releases_instance);
    a.number(entry.has_allowance);
    a.number(entry.token);
    a.number(entry.limit);
    a.number(entry.first_frame);
    a.number(entry.instances_before);
    a.number(entry.functions_before);
    a.number(entry.host_function);
    a.number(entry.caller);
    a.number(entry.function);
    a.number(entry.new_function);
    a.number(entry.instance);
    a.number(entry.module);
    a.numbers(entry.imports);
    a.number(entry.prelude);
    a.numbers(entry.arguments);
}

template <class Archive, class Frame>
void visit_frame(Archive& a, Frame& frame) noexcept {
    a.begin(Part::frame);
    a.number(frame.instance);
    a.number(frame.function);
    a.number(frame.position);
    a.numbers(frame.locals);
    a.numbers(frame.operands);
}

template <class Archive, class Object>
void visit_object(Archive& a, Object& object) noexcept {
    a.begin(Part::object);
    a.number(object.serial);
    a.number(object.is_exception);
    a.number(object.instance);
    a.number(object.type);
    a.numbers(object.bytes);
}

// What each takes at least, with empty lists: the sum of what stands above.
inline constexpr std::size_t kModuleBytes = 64;
inline constexpr std::size_t kInstanceBytes = 20;
inline constexpr std::size_t kMemoryBytes = 12;
inline constexpr std::size_t kEntryBytes = 79;
inline constexpr std::size_t kFrameBytes = 20;
inline constexpr std::size_t kObjectBytes = 21;

/// Everything behind magic and version.
template <class Archive, class Saved>
void visit(Archive& a, Saved& saved) noexcept {
    a.begin(Part::header);
    a.digest(saved.schedule);
    a.digest(saved.limits);
    a.list(saved.modules, kModuleBytes, [&a](auto& name) { visit_module(a, name); });
    auto& state = saved.state;
    a.list(state.instances, kInstanceBytes, [&a](auto& instance) { visit_instance(a, instance); });
    a.numbers(state.host_functions);
    a.list(state.memories, kMemoryBytes, [&a](auto& memory) { visit_memory(a, memory); });
    a.list(state.tables, kCountBytes, [&a](auto& table) { visit_table(a, table); });
    a.begin(Part::globals);
    a.numbers(state.globals);
    a.begin(Part::heap);
    a.number(state.heap_debt);
    a.number(state.heap_reached);
    a.number(state.allocations);
    a.begin(Part::held);
    a.numbers(state.held);
    a.begin(Part::fuel);
    a.number(state.used);
    a.list(state.entries, kEntryBytes, [&a](auto& entry) { visit_entry(a, entry); });
    a.list(state.frames, kFrameBytes, [&a](auto& frame) { visit_frame(a, frame); });
    a.list(state.objects, kObjectBytes, [&a](auto& object) { visit_object(a, object); });
}

/// SHA-256 of a schedule, of limits, and the name of a module. Nothing where there is no memory.
[[nodiscard]] Result<Digest> digest_of(const Schedule& schedule, Sha256 sha256) noexcept;
[[nodiscard]] Result<Digest> digest_of(const LimitValues& limits, Sha256 sha256) noexcept;
[[nodiscard]] Result<ModuleName> name_of(const Code& code, Sha256 sha256) noexcept;

/// The bytes of what is saved.
[[nodiscard]] Result<Buffer<std::uint8_t>> write(const Saved& saved) noexcept;

/// All that `write` writes of an execution.
[[nodiscard]] Result<Saved> describe(const Execution& execution, Sha256 sha256) noexcept;

} // namespace detent::format
