// StackMap: which words of an execution's stack are references. Source: DET-11.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/exec/machine.hpp"

#include <cstdint>
#include <memory>
#include <tuple>

namespace detent {

/// Which functions never have a reference among their locals and operands: for who asks often. Keeps the codes that it
/// was asked about.
class ReferenceFree {
  public:
    /// Takes the time of a validation when it is asked first.
    [[nodiscard]] Result<bool> is_free(const std::shared_ptr<const Code>& code, FuncIdx function) noexcept;

  private:
    struct Known {
        std::shared_ptr<const Code> code;
        FuncIdx function{};
        bool is_free = false;

        friend bool operator<(const Known& one, const Known& other) noexcept {
            return std::tie(one.code, one.function) < std::tie(other.code, other.function);
        }
    };

    Buffer<Known> all_;
};

/// One byte for each word of the stack: 1 where it is a reference. The machine MUST stand between two steps, or at the
/// beginning of one. Takes the time of validating each function once that has a frame and is not `known` to be free of
/// references.
[[nodiscard]] Result<Buffer<std::uint8_t>> map_stack(const Machine& machine, ReferenceFree* known = nullptr) noexcept;

/// Bytes of the bodies of all functions that have a frame, each function of an instance once: what `map_stack`
/// validates.
[[nodiscard]] Result<std::uint64_t> body_bytes(const Machine& machine) noexcept;

/// The type of the function that an entry calls, if any.
[[nodiscard]] std::optional<FuncType> function_type(const Store& store, const Entry& entry) noexcept;

/// Calls `visit` with the place of each reference among words of such types.
template <class Visit>
void each_reference(std::span<const ValType> types, Visit visit) noexcept {
    std::size_t word = 0;
    for (const ValType type : types) {
        if (type.is_reference()) visit(word);
        word += words_of(type);
    }
}

} // namespace detent
