// Restoring: a store and an execution from a state that anybody may have written. Source: STATE.md. Internal to
// loading.
#pragma once

#include "engine/exec/format.hpp"
#include "engine/exec/machine.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace detent {

/// Where in the bytes the parts of a state begin.
class PartOffsets {
  public:
    [[nodiscard]] bool add(format::Part part, std::uint64_t offset) noexcept { return of(part).push_back(offset); }
    /// The part MUST be there.
    [[nodiscard]] std::uint64_t at(format::Part part, std::size_t index = 0) const noexcept {
        return offsets_[static_cast<std::size_t>(part)][index];
    }

  private:
    [[nodiscard]] Buffer<std::uint64_t>& of(format::Part part) noexcept {
        return offsets_[static_cast<std::size_t>(part)];
    }

    std::array<Buffer<std::uint64_t>, format::kPartCount> offsets_;
};

/// The type of a function, and where its indices lead.
struct CalledFunction {
    FuncType type;
    const TypeSpace* types = nullptr;
};

/// What the parts of restoring share. References lead to the store as soon as `objects` and `instances` are made.
struct Restoring {
    const ExecutionState& state;
    const PartOffsets& offsets;
    Store& store;
    /// By the numbers of the modules.
    std::span<const std::shared_ptr<const Code>> codes;
    /// Of the host's functions, in the order of their addresses.
    Buffer<FuncAddr> host_functions;
    Buffer<HeapObject*> objects;
    /// Who defines each of them.
    Buffer<std::uint32_t> table_owners;
    Buffer<std::uint32_t> memory_owners;
    Buffer<std::uint32_t> global_owners;
    Buffer<std::uint32_t> tag_owners;
    /// For each word of the stack whether it is a reference, and where each frame's words begin.
    Buffer<std::uint8_t> frame_marks;
    Buffer<std::uint32_t> first_marks;

    [[nodiscard]] Error error(ErrorCode code, format::Part part, std::size_t index = 0) const noexcept {
        return {code, offsets.at(part, index)};
    }
    [[nodiscard]] const Module& module_of(std::uint32_t instance) const noexcept {
        return store.instance(InstanceAddr{instance}).module();
    }
    /// The code whose function an entry calls, of the instance that it made or of that to be made; null where there is
    /// none.
    [[nodiscard]] const Code* code_of(const EntryState& entry) const noexcept;
    /// The function that an entry calls, if any; it MUST have been found to be there.
    [[nodiscard]] std::optional<CalledFunction> function_of(const EntryState& entry) const noexcept;
    /// The function that a reference leads to; nothing where it leads to none.
    [[nodiscard]] std::optional<FuncAddr> function(std::uint64_t word) const noexcept;
    /// The reference as the store has it, whatever its type; or state_bad_reference, without an offset.
    [[nodiscard]] Result<Ref> reference(std::uint64_t word) const noexcept;
    /// Puts the store's words of a value in place of the state's, if it is of the type; else an error without an
    /// offset. `words` MUST be as many as the type has.
    [[nodiscard]] Status value(std::span<std::uint64_t> words, ValType type, const TypeSpace& types) const noexcept;
};

/// Things of the store as the imports of a module, if they satisfy it; else an error without an offset.
[[nodiscard]] Status link_imports(const Store& store, const Code& code, std::span<const std::uint32_t> addresses,
                                  Buffer<ExternVal>& imports) noexcept;

/// Instances, memories, tables, globals, segments and the heap, in an empty store.
[[nodiscard]] Status restore_store(Restoring& r, std::span<const HostFunctionOffer> host_functions) noexcept;

/// Whether what initializers make, and nothing changes, is as they say.
[[nodiscard]] Status check_constants(const Restoring& r) noexcept;

/// Entries and frames, in a machine that has none.
[[nodiscard]] Status restore_stack(Restoring& r, Machine& machine) noexcept;

/// Whether what ends with an entry can end with it.
[[nodiscard]] Status check_lifetimes(const Restoring& r) noexcept;

} // namespace detent
